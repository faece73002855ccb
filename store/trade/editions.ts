/** Makes editions of the statistics of trade: what who may not read the lists is told of a year of a zone's city. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type pg from 'pg'
import {
  above,
  dimensions,
  leftOf,
  toldOf,
  type Dimension,
  type Left,
  type Question,
} from '../../rules/trade/edition.ts'
import { toldYear, type ToldYear } from '../../rules/trade/period.ts'
import type { Subject } from '../../rules/trade/statistics.ts'
import { fewestEnterprises } from '../../rules/trade/suppression.ts'
import { pilotZones, type PilotZone, type PilotZones } from '../../rules/trade/zones.ts'
import { dayOf } from '../../rules/working-day.ts'
import type { OpenDatabase } from '../database.ts'
import { inTransaction } from '../transaction.ts'
import { monthOfDay } from './months.ts'
import { readCells, readTraders, type CellsQuery, type Queryable } from './statistics-query.ts'

/** Those of which sellers are counted together; what is a part of another follows it. */
const kinds: readonly (readonly Subject[])[] = [
  ['city', 'site', 'country'],
  ['chapter', 'heading', 'code'],
]

interface Due {
  city: string
  year: string
  changes: string
}

/**
 * Years of which there is to be another edition: a month has ended since the last one; or something has changed, and it was
 * not made today, so that nobody reads single lists from how numbers grow. The first one waits until nothing more comes.
 * Other customs offices are such a change too; where there were none, and nothing else has changed, nothing grows.
 */
const due = `
  select city, year, counted.changes::text as changes from trade_statistics_year as counted
  left join trade_edition as edition using (city, year)
  where city = any($1::text[]) and year || '-01-01' < $2::text and (
    edition.city is null and ($4 or counted.changed_at < now() - interval '10 seconds'
      or counted.since < now() - interval '5 minutes')
    or edition.ended < least($2::date, (year || '-01-01')::date + interval '1 year')
    or edition.changes < counted.changes and ($4 or edition.made_on < $3::date)
    or edition.offices <> array(select jsonb_array_elements_text($6::jsonb -> counted.city))
      and ($4 or edition.made_on < $3::date or edition.offices = '{}' and edition.changes = counted.changes))
    and city || year <> all($5::text[])
    -- One that is further was made by a hub whose clock is ahead.
    and coalesce(edition.ended <= $2::date, true)
  order by year desc, city limit 1`

/**
 * The next year of which an edition is due.
 * @param made cities and years of which none is
 */
async function nextDue(
  client: Queryable,
  today: string,
  when: When,
  zones: PilotZones,
  made: ReadonlySet<string> = new Set(),
): Promise<Due | null> {
  const offices = new Map(Object.values(zones).map((zone) => [zone.city, zone.offices]))
  const { rows } = await client.query<Due>(due, [
    [...offices.keys()],
    monthOfDay(today),
    today,
    when === 'now',
    [...made],
    JSON.stringify(Object.fromEntries(offices)),
  ])
  return rows[0] ?? null
}

/** When what has changed is told: once a day, or at once where whoever runs the hub asks for it. */
export type When = 'due' | 'now'

/**
 * Makes the editions that are due, each as of one moment, in a transaction of its own; other processes wait. What changes
 * meanwhile is due afterwards: else one would follow the other for as long as something comes.
 * @param pool of connections without a limit of time
 * @param today YYYY-MM-DD: nothing of its month is told
 * @param zones with the customs offices that they have now
 * @returns how many were made
 */
export async function makeEditions(
  pool: pg.Pool,
  today: string,
  when: When = 'due',
  zones: PilotZones = pilotZones,
): Promise<number> {
  const made = new Set<string>()
  const makeNext = async (client: pg.PoolClient): Promise<boolean> => {
    const next = await nextDue(client, today, when, zones, made)
    if (next === null) return false
    await make(client, next, today, zones)
    made.add(next.city + next.year)
    return true
  }
  while (await inTransaction(pool, makeNext, begin));
  return made.size
}

/** The lock is no query: what is read is of the moment after it. Memory is for sums of many cells. */
const begin = `
  begin isolation level repeatable read;
  set local work_mem = '64MB';
  lock table trade_edition in share row exclusive mode`

async function make(
  client: pg.PoolClient,
  { city, year, changes }: Due,
  today: string,
  zones: PilotZones,
): Promise<void> {
  const zone = Object.values(zones).find((one) => one.city === city)
  if (zone === undefined) throw new TypeError('An edition is of a zone.')
  const told = toldYear(year, monthOfDay(today))
  await client.query('delete from trade_edition_part where city = $1 and year = $2', [city, year])
  for (const subjects of kinds) {
    const whole = new Map<Subject, Left>()
    for (const dimension of [null, ...dimensions]) {
      // Of goods, a category is a choice of them.
      if (dimension === 'category' && subjects.includes('chapter')) continue
      await makeParts(client, { zone, year, told, dimension, subjects }, whole)
    }
  }
  await client.query(
    `insert into trade_edition (city, year, changes, ended, made_on, offices) values ($1, $2, $3, $4, $5, $6)
     on conflict (city, year) do update set changes = excluded.changes, ended = excluded.ended, made_on = excluded.made_on,
       offices = excluded.offices`,
    [city, year, changes, told.months.until, today, zone.offices],
  )
}

interface Parts {
  zone: PilotZone
  year: string
  told: ToldYear
  dimension: Dimension | null
  subjects: readonly Subject[]
}

/** @param whole what is left out where nothing is narrowed, by subject: which is told here where nothing is */
async function makeParts(
  client: pg.PoolClient,
  { zone: { city, district, offices }, year, told, dimension, subjects }: Parts,
  whole: Map<Subject, Left>,
): Promise<void> {
  const asked = { city, dimension, district, local: offices }
  const queryOf = (subject: Subject): CellsQuery => ({ ...asked, subject })
  const [first = 'city'] = subjects
  const traders = await readTraders(client, queryOf(first), told.months, fewestEnterprises)
  const lefts = new Map<Subject, Left>()
  for (const subject of subjects) {
    const over = above[subject]
    const question: Question = {
      subject,
      dimension,
      year: told,
      cells: await readCells(client, queryOf(subject), told.months),
      traders,
      coarser: (dimension === null ? null : whole.get(subject)) ?? null,
      above: (over === undefined ? null : lefts.get(over)) ?? null,
    }
    const left = leftOf(question)
    lefts.set(subject, left)
    if (dimension === null) whole.set(subject, left)
    await client.query(insertParts, [
      city,
      year,
      subject,
      dimension ?? '',
      told.periods.map(({ span }) => span),
      told.periods.map(({ from }) => from),
      toldOf(question, left).map((one) => JSON.stringify(one)),
    ])
  }
}

const insertParts = `
  insert into trade_edition_part (city, year, subject, dimension, span, first, told)
  select $1, $2, $3, $4, span, first, told from unnest($5::text[], $6::date[], $7::text[]) as part (span, first, told)`

/** How often it is looked whether an edition is due, in ms. */
const usually = 5_000

export interface EditionMaking {
  /** Ends at once; what is under way is made after the next start, or by another process. */
  close(): Promise<void>
}

/**
 * Makes editions when they are due, in a thread of its own: it takes seconds of processor time.
 * @param onFailure told when it failed; it is tried again
 */
export function startEditions(
  { pool, connection }: Pick<OpenDatabase, 'pool' | 'connection'>,
  onFailure: (error: unknown) => void,
  zones: PilotZones = pilotZones,
  every = usually,
): EditionMaking {
  const ending = new AbortController()
  let working: Promise<void> | null = null
  async function look(): Promise<void> {
    const today = dayOf(new Date())
    if ((await nextDue(pool, today, 'due', zones)) !== null) await inThread({ connection, today, zones }, ending.signal)
  }
  const timer = setInterval(() => {
    working ??= look()
      .catch((error: unknown) => {
        if (!ending.signal.aborted) onFailure(error)
      })
      .finally(() => (working = null))
  }, every).unref()
  return {
    async close() {
      clearInterval(timer)
      ending.abort()
      await working
    },
  }
}

/** What the thread is told. */
export interface EditionWork {
  connection: pg.PoolConfig
  today: string
  zones: PilotZones
}

async function inThread(work: EditionWork, ending: AbortSignal): Promise<void> {
  const thread = new Worker(new URL('./edition-thread.ts', import.meta.url), { workerData: work })
  const end = (): void => void thread.terminate()
  ending.addEventListener('abort', end)
  try {
    if (ending.aborted) end()
    // Of an error of the thread, this throws it.
    await once(thread, 'exit')
  } finally {
    ending.removeEventListener('abort', end)
  }
}
