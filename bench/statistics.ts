/**
 * How long the six views of trade statistics take over a year of many lists, while trade documents are handed in. The sums
 * of the year are filled in by SQL, as matching would have left them, and do not go through POST /ceb: spread evenly over
 * months, five cities, their enterprises, sites, countries and goods. What is handed in meanwhile is added to them. Editions of
 * the year are made before, as a hub makes them in the night.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { logisticsTimes } from '../rules/trade/logistics-time.ts'
import { periodOf } from '../rules/trade/period.ts'
import type { Subject } from '../rules/trade/statistics.ts'
import { pilotZones } from '../rules/trade/zones.ts'
import { startPostgres } from '../store/postgres.ts'
import { makeEditions } from '../store/trade/editions.ts'
import { ensureStatisticsMonths } from '../store/trade/months.ts'
import type { StatisticsQuery } from '../store/trade/statistics-query.ts'
import { createStatisticsReader, type StatisticsAnswer } from '../store/trade/statistics-reader.ts'
import { startHubProcess } from './hub-process.ts'
import { quantile } from './load.ts'
import { row } from './table.ts'
import { send } from './trade.ts'

export interface StatisticsFigures {
  /** Lists in the sums of the year before anything was handed in, and rows that hold them. */
  lists: number
  rows: number
  /** For which they were filled in, in seconds. */
  filling: number
  /** Editions of a year of a city, and how long one took, in seconds. */
  editions: { made: number; seconds: number }
  /** Lists handed in meanwhile, of those the matched ones a minute. */
  perMinute: number
  failed: number
  /** By view, and whether it is told whole: answers, and how long they took, in ms. */
  views: Readonly<Record<string, { answers: number; p50: number; p95: number }>>
}

/** Longest that a view may take at the 95th percentile, in ms. */
const longest = 300

/** What is summed up of each subject: keys in each city, ways of trade in each place, chapters to which sums are held. */
const filled: Readonly<Record<Subject, { keys: number; ways: number; chapters: number }>> = {
  city: { keys: 1, ways: 40, chapters: 20 },
  site: { keys: 6, ways: 20, chapters: 20 },
  enterprise: { keys: 1000, ways: 4, chapters: 3 },
  country: { keys: 60, ways: 20, chapters: 10 },
  chapter: { keys: 20, ways: 40, chapters: 0 },
  heading: { keys: 120, ways: 30, chapters: 0 },
  code: { keys: 1200, ways: 10, chapters: 0 },
}

const cities = Object.values(pilotZones).map(({ city }) => city)
const chapters = Array.from({ length: 20 }, (_, index) => String(61 + (index % 10) + 20 * Math.floor(index / 10)))

const columns =
  'month, grain, subject, category, city, day, key, office, district, direction, mode, time, currency, lists, seconds, amount'

// A way is an office, a direction with its mode, and a logistics time.
const months = `
  insert into trade_statistics (${columns})
  select day, 'M', $1, category, city, day,
    case $1 when 'city' then '' when 'enterprise' then city || lpad(key::text, 6, '0')
      when 'chapter' then ($3::text[])[key + 1] when 'heading' then ($3::text[])[key % 20 + 1] || lpad((key / 20)::text, 2, '0')
      when 'code' then ($3::text[])[key % 20 + 1] || lpad((key % 120 / 20)::text, 2, '0') || lpad(key::text, 6, '0')
      else 'K' || key end,
    left(city, 2) || lpad((way / 20)::text, 2, '0'), left(city, 2),
    case when way % 5 < 2 then 'import' else 'export' end, (array['9610', '1210', '9610', '9710', '9810'])[way % 5 + 1],
    ($4::text[])[way / 5 % 4 + 1], case when way % 5 < 2 then '142' else '502' end,
    $5::bigint, 100000, 1234.56 + key
  from generate_series('2026-01-01'::timestamp, '2026-12-01', '1 month') as month
  cross join lateral (select month::date as day) as first
  cross join unnest($2::text[]) as city
  cross join generate_series(0, $6::int - 1) as key
  cross join generate_series(0, $7::int - 1) as way
  cross join unnest($8::text[]) as category`

const years = `
  insert into trade_statistics (${columns})
  select '2026-01-01', 'Y', subject, category, city, '2026-01-01', key, office, district, direction, mode, time, currency,
    sum(lists), sum(seconds), sum(amount)
  from trade_statistics where grain = 'M' and subject = $1
  group by subject, category, city, key, office, district, direction, mode, time, currency`

// Of one month: each sum on three of its days.
const days = `
  insert into trade_statistics (${columns})
  select month, 'D', subject, category, city, month + (abs(hashtext(key || office || mode || time || category)) % 10) * 3 + plus, key,
    office, district, direction, mode, time, currency, ceil(lists / 3.0), seconds / 4, amount / 4
  from trade_statistics cross join generate_series(0, 2) as plus
  where grain = 'M' and subject = $1 and month = '2026-11-01'`

async function fill(pool: pg.Pool, lists: number, part: number): Promise<void> {
  const first = Array.from({ length: 12 }, (_, month) => `2026-${String(month + 1).padStart(2, '0')}-01`)
  await ensureStatisticsMonths(pool, first, '2026-12-31')
  for (const [subject, { keys: all, ways, chapters: held }] of Object.entries(filled)) {
    const keys = Math.max(1, Math.round(all / (all > 20 ? part : 1)))
    const each = Math.max(1, Math.round(lists / (12 * cities.length * keys * ways)))
    const categories = ['', ...chapters.slice(0, held)]
    const times = logisticsTimes.slice(0, 4)
    await pool.query(months, [subject, cities, chapters, times, each, keys, ways, categories])
    await pool.query(years, [subject])
    await pool.query(days, [subject])
  }
  await pool.query('analyze trade_statistics')
}

/** The six views, each by what it is of; the ranking is of countries. */
const views = {
  goods: ['chapter', 'heading', 'code'],
  sites: ['site'],
  enterprises: ['enterprise'],
  city: ['city'],
  countries: ['country'],
  ranking: ['country'],
} as const satisfies Record<string, readonly Subject[]>

const periods = ['2026', '2026-Q3', '2026-11', '2026-11-21'].flatMap((text) => periodOf(text) ?? [])

/** The query with this number: every period, in every city, a third of them narrowed. */
function queryOf(subjects: readonly Subject[], number: number): StatisticsQuery {
  const [subject, period] = [subjects[number % subjects.length], periods[number % periods.length]]
  if (subject === undefined || period === undefined) throw new RangeError('There is nothing to ask for.')
  const city = cities[number % cities.length] ?? ''
  const isNarrow = number % 3 === 2
  return {
    subject,
    period,
    city,
    district: isNarrow || number % 2 === 0 ? null : city.slice(0, 2),
    offices: null,
    local: [],
    category: null,
    direction: isNarrow ? 'export' : null,
    modes: null,
    times: null,
  }
}

/** The first day on which all of the periods have ended. */
const today = '2026-12-01'

/** For who may read every list, and for everybody else; of days and enterprises nobody else is told. */
const viewers = {
  whole: (pool: pg.Pool, query: StatisticsQuery) => createStatisticsReader(pool).whole(query),
  told: (pool: pg.Pool, query: StatisticsQuery) => createStatisticsReader(pool).told(query, today),
}
const isToldTo = (viewer: string, { subject, period }: StatisticsQuery): boolean =>
  viewer === 'whole' || (subject !== 'enterprise' && period.span !== 'day')

/** Milliseconds until an answer is in order of rank. */
async function timed(asked: Promise<StatisticsAnswer | null>): Promise<number> {
  const began = performance.now()
  const answer = await asked
  if (answer === null) throw new RangeError('There is no edition.')
  answer.groups.toSorted((one, other) => other.lists - one.lists)
  return performance.now() - began
}

/**
 * @param lists in the sums of the year
 * @param part a fraction 1/part of enterprises, countries and goods; 1 for all
 * @param seconds for which each view is asked for in turn
 */
export async function measureStatistics(lists: number, part: number, seconds: number): Promise<StatisticsFigures> {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-statistics-'))
  const server = await startPostgres({ dataFolder: folder })
  const { host, user, database } = server.connection
  const pool = new pg.Pool({ ...server.connection, max: 4 })
  try {
    const hub = await startHubProcess(join(folder, 'hub'), {
      DATABASE_URL: `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}`,
      HUTONG_RATE_REQUESTS: '1000000000',
    })
    try {
      const began = performance.now()
      await fill(pool, lists, part)
      const filling = (performance.now() - began) / 1000
      const before = await counted(pool)
      const editions = await published(server.connection)
      return { ...before, filling, editions, ...(await measured(pool, hub.url, seconds)) }
    } finally {
      await hub.stop()
    }
  } finally {
    await pool.end()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Makes the first editions, as a hub does in the night; of what is filled in nobody has said that it changed. */
async function published(connection: pg.PoolConfig): Promise<StatisticsFigures['editions']> {
  const pool = new pg.Pool({ ...connection, max: 1 })
  try {
    await pool.query(`insert into trade_statistics_year (city, year) select unnest($1::text[]), '2026'`, [cities])
    const began = performance.now()
    const made = await makeEditions(pool, today, 'now')
    return { made, seconds: (performance.now() - began) / 1000 / made }
  } finally {
    await pool.end()
  }
}

async function measured(
  pool: pg.Pool,
  url: string,
  seconds: number,
): Promise<Pick<StatisticsFigures, 'perMinute' | 'failed' | 'views'>> {
  let goesOn = true
  const began = performance.now()
  const sending = send(url, () => goesOn)
  const took = new Map<string, number[]>()
  try {
    for (let number = 0; performance.now() - began < seconds * 1000; number += 1) {
      for (const [view, subjects] of Object.entries(views)) {
        const query = queryOf(subjects, number)
        for (const [viewer, ask] of Object.entries(viewers)) {
          if (!isToldTo(viewer, query)) continue
          const name = `${view}, ${viewer}`
          took.set(name, [...(took.get(name) ?? []), await timed(ask(pool, query))])
        }
      }
    }
  } finally {
    goesOn = false
  }
  const { failed } = await sending
  const { rows } = await pool.query<{ lists: number }>('select count(*)::int as lists from trade_match')
  return {
    perMinute: ((rows[0]?.lists ?? 0) / (performance.now() - began)) * 60_000,
    failed,
    views: Object.fromEntries(
      [...took].map(([view, times]) => [
        view,
        { answers: times.length, p50: quantile(times, 0.5), p95: quantile(times, 0.95) },
      ]),
    ),
  }
}

async function counted(pool: pg.Pool): Promise<Pick<StatisticsFigures, 'lists' | 'rows'>> {
  const { rows } = await pool.query<{ lists: number; rows: number }>(
    `select sum(lists) filter (where subject = 'city' and category = '' and grain = 'Y')::int as lists, count(*)::int as rows
     from trade_statistics`,
  )
  return rows[0] ?? { lists: Number.NaN, rows: Number.NaN }
}

export const statisticsTable = ({
  lists,
  rows,
  filling,
  editions,
  perMinute,
  failed,
  views,
}: StatisticsFigures): string =>
  [
    `Statistics of ${lists} lists, while trade documents are handed in:`,
    row('  rows of sums; filled in for (s)', `${rows}; ${filling.toFixed(0)}`),
    row('  editions made; each in (s)', `${editions.made}; ${editions.seconds.toFixed(1)}`),
    row('  lists matched a minute meanwhile', `${Math.round(perMinute)}; ${failed} failed`),
    ...Object.entries(views).map(([view, { answers, p50, p95 }]) =>
      row(
        `  ${view}: p50, p95 of ${answers} (ms)`,
        `${p50.toFixed(0)}, ${p95.toFixed(0)}${p95 <= longest ? '' : ` (more than ${longest})`}`,
      ),
    ),
  ].join('\n')
