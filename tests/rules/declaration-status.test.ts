import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  currentStatus,
  declarationStatuses,
  declarationStatusOf,
  type Receipt,
} from '../../rules/declaration-status.ts'

const at = (hour: number): string => `2026-03-01T${String(hour).padStart(2, '0')}:00:00+08:00`
const received = (...steps: [status: string, hour: number, id?: string][]): Receipt[] =>
  steps.map(([status, hour, id]) => ({ status, at: at(hour), ...(id === undefined ? {} : { id }) }))

describe('currentStatus', () => {
  it.each<[string, { given: Receipt[]; want: { code: string; at: string } | null }]>([
    ['none yet', { given: [], want: null }],
    ['the latest', { given: received(['2', 1], ['3', 2], ['120', 3]), want: { code: '120', at: at(3) } }],
    ['out of order', { given: received(['800', 5], ['2', 1], ['300', 3]), want: { code: '800', at: at(5) } }],
    ['repeated', { given: received(['2', 1], ['3', 2], ['3', 2], ['2', 1]), want: { code: '3', at: at(2) } }],
    [
      'repeated under its id with a later stamp',
      { given: received(['300', 1, 'g1'], ['800', 2, 'g2'], ['300', 3, 'g1']), want: { code: '800', at: at(2) } },
    ],
    [
      'a second inspection is another receipt',
      { given: received(['500', 1, 'g1'], ['300', 2, 'g2'], ['500', 3, 'g3']), want: { code: '500', at: at(3) } },
    ],
    [
      'of one second the one further on',
      { given: received(['800', 4], ['399', 4], ['100', 4]), want: { code: '800', at: at(4) } },
    ],
    [
      'of one second the one further on, whatever its number',
      { given: received(['300', 4], ['100', 4], ['120', 4]), want: { code: '100', at: at(4) } },
    ],
    [
      'of one second a failure after sending',
      { given: received(['-1', 4], ['4', 4]), want: { code: '-1', at: at(4) } },
    ],
    ['a stale one after clearance', { given: received(['899', 5], ['300', 6]), want: { code: '899', at: at(5) } }],
    ['a stale one after return', { given: received(['700', 5], ['800', 6]), want: { code: '700', at: at(5) } }],
    ['returned after clearance', { given: received(['899', 5], ['700', 6]), want: { code: '700', at: at(6) } }],
    ['refused by a check', { given: received(['2', 1], ['-621004', 2]), want: { code: '-621004', at: at(2) } }],
    ['sent back, then lodged again', { given: received(['100', 1], ['2', 2]), want: { code: '2', at: at(2) } }],
    ['a code outside the table', { given: received(['800', 1], ['810', 2]), want: { code: '810', at: at(2) } }],
    ['no code', { given: received(['899', 1], ['done', 2]), want: null }],
    ['no time', { given: [...received(['899', 1]), { status: '800', at: '2026-02-30T00:00:00Z' }], want: null }],
    [
      'times of different zones',
      {
        given: [
          { status: '300', at: '2026-03-01T10:00:00+08:00' },
          { status: '800', at: '2026-03-01T03:00:00Z' },
        ],
        want: { code: '800', at: '2026-03-01T03:00:00Z' },
      },
    ],
  ])('%s', (_name, { given, want }) => {
    const found = currentStatus(given)
    expect(found === null ? null : { code: found.code, at: found.at }).toEqual(want)
  })

  const receipt: fc.Arbitrary<Receipt> = fc
    .record({
      status: fc.constantFrom(...declarationStatuses.map(({ code }) => code), '-621004', '-301003', '810', '0'),
      hour: fc.integer({ min: 0, max: 4 }),
      zone: fc.constantFrom('+08:00', 'Z', '+00:00'),
      id: fc.option(fc.constantFrom('g1', 'g2', 'g3'), { nil: undefined }),
    })
    .map(({ status, hour, zone, id }) => ({
      status,
      at: `2026-03-01T0${hour}:00:00${zone}`,
      ...(id === undefined ? {} : { id }),
    }))

  it('depends neither on the order of receipts nor on repetition', () => {
    const arrivals = fc.array(receipt, { maxLength: 12 }).chain((once) =>
      fc.record({
        once: fc.constant(once),
        again: fc
          .subarray(once)
          .chain((more) => fc.shuffledSubarray([...once, ...more], { minLength: once.length + more.length })),
      }),
    )
    fc.assert(
      fc.property(arrivals, ({ once, again }) => {
        expect(currentStatus(again)).toEqual(currentStatus(once))
      }),
    )
  })

  it('never leaves a terminal status for another kind', () => {
    fc.assert(
      fc.property(fc.array(receipt), fc.constantFrom('700', '899'), (others, status) => {
        const found = currentStatus([{ status, at: at(0), id: 'end' }, ...others])
        expect(['700', '899']).toContain(found?.code)
      }),
    )
  })
})

describe('declarationStatusOf', () => {
  it.each<[string, unknown]>([
    ['120', { code: '120', zh: '海关入库', en: 'Entered at customs, logic checks passed', terminal: false }],
    ['-621004', { code: '-621004', zh: '处理异常', en: 'Refused by a check', terminal: false }],
    ['810', { code: '810', zh: '代码表外状态', en: 'Status outside the code table', terminal: false }],
    ['0899', null],
    ['-0', null],
    ['', null],
  ])('%j', (given, want) => {
    expect(declarationStatusOf(given)).toEqual(want)
  })
})
