/** Reads the statistics of trade: sums, and what is not summed up yet. */
import type pg from 'pg'
import type { Direction } from '../../rules/trade/document.ts'
import { timed, type LogisticsTime } from '../../rules/trade/logistics-time.ts'
import { monthsOfYear, type Period } from '../../rules/trade/period.ts'
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
  /** HS chapter. */
  category: string | null
  direction: Direction | null
  /** 监管方式. */
  modes: readonly string[] | null
  times: readonly LogisticsTime[] | null
}

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

const isOfGoods = (subject: Subject): boolean => subject === 'chapter' || subject === 'heading' || subject === 'code'
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
function cellsOf({ subject, city }: StatisticsQuery, period: Period, category: string): Part {
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
    where delta.subject = $1 and place.day >= $3 and place.day < $4${others}`
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

/** The dimensions of those. Of place there are the classes by which each level is more than the one before. */
function dimensionsOf({ district, offices, direction, modes, times }: StatisticsQuery, values: unknown[]): string[] {
  return [
    ...(district === null ? [] : [`district = $${values.push(district)}`]),
    ...(offices === null ? [] : [`office = any($${values.push(offices)}::text[])`]),
    ...(direction === null ? [] : ['direction']),
    ...(modes === null ? [] : ['mode']),
    ...(times === null ? [] : ['time']),
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
export async function readStatistics(pool: pg.Pool, query: StatisticsQuery): Promise<StatisticsGroup[]> {
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

const withoutZeros = (amount: string): string => (amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount)

/**
 * Keys of groups that have, somewhere along a dimension that the query narrows (the months or quarters of its year among
 * them), at least one list and fewer than so many: with those, answers to other queries could be subtracted from each other
 * until such a few remain.
 */
export async function readThin(pool: pg.Pool, query: StatisticsQuery, fewest: number): Promise<Set<string>> {
  const { subject, period, category } = query
  const isByCategory = category !== null && !isOfGoods(subject)
  const whole = period.span === 'year' ? period : monthsOfYear(period)
  const { text, values } = cellsOf(query, whole, isByCategory ? 'each' : 'all')
  const dimensions = [
    ...(isByCategory ? ['category'] : []),
    ...(period.span === 'year' ? [] : [period.span === 'quarter' ? `date_trunc('quarter', day)` : 'day']),
    ...dimensionsOf(query, values),
  ]
  if (dimensions.length === 0) return new Set()
  const key = keyOf(subject)
  const statement = `
    select distinct key from (
      select ${key} as key, sum(lists) as lists from (${text}) as cells group by ${key}, ${dimensions.join(', ')}
    ) as classes where lists > 0 and lists < $${values.push(fewest)}`
  const { rows } = await pool.query<{ key: string }>(statement, values)
  return new Set(rows.map(({ key }) => key))
}
