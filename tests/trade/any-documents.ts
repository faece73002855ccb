/** Purchases, what gets in their way, and what everything together comes to by the rules. */
import fc from 'fast-check'
import type { Values } from '../../rules/ceb/message.ts'
import { limitsOf } from '../../rules/trade/annual.ts'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { currentOf, effectOf, nothingDecided, type Effect, type Versions } from '../../rules/trade/effect.ts'
import { returnedBy } from '../../rules/trade/returns.ts'
import { made, type SampleKind } from './documents.ts'

const numbers = ['1', '2', '3', '4', '5', '6', '7', '8', '9'] as const
const appTime = (second: number): string => `202611200930${String(second).padStart(2, '0')}`
/** 4,800 yuan a purchase, so that one buyer's sixth goes beyond the year; the last one is another's. */
const price = '2400'
const buyerOf = (order: string): string => (order === '9' ? '350102199001019998' : '35010219900101999X')

const priced = (lines: Values[]): Values[] => lines.map((line) => ({ ...line, price, qty: '1', totalPrice: price }))

function madeFor(
  kind: SampleKind,
  { order, waybill, list }: Record<'order' | 'waybill' | 'list', string>,
  change: Record<string, string> = {},
): TradeDocument {
  const head: Record<string, string> = { appTime: appTime(0), ...change }
  if (!['511', '505', '605', '213'].includes(kind)) head.orderNo = `SO-${order}`
  if (['511', '505', '621', '603', '623', '625'].includes(kind)) head.logisticsNo = `YD-${waybill}`
  if (['621', '603', '623', '625'].includes(kind)) head.copNo = `QD-${list}`
  if (kind === '605') head.copNo = `CX-${waybill}`
  if (kind === '213') head.coElNo = `TH-${waybill}`
  if (kind === '311' || kind === '621') head.buyerIdNumber = buyerOf(order)
  if (kind === '411') head.payerIdNumber = buyerOf(order)
  if (['623', '625', '605', '213'].includes(kind)) head.invtNo = `35002026-${list}`
  if (kind === '411' || kind === '311') head.payTransactionId = `ZF-${order}`
  return made(kind, head, kind === '311' || kind === '621' ? priced : (lines) => lines)
}

const evidence = numbers.flatMap((number) => {
  const names = { order: number, waybill: number, list: number }
  return (['311', '411', '511', '621'] as const).map((kind) => madeFor(kind, names))
})

/** What gets in the way of purchases that match: lists of the same order or waybill, other versions, what takes back. */
export const anyDocuments = fc
  .record({
    missing: fc.subarray(evidence, { maxLength: 6 }),
    cancelled: fc.constantFrom(...numbers),
    more: fc.array(
      fc
        .record({
          kind: fc.constantFrom(
            '311',
            '411',
            '511',
            '621',
            '621',
            '621',
            '623',
            '623',
            '623',
            '625',
            '605',
            '213',
            '303',
            '505',
            '603',
          ),
          order: fc.constantFrom(...numbers),
          waybill: fc.constantFrom(...numbers),
          list: fc.constantFrom(...numbers, 'A', 'B'),
          change: fc.record({
            appType: fc.constantFrom('1', '1', '1', '2', '3'),
            appStatus: fc.constantFrom('2', '2', '2', '1'),
            appTime: fc.integer({ min: 0, max: 5 }).map(appTime),
          }),
        })
        .map(({ kind, change, ...names }) => madeFor(kind as SampleKind, names, change)),
      { maxLength: 12 },
    ),
  })
  .map(({ missing, cancelled, more }) => [
    ...evidence.filter((document) => !missing.includes(document)),
    madeFor('623', { order: cancelled, waybill: cancelled, list: cancelled }),
    ...more,
  ])

/** The number that customs gives a list in these tests: that of its name, so that cancellations and returns name lists by it. */
export const numberOf = ({ head }: TradeDocument): string => (head.copNo ?? '').replace('QD-', '35002026-')

/** What the rules say of everything together, with the returns that stand by the keys of their lists. */
export function decidedOf(
  all: readonly TradeDocument[],
  granted: ReadonlySet<string>,
  { closed = new Set(), numbered = new Set() }: { closed?: ReadonlySet<string>; numbered?: ReadonlySet<string> } = {},
): { versions: Versions; effect: Effect; returned: Map<string, Map<string, string>> } {
  const versions = currentOf(all)
  for (const [key, document] of versions)
    if (numbered.has(key)) versions.set(key, { ...document, invtNo: numberOf(document) })
  const before = effectOf(versions, { ...nothingDecided, granted, closed })
  const returned = new Map<string, Map<string, string>>()
  const purchases = before.lists.flatMap(({ key, state, returns }) => {
    const list = versions.get(key)
    if (list === undefined || state !== 'MATCHED') return []
    const back = returns.filter((each) => each.findings.length === 0 && granted.has(each.key))
    const quantities = returnedBy(back.flatMap((each) => versions.get(each.key) ?? []))
    returned.set(key, quantities)
    return list.buyer === null ? [] : [{ list, cancelled: false, returned: quantities }]
  })
  const exceeded = new Map(
    [...limitsOf(purchases)].flatMap(([key, verdict]) =>
      verdict.exceeded === null ? [] : [[key, verdict.exceeded] as const],
    ),
  )
  return { versions, effect: effectOf(versions, { granted, exceeded, closed }), returned }
}
