/**
 * Matching of order, payment and waybill 三单比对 with the list 清单 that declares them (GACC 2018 no. 194;
 * 海关跨境电商统一版系统企业对接报文规范 202205, remarks of 2.1 to 2.11 and 3.1 to 3.9; codes of customs' own receipts).
 *
 * Values are equal or they are not: the specification knows no tolerance. What each document of an import must say by
 * itself is looked at as well (consistency.ts). What no document tells is not looked at: signatures and certificates, the
 * population base 人口库, and the balance of a guarantee 担保; whose message it is, intake has looked at. The limits of a buyer need all the
 * lists of a year and come from annual.ts.
 */
import { isSameCurrency } from '../currency.ts'
import { compareDecimals } from '../decimal.ts'
import { checkOwn } from './consistency.ts'
import { isWithinSixMonths, precedes } from './contention.ts'
import type { Direction, Role, TradeDocument } from './document.ts'
import { findingOf, type Finding, type RuleId } from './finding.ts'
import { compareLines } from './match-lines.ts'

/** What a list is matched with: current versions, as far as they have come. */
export interface Evidence {
  list: TradeDocument | null
  order: TradeDocument | null
  /** Any that name the order; the one that pays it is found among them. */
  payments: readonly TradeDocument[]
  waybill: TradeDocument | null
  /** Lists of the same order or waybill that come before it, match in all else and are not cancelled (effect.ts). */
  rivals: readonly TradeDocument[]
  /** What the buyer's limits say of the list (annual.ts); null or absent where they are kept. */
  exceeded?: 'single-limit' | 'annual-limit' | null
}

export type Match =
  | { state: 'MATCHED' }
  /** Documents of these roles have not come; nothing is said of the others until they have. */
  | { state: 'PENDING'; missing: Role[] }
  | { state: 'REJECTED'; findings: Finding[] }

const matched: Match = { state: 'MATCHED' }

/**
 * Matches a list with its evidence. The answer depends on the documents alone, not on which of them came first. A draft, a
 * deleted document, one that names another order or waybill and a waybill of more than six months before or after count as
 * not there.
 */
export function matchOf({ list, order, payments, waybill, rivals, exceeded }: Evidence): Match {
  const theList = list !== null && stands(list) ? list : null
  const theOrder = order !== null && stands(order) && (theList === null || order.order === theList.order) ? order : null
  const theWaybill = waybill !== null && stands(waybill) && isCarried(theList, waybill) ? waybill : null
  const payment = paymentOf(theList, theOrder, payments)
  if (theList === null || theOrder === null || theWaybill === null || payment === null) {
    const missing: Role[] = []
    if (theList === null) missing.push('list')
    if (theOrder === null) missing.push('order')
    if (payment === null) missing.push('payment')
    // Only a list tells which waybill its order has.
    if (theList !== null && theWaybill === null) missing.push('waybill')
    return { state: 'PENDING', missing }
  }
  const findings: Finding[] = []
  const { direction } = theList
  if (direction === 'import') {
    for (const pair of importPairs) compare(pair, theList, theOrder, payment, theWaybill, findings)
    checkOwn({ list: theList, order: theOrder, payment, waybill: theWaybill }, findings)
  } else if (!isOfTradeMode(theOrder, theList)) {
    findings.push(
      findingOf(
        'order-type',
        direction,
        { role: 'order', element: 'orderType' },
        { role: 'list', element: 'tradeMode' },
      ),
    )
  }
  compareLines(theList, theOrder, findings)
  for (const rival of rivals) contend(theList, rival, findings)
  if (exceeded !== undefined && exceeded !== null) findings.push(limitFinding(exceeded))
  return findings.length === 0 ? matched : { state: 'REJECTED', findings }
}

/** Whether a document takes part: declared and not deleted. */
export const stands = ({ draft, removed }: TradeDocument): boolean => !draft && !removed

const isCarried = (list: TradeDocument | null, waybill: TradeDocument): boolean =>
  list === null || (waybill.waybill === list.waybill && isWithinSixMonths(list, waybill))

/** Two elements that must say the same; of amounts, the same number, of currencies, the same one under either code. */
interface Pair {
  rule: RuleId
  left: readonly [role: Role, element: string]
  right: readonly [role: Role, element: string]
  as?: 'amount' | 'currency'
  /** Only where the left document says it. */
  ifSaid?: true
}

const importPairs: readonly Pair[] = [
  { rule: 'order-enterprise', left: ['list', 'ebcCode'], right: ['order', 'ebcCode'] },
  { rule: 'buyer-name', left: ['list', 'buyerName'], right: ['order', 'buyerName'] },
  { rule: 'buyer-number', left: ['list', 'buyerIdNumber'], right: ['order', 'buyerIdNumber'] },
  { rule: 'buyer-telephone', left: ['list', 'buyerTelephone'], right: ['order', 'buyerTelephone'] },
  // The buyer need not be who receives the goods; the order and the waybill say who that is.
  { rule: 'consignee', left: ['order', 'consignee'], right: ['waybill', 'consignee'] },
  { rule: 'consignee', left: ['order', 'consigneeTelephone'], right: ['waybill', 'consigneeTelephone'] },
  { rule: 'consignee', left: ['order', 'consigneeAddress'], right: ['waybill', 'consigneeAddress'] },
  { rule: 'payment-enterprise', left: ['order', 'payCode'], right: ['payment', 'payCode'], ifSaid: true },
  { rule: 'amount-paid', left: ['order', 'acturalPaid'], right: ['payment', 'amountPaid'], as: 'amount' },
  { rule: 'amount-paid', left: ['order', 'currency'], right: ['payment', 'currency'], as: 'currency' },
  { rule: 'payer', left: ['order', 'buyerName'], right: ['payment', 'payerName'] },
  { rule: 'payer', left: ['order', 'buyerIdNumber'], right: ['payment', 'payerIdNumber'] },
]
const paymentPairs = importPairs.filter(({ right }) => right[0] === 'payment')

function agree({ left, right, as, ifSaid }: Pair, one: TradeDocument, other: TradeDocument): boolean {
  const [mine, theirs] = [one.head[left[1]], other.head[right[1]]]
  if (mine === theirs) return true
  if (mine === undefined || mine === '') return ifSaid === true
  if (theirs === undefined) return false
  return as === 'currency' ? isSameCurrency(mine, theirs) : as === 'amount' && compareDecimals(mine, theirs) === 0
}

function compare(
  pair: Pair,
  list: TradeDocument,
  order: TradeDocument,
  payment: TradeDocument,
  waybill: TradeDocument,
  findings: Finding[],
): void {
  const one = pair.left[0] === 'list' ? list : order
  const other = pair.right[0] === 'order' ? order : pair.right[0] === 'payment' ? payment : waybill
  if (agree(pair, one, other)) return
  const { rule, left, right } = pair
  findings.push(
    findingOf(rule, list.direction, { role: left[0], element: left[1] }, { role: right[0], element: right[1] }),
  )
}

/**
 * The payment of an order: by the transaction that the order names, where it names one. Of several the one that fits; where
 * none does, the earliest stands for them, so that the answer is the same whichever came first.
 */
export function paymentOf(
  list: TradeDocument | null,
  order: TradeDocument | null,
  payments: readonly TradeDocument[],
): TradeDocument | null {
  const key = (list ?? order)?.order
  const transaction = order?.head.payTransactionId
  let first: TradeDocument | null = null
  for (const payment of payments) {
    if (!stands(payment) || (key !== undefined && payment.order !== key)) continue
    if (isSaid(transaction) && payment.head.payTransactionId !== transaction) continue
    if (order === null || payment.direction === 'export' || fits(order, payment)) return payment
    if (first === null || precedes(payment, first)) first = payment
  }
  return first
}

function fits(order: TradeDocument, payment: TradeDocument): boolean {
  for (const pair of paymentPairs) if (!agree(pair, order, payment)) return false
  return true
}

const isSaid = (value: string | undefined): value is string => value !== undefined && value !== ''

/** Which way of trade an export order is for: E to consumers, B to enterprises, W to a warehouse abroad (2.1.4, 2.11.4). */
const tradeModes: Readonly<Record<string, readonly string[]>> = {
  E: ['9610', '1210', '1239'],
  B: ['9710'],
  W: ['9810'],
}
const isOfTradeMode = (order: TradeDocument, list: TradeDocument): boolean =>
  tradeModes[order.head.orderType ?? '']?.includes(list.head.tradeMode ?? '') ?? false

/** One order and, within six months, one waybill is declared once (3.1.4, 3.9.4): by the list that comes first. */
function contend(list: TradeDocument, rival: TradeDocument, findings: Finding[]): void {
  const { direction } = list
  if (rival.order === list.order) findings.push(usedBy('order-used', direction, list.key, rival.key, 'orderNo'))
  if (rival.waybill === list.waybill && isWithinSixMonths(rival, list))
    findings.push(usedBy('waybill-used', direction, list.key, rival.key, 'logisticsNo'))
}

const usedBy = (rule: RuleId, direction: Direction, key: string, rival: string, element: string): Finding =>
  findingOf(rule, direction, { role: 'list', element, key }, { role: 'list', element, key: rival })

export const limitFinding = (rule: 'single-limit' | 'annual-limit'): Finding =>
  findingOf(rule, 'import', { role: 'list', element: 'totalPrice' }, { role: 'list', element: 'buyerIdNumber' })
