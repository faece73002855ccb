/** Answers questions about statistics of trade: to who may read the lists themselves, and to whom few of them are kept from. */
import type pg from 'pg'
import { addDecimals } from '../../rules/decimal.ts'
import { endedOf, type EndedPeriod } from '../../rules/trade/period.ts'
import type { Subject } from '../../rules/trade/statistics.ts'
import { fewestEnterprises, suppressed, type Share, type Trader } from '../../rules/trade/suppression.ts'
import { monthOfDay } from './months.ts'
import {
  dimensionsOf,
  isOfGoods,
  readCells,
  readStatistics,
  readTraders,
  type Dimension,
  type Queryable,
  type StatisticsCell,
  type StatisticsGroup,
  type StatisticsQuery,
  type StatisticsTrader,
} from './statistics-query.ts'
import { inTransaction } from './transaction.ts'

/** A group of which amounts in a currency may be left out. */
export type ToldGroup = Pick<StatisticsGroup, 'key' | 'lists' | 'amounts'>

export interface StatisticsAnswer {
  /** In the order of their keys. */
  groups: ToldGroup[]
  /** All of the city that the question takes; null where that is left out. */
  total: ToldGroup | null
  /** Groups of the year that are left out, of whichever part of it they are. */
  suppressed: number
}

export interface StatisticsReader {
  /** For who may read every list. */
  whole(this: void, query: StatisticsQuery): Promise<StatisticsAnswer>
  /** For everybody else; null where nothing of the period has ended. A query is of one city. */
  told(this: void, query: StatisticsQuery, today: string): Promise<StatisticsAnswer | null>
}

export const createStatisticsReader = (pool: pg.Pool): StatisticsReader => ({
  whole: (query) =>
    atOnce(pool, async (client) => {
      const groups = await readStatistics(client, query)
      const [total = nothing] = await readStatistics(client, { ...query, subject: 'city' })
      return { groups, total, suppressed: 0 }
    }),
  async told(query, today) {
    const month = monthOfDay(today)
    const city = { ...query, subject: 'city' as const }
    const [period, ofCity] = [query, city].map((one) => endedOf(one.period, dimensionsOf(one).length > 0, month))
    if (period == null || ofCity == null) return null
    return atOnce(pool, async (client) => {
      const { groups, suppressed } = await toldOf(client, query, period, month)
      // Of a city the question and its whole are one.
      const whole = query.subject === 'city' ? { groups, suppressed } : await toldOf(client, city, ofCity, month)
      return { groups, total: whole.suppressed > 0 ? null : (whole.groups[0] ?? nothing), suppressed }
    })
  },
})

const nothing: ToldGroup = { key: '', lists: 0, amounts: [] }

/** Reads as of one moment: parts of one answer must come to the same sums. */
const atOnce = <T>(pool: pg.Pool, read: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
  inTransaction(pool, read, 'begin isolation level repeatable read read only')

/** What a group of goods is a part of, since sums of each are told. */
const above: Partial<Record<Subject, Subject>> = { heading: 'chapter', code: 'heading' }
const digitsOf: Partial<Record<Subject, number>> = { heading: 2, code: 4 }
const wholeOf = (subject: Subject, key: string): string => key.slice(0, digitsOf[subject] ?? 0)
const chapterOf = (subject: Subject, key: string): string => (isOfGoods(subject) ? key.slice(0, 2) : '')

const amountOf = ({ key, currency }: Pick<StatisticsCell, 'key' | 'currency'>): string => `${key} ${currency}`
const keyOfAmount = (amount: string): string => amount.slice(0, amount.lastIndexOf(' '))

/** What is left out of each family of a question, its own last. */
interface Left {
  keys: Set<string>[]
  amounts: Set<string>[]
}

interface Looked extends Left {
  cells: StatisticsCell[]
}

async function look(
  client: Queryable,
  query: StatisticsQuery,
  period: EndedPeriod,
  month: string,
  traders: readonly StatisticsTrader[],
): Promise<Looked> {
  const { subject } = query
  const upper = above[subject]
  const over = upper === undefined ? null : await look(client, { ...query, subject: upper }, period, month, traders)
  const cells = await readCells(client, query, period.year)
  const dimensions = dimensionsOf(query)
  const common = {
    fineness: period.fineness,
    isNarrowed: dimensions.length > 0,
    isOverlapping: dimensions.includes('category'),
    ended: month,
  }
  const keys = suppressed(
    {
      ...common,
      shares: cells.map((cell): Share => ({
        ...cell,
        unit: cell.key,
        whole: wholeOf(subject, cell.key),
        scope: chapterOf(subject, cell.key),
      })),
      traders: traders.map(({ key, currency, ...cell }): Trader => ({
        ...cell,
        enterprise: key,
        scope: chapterOf(subject, currency),
      })),
    },
    ({ whole }, family) => over?.keys[family]?.has(whole) === true,
  )
  const amounts = suppressed(
    {
      ...common,
      shares: cells.map((cell): Share => ({
        ...cell,
        unit: amountOf(cell),
        whole: amountOf({ key: wholeOf(subject, cell.key), currency: cell.currency }),
        scope: isOfGoods(subject)
          ? amountOf({ key: chapterOf(subject, cell.key), currency: cell.currency })
          : cell.currency,
      })),
      traders: traders.map(({ key, currency, ...cell }): Trader => ({ ...cell, enterprise: key, scope: currency })),
    },
    ({ unit, whole }, family) =>
      keys[family]?.has(keyOfAmount(unit)) === true || over?.amounts[family]?.has(whole) === true,
  )
  return { cells, keys, amounts }
}

async function toldOf(
  client: Queryable,
  query: StatisticsQuery,
  period: EndedPeriod,
  month: string,
): Promise<Pick<StatisticsAnswer, 'groups' | 'suppressed'>> {
  const traders = await readTraders(client, query, period.year, fewestEnterprises)
  const { cells, ...left } = await look(client, query, period, month, traders)
  const [keys, amounts] = [left.keys, left.amounts].map((families) => families.at(-1) ?? new Set<string>())
  if (keys === undefined || amounts === undefined) throw new TypeError('A question has no family.')
  const isAsked = (key: string): boolean => !isOfGoods(query.subject) || key.startsWith(query.category ?? '')
  const groups = new Map<string, { lists: number; amounts: Map<string, string> }>()
  for (const cell of cells) {
    if (keys.has(cell.key) || !isAsked(cell.key) || !isTaken(cell, query, period)) continue
    let group = groups.get(cell.key)
    if (group === undefined) {
      group = { lists: 0, amounts: new Map() }
      groups.set(cell.key, group)
    }
    group.lists += cell.lists
    if (amounts.has(amountOf(cell))) continue
    group.amounts.set(cell.currency, addDecimals(group.amounts.get(cell.currency) ?? '0', cell.amount))
  }
  return {
    groups: [...groups].sort(byKey).map(([key, { lists, amounts }]) => ({
      key,
      lists,
      amounts: [...amounts].sort(byKey).map(([currency, amount]) => ({ currency, amount: withoutZeros(amount) })),
    })),
    suppressed: [...keys].filter(isAsked).length,
  }
}

/** Whether a question takes a cell: of its period, and of what it is narrowed to. */
function isTaken(cell: StatisticsCell, query: StatisticsQuery, { from, until }: EndedPeriod): boolean {
  if (cell.month < from || cell.month >= until) return false
  const [dimension] = dimensionsOf(query)
  if (dimension === undefined) return true
  const { offices, direction, modes, times, category } = query
  const taken: Record<Dimension, readonly (string | null)[]> = {
    level: offices === null ? ['L', 'D'] : ['L'],
    direction: [direction],
    mode: modes ?? [],
    time: times ?? [],
    category: [category],
  }
  return taken[dimension].includes(cell.class)
}

const byKey = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : one > other ? 1 : 0

const withoutZeros = (amount: string): string => (amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount)
