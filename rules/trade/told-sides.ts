/**
 * What the two sides of a finding say beyond what stands at their places: sums, products and counts that were expected, and
 * what the specification or the law fixes. It is worked out from the documents when it is shown, and never stored.
 */
import { isProduct, sumPaid } from '../ceb/arithmetic.ts'
import type { Values } from '../ceb/message.ts'
import { multiplyDecimals } from '../decimal.ts'
import { limitsIn, valueOf, yearOf } from './annual.ts'
import { bondedCountry, onlyValueOf } from './consistency.ts'
import type { Role, TradeDocument } from './document.ts'
import type { Finding, Place, RuleId } from './finding.ts'
import { lackedBy } from './match-lines.ts'

/** The document of a role as far as it is there to be shown. */
export type DocumentOf = (role: Role) => Pick<TradeDocument, 'head' | 'lines' | 'direction'> | null

/** A side that says another thing than what stands at its place. */
export interface ToldSide {
  /** What it is, e.g. `price × qty`. */
  element: string
  /** The gnum of the line that it is of; absent for the head. */
  gnum?: string
  /** Each element that it is worked out from, of whichever line; empty for what is fixed. */
  from: readonly Place[]
  /** Null where it cannot be told, or nothing is. */
  value: (documentOf: DocumentOf) => string | null
}

type Sides = readonly [left: ToldSide | null, right: ToldSide | null]
const asTheyStand: Sides = [null, null]

/**
 * Both sides of a finding; null where one says what stands at its place.
 * @param before findings of the same match that come before it
 */
export function toldSides(finding: Finding, before: readonly Finding[]): Sides {
  return ofRule[finding.rule]?.(finding, before) ?? asTheyStand
}

const ofRule: Partial<Record<RuleId, (finding: Finding, before: readonly Finding[]) => Sides>> = {
  'order-sum': () => [null, paid],
  'order-total': product,
  'list-total': product,
  'order-fixed': only,
  'payment-fixed': only,
  'waybill-fixed': only,
  'list-fixed': only,
  'trade-mode': asked,
  'line-count': () => [lineCount('list'), lineCount('order')],
  lines: lacking,
  'single-limit': () => [purchase, limit('limit of a purchase, in yuan', 'single')],
  // What the buyer has bought from others is nobody's to tell.
  'annual-limit': () => [fixed('totalPrice', null), limit('limit of a year, in yuan', 'annual')],
}

const fixed = (element: string, value: string | null): ToldSide => ({ element, from: [], value: () => value })

/** As it was when the list was declared. */
const limit = (element: string, which: 'single' | 'annual'): ToldSide => ({
  element,
  from: ofHead('list', 'appTime'),
  value(documentOf) {
    const list = documentOf('list')
    return list === null ? null : limitsIn(yearOf(list))[which]
  },
})

const ofHead = (role: Role, ...elements: readonly string[]): Place[] => elements.map((element) => ({ role, element }))
/** Of some line or all of them. */
const ofLines = (role: Role, ...elements: readonly string[]): Place[] =>
  elements.map((element) => ({ role, element, gnum: '' }))

const paid: ToldSide = {
  element: 'goodsValue + freight + taxTotal − discount',
  from: ofHead('order', 'goodsValue', 'freight', 'taxTotal', 'discount'),
  value(documentOf) {
    const order = documentOf('order')
    return order === null ? null : sumPaid(order.head)
  },
}

/** Of several lines of one gnum the first that is no product. */
function product({ left }: Finding): Sides {
  const { role, gnum = '' } = left
  const lineIn = (documentOf: DocumentOf): Values | undefined =>
    documentOf(role)?.lines.find((line) => (line.gnum ?? '') === gnum && !isProduct(line))
  const side = (element: string, of: readonly string[], value: (line: Values) => string | null): ToldSide => ({
    element,
    gnum,
    from: ofLines(role, ...of),
    value(documentOf) {
      const line = lineIn(documentOf)
      return line === undefined ? null : value(line)
    },
  })
  return [
    side('totalPrice', ['totalPrice'], ({ totalPrice = null }) => totalPrice),
    side('price × qty', ['price', 'qty'], ({ price, qty }) =>
      price === undefined || qty === undefined ? null : multiplyDecimals(price, qty),
    ),
  ]
}

function only({ left, right }: Finding): Sides {
  const { role, element, gnum } = left
  const named = `allowed ${element}`
  if (right.element === 'tradeMode')
    return [null, { ...fixed(named, bondedCountry), from: ofHead('list', 'tradeMode') }]
  const side = fixed(named, onlyValueOf(role, element, gnum !== undefined))
  return [null, gnum === undefined ? side : { ...side, gnum }]
}

/** Nothing stands there, whatever the field is; what asks for it does. */
function asked({ left: { element, gnum } }: Finding): Sides {
  const nothing = fixed(element, null)
  const mode: ToldSide = {
    element: 'tradeMode',
    from: ofHead('list', 'tradeMode'),
    value: (documentOf) => documentOf('list')?.head.tradeMode ?? null,
  }
  return [gnum === undefined ? nothing : { ...nothing, gnum }, mode]
}

const lineCount = (role: Role): ToldSide => ({
  element: 'number of lines',
  from: ofLines(role, 'gnum'),
  value(documentOf) {
    const document = documentOf(role)
    return document === null ? null : String(document.lines.length)
  },
})

/**
 * A line of a list with a gnum that it may not have stands in the place of one that is lacking: of the first such line it is
 * the first number that is, and so on. An export may declare part of an order, and lacks none.
 */
function lacking({ left }: Finding, before: readonly Finding[]): Sides {
  if (left.element !== 'gnum') return asTheyStand
  const place = before.filter(({ rule, left: { element } }) => rule === 'lines' && element === 'gnum').length
  return [
    null,
    {
      element: 'gnum that the list lacks',
      from: [...ofLines('order', 'gnum'), ...ofLines('list', 'gnum')],
      value(documentOf) {
        const [list, order] = [documentOf('list'), documentOf('order')]
        return list === null || order === null ? null : (lackedBy(list, order)[place] ?? null)
      },
    },
  ]
}

const purchase: ToldSide = {
  element: 'sum of totalPrice + freight + insuredFee',
  from: [...ofLines('list', 'totalPrice'), ...ofHead('list', 'freight', 'insuredFee')],
  value(documentOf) {
    const list = documentOf('list')
    return list === null ? null : valueOf(list)
  },
}
