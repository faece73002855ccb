/** Whatever comes when, how often, and to which of two processes: the matches are those of the set. */
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { Values } from '../../rules/ceb/message.ts'
import { limitsOf } from '../../rules/trade/annual.ts'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { currentOf, effectOf } from '../../rules/trade/effect.ts'
import { returnedBy } from '../../rules/trade/returns.ts'
import { made, type SampleKind } from './documents.ts'
import { openStored, receiptFor } from './stored.ts'

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
  if (kind !== '511' && kind !== '505') head.orderNo = `SO-${order}`
  if (['511', '505', '621', '603', '623', '625'].includes(kind)) head.logisticsNo = `YD-${waybill}`
  if (['621', '603', '623', '625'].includes(kind)) head.copNo = `QD-${list}`
  if (kind === '311' || kind === '621') head.buyerIdNumber = buyerOf(order)
  if (kind === '411') head.payerIdNumber = buyerOf(order)
  if (kind === '411' || kind === '311') head.payTransactionId = `ZF-${order}`
  return made(kind, head, kind === '311' || kind === '621' ? priced : (lines) => lines)
}

const evidence = numbers.flatMap((number) => {
  const names = { order: number, waybill: number, list: number }
  return (['311', '411', '511', '621'] as const).map((kind) => madeFor(kind, names))
})

/** What gets in the way of purchases that match: lists of the same order or waybill, other versions, what takes back. */
const documents = fc
  .record({
    missing: fc.subarray(evidence, { maxLength: 6 }),
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
  .map(({ missing, more }) => [...evidence.filter((document) => !missing.includes(document)), ...more])

/** What the rules say of everything together. */
function expected(all: readonly TradeDocument[], granted: ReadonlySet<string>): Record<string, string> {
  const versions = currentOf(all)
  const before = effectOf(versions, { granted, exceeded: new Map() })
  const purchases = before.lists.flatMap(({ key, state, returns }) => {
    const list = versions.get(key)
    if (list?.buyer == null || state !== 'MATCHED') return []
    const back = returns.filter((each) => each.findings.length === 0 && granted.has(each.key))
    const returned = returnedBy(back.flatMap((each) => versions.get(each.key) ?? []))
    return [{ list, cancelled: false, returned }]
  })
  const exceeded = new Map(
    [...limitsOf(purchases)].flatMap(([key, verdict]) =>
      verdict.exceeded === null ? [] : [[key, verdict.exceeded] as const],
    ),
  )
  return Object.fromEntries(
    effectOf(versions, { granted, exceeded }).lists.map(({ key, state }) => [
      `${versions.get(key)?.kind} ${versions.get(key)?.head.copNo}`,
      state,
    ]),
  )
}

const stored = await openStored()
const { one, other, states, settled, failures } = stored
afterAll(() => stored.close())

test('the matches are those of the set, whatever comes when, how often, and to which process', async () => {
  await fc.assert(
    fc.asyncProperty(documents, fc.infiniteStream(fc.nat()), async (all, stream) => {
      await stored.clear()
      const choose = (count: number): number => Number(stream.next().value) % count
      const grantedOf = all.filter(({ role }) => role === 'cancellation' || role === 'return')
      const grants = grantedOf.filter(() => choose(2) === 0)
      const steps: (() => Promise<unknown>)[] = [
        ...all.map((document) => () => [one, other][choose(2)]?.intake.receive([document]) ?? Promise.resolve()),
        ...all.filter(() => choose(4) === 0).map((document) => () => one.intake.receive([document])),
        ...grants.map((document) => () => other.receipts.receive([receiptFor(document, '399')])),
      ]
      const under: Promise<unknown>[] = []
      while (steps.length > 0) {
        under.push(...steps.splice(choose(steps.length), 1).map((step) => step()))
        if (choose(3) === 0) await Promise.all(under.splice(0))
      }
      await Promise.all(under)
      await settled()
      const found = await states(all, ({ kind, head }) => `${kind} ${head.copNo}`)
      expect(found).toEqual(expected(all, new Set(grants.map(({ key }) => key))))
      expect(failures).toEqual([])
    }),
    { numRuns: 40 },
  )
}, 120_000)
