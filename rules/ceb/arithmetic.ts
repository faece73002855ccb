import { addDecimals, compareDecimals, multiplyDecimals } from '../decimal.ts'
import { labelOf, type LineReport } from './group.ts'
import type { Kind } from './kinds.ts'
import type { AnyDocument, Values } from './message.ts'
import { quotableNumber } from './quote.ts'
import type { Report } from './values.ts'

/** Kinds whose goodsValue is that of their lines: orders (2.1.4, 3.1.4). */
const summed: ReadonlySet<Kind> = new Set(['303', '311'])

/** Checks the sums of a document; no tolerance is known to the specification, so there is none here. */
export function checkArithmetic(kind: Kind, { head, lines }: AnyDocument, report: Report, ofLine: LineReport): void {
  for (const [index, line] of lines.entries()) checkLine(line, index, ofLine)
  if (summed.has(kind)) checkSum(head, lines, report)
  if (kind === '311') checkPaid(head, report)
}

const told = (formula: string, amount: string): string => {
  const shown = quotableNumber(amount)
  return shown === null ? formula : `${formula} = ${shown}`
}

const wrong = (element: string, expected: string, found: string) =>
  ({ severity: 'wrong', element, rule: 'arithmetic', expected, found: quotableNumber(found) }) as const

function checkLine({ price, qty, totalPrice, ...line }: Values, index: number, ofLine: LineReport): void {
  if (price === undefined || qty === undefined || totalPrice === undefined) return
  if (isProduct({ price, qty, totalPrice })) return
  ofLine(labelOf(line, index))(wrong('totalPrice', told('price × qty', multiplyDecimals(price, qty)), totalPrice))
}

/** Whether a line's totalPrice is its price × qty; true where one of them is missing. */
export const isProduct = ({ price, qty, totalPrice }: Values): boolean =>
  price === undefined ||
  qty === undefined ||
  totalPrice === undefined ||
  isWrittenAs(multiplyDecimals(price, qty), totalPrice)

/** A product may have ten digits after the point, of which N19,5 can write five: the amount that is nearest to it. */
function isWrittenAs(product: string, amount: string): boolean {
  const compared = compareDecimals(product, amount)
  if (compared === 0) return true
  const gap = compared > 0 ? addDecimals(product, negative(amount)) : addDecimals(amount, negative(product))
  return compareDecimals(gap, '0.000005') <= 0
}

const negative = (decimal: string): string => (decimal.startsWith('-') ? decimal.slice(1) : `-${decimal}`)

function checkSum({ goodsValue }: Values, lines: readonly Values[], report: Report): void {
  if (goodsValue === undefined || lines.length === 0) return
  const sum = addDecimals(...lines.map(({ totalPrice }) => totalPrice ?? '0'))
  if (compareDecimals(sum, goodsValue) === 0) return
  report(wrong('goodsValue', told('the sum of totalPrice', sum), goodsValue))
}

function checkPaid(head: Values, report: Report): void {
  const { acturalPaid = '' } = head
  const paid = sumPaid(head)
  if (paid === null || compareDecimals(paid, acturalPaid) === 0) return
  report(wrong('acturalPaid', told('goodsValue + freight + taxTotal − discount', paid), acturalPaid))
}

/** What is to be paid by what an order says; null where one of the amounts is missing. */
export function sumPaid({ acturalPaid, goodsValue, freight, taxTotal, discount }: Values): string | null {
  const isWhole = ![acturalPaid, goodsValue, freight, taxTotal, discount].includes(undefined)
  return isWhole ? addDecimals(goodsValue ?? '0', freight ?? '0', taxTotal ?? '0', negative(discount ?? '0')) : null
}

/** Whether an order's acturalPaid is goodsValue + freight + taxTotal − discount; true where one of them is missing. */
export function isPaid(head: Values): boolean {
  const paid = sumPaid(head)
  return paid === null || compareDecimals(paid, head.acturalPaid ?? '0') === 0
}
