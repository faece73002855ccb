/** Reads the statistics of trade: sums, and what is not summed up yet. */
import type pg from 'pg'
import { withoutZeros } from '../../rules/decimal.ts'
import type { Direction } from '../../rules/trade/document.ts'
import { isOfGoods, type Dimension, type StatisticsCell, type StatisticsTrader } from '../../rules/trade/edition.ts'
import { timed, type LogisticsTime } from '../../rules/trade/logistics-time.ts'
import type { Period } from '../../rules/trade/period.ts'
import type { Subject } from '../../rules/trade/statistics.ts'
import { monthOfDay } from './months.ts'
import { deltaCells } from './statistics.ts'

/** What is asked for; null stands for all. */
export interface StatisticsQuery {
  subject: Subject
  period: Period
  /** City of the enterprises, four digits. */
  city: string | null
  /** The customs district of the port, two digits, and offices that took the list. */
  district: string | null
  offices: readonly string[] | null
  /** Offices by which the district is told in parts, whether or not the query is narrowed to them. */
  local: readonly string[]
  /** HS chapter. */
  category: string | null
  direction: Direction | null
  /** 监管方式. */
  modes: readonly string[] | null
  times: readonly LogisticsTime[] | null
}

/** A pool, or a client in a transaction. */
export type Queryable = Pick<pg.Pool, 'query'> | Pick<pg.PoolClient, 'query'>

/** The sum of one city, site, enterprise, country or kind of goods. */
export interface StatisticsGroup {
  key: string
  lists: number
  /** Of these, released by customs, and those of which the logistics time is known, with all their seconds. */
  released: number
  timed: number
  seconds: number
  /** By customs' number of the currency; exact, without zeros at the end. */
  amounts: { currency: string; amount: string }[]
}

const keyOf = (subject: Subject): string => (subject === 'city' ? 'city' : 'key')

/** Text of a statement, with its values in place. */
interface Part {
  text: string
  values: unknown[]
}

const columns = 'key, category, city, office, district, direction, mode, time, currency, lists, seconds, amount'

/**
 * Sums of a period that are kept, and what comes to them.
 * @param category a chapter, `all` of them together, or `each` by itself
 */
function cellsOf({ subject, city }: Pick<StatisticsQuery, 'subject' | 'city'>, period: Period, category: string): Part {
  const values: unknown[] = [subject, period.grain, period.from, period.until, monthOfDay(period.from)]
  const where: string[] = []
  if (city !== null) where.push(`city = $${values.push(city)}`)
  if (category === 'each') where.push(`category <> ''`)
  else if (!isOfGoods(subject)) where.push(`category = $${values.push(category === 'all' ? '' : category)}`)
  else if (category !== 'all') where.push(`key like $${values.push(`${category}%`)}`)
  const others = where.map((one) => ` and ${one}`).join('')
  const text = `
    select day, ${columns} from trade_statistics
    where subject = $1 and grain = $2 and day >= $3 and day < $4 and month >= $5 and month < $4::date${others}
    union all
    select ${period.grain === 'D' ? 'place.day' : `date_trunc('${period.grain === 'M' ? 'month' : 'year'}', place.day)::date`},
      ${columns} from ${deltaCells}
    where delta.subject = $1 and exists (select from unnest(delta.months) as of (month) where month >= $5 and month < $4::date)
      and place.day >= $3 and place.day < $4${others}`
  return { text, values }
}

/** What a query is narrowed to, but for period, city and category. */
function conditionsOf({ district, offices, direction, modes, times }: StatisticsQuery, values: unknown[]): string[] {
  return [
    ...(district === null ? [] : [`district = $${values.push(district)}`]),
    ...(offices === null ? [] : [`office = any($${values.push(offices)}::text[])`]),
    ...(direction === null ? [] : [`direction = $${values.push(direction)}`]),
    ...(modes === null ? [] : [`mode = any($${values.push(modes)}::text[])`]),
    ...(times === null ? [] : [`time = any($${values.push(times)}::text[])`]),
  ]
}

interface Row {
  key: string
  currency: string
  lists: string
  released: string
  timed: string
  seconds: string
  amount: string
}

/** Groups of which there is at least one list, in the order of their keys. */
export async function readStatistics(pool: Queryable, query: StatisticsQuery): Promise<StatisticsGroup[]> {
  const { text, values } = cellsOf(query, query.period, query.category ?? 'all')
  const conditions = conditionsOf(query, values)
  const key = keyOf(query.subject)
  const statement = `
    select ${key} as key, currency, sum(lists)::text as lists, sum(seconds)::text as seconds, sum(amount)::text as amount,
      coalesce(sum(lists) filter (where time <> 'NOT_RELEASED'), 0)::text as released,
      coalesce(sum(lists) filter (where time = any($${values.push(timed)}::text[])), 0)::text as timed
    from (${text}) as cells ${conditions.length > 0 ? `where ${conditions.join(' and ')}` : ''}
    group by ${key}, currency order by ${key} collate "C", currency`
  const { rows } = await pool.query<Row>(statement, values)
  const groups: StatisticsGroup[] = []
  for (const row of rows) {
    let group = groups.at(-1)
    if (group?.key !== row.key) {
      group = { key: row.key, lists: 0, released: 0, timed: 0, seconds: 0, amounts: [] }
      groups.push(group)
    }
    group.lists += Number(row.lists)
    group.released += Number(row.released)
    group.timed += Number(row.timed)
    group.seconds += Number(row.seconds)
    const amount = withoutZeros(row.amount)
    if (amount !== '0' || row.lists !== '0') group.amounts.push({ currency: row.currency, amount })
  }
  return groups.filter(({ lists }) => lists > 0)
}

/** Those that a query narrows; of goods, a category is a choice of them and narrows nothing. */
export const dimensionsOf = ({
  subject,
  district,
  category,
  direction,
  modes,
  times,
}: StatisticsQuery): Dimension[] => [
  ...(district === null ? [] : ['level' as const]),
  ...(direction === null ? [] : ['direction' as const]),
  ...(modes === null ? [] : ['mode' as const]),
  ...(times === null ? [] : ['time' as const]),
  ...(category === null || isOfGoods(subject) ? [] : ['category' as const]),
]

/** Of which cells are read: of all that a city has, told apart by one dimension or by none. */
export interface CellsQuery {
  subject: Subject
  city: string
  dimension: Dimension | null
  /** By which levels are told apart: digits of the customs district, and the zone's own offices. */
  district: string
  local: readonly string[]
}

/** All cells of the subject in the city, in a period that is kept by months. */
export async function readCells(client: Queryable, query: CellsQuery, months: Period): Promise<StatisticsCell[]> {
  const { text, values } = cellsText(query, months, query.dimension === 'category' ? 'each' : 'all', 'currency')
  const { rows } = await client.query<Omit<StatisticsCell, 'lists'> & { lists: string }>(text, values)
  return rows.map((row) => ({ ...row, lists: Number(row.lists), amount: withoutZeros(row.amount) }))
}

/**
 * The enterprises that have lists in the cells, or where there are many in one of them, so many: whether there are as many
 * in several cells together is the same by those.
 */
export async function readTraders(
  client: Queryable,
  query: CellsQuery,
  months: Period,
  most: number,
): Promise<StatisticsTrader[]> {
  const isByChapter = isOfGoods(query.subject)
  const { text, values } = cellsText(
    { ...query, subject: 'enterprise' },
    months,
    isByChapter || query.dimension === 'category' ? 'each' : 'all',
    isByChapter ? `category || ' ' || currency` : 'currency',
  )
  const { rows } = await client.query<StatisticsTrader>(
    `select key, month, class, currency from (
       select *, row_number() over (partition by month, class, currency order by key collate "C") as place from (${text}) as found
     ) as numbered where place <= $${values.push(most)}`,
    values,
  )
  return rows
}

/** @param currency by what a cell's currency is told */
function cellsText(query: CellsQuery, months: Period, category: string, currency: string): Part {
  const { text, values } = cellsOf(query, months, category)
  const classOf = (): string => {
    if (query.dimension === null) return `''`
    if (query.dimension !== 'level') return query.dimension
    const [district, local] = [values.push(query.district), values.push(query.local)]
    return `case when district <> $${district} then 'N' when office = any($${local}::text[]) then 'L' else 'D' end`
  }
  const statement = `
    select key, month, class, currency, sum(lists)::text as lists, sum(amount)::text as amount
    from (
      select ${keyOf(query.subject)} as key, day::text as month, ${classOf()} as class, ${currency} as currency, lists, amount
      from (${text}) as cells) as placed
    group by key, month, class, currency having sum(lists) <> 0 or sum(amount) <> 0`
  return { text: statement, values }
}
