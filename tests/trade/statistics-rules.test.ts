/** What a list adds to the statistics of trade. */
import { describe, expect, test } from 'vitest'
import { clearanceOf } from '../../rules/trade/logistics-time.ts'
import { periodOf } from '../../rules/trade/period.ts'
import { Tally, type PlacedCells } from '../../rules/trade/statistics.ts'
import { cityOf } from '../../rules/trade/zones.ts'
import { made } from './documents.ts'

const cleared = { time: 'WITHIN_1_DAY', seconds: 60 } as const

/** Sums as lines: what they are of, lists, seconds, amount. */
const told = (placed: readonly PlacedCells[]): string[] =>
  placed
    .flatMap(({ subject, cells }) =>
      cells.map(({ category, key, currency, lists, seconds, amount }) =>
        [`${subject} ${category}:${key}`, currency, lists, seconds, amount].join(' '),
      ),
    )
    .sort()

describe('what a list adds', () => {
  test('to each subject, as a whole and by chapter; lists can be added over currencies', () => {
    const list = made('603', { loctNo: 'JG01' }, ([line = {}]) => [
      line,
      { ...line, gnum: '2', gcode: '6912001000', currency: '142', country: 'JPN', totalPrice: '4.10' },
      { ...line, gnum: '3', gcode: '0902101000', totalPrice: '100.00005' },
    ])
    const tally = new Tally()
    tally.add({ list, clearance: cleared, returned: new Map() })
    const site = `${list.head.customsCode}/JG01`
    const { ebcCode: enterprise } = list.head
    expect(told(tally.cells())).toEqual(
      [
        ...['city :', `site :${site}`, `enterprise :${enterprise}`].flatMap((of) => [
          `${of} 142 1 60 4.1`,
          `${of} 502 0 0 161.50005`,
        ]),
        ...['city 69:', `site 69:${site}`, `enterprise 69:${enterprise}`].flatMap((of) => [
          `${of} 142 1 60 4.1`,
          `${of} 502 0 0 61.5`,
        ]),
        ...['city 09:', `site 09:${site}`, `enterprise 09:${enterprise}`].map((of) => `${of} 502 1 60 100.00005`),
        'country 09:USA 502 1 60 100.00005',
        'country 69:JPN 142 1 60 4.1',
        'country 69:USA 502 1 60 61.5',
        'country :JPN 142 1 60 4.1',
        'country :USA 502 1 60 161.50005',
        'chapter :09 502 1 60 100.00005',
        'chapter :69 142 1 60 4.1',
        'chapter :69 502 0 0 61.5',
        'heading :0902 502 1 60 100.00005',
        'heading :6911 502 1 60 61.5',
        'heading :6912 142 1 60 4.1',
        'code :0902101000 502 1 60 100.00005',
        'code :6911101900 502 1 60 61.5',
        'code :6912001000 142 1 60 4.1',
      ].sort(),
    )
    const { city, office, district, day, mode, direction, time } = tally.cells()[0] ?? {}
    expect({ city, office, district, day, mode, direction, time }).toEqual({
      city: '3501',
      office: list.head.customsCode,
      district: '35',
      day: '2026-11-20',
      mode: '9610',
      direction: 'export',
      time: 'WITHIN_1_DAY',
    })
  })

  test('what was added is taken out without a rest, and goods that went back never count', () => {
    const list = made('603')
    const tally = new Tally()
    const one = { list, clearance: cleared, returned: new Map([['1', '1']]) }
    tally.add(one)
    expect(new Set(tally.cells().flatMap(({ cells }) => cells.map(({ amount }) => amount)))).toEqual(new Set(['41']))
    tally.remove(one)
    expect(tally.cells()).toEqual([])
    tally.add({ ...one, returned: new Map([['1', '3']]) })
    expect(tally.cells()).toEqual([])
  })

  test('the city is that of the enterprise, by its credit code or customs code', () => {
    expect(['91350100MA338EEKXY', '3504961X7S', '无', 'NO', ''].map(cityOf)).toEqual(['3501', '3504', '', '', ''])
  })

  test.each([
    ['', 'NOT_RELEASED', 0],
    ['800 20261121093000', 'WITHIN_1_DAY', 86_400],
    ['800 20261121093001', 'WITHIN_2_DAYS', 86_401],
    ['800 20261123093000', 'WITHIN_3_DAYS', 259_200],
    ['899 20261127093000', 'WITHIN_7_DAYS', 604_800],
    ['800 20261127093001', 'LONGER', 604_801],
    ['899 20261201093000, 800 20261121000000', 'WITHIN_1_DAY', 52_200],
    ['800 20261120092959', 'UNKNOWN', 0],
    ['399 20261121093000', 'NOT_RELEASED', 0],
    ['100 20261121093000', null, 0],
    ['700 20261122093000, 800 20261121093000', null, 0],
    ['100 20261121093000, 2 20261121100000, 800 20261121110000', 'WITHIN_2_DAYS', 91_800],
  ])('logistics time by the receipts %j: %s', (receipts, time, seconds) => {
    const told = receipts.split(', ').flatMap((one) => {
      const [returnStatus = '', at = ''] = one.split(' ')
      return at === '' ? [] : [{ guid: one, returnStatus, returnTime: `${at}000` }]
    })
    expect(clearanceOf(made('603'), made('505'), told)).toEqual(time === null ? null : { time, seconds })
  })

  test('periods', () => {
    const all = [
      '2026',
      '2026-Q4',
      '2026-12',
      '2026-12-31',
      '2024-02-29',
      '0000',
      '2026-13',
      '2026-Q5',
      '2025-02-29',
      '26',
    ]
    const read = all.map((text) => {
      const period = periodOf(text)
      return period === null ? null : `${period.span} ${period.grain} ${period.from} ${period.until}`
    })
    expect(read).toEqual([
      'year Y 2026-01-01 2027-01-01',
      'quarter M 2026-10-01 2027-01-01',
      'month M 2026-12-01 2027-01-01',
      'day D 2026-12-31 2027-01-01',
      'day D 2024-02-29 2024-03-01',
      ...Array.from({ length: 5 }, () => null),
    ])
  })
})
