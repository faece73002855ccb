/**
 * What the documents of one group come to: those that are joined by orders, waybills and numbers of lists. A function of
 * the set of current versions, so that no order of arrival, repetition or stale version can change it.
 */
import { isWithinSixMonths, precedes } from './contention.ts'
import { supersedes, type Role, type TradeDocument } from './document.ts'
import { matchOf, stands, type Evidence, type Match } from './match.ts'
import { returnsOf, type ReturnEffect } from './returns.ts'

/** Current versions, by key. */
export type Versions = ReadonlyMap<string, TradeDocument>

/** Takes a document into a collection of current versions; false, and nothing changed, where it is stale or known. */
export function take(versions: Map<string, TradeDocument>, document: TradeDocument): boolean {
  const stored = versions.get(document.key)
  if (stored !== undefined && !supersedes(document.version, stored.version)) return false
  versions.set(document.key, document)
  return true
}

/** The current version of each document. */
export function currentOf(documents: Iterable<TradeDocument>): Map<string, TradeDocument> {
  const versions = new Map<string, TradeDocument>()
  for (const document of documents) take(versions, document)
  return versions
}

/** What is decided outside the documents. */
export interface Decided {
  /** Keys of cancellations and returns that customs has granted: with the status that ends their way (isFinal of status.ts). */
  granted: ReadonlySet<string>
  /** What the buyers' limits say (annual.ts), by keys of lists. */
  exceeded: ReadonlyMap<string, 'single-limit' | 'annual-limit'>
  /** Keys of lists that customs reviews, or has come further with (openStatuses of change.ts). */
  closed: ReadonlySet<string>
}
export const nothingDecided: Decided = { granted: new Set(), exceeded: new Map(), closed: new Set() }

export interface ListEffect {
  /** The list's key. */
  key: string
  /** CANCELLED once customs has granted it; else what matching says. */
  state: Match['state'] | 'CANCELLED'
  match: Match
  /** The cancellation that is applied for, granted or not; null where there is none. */
  cancellation: string | null
  returns: ReturnEffect[]
}

export interface Effect {
  /** Lists that are declared and not deleted, by key. */
  lists: ListEffect[]
  /** Orders that no such list declares, with what is missing to match them. */
  waiting: { order: string; missing: Role[] }[]
}

/**
 * The final state of a group.
 *
 * Of lists that contend for an order or a waybill, the first by version and key that matches in all else has it, and before
 * all others those that customs has begun to look at: what is released is not taken back by whoever dates a list earlier. One
 * that does not match, is cancelled or has itself lost stands in nobody's way. Limits are looked at after that: a list beyond
 * them keeps its order, since another list would not make the purchase smaller.
 */
export function effectOf(versions: Versions, { granted, exceeded, closed }: Decided = nothingDecided): Effect {
  const standing = [...versions.values()].filter(stands)
  const of = (role: Role): TradeDocument[] => standing.filter((document) => document.role === role)
  const lists = of('list').sort(
    (one, other) => Number(closed.has(other.key)) - Number(closed.has(one.key)) || (precedes(one, other) ? -1 : 1),
  )
  const evidence = evidenceIn(of('order'), of('payment'), of('waybill'))
  const [cancellations, returns] = [applicationsIn(of('cancellation')), applicationsIn(of('return'))]
  const holders: Index = new Map()
  const effects = lists.map((list): ListEffect => {
    const applications = cancellations(list).sort(byKey)
    const isCancelled = applications.some(({ key }) => granted.has(key))
    const bare = { list, ...evidence(list.order, list), rivals: joined(holders, list) }
    const withoutLimits = matchOf(bare)
    const limit = exceeded.get(list.key)
    const match = limit === undefined ? withoutLimits : matchOf({ ...bare, exceeded: limit })
    if (!isCancelled && withoutLimits.state === 'MATCHED') enter(holders, list)
    return {
      key: list.key,
      state: isCancelled ? 'CANCELLED' : match.state,
      match,
      cancellation: (applications.find(({ key }) => granted.has(key)) ?? applications[0])?.key ?? null,
      returns: returnsOf(list, returns(list)),
    }
  })
  const declared = new Set(lists.map(({ order }) => order))
  const orders = new Set([...of('order'), ...of('payment')].map(({ order }) => order ?? ''))
  const waiting = [...orders].sort().flatMap((order) => {
    if (declared.has(order)) return []
    const match = matchOf({ list: null, ...evidence(order, null), rivals: [] })
    return match.state === 'PENDING' ? [{ order, missing: match.missing }] : []
  })
  return { lists: effects.sort((one, other) => (one.key < other.key ? -1 : 1)), waiting }
}

/** Lists by their orders and waybills; whoever looks one up still asks whether it contends. */
type Index = Map<string, TradeDocument[]>

const joinsOf = ({ order, waybill }: TradeDocument): string[] => [order, waybill].filter((join) => join !== null)

function enter(index: Index, document: TradeDocument): void {
  for (const join of joinsOf(document)) {
    const documents = index.get(join)
    if (documents === undefined) index.set(join, [document])
    else documents.push(document)
  }
}

const joined = (index: Index, list: TradeDocument): TradeDocument[] => [
  ...new Set(joinsOf(list).flatMap((join) => index.get(join) ?? [])),
]

const byKey = (one: TradeDocument, other: TradeDocument): number => (one.key < other.key ? -1 : 1)

type Found = Pick<Evidence, 'order' | 'payments' | 'waybill'>

function evidenceIn(
  orders: readonly TradeDocument[],
  payments: readonly TradeDocument[],
  waybills: readonly TradeDocument[],
): (order: string | null, list: TradeDocument | null) => Found {
  const byOrder = new Map(orders.map((document) => [document.order, document]))
  const carried = Map.groupBy(waybills, ({ waybill }) => waybill)
  const paid = Map.groupBy(payments, ({ order }) => order)
  return (order, list) => ({
    order: byOrder.get(order) ?? null,
    payments: paid.get(order) ?? [],
    waybill: list === null ? null : waybillOf(list, carried.get(list.waybill) ?? []),
  })
}

/**
 * The waybill of a list among those of its number, which is given out again after six months: the latest that was sent
 * within six months of the list.
 */
export const waybillOf = (list: TradeDocument, waybills: readonly TradeDocument[]): TradeDocument | null =>
  waybills
    .filter((waybill) => isWithinSixMonths(list, waybill))
    .reduce<TradeDocument | null>((best, one) => (best === null || precedes(best, one) ? one : best), null)

/**
 * Finds the cancellations or returns of a list: those that say its number. Order and waybill tell nothing here: several
 * lists may declare them, one after another or somebody else's. Customs gives a list its number in a receipt 回执, and until
 * that has come nothing is of it.
 */
function applicationsIn(documents: readonly TradeDocument[]): (list: TradeDocument) => TradeDocument[] {
  const byNumber = Map.groupBy(documents, ({ invtNo }) => invtNo)
  return ({ direction, invtNo }) =>
    invtNo === null ? [] : (byNumber.get(invtNo) ?? []).filter((one) => one.direction === direction)
}
