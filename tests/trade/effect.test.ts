import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchOf } from '../../rules/trade/match.ts'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { currentOf, effectOf, nothingDecided, take, type Decided, type Effect } from '../../rules/trade/effect.ts'
import { buyer } from '../ceb/messages.ts'
import { made, type SampleKind } from './documents.ts'

const effect = (documents: readonly TradeDocument[], decided?: Partial<Decided>): Effect =>
  effectOf(currentOf(documents), { ...nothingDecided, ...decided })
/** States by copNo, with the codes of what was found. */
const states = (documents: readonly TradeDocument[], decided?: Partial<Decided>): Record<string, string> =>
  Object.fromEntries<string>(
    effect(documents, decided).lists.map(({ key, state, match }) => {
      const codes = match.state === 'REJECTED' ? match.findings.map(({ code }) => code) : []
      return [(JSON.parse(key) as string[])[3] ?? '', [state, ...codes].join(' ')]
    }),
  )

const evidence = [made('311'), made('411'), made('511')]
const list = (copNo: string, head: Record<string, string> = {}): TradeDocument => made('621', { copNo, ...head })
/** The sample as customs has numbered it. */
const numbered = (invtNo: string): TradeDocument => ({ ...made('621'), invtNo })
const second = { orderNo: 'SL2' }
const otherOrder = [
  made('311', { ...second, payTransactionId: 'ZF2' }),
  made('411', { ...second, payTransactionId: 'ZF2' }),
]

describe('one order', () => {
  test('whole', () => {
    expect(effect([...evidence, made('621')])).toEqual({
      lists: [
        {
          key: made('621').key,
          state: 'MATCHED',
          match: { state: 'MATCHED' },
          cancellation: null,
          returns: [],
        },
      ],
      waiting: [],
    })
  })
  test('without its list, or with a draft of it', () => {
    const waiting = [{ order: made('311').order, missing: ['list'] }]
    expect(effect(evidence)).toEqual({ lists: [], waiting })
    expect(effect([...evidence, made('621', { appStatus: '1' })])).toEqual({ lists: [], waiting })
  })
  test('a stale version changes nothing, a later one does', () => {
    const wrong = { buyerName: '另一人' }
    const stale = made('621', { ...wrong, appTime: '20261120092959' })
    expect(states([...evidence, made('621'), stale])).toEqual({ QD20261120000001: 'MATCHED' })
    const change = made('621', { ...wrong, appType: '2', appTime: '20261120093001' })
    expect(states([...evidence, made('621'), change])).toEqual({ QD20261120000001: 'REJECTED 13127' })
  })
  test('a cancellation counts once it is granted', () => {
    const cancellation = made('623')
    const all = [...evidence, numbered('35002026I000000001'), cancellation]
    expect(effect(all).lists[0]).toMatchObject({ state: 'MATCHED', cancellation: cancellation.key })
    expect(states(all, { granted: new Set([cancellation.key]) })).toEqual({ QD20261120000001: 'CANCELLED' })
  })
  test('an export’s cancellation and return find the list by its number', () => {
    const numbered = { ...made('603'), invtNo: '35002026E000000001' }
    const all = [made('303'), made('403'), made('505'), made('605'), made('213')]
    expect(effect([...all, numbered]).lists[0]).toMatchObject({
      cancellation: made('605').key,
      returns: [{ key: made('213').key, findings: [] }],
    })
    expect(effect([...all, made('603')]).lists[0]).toMatchObject({ cancellation: null, returns: [] })
    expect(effect([...all, { ...numbered, invtNo: '35002026E000000002' }]).lists[0]).toMatchObject({
      cancellation: null,
      returns: [],
    })
  })
  test('what has no number, or another, than a cancellation or a return is not of it, whatever order and waybill say', () => {
    const found = (one: TradeDocument): unknown[] => effect([...evidence, one, made('625')]).lists[0]?.returns ?? []
    expect(found(made('621'))).toHaveLength(0)
    expect(found(numbered('35002026I000000001'))).toHaveLength(1)
    expect(found(numbered('35002026I000000002'))).toHaveLength(0)
    const elsewhere = made('625', { logisticsNo: 'YD2', orderNo: 'SL2' })
    expect(effect([...evidence, numbered('35002026I000000001'), elsewhere]).lists[0]?.returns).toHaveLength(1)
  })
})

describe('lists that contend', () => {
  const at = (second: number): Record<string, string> => ({ appTime: `202611200930${String(second).padStart(2, '0')}` })

  test('for an order: the first has it', () => {
    const parcel = { logisticsNo: 'YD2' }
    const all = [...evidence, made('511', parcel), list('B', { ...parcel, ...at(1) }), list('A', at(2))]
    expect(states(all)).toEqual({ B: 'MATCHED', A: 'REJECTED -301010' })
  })
  test('of one second: the one whose content sorts first, whichever came first', () => {
    const [a, b] = [list('A'), list('B')]
    const first = a.version < b.version ? 'A' : 'B'
    for (const lists of [
      [a, b],
      [b, a],
    ]) {
      const told = states([...evidence, ...lists])
      expect([told[first], told[first === 'A' ? 'B' : 'A']]).toEqual(['MATCHED', 'REJECTED -301010 -504015'])
    }
  })
  test('one that does not match stands in nobody’s way', () => {
    const all = [...evidence, list('A', { ...at(1), buyerName: '另一人' }), list('B', at(2))]
    expect(states(all)).toEqual({ A: 'REJECTED 13127', B: 'MATCHED' })
  })
  test('nor one that is cancelled', () => {
    const cancellation = made('623', { invtNo: '35002026I000000001' })
    const first = { ...list('A', at(1)), invtNo: '35002026I000000001' }
    const last = { ...list('B', at(2)), invtNo: '35002026I000000002' }
    const all = [...evidence, first, last, cancellation]
    expect(states(all)).toEqual({ A: 'MATCHED', B: 'REJECTED -301010 -504015' })
    expect(states(all, { granted: new Set([cancellation.key]) })).toEqual({ A: 'CANCELLED', B: 'MATCHED' })
  })
  test('nor one that has itself lost', () => {
    const chain = [
      list('A', at(1)),
      list('B', { ...second, ...at(2) }),
      list('C', { ...second, logisticsNo: 'YD2', ...at(3) }),
    ]
    const all = [...evidence, ...otherOrder, made('511', { logisticsNo: 'YD2' }), ...chain]
    expect(states(all)).toEqual({ A: 'MATCHED', B: 'REJECTED -504015', C: 'MATCHED' })
  })
  test('one that customs looks at precedes what is dated earlier, where it matches', () => {
    const lists = [list('A', at(1)), list('B', at(2)), list('C', { ...at(3), buyerName: '另一人' })]
    const closed = (...places: number[]) => ({ closed: new Set(places.map((place) => lists[place]?.key ?? '')) })
    const all = [...evidence, ...lists]
    const lost = 'REJECTED -301010 -504015'
    expect(states(all, closed(1))).toEqual({ A: lost, B: 'MATCHED', C: 'REJECTED 13127 -301010 -504015' })
    expect(states(all, closed(0, 1))).toEqual({ A: 'MATCHED', B: lost, C: 'REJECTED 13127 -301010 -504015' })
    expect(states(all, closed(2))).toEqual({ A: 'MATCHED', B: lost, C: 'REJECTED 13127' })
  })
  test('one beyond a limit keeps its order', () => {
    const lists = [list('A', at(1)), list('B', at(2))]
    const exceeded = new Map([[lists[0]?.key ?? '', 'annual-limit' as const]])
    expect(states([...evidence, ...lists], { exceeded })).toEqual({
      A: 'REJECTED 1313',
      B: 'REJECTED -301010 -504015',
    })
  })
})

describe('any order of arrival', () => {
  const kinds: readonly SampleKind[] = ['311', '411', '511', '621', '621', '621', '621', '623', '625']
  const document = fc
    .record({
      kind: fc.constantFrom(...kinds),
      appTime: fc.constantFrom('20261120093000', '20261120093001', '20261120093002'),
      appType: fc.constantFrom('1', '1', '2', '3'),
      appStatus: fc.constantFrom('2', '2', '2', '1'),
      orderNo: fc.constantFrom('SL1', 'SL1', 'SL2'),
      payTransactionId: fc.constantFrom('ZF1', 'ZF1', 'ZF2'),
      logisticsNo: fc.constantFrom('YD1', 'YD1', 'YD2'),
      copNo: fc.constantFrom('N1', 'N2', 'N3'),
      buyerName: fc.constantFrom(buyer.name, buyer.name, '乙'),
    })
    .map(({ kind, buyerName, ...head }) =>
      made(kind, { ...head, buyerName, payerName: buyerName, consignee: buyerName }),
    )
  const whole = ['1', '2'].flatMap((one) => {
    const head = { orderNo: `SL${one}`, payTransactionId: `ZF${one}`, logisticsNo: `YD${one}` }
    return [made('311', head), made('411', head), made('511', head)]
  })
  const arrivals = fc
    .array(document, { minLength: 4, maxLength: 16 })
    .map((all) => [...whole, ...all])
    .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })))

  test('one by one, repeated and stale: the same state as all at once', () => {
    fc.assert(
      fc.property(arrivals, ([all, again]) => {
        const versions = new Map<string, TradeDocument>()
        for (const one of again) take(versions, one)
        const granted = new Set(all.filter(({ role }) => role === 'cancellation').map(({ key }) => key))
        for (const decided of [nothingDecided, { ...nothingDecided, granted }]) {
          expect(effectOf(versions, decided)).toEqual(effect(all, decided))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('no order and no waybill has two lists that match, and who is refused by another is refused for one that matches', () => {
    let contended = 0
    fc.assert(
      fc.property(arrivals, ([all]) => {
        const versions = currentOf(all)
        const { lists } = effectOf(versions)
        const matched = lists.filter(({ state }) => state === 'MATCHED').map(({ key }) => versions.get(key))
        expect(new Set(matched.map((one) => one?.order)).size).toBe(matched.length)
        expect(new Set(matched.map((one) => one?.waybill)).size).toBe(matched.length)
        for (const { match } of lists) {
          if (match.state !== 'REJECTED') continue
          for (const { right } of match.findings) {
            if (right.key === undefined) continue
            contended += 1
            expect(matched.map((one) => one?.key)).toContain(right.key)
          }
        }
      }),
      { numRuns: 500, seed: 7 },
    )
    expect(contended).toBeGreaterThan(20)
  })

  test('a list of the set is matched as matchOf does it alone where nothing contends', () => {
    const [order, payment, waybill] = evidence
    const alone = matchOf({
      list: made('621'),
      order: order ?? null,
      payments: payment === undefined ? [] : [payment],
      waybill: waybill ?? null,
      rivals: [],
    })
    expect(effect([...evidence, made('621')]).lists[0]?.match).toEqual(alone)
  })
})
