/** Sums of the statistics of trade, made in the background of what rounds of matching have inserted. */
import type pg from 'pg'
import { dayOf } from '../../rules/working-day.ts'
import { errorCode } from '../errors.ts'
import { inTransaction } from '../transaction.ts'
import { ensureStatisticsMonths, monthOfDay } from './months.ts'
import { deltaCells } from './statistics.ts'

const take = `
  select id::text as id, cells from trade_statistics_delta order by id limit $1`

const dimensions = 'month, grain, subject, category, city, day, key, office, district, direction, mode, time, currency'

const sum = `
  with summed as (insert into trade_statistics as stored (${dimensions}, lists, seconds, amount)
  select date_trunc('month', period.day)::date as month, period.grain, subject, category, city, period.day, key, office,
    district, direction, mode, time, currency, sum(lists), sum(seconds), sum(amount)
  from ${deltaCells}
  cross join lateral (values
    ('D', place.day), ('M', date_trunc('month', place.day)::date), ('Y', date_trunc('year', place.day)::date)
  ) as period (grain, day)
  where delta.id = any($1::bigint[])
  group by period.grain, period.day, subject, category, city, key, office, district, direction, mode, time, currency
  order by subject, period.grain, category, city, period.day, key, office, district, direction, mode, time, currency
  on conflict (subject, grain, category, city, day, key, office, district, direction, mode, time, currency, month)
  do update set lists = stored.lists + excluded.lists, seconds = stored.seconds + excluded.seconds,
    amount = stored.amount + excluded.amount
  returning grain, city, stored.day)
  insert into trade_statistics_year as counted (city, year, changes)
  select city, to_char(day, 'YYYY') as year, count(*) filter (where day < $2::date)
  from summed where grain = 'M' group by city, year
  on conflict (city, year) do update set changes = counted.changes + excluded.changes, changed_at = now()
  where excluded.changes > 0`

/** Deltas that are summed up in one transaction; fewer where a statement takes longer than it may. */
const mostAtOnce = 100
/** Milliseconds between two rounds. */
const usually = 2_000

/** One process sums up at a time: another one has nothing of it, or waits. */
export const locks = {
  try: `select pg_try_advisory_xact_lock(hashtext('trade_statistics')) as mine`,
  wait: `select true as mine from pg_advisory_xact_lock(hashtext('trade_statistics'))`,
}

/** Sums some deltas up; says how many. */
async function sumSome(pool: pg.Pool, most: number, lock: keyof typeof locks, today: string): Promise<number> {
  await ensureMonthsOfDeltas(pool, today)
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ mine: boolean }>(locks[lock])
    return rows[0]?.mine === true ? sumTaken(client, today, most) : 0
  })
}

/**
 * Sums up what there is; after another process that is at it, where it is to wait.
 * @param clock tells the day, of each transaction anew: a month may end meanwhile
 */
export async function sumAll(
  pool: pg.Pool,
  clock: () => string = () => dayOf(new Date()),
  lock: keyof typeof locks = 'wait',
  goesOn: () => boolean = () => true,
): Promise<void> {
  let most = mostAtOnce
  while (goesOn()) {
    try {
      if ((await sumSome(pool, most, lock, clock())) < most) return
    } catch (error) {
      // 57014: it took longer than a statement may. The same again would, too.
      if (errorCode(error) !== '57014' || most === 1) throw error
      most = Math.ceil(most / 2)
    }
  }
}

/**
 * Sums some deltas up within a transaction.
 * @param today in whose month nothing has ended: what changes earlier months is counted, for editions
 */
export async function sumTaken(client: pg.PoolClient, today: string, most = mostAtOnce): Promise<number> {
  const { rows } = await client.query<{ id: string }>(take, [most])
  if (rows.length === 0) return 0
  const ids = rows.map(({ id }) => id)
  await client.query({ name: 'trade-sum', text: sum, values: [ids, monthOfDay(today)] })
  await client.query('delete from trade_statistics_delta where id = any($1::bigint[])', [ids])
  return ids.length
}

const monthsOfDeltas = `
  select distinct first::text as month from trade_statistics_delta
  cross join lateral unnest(months) as of (month)
  cross join lateral (values (of.month), (date_trunc('year', of.month)::date)) as sums (first)
  order by month`

/** Makes sure that there are partitions for what is to be summed up: of a year it lies in January. */
export async function ensureMonthsOfDeltas(client: pg.Pool | pg.PoolClient, today: string): Promise<void> {
  const { rows } = await client.query<{ month: string }>(monthsOfDeltas)
  const months = rows.map(({ month }) => month)
  await ensureStatisticsMonths(client, months, today)
}

export interface Summing {
  /** Sums up what there is, unless another process is at it. */
  now(): Promise<void>
  /** Ends after what is under way; what is left is summed up by another process, or after the next start. */
  close(): Promise<void>
}

/**
 * Sums up every two seconds.
 * @param onFailure told when a round failed; it is tried again
 */
export function startSumming(pool: pg.Pool, onFailure: (error: unknown) => void, every = usually): Summing {
  let closed = false
  let working: Promise<void> | null = null
  const now = (): Promise<void> =>
    (working ??= sumAll(pool, undefined, 'try', () => !closed).finally(() => (working = null)))
  const timer = setInterval(() => void now().catch(onFailure), every).unref()
  return {
    now,
    async close() {
      closed = true
      clearInterval(timer)
      await working?.catch(() => undefined)
    },
  }
}
