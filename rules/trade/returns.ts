/**
 * Returns 退货 against the list they go back to: each line is one of the list, of the same goods and unit, and all returns
 * together are of no more than was declared (海关跨境电商统一版系统企业对接报文规范 202205, 2.17.4 and 3.13.4).
 */
import type { Values } from '../ceb/message.ts'
import { addDecimals, compareDecimals, multiplyDecimals, negated } from '../decimal.ts'
import { precedes } from './contention.ts'
import type { TradeDocument } from './document.ts'
import { findingOf, type Finding, type Place, type RuleId } from './finding.ts'

/** What a return says of the goods that must be as in the list; an import's return does not say gmodel, unit1 and unit2. */
const goods = ['gcode', 'gname', 'gmodel', 'unit', 'unit1', 'unit2'] as const
const quantities = ['qty', 'qty1', 'qty2'] as const

export interface ReturnEffect {
  /** The return's key. */
  key: string
  /** Empty where the return stands. */
  findings: Finding[]
}

/**
 * What returns of one list come to. They are walked by version and key, so that of two that together are too much it is the
 * later that is refused, whichever came first.
 * @param returns those of this list that are declared and not deleted
 */
export function returnsOf(list: TradeDocument, returns: readonly TradeDocument[]): ReturnEffect[] {
  const lines = new Map(list.lines.map((line) => [line.gnum ?? '', line]))
  const back = new Map<string, string>()
  return [...returns]
    .sort((one, other) => (precedes(one, other) ? -1 : 1))
    .map((document) => {
      const findings = document.lines.flatMap((line) => checkLine(document, line, list, lines, back))
      if (findings.length === 0) count(document.lines, back)
      return { key: document.key, findings }
    })
}

/** Quantities that go back, by gnum, of returns that stand. */
export function returnedBy(returns: readonly TradeDocument[]): Map<string, string> {
  const back = new Map<string, string>()
  for (const { lines } of returns) {
    for (const { gnum = '', qty = '0' } of lines) back.set(gnum, addDecimals(back.get(gnum) ?? '0', qty))
  }
  return back
}

/** What the goods of a list's line are worth of which a quantity went back, in its currency; null where all of it did. */
export function keptOf({ qty = '0', price = '0', totalPrice = '0' }: Values, back: string): string | null {
  if (back === '0') return totalPrice
  if (compareDecimals(back, qty) >= 0) return null
  return addDecimals(totalPrice, negated(multiplyDecimals(price, back)))
}

function count(lines: readonly Values[], back: Map<string, string>): void {
  for (const line of lines) {
    for (const element of quantities) {
      const place = `${element} ${line.gnum ?? ''}`
      back.set(place, addDecimals(back.get(place) ?? '0', line[element] ?? '0'))
    }
  }
}

function checkLine(
  document: TradeDocument,
  line: Values,
  list: TradeDocument,
  lines: ReadonlyMap<string, Values>,
  back: ReadonlyMap<string, string>,
): Finding[] {
  const { gnum = '' } = line
  const finding = (rule: RuleId, element: string): Finding => {
    const left: Place = { role: 'return', element, gnum, key: document.key }
    return findingOf(rule, list.direction, left, { role: 'list', element, gnum })
  }
  const original = lines.get(gnum)
  if (original === undefined) return [finding('returned-goods', 'gnum')]
  const other = goods.filter((element) => isSaid(line[element]) && line[element] !== original[element])
  const tooMuch = quantities.filter((element) => {
    const said = line[element]
    if (!isSaid(said)) return false
    const all = addDecimals(back.get(`${element} ${gnum}`) ?? '0', said)
    return compareDecimals(all, original[element] ?? '0') > 0
  })
  return [
    ...other.map((element) => finding('returned-goods', element)),
    ...tooMuch.map((element) => finding('returned-quantity', element)),
  ]
}

const isSaid = (value: string | undefined): value is string => value !== undefined && value !== ''
