import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDecimals, compareDecimals } from '../../rules/decimal.ts'
import { canSimplify, type Parcel } from '../../rules/trade/simplified.ts'
import {
  dueDay,
  isSummable,
  summariesOf,
  usualTerms,
  type StatedList,
  type SummaryGroup,
} from '../../rules/trade/summary.ts'
import { made, withLine } from './documents.ts'

type Values = Record<string, string>

const cleared = (copNo: string, head: Values = {}, line: Values = {}): StatedList => ({
  list: made('603', { copNo, ...head }, withLine(0, line)),
  status: '899',
})

describe('grouping', () => {
  test('two lists of one key make one declaration with one line', () => {
    const [one, other] = [cleared('A'), cleared('B', {}, { qty: '1.25', totalPrice: '25.63', qty1: '0.375' })]
    expect(summariesOf([one, other])).toEqual([
      {
        ebcCode: '91350102MYE0000341',
        trafMode: '5',
        ownerCode: 'NO',
        country: '502',
        portCode: '3501',
        lists: [one.list.key, other.list.key],
        grossWeight: '2.4',
        netWeight: '2',
        lines: [
          {
            country: '502',
            gcode: '6911101900',
            currency: '502',
            itemName: null,
            qty: { '011': '4.25' },
            qty1: { '035': '1.275' },
            qty2: {},
            totalPrice: '87.13',
            from: [
              { list: one.list.key, gnum: '1' },
              { list: other.list.key, gnum: '1' },
            ],
          },
        ],
      },
    ])
  })

  const shape = (groups: readonly SummaryGroup[]): number[] => groups.map(({ lines }) => lines.length)

  test.each<[what: string, head: Values, line: Values, wanted: number[]]>([
    ['consignor', { ebcCode: '3501960E1A' }, {}, [1, 1]],
    ['transport', { trafMode: '2' }, {}, [1, 1]],
    ['producer', { ownerCode: '3501960E1A' }, {}, [1, 1]],
    ['country of arrival', { country: '110' }, {}, [1, 1]],
    ['office of exit', { portCode: '3502' }, {}, [1, 1]],
    ['country of destination', {}, { country: '110' }, [2]],
    ['code', {}, { gcode: '6911101100' }, [2]],
    ['currency', {}, { currency: '300' }, [2]],
    ['unit: one line, two sums', {}, { unit: '007' }, [1]],
    ['platform: no difference', { ebpCode: '3501960E1A' }, {}, [1]],
    ['name: no difference', {}, { itemName: '另一种茶杯', gname: '茶杯' }, [1]],
  ])('another %s', (_what, head, line, wanted) => {
    expect(shape(summariesOf([cleared('A'), cleared('B', head, line)]))).toEqual(wanted)
  })

  test('what the applicant may want otherwise', () => {
    const owners = [cleared('A'), cleared('B', { ownerCode: '3501960E1A' })]
    expect(shape(summariesOf(owners, new Set(), { ...usualTerms, summaryFlag: '1' }))).toEqual([1])
    const byName = { ...usualTerms, byItemName: true }
    const names = [cleared('A', {}, { itemName: '茶杯' }), cleared('B', {}, { itemName: '茶碗' }), cleared('C')]
    const [group] = summariesOf(names, new Set(), byName)
    expect(group?.lines.map(({ itemName }) => itemName).toSorted()).toEqual(['示例茶杯', '茶杯', '茶碗'])
  })

  test('units are summed apart', () => {
    const [group] = summariesOf([cleared('A'), cleared('B', {}, { unit: '007', qty2: '1.5', unit2: '035' })])
    expect(group?.lines[0]).toMatchObject({ qty: { '007': '3', '011': '3' }, qty2: { '035': '1.5' } })
  })
})

describe('which lists', () => {
  test.each<[what: string, stated: StatedList, wanted: boolean]>([
    ['cleared and to be summarised', cleared('A'), true],
    ['released and not cleared', { ...cleared('A'), status: '800' }, false],
    ['simplified', cleared('A', { statisticsFlag: 'A' }), false],
    ['a draft', cleared('A', { appStatus: '1' }), false],
    ['deleted', cleared('A', { appType: '3' }), false],
    ['of imports', { list: made('621', { statisticsFlag: 'B' }), status: '899' }, false],
    ['no list', { list: made('303', { statisticsFlag: 'B' }), status: '899' }, false],
  ])('%s', (_what, stated, wanted) => {
    expect(isSummable(stated)).toBe(wanted)
    expect(summariesOf([stated])).toHaveLength(wanted ? 1 : 0)
  })

  test('each once, in its current version, and none that is in a summary already', () => {
    const [old, current] = [cleared('A'), cleared('A', { appTime: '20261121000000', grossWeight: '1.5' })]
    for (const all of [
      [old, current, current],
      [current, old],
    ]) {
      expect(summariesOf(all).map(({ lists, grossWeight }) => [lists.length, grossWeight])).toEqual([[1, '1.5']])
    }
    expect(summariesOf([current], new Set([current.list.key]))).toEqual([])
  })
})

describe('nothing is lost', () => {
  const decimal = fc
    .integer({ min: 1, max: 10 ** 7 })
    .map((units) => `${Math.floor(units / 1000)}.${String(units % 1000).padStart(3, '0')}`)
  const line = fc.record({
    gcode: fc.constantFrom('6911101900', '9503008900'),
    country: fc.constantFrom('502', '110'),
    currency: fc.constantFrom('502', '300'),
    unit: fc.constantFrom('011', '007'),
    qty: decimal,
    qty1: decimal,
    totalPrice: decimal,
  })
  const list = fc.record({
    ebcCode: fc.constantFrom('91350102MYE0000341', '3501960E1A'),
    portCode: fc.constantFrom('3501', '3502'),
    statisticsFlag: fc.constantFrom('B', 'B', 'A'),
    grossWeight: decimal,
    netWeight: decimal,
    lines: fc.array(line, { minLength: 1, maxLength: 3 }),
    status: fc.constantFrom('899', '899', '899', '800'),
  })
  const lists = fc
    .array(list, { maxLength: 12 })
    .map((all) =>
      all.map(({ lines, status, ...head }, index): StatedList => {
        const copNo = `L${index}`
        const given = made('603', { ...head, copNo }, ([first]) =>
          lines.map((values, at) => ({ ...first, ...values, gnum: `${at + 1}` })),
        )
        return { list: given, status }
      }),
    )
    .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length })))

  /** Sums by what a name says, exact and without zeros at the end. */
  const add = (sums: Record<string, string>, name: string, amount: string): void => {
    sums[name] = addDecimals(sums[name] ?? '0', amount)
  }
  const same = (one: Record<string, string>, other: Record<string, string>): boolean =>
    Object.keys({ ...one, ...other }).every((name) => compareDecimals(one[name] ?? '0', other[name] ?? '0') === 0)

  test('partition, sums of quantities, values and weights, and no order of arrival', () => {
    fc.assert(
      fc.property(lists, ([all, again]) => {
        const groups = summariesOf(all)
        expect(summariesOf(again)).toEqual(groups)
        const wanted = all.filter(isSummable).map(({ list: { key } }) => key)
        expect(groups.flatMap((group) => group.lists).toSorted()).toEqual(wanted.toSorted())
        const [given, made]: [Record<string, string>, Record<string, string>] = [{}, {}]
        for (const { list } of all.filter(isSummable)) {
          add(given, 'gross', list.head.grossWeight ?? '0')
          add(given, 'net', list.head.netWeight ?? '0')
          for (const { unit = '', unit1 = '', currency = '', qty = '0', qty1 = '0', totalPrice = '0' } of list.lines) {
            add(given, `qty ${unit}`, qty)
            add(given, `qty1 ${unit1}`, qty1)
            add(given, `value ${currency}`, totalPrice)
          }
        }
        for (const group of groups) {
          add(made, 'gross', group.grossWeight)
          add(made, 'net', group.netWeight)
          for (const { currency, totalPrice, qty, qty1 } of group.lines) {
            add(made, `value ${currency}`, totalPrice)
            for (const [unit, sum] of Object.entries(qty)) add(made, `qty ${unit}`, sum)
            for (const [unit, sum] of Object.entries(qty1)) add(made, `qty1 ${unit}`, sum)
          }
        }
        expect(same(given, made)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
})

test.each([
  ['2026-03-31', '2026-04-15'],
  ['2026-04-01', '2026-05-15'],
  // A Saturday, and a Sunday.
  ['2026-07-10', '2026-08-17'],
  ['2026-10-31', '2026-11-16'],
  // Spring Festival of 2026 takes the 15th to the 23rd of February.
  ['2026-01-20', '2026-02-24'],
  ['2025-12-31', '2026-01-15'],
  ['1990-01-01', null],
  ['2099-12-01', null],
])('lists cleared on %s are due on %s', (day, due) => {
  expect(dueDay(day)).toBe(due)
})

describe('simplified declaration', () => {
  const parcel: Parcel = { tradeMode: '9610', value: '5000.00', exportDuty: false, refund: false, licence: false }
  test.each<[what: string, change: Partial<Parcel>, wanted: boolean]>([
    ['5,000.00 yuan', {}, true],
    ['5,000.01 yuan', { value: '5000.01' }, false],
    ['with a refund', { refund: true }, false],
    ['with export duty', { exportDuty: true }, false],
    ['with a licence', { licence: true }, false],
    ['to an enterprise', { tradeMode: '9710' }, false],
    ['to a warehouse abroad', { tradeMode: '9810' }, false],
  ])('%s', (_what, change, wanted) => {
    expect(canSimplify({ ...parcel, ...change })).toBe(wanted)
  })
})
