/**
 * What the documents of an import must say by themselves to be matched (202205, remarks of 3.1, 3.3 and 3.9): sums and
 * products, fixed values, and what a way of trade 监管方式 asks for. They are taken over whatever they say, since a change
 * may still put them right; a receipt names what is wrong already (rules/ceb/content.ts).
 */
import { isPaid, isProduct } from '../ceb/arithmetic.ts'
import type { Field } from '../ceb/format.ts'
import { layoutOf } from '../ceb/kinds.ts'
import { alpha3Of } from '../country.ts'
import { isSameCurrency } from '../currency.ts'
import type { Values } from '../ceb/message.ts'
import { askedBy, isBonded } from '../ceb/trade-mode.ts'
import { kindOf, type Role, type TradeDocument } from './document.ts'
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

/** country 起运国 of goods out of a special area 保税: China, JGS-20. */
export const bondedCountry = '142'

/** Looks at each of them alone. */
export function checkOwn(
  documents: Readonly<Record<'list' | 'order' | 'payment' | 'waybill', TradeDocument>>,
  findings: Finding[],
): void {
  const { list, order } = documents
  if (!isPaid(order.head)) push(findings, 'order-sum', 'order', ['acturalPaid', 'goodsValue'])
  checkTotals(order, 'order-total', findings)
  checkTotals(list, 'list-total', findings)
  for (const { role, rule, ofHead, ofLine } of fixed) {
    const { head, lines } = documents[role]
    for (const element of othersIn(head, ofHead)) push(findings, rule, role, [element, element])
    for (const line of lines)
      for (const element of othersIn(line, ofLine)) push(findings, rule, role, [element, element], line.gnum ?? '')
  }
  checkTradeMode(list, findings)
}

function checkTotals({ role, lines }: TradeDocument, rule: RuleId, findings: Finding[]): void {
  for (const line of lines) if (!isProduct(line)) push(findings, rule, role, ['totalPrice', 'price'], line.gnum ?? '')
}

/** Elements that the tables know one value of, with it. */
const fixedAmong = (fields: readonly Field[] = []): [element: string, wanted: string][] =>
  fields.flatMap(({ name, values }) => {
    const [wanted, ...others] = values ?? []
    return wanted === undefined || others.length > 0 ? [] : [[name, wanted]]
  })

const fixed = (['list', 'order', 'payment', 'waybill'] as const).map((role) => {
  const layout = layoutOf(kindOf(role, 'import'), '202205')
  const rule: RuleId = `${role}-fixed`
  return { role, rule, ofHead: fixedAmong(layout?.head.fields), ofLine: fixedAmong(layout?.lines?.fields) }
})

/** The one value that an element of a head or a line may have; null where it may have others. */
export function onlyValueOf(role: Role, element: string, isOfLine: boolean): string | null {
  const of = fixed.find((one) => one.role === role)
  const found = (isOfLine ? of?.ofLine : of?.ofHead)?.find(([name]) => name === element)
  return found?.[1] ?? null
}

/** Elements with another value than theirs; empty is for the schema, or the tradeMode, to refuse. */
const othersIn = (values: Values, those: readonly (readonly [element: string, wanted: string])[]): string[] =>
  those.flatMap(([element, wanted]) => {
    const value = values[element] ?? ''
    const isRight = value === '' || (element === 'currency' ? isSameCurrency(value, wanted) : value === wanted)
    return isRight ? [] : [element]
  })

const isEmpty = (values: Values, element: string): boolean => (values[element] ?? '') === ''

function checkTradeMode({ head, lines }: TradeDocument, findings: Finding[]): void {
  const asked = askedBy(head.tradeMode)
  if (asked === null) return
  // Out of a special area, whatever the goods' origin is.
  if (isBonded(head.tradeMode) && !isEmpty(head, 'country') && alpha3Of(head.country ?? '') !== alpha3Of(bondedCountry))
    push(findings, 'list-fixed', 'list', ['country', 'tradeMode'])
  for (const element of asked.head)
    if (isEmpty(head, element)) push(findings, 'trade-mode', 'list', [element, 'tradeMode'])
  for (const line of lines) {
    for (const element of asked.line)
      if (isEmpty(line, element)) push(findings, 'trade-mode', 'list', [element, element], line.gnum ?? '')
  }
}
