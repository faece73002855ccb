/** What of an edition is left out of one family because it is left out of another. */
import { expect, test } from 'vitest'
import { leftOf, type Question, type StatisticsCell, type StatisticsTrader } from '../../rules/trade/edition.ts'
import { toldYear } from '../../rules/trade/period.ts'

const year = toldYear('2025', '2026-01-01')
const cell = (key: string, currency: string, lists: number, name = ''): StatisticsCell => ({
  key,
  month: '2025-01-01',
  class: name,
  currency,
  lists,
  amount: '10',
})
/** Three enterprises in everything of the cells. */
const tradersOf = (cells: readonly StatisticsCell[], chapter = ''): StatisticsTrader[] =>
  cells.flatMap(({ month, class: name, currency }) =>
    ['A', 'B', 'C'].map((key) => ({ key, month, class: name, currency: chapter + currency })),
  )
const countries = (cells: readonly StatisticsCell[], more: Partial<Question> = {}): Question => ({
  ...{ subject: 'country', dimension: null, year, cells, traders: tradersOf(cells), coarser: null, above: null },
  ...more,
})

test('what is left out of months is left out where the question is narrowed, however much it is there', () => {
  const cells = ['JPN', 'USA', 'VNM'].flatMap((key) => [cell(key, '142', 9, 'import'), cell(key, '502', 9, 'import')])
  const coarser = { keys: [new Set(['JPN', 'USA'])], amounts: [new Set(['JPN 142', 'JPN 502', 'VNM 142', 'USA 142'])] }
  const left = leftOf(countries(cells, { dimension: 'direction', coarser }))
  expect(left).toEqual({
    keys: [new Set(['JPN', 'USA'])],
    amounts: [new Set(['JPN 142', 'JPN 502', 'USA 142', 'USA 502', 'VNM 142'])],
  })
})

test('amounts of goods are left out below those of what they are a part of', () => {
  const cells = ['6911', '6912', '6913'].flatMap((key) => [cell(key, '142', 9), cell(key, '502', 9)])
  const above = { keys: [new Set<string>()], amounts: [new Set(['69 502'])] }
  const left = leftOf({ ...countries(cells), subject: 'heading', traders: tradersOf(cells, '69 '), above })
  expect([left.keys[0], left.amounts[0]]).toEqual([new Set(), new Set(['6911 502', '6912 502', '6913 502'])])
})
