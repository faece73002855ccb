/**
 * What the documents of an import must say by themselves to be matched (202205, remarks of 3.1, 3.3 and 3.9): sums and
 * products, fixed values, and what a way of trade 监管方式 asks for. They are taken over whatever they say, since a change
 * may still put them right; a receipt names what is wrong already (rules/ceb/content.ts).
 */
import { isPaid, isProduct } from '../ceb/arithmetic.ts'
import { alpha3Of } from '../country.ts'
import { isSameCurrency } from '../currency.ts'
import type { Values } from '../ceb/message.ts'
import type { Role, TradeDocument } from './document.ts'
import { findingOf, type Finding, type RuleId } from './finding.ts'

const push = (
  findings: Finding[],
  rule: RuleId,
  role: Role,
  elements: readonly [string, string],
  gnum?: string,
): void => {
  const [left, right] = elements.map((element) => ({ role, element, ...(gnum === undefined ? {} : { gnum }) }))
  if (left !== undefined && right !== undefined) findings.push(findingOf(rule, 'import', left, right))
}

/** Looks at each of them alone. */
export function checkOwn(
  documents: Readonly<Record<'list' | 'order' | 'payment' | 'waybill', TradeDocument>>,
  findings: Finding[],
): void {
  const { list, order } = documents
  if (!isPaid(order.head)) push(findings, 'order-sum', 'order', ['acturalPaid', 'goodsValue'])
  checkTotals(order, 'order-total', findings)
  checkTotals(list, 'list-total', findings)
  for (const [rule, document, element, isRight] of fixed) {
    const { head, role } = documents[document]
    if (!isRight(head[element] ?? '')) push(findings, rule, role, [element, element])
  }
  checkTradeMode(list, findings)
}

function checkTotals({ role, lines }: TradeDocument, rule: RuleId, findings: Finding[]): void {
  for (const line of lines) if (!isProduct(line)) push(findings, rule, role, ['totalPrice', 'price'], line.gnum ?? '')
}

const is =
  (wanted: string) =>
  (value: string): boolean =>
    value === wanted
const isYuan = (value: string): boolean => isSameCurrency(value, '142')
const isChina = (value: string): boolean => alpha3Of(value) === 'CHN'
const isOne = (value: string): boolean => /^0*1$/.test(value)

/** Empty is for the schema, or the tradeMode, to refuse. */
const orEmpty =
  (test: (value: string) => boolean) =>
  (value: string): boolean =>
    value === '' || test(value)

const fixed: readonly (readonly [
  rule: RuleId,
  document: 'list' | 'order' | 'payment' | 'waybill',
  element: string,
  isRight: (value: string) => boolean,
])[] = [
  ['order-fixed', 'order', 'orderType', orEmpty(is('I'))],
  ['order-fixed', 'order', 'buyerIdType', orEmpty(is('1'))],
  ['order-fixed', 'order', 'currency', orEmpty(isYuan)],
  ['payment-fixed', 'payment', 'payerIdType', orEmpty(is('1'))],
  ['payment-fixed', 'payment', 'currency', orEmpty(isYuan)],
  ['list-fixed', 'list', 'buyerIdType', orEmpty(is('1'))],
  ['waybill-fixed', 'waybill', 'packNo', orEmpty(isOne)],
  ['list-fixed', 'list', 'packNo', orEmpty(isOne)],
]

/** Bonded goods 保税 are in the books of a special area; others come by a conveyance 直购 (3.9.4). */
const asked: Readonly<Record<string, { head: readonly string[]; line: readonly string[] }>> = {
  '9610': { head: ['trafNo', 'voyageNo', 'billNo'], line: [] },
  '1210': { head: ['emsNo', 'areaCode'], line: ['itemRecordNo'] },
  '1239': { head: ['emsNo', 'areaCode'], line: ['itemRecordNo'] },
}

const isEmpty = (values: Values, element: string): boolean => (values[element] ?? '') === ''

function checkTradeMode({ head, lines }: TradeDocument, findings: Finding[]): void {
  const wanted = asked[head.tradeMode ?? '']
  if (wanted === undefined) return
  // Out of a special area, whatever the goods' origin is.
  if (wanted.line.length > 0 && !orEmpty(isChina)(head.country ?? ''))
    push(findings, 'list-fixed', 'list', ['country', 'tradeMode'])
  for (const element of wanted.head)
    if (isEmpty(head, element)) push(findings, 'trade-mode', 'list', [element, 'tradeMode'])
  for (const line of lines) {
    for (const element of wanted.line)
      if (isEmpty(line, element)) push(findings, 'trade-mode', 'list', [element, element], line.gnum ?? '')
  }
}
