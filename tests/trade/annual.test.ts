import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { multiplyDecimals } from '../../rules/decimal.ts'
import { limitsOf, type Purchase, type Verdict } from '../../rules/trade/annual.ts'
import { made } from './documents.ts'

interface Bought {
  /** Price of a piece. */
  price: string
  qty?: string
  pieces?: number
  at?: string
  buyer?: string
  freight?: string
  insuredFee?: string
  cancelled?: boolean
  returned?: [gnum: string, qty: string][]
}

let serial = 0
function purchase(copNo: string, { price, qty = '1', pieces = 1, at = '20260301', ...more }: Bought): Purchase {
  const total = multiplyDecimals(price, qty)
  serial += 1
  const list = made(
    '621',
    {
      copNo,
      appTime: `${at}120000`,
      freight: more.freight ?? '0',
      insuredFee: more.insuredFee ?? '0',
      buyerIdNumber: more.buyer ?? '110105194912310021',
      guid: String(serial).padStart(36, '0'),
    },
    ([line]) =>
      Array.from({ length: pieces }, (_, index) => ({ ...line, gnum: `${index + 1}`, price, qty, totalPrice: total })),
  )
  return { list, cancelled: more.cancelled ?? false, returned: new Map(more.returned ?? []) }
}

/** Verdicts by copNo, in short. */
function judged(purchases: readonly Purchase[]): Record<string, string> {
  const verdicts = limitsOf(purchases)
  const short = ({ takes, taxed, exceeded }: Verdict): string => `${takes} ${exceeded ?? taxed ?? 'none'}`
  return Object.fromEntries(
    purchases.flatMap(({ list }) => {
      const verdict = verdicts.get(list.key)
      return verdict === undefined ? [] : [[list.head.copNo ?? '', short(verdict)]]
    }),
  )
}

describe('one purchase', () => {
  test.each<[what: string, bought: Bought, wanted: string]>([
    ['5,000 in full', { price: '2500', pieces: 2 }, '5000 reduced'],
    ['a hundred-thousandth above, of two things', { price: '2500.00001', pieces: 2 }, '0 single-limit'],
    ['freight counts', { price: '2500', pieces: 2, freight: '0.01' }, '0 single-limit'],
    ['insurance counts', { price: '2500', pieces: 2, insuredFee: '0.01' }, '0 single-limit'],
    ['above, of one thing: taxed in full', { price: '5000.01' }, '5000.01 full'],
    ['one thing that is written 1.0', { price: '6000', qty: '1.0' }, '6000.0 full'],
    ['two of one thing are no single item', { price: '3000', qty: '2' }, '0 single-limit'],
    ['one thing just under the limit of the year', { price: '25999.99' }, '25999.99 full'],
    ['one thing of the limit of the year is not under it', { price: '26000' }, '0 single-limit'],
    ['cancelled', { price: '3000', cancelled: true }, '0 none'],
    ['below nothing takes nothing, and gives nothing', { price: '-3000', freight: '-1' }, '0 reduced'],
    ['part of it sent back', { price: '100.1', qty: '3', returned: [['1', '2']] }, '100.1 reduced'],
    [
      'part of it sent back: the freight stays',
      { price: '100', qty: '3', freight: '9', returned: [['1', '1']] },
      '209 reduced',
    ],
    ['all of it sent back, with its freight', { price: '100', freight: '9', returned: [['1', '1.0']] }, '0 reduced'],
    ['one of two lines sent back', { price: '100', pieces: 2, returned: [['2', '1']] }, '100 reduced'],
    ['2,000 in full, in 2018', { price: '1000', pieces: 2, at: '20181231' }, '2000 reduced'],
    ['above 2,000, in 2018', { price: '1000.01', pieces: 2, at: '20181231' }, '0 single-limit'],
    ['above 2,000 of one thing, in 2018', { price: '2000.01', at: '20181231' }, '0 single-limit'],
    ['above 2,000 in the first second of 2019', { price: '1000.01', pieces: 2, at: '20190101' }, '2000.02 reduced'],
    [
      'the single limit looks at what was bought',
      { price: '3000', pieces: 2, returned: [['2', '1']] },
      '0 single-limit',
    ],
  ])('%s', (_what, bought, wanted) => {
    expect(judged([purchase('a', bought)])).toEqual({ a: wanted })
  })

  test('an export has no buyer and is not judged', () => {
    expect(limitsOf([{ list: made('603'), cancelled: false, returned: new Map() }]).size).toBe(0)
  })
})

describe('a year', () => {
  const five = (at: string, more: Partial<Bought> = {}): Bought => ({ price: '5000', at, ...more })
  const before = ['0101', '0201', '0301', '0401', '0501'].map((day, i) => purchase(`b${i}`, five(`2026${day}`)))

  test.each<[what: string, more: Purchase[], wanted: Record<string, string>]>([
    ['26,000 in full', [purchase('a', { price: '1000', at: '20261231' })], { a: '1000 reduced' }],
    ['one cent more', [purchase('a', { price: '1000.01', at: '20261231' })], { a: '0 annual-limit' }],
    [
      'what is beyond takes nothing, so a smaller one still passes',
      [purchase('a', { price: '1001', at: '20260601' }), purchase('z', { price: '1000', at: '20260602' })],
      { a: '0 annual-limit', z: '1000 reduced' },
    ],
    ['the next year is another', [purchase('a', five('20270101'))], { a: '5000 reduced' }],
    [
      'another buyer is another',
      [purchase('a', five('20260601', { buyer: '110105194912310022' }))],
      { a: '5000 reduced' },
    ],
    [
      'the last in time has to stand back, however its key sorts',
      [purchase('A', five('20260601')), purchase('z', { price: '1000', at: '20260102' })],
      { A: '0 annual-limit', z: '1000 reduced' },
    ],
    [
      'of one second, the greater key',
      [purchase('x', { price: '900', at: '20260601' }), purchase('y', { price: '900', at: '20260601' })],
      { x: '900 reduced', y: '0 annual-limit' },
    ],
  ])('%s', (_what, more, wanted) => {
    expect(judged([...before, ...more])).toMatchObject(wanted)
  })

  test('is of 20,000 yuan before 2019, for each year by itself', () => {
    const elevenOf = (year: string): Purchase[] =>
      Array.from({ length: 11 }, (_, at) =>
        purchase(`${year}-${String(at).padStart(2, '0')}`, { price: '1000', pieces: 2, at: `${year}0301` }),
      )
    const all = judged([...elevenOf('2017'), ...elevenOf('2018'), ...elevenOf('2019')])
    expect(Object.entries(all).filter(([, verdict]) => verdict !== '2000 reduced')).toEqual([
      ['2017-10', '0 annual-limit'],
      ['2018-10', '0 annual-limit'],
    ])
  })

  test('what is cancelled or sent back makes room', () => {
    const last = purchase('a', five('20261231'))
    const [first, second, ...rest] = before
    if (first === undefined || second === undefined) throw new RangeError('There are five.')
    expect(judged([...before, last]).a).toBe('0 annual-limit')
    expect(judged([{ ...first, cancelled: true }, second, ...rest, last]).a).toBe('5000 reduced')
    const back = { ...second, returned: new Map([['1', '0.8']]) }
    expect(judged([first, back, ...rest, last]).a).toBe('5000 reduced')
    expect(judged([first, { ...second, returned: new Map([['1', '0.79']]) }, ...rest, last]).a).toBe('0 annual-limit')
  })

  test('the answer does not depend on the order in which lists came, nor on repetition', () => {
    const bought = fc.record({
      price: fc.constantFrom('100', '999.99', '4000', '5000', '9000', '20000'),
      pieces: fc.integer({ min: 1, max: 2 }),
      at: fc.constantFrom('20251231', '20260101', '20260102'),
      buyer: fc.constantFrom('110105194912310021', '110105194912310022'),
      cancelled: fc.boolean(),
    })
    const set = fc
      .array(bought, { maxLength: 9 })
      .map((all) => all.map((one, index) => purchase(`c${index}`, one)))
      .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })))
    fc.assert(
      fc.property(set, ([all, again]) => {
        const sorted = (verdicts: Map<string, Verdict>): [string, Verdict][] => [...verdicts].sort()
        expect(sorted(limitsOf(again))).toEqual(sorted(limitsOf(all)))
        const taken = new Map<string, number>()
        for (const { list } of all) {
          const account = `${list.buyer ?? ''} ${(list.head.appTime ?? '').slice(0, 4)}`
          taken.set(account, (taken.get(account) ?? 0) + Number(limitsOf(all).get(list.key)?.takes))
        }
        for (const sum of taken.values()) expect(sum).toBeLessThanOrEqual(26_000)
      }),
    )
  })
})
