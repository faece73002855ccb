/** What a list, or an order, comes to, put together from what is stored of it. */
import type { Finding } from '../rules/trade/finding.ts'
import type { Role } from '../rules/trade/document.ts'
import { matchOf, type Match } from '../rules/trade/match.ts'
import { isWithinSixMonths, precedes } from '../rules/trade/contention.ts'
import { waybillOf as waybillAmong } from '../rules/trade/effect.ts'
import { keyOf } from '../store/trade/arrivals.ts'
import { mostFound, type StoredDocument, type StoredMatch } from '../store/trade/life.ts'
import type { TradeReader } from '../store/trade/reader.ts'
import {
  listOf,
  orderOf as shownOrder,
  paymentOf,
  returnOf,
  roleOf,
  sellerOf,
  waybillOf as shownWaybill,
  type Evidence,
  type ShownRole,
  type TradeMatch,
  type TradeOrder,
  type TradePayment,
  type TradeReturn,
  type TradeWaybill,
} from './trade-documents.ts'
import { findingOf } from './trade-findings.ts'

/** Payments of one order, and returns of one list, that are shown. */
const mostShown = 20

/** What belongs to one order. */
interface OfOrder {
  order: StoredDocument | null
  payments: readonly StoredDocument[]
  lists: readonly StoredDocument[]
}

/** Payments of a seller: by its order, or as they say themselves, which those of exports alone do. */
const paidTo = (uscc: string | null, { order, payments }: OfOrder): readonly StoredDocument[] =>
  order !== null && sellerOf(order) === uscc
    ? payments
    : payments.filter((payment) => uscc !== null && sellerOf(payment) === uscc)

async function ofOrder(order: string, trade: TradeReader): Promise<OfOrder> {
  const roles = ['order', 'payment', 'list'] as const
  const [orders = [], payments = [], lists = []] = await Promise.all(roles.map((role) => trade.find({ role, order })))
  return { order: orders[0] ?? null, payments, lists }
}

/** What belongs to one waybill number, which is given out again after six months. */
interface OfWaybill {
  waybills: readonly StoredDocument[]
  lists: readonly StoredDocument[]
}

async function ofWaybill(waybill: string, trade: TradeReader): Promise<OfWaybill> {
  const roles = ['waybill', 'list'] as const
  const [waybills = [], lists = []] = await Promise.all(roles.map((role) => trade.find({ role, waybill })))
  return { waybills, lists }
}

/** The one seller whose they all are, null where that is nobody or not one alone. */
function oneSeller(documents: readonly StoredDocument[]): string | null {
  const [first, ...others] = new Set(documents.map(sellerOf))
  return others.length > 0 ? null : (first ?? null)
}

/** Whether a list is like all that it declares: then its consignee, of imports, is the waybill's. */
const isAlike = (decided: StoredMatch | null): boolean => decided?.match.state === 'MATCHED'

/** The order by its name. */
export async function orderOf(name: string, trade: TradeReader): Promise<TradeOrder | null> {
  const { order } = await ofOrder(name, trade)
  return order === null ? null : shownOrder(order)
}

/** Payments of an order, which say themselves of exports alone who sold: a list that names the order is no evidence. */
export async function paymentsOf(name: string, trade: TradeReader): Promise<TradePayment[]> {
  const { order, payments } = await ofOrder(name, trade)
  return payments.slice(0, mostShown).map((payment) => paymentOf(payment, sellerOf(order ?? payment)))
}

/** The waybill of a name that was sent last. */
export async function waybillOf(name: string, trade: TradeReader): Promise<TradeWaybill | null> {
  const { waybills, lists } = await ofWaybill(name, trade)
  const waybill = waybills.reduce<StoredDocument | null>(
    (last, one) => (last === null || precedes(last.document, one.document) ? one : last),
    null,
  )
  return waybill === null ? null : shownWaybill(waybill, await senderOf(waybill, lists, trade))
}

/**
 * The seller whose goods a waybill carries. One of imports does not say it: the list that it is matched with does. Null where it is nobody's.
 * @param lists that name it, of whatever time
 */
async function senderOf(
  waybill: StoredDocument,
  lists: readonly StoredDocument[],
  trade: TradeReader,
): Promise<string | null> {
  if (waybill.document.direction === 'export') return sellerOf(waybill)
  if (lists.length > mostFound) return null
  const ofTime = lists.filter(({ document }) => isWithinSixMonths(document, waybill.document))
  const decided = await Promise.all(ofTime.map(({ key }) => trade.match(key)))
  return oneSeller(ofTime.filter((_list, at) => isAlike(decided[at] ?? null)))
}

/** Of several lists the one that has the order, else the first; of none what is missing. */
export async function matchOfOrder(name: string, trade: TradeReader): Promise<TradeMatch | null> {
  const ofName = await ofOrder(name, trade)
  const { order, payments, lists } = ofName
  const found = await Promise.all(
    lists.map(async (list) => ({ list, isMatched: (await trade.match(list.key))?.state === 'MATCHED' })),
  )
  const [first] = found.toSorted(
    (one, other) =>
      Number(other.isMatched) - Number(one.isMatched) || (precedes(one.list.document, other.list.document) ? -1 : 1),
  )
  if (first !== undefined) return matchOfList(first.list, trade)
  if (order === null && payments.length === 0) return null
  const match = matchOf({
    list: null,
    order: order?.document ?? null,
    payments: payments.map(({ document }) => document),
    waybill: null,
    rivals: [],
  })
  const uscc = sellerOf(order ?? payments[0] ?? null)
  return {
    uscc,
    state: 'PENDING',
    missing: match.state === 'PENDING' ? match.missing.flatMap((role) => roleOf(role) ?? []) : [],
    decidedAt: null,
    list: null,
    order: order === null ? null : shownOrder(order),
    payments: shownPayments(paidTo(uscc, ofName), uscc),
    waybill: null,
    findings: [],
    evidence: null,
  }
}

const shownPayments = (payments: readonly StoredDocument[], uscc: string | null): TradePayment[] =>
  payments.slice(0, mostShown).map((payment) => paymentOf(payment, uscc))

/**
 * What was decided of a list; of one that was not matched yet, that it is pending. Who names another's order, payment or
 * waybill in a list of its own learns nothing of it: that a list names them does not make them its seller's.
 */
export async function matchOfList(list: StoredDocument, trade: TradeReader): Promise<TradeMatch> {
  const { document } = list
  const uscc = sellerOf(list)
  const [decided, found, carried] = await Promise.all([
    trade.match(list.key),
    document.order === null ? { order: null, payments: [], lists: [] } : ofOrder(document.order, trade),
    document.waybill === null ? { waybills: [], lists: [] } : ofWaybill(document.waybill, trade),
  ])
  const order = found.order !== null && sellerOf(found.order) === uscc ? found.order : null
  const payments = paidTo(uscc, found)
  const match = decided?.match
  const chosen = waybillAmong(
    document,
    carried.waybills.map((one) => one.document),
  )
  const its = carried.waybills.find((one) => one.document === chosen) ?? null
  const waybill =
    its === null || (document.direction === 'import' && order === null)
      ? null
      : await waybillIn({ its, uscc, isMatched: isAlike(decided), lists: carried.lists }, trade)
  const evidence: Evidence = { list, order, payments, waybill }
  const isNamedByOthers =
    carried.lists.length > mostFound ||
    carried.lists.some((one) => sellerOf(one) !== uscc && isWithinSixMonths(one.document, document))
  return {
    uscc,
    state: decided?.state ?? 'PENDING',
    missing: match?.state === 'PENDING' ? missingOf(match.missing, order) : [],
    decidedAt: decided?.decidedAt.toISOString() ?? null,
    list: listOf(list),
    order: order === null ? null : shownOrder(order),
    payments: shownPayments(payments, uscc),
    waybill,
    findings: findingsOf(match, order, isNamedByOthers).map((finding, at, all) =>
      findingOf(finding, all.slice(0, at), evidence, trade),
    ),
    evidence,
  }
}

/** A list's waybill as its match shows it: the seller's, or nobody's; not another's. */
async function waybillIn(
  {
    its,
    uscc,
    isMatched,
    lists,
  }: { its: StoredDocument; uscc: string | null; isMatched: boolean } & Pick<OfWaybill, 'lists'>,
  trade: TradeReader,
): Promise<TradeWaybill | null> {
  const isImport = its.document.direction === 'import'
  if (isImport && isMatched) return shownWaybill(its, uscc)
  const sender = await senderOf(its, lists, trade)
  if (sender === null) return isImport ? shownWaybill(its, null) : null
  return sender === uscc ? shownWaybill(its, uscc) : null
}

/** Without an order of the list's seller that alone, whatever else has come: to whom it belongs nobody has said. */
const missingOf = (missing: readonly Role[], order: StoredDocument | null): ShownRole[] =>
  order === null ? ['ORDER'] : missing.flatMap((role) => roleOf(role) ?? [])

/**
 * Findings that tell nothing of other sellers' documents: which of many guesses at them a finding no longer names would
 * tell what is in them.
 */
function findingsOf(match: Match | undefined, order: StoredDocument | null, isNamedByOthers: boolean): Finding[] {
  if (match?.state !== 'REJECTED') return []
  if (order === null) return match.findings.filter(({ rule }) => rule === 'order-enterprise')
  return match.findings.filter(({ rule }) => !isNamedByOthers || (rule !== 'consignee' && rule !== 'waybill-fixed'))
}

/**
 * Returns of the list by its seller. That they are of too much is told where all returns are the seller's: it would tell of
 * how much those of others are.
 */
export async function returnsOf({ evidence }: TradeMatch, trade: TradeReader): Promise<TradeReturn[]> {
  if (evidence === null) return []
  const known = (await trade.match(evidence.list.key))?.returns ?? []
  if (known.length === 0) return []
  const uscc = sellerOf(evidence.list)
  const findings = new Map(known.slice(0, mostFound).map((one) => [keyOf(one.key), one.findings]))
  const documents = new Map((await trade.documents([...findings.keys()])).map((document) => [document.key, document]))
  const its = [...findings].flatMap(([key, found]) => {
    const stored = documents.get(key)
    return stored === undefined || sellerOf(stored) !== uscc ? [] : [{ stored, found }]
  })
  const isAlone = its.length === known.length
  return its.slice(0, mostShown).map(({ stored, found }) => {
    const told = found.filter(({ rule }) => isAlone || rule !== 'returned-quantity')
    return returnOf(
      stored,
      uscc,
      told.map((finding) => findingOf(finding, [], evidence, trade)),
    )
  })
}
