import { isSameCurrency } from '../currency.ts'
import { compareDecimals } from '../decimal.ts'
import type { Values } from '../ceb/message.ts'
import type { TradeDocument } from './document.ts'
import { findingOf, type Finding } from './finding.ts'

/** What must be the same in an import's line and in the order's: what it is, how many, for how much. */
const pairs = [
  ['gname', 'itemName', 'text'],
  ['unit', 'unit', 'text'],
  ['qty', 'qty', 'amount'],
  ['totalPrice', 'totalPrice', 'amount'],
  ['currency', 'currency', 'currency'],
] as const

/**
 * Compares the lines of a list with those of its order by gnum. An import declares all of them, one to one and under the
 * order's names (3.9.4); for an export the numbers are said to belong together and no more (2.11.4), so a list may hold
 * part of an order.
 */
export function compareLines(list: TradeDocument, order: TradeDocument, findings: Finding[]): void {
  const { direction } = list
  if (direction === 'import' && list.lines.length !== order.lines.length) {
    findings.push(
      findingOf('line-count', direction, { role: 'list', element: 'orderNo' }, { role: 'order', element: 'orderNo' }),
    )
    return
  }
  for (const [index, line] of list.lines.entries()) {
    const other = lineOf(order.lines, line.gnum, index)
    const isOutside = direction === 'import' && !isNumber(line.gnum, list.lines.length)
    if (other === undefined || isOutside || isRepeated(list.lines, line.gnum, index))
      push('gnum', 'gnum', line.gnum ?? '', direction, findings)
    else if (direction === 'import') compareLine(line, other, findings)
  }
}

/**
 * Gnums that the list of an import lacks: those of the order, then of the numbers from 1 on. An export may declare part of an
 * order, and lacks none.
 */
export function lackedBy(
  { lines, direction }: Pick<TradeDocument, 'lines' | 'direction'>,
  order: Pick<TradeDocument, 'lines'>,
): string[] {
  if (direction === 'export') return []
  const said = new Set(lines.map(({ gnum }) => gnum ?? ''))
  const wanted = [...order.lines.map(({ gnum }) => gnum ?? ''), ...lines.map((_line, at) => String(at + 1))]
  return [...new Set(wanted)].filter((gnum) => gnum !== '' && !said.has(gnum))
}

/** Lines nearly always stand in the order of their numbers. */
const lineOf = (lines: readonly Values[], gnum: string | undefined, index: number): Values | undefined =>
  lines[index]?.gnum === gnum ? lines[index] : lines.find((line) => line.gnum === gnum)

/** Lines of an import are numbered from 1, without gaps. */
const isNumber = (gnum: string | undefined, most: number): boolean =>
  gnum !== undefined && /^[1-9]\d*$/.test(gnum) && Number(gnum) <= most

const isRepeated = (lines: readonly Values[], gnum: string | undefined, index: number): boolean => {
  for (let before = 0; before < index; before += 1) if (lines[before]?.gnum === gnum) return true
  return false
}

const isSame = {
  amount: (one: string, other: string): boolean => compareDecimals(one, other) === 0,
  currency: isSameCurrency,
} as const

function compareLine(line: Values, other: Values, findings: Finding[]): void {
  for (const [left, right, as] of pairs) {
    const [mine, theirs] = [line[left], other[right]]
    if (mine === theirs) continue
    if (as !== 'text' && mine !== undefined && theirs !== undefined && isSame[as](mine, theirs)) continue
    push(left, right, line.gnum ?? '', 'import', findings)
  }
}

function push(
  left: string,
  right: string,
  gnum: string,
  direction: TradeDocument['direction'],
  findings: Finding[],
): void {
  const [one, other] = [
    { role: 'list', element: left, gnum },
    { role: 'order', element: right, gnum },
  ] as const
  findings.push(findingOf('lines', direction, one, other))
}
