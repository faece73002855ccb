/** Editions of the statistics of trade: when they are made, by whom, and that nothing else is told until the next. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { Values } from '../../rules/ceb/message.ts'
import { Tally, type CountedList } from '../../rules/trade/statistics.ts'
import { pilotZones, zonesWith, type PilotZones } from '../../rules/trade/zones.ts'
import { dayOf } from '../../rules/working-day.ts'
import { waitUntil } from '../../store/engine/process.ts'
import { makeEditions, startEditions } from '../../store/trade/editions.ts'
import { rebuildStatistics } from '../../store/trade/statistics-rebuild.ts'
import { createStatisticsReader } from '../../store/trade/statistics-reader.ts'
import { sumAll } from '../../store/trade/summing.ts'
import { made } from './documents.ts'
import { everythingIn, openStored } from './stored.ts'

const stored = await openStored()
const { pool, connection } = stored.database
afterAll(() => stored.close())
beforeEach(() => stored.clear())

/** Of Fuzhou 福州. */
const sellers = ['3501961X7S', '3501961Y8T', '3501961Z9U']

const listOf = (ebcCode: string, day: string, line: Values): CountedList => ({
  list: made('603', { ebcCode, appTime: `${day.replaceAll('-', '')}093000` }, ([first = {}]) => [
    { ...first, totalPrice: '10', ...line },
  ]),
  clearance: { time: 'NOT_RELEASED', seconds: 0 },
  returned: new Map(),
})

/** Counts lists on a day as rounds of matching do: of these sellers, or two of each. */
async function count(day: string, gcode = '6911101900', by = [...sellers, ...sellers]): Promise<void> {
  const tally = new Tally()
  for (const ebcCode of by) tally.add(listOf(ebcCode, day, { gcode }))
  await insert(tally, day)
}

async function insert(tally: Tally, day: string): Promise<void> {
  for (const [subject, cells] of Map.groupBy(tally.cells(), (each) => each.subject))
    await pool.query('insert into trade_statistics_delta (subject, months, cells) values ($1, $2, $3)', [
      subject,
      [`${day.slice(0, 7)}-01`],
      JSON.stringify(cells),
    ])
}

/** Counts them, and has them summed up. */
async function sum(day: string): Promise<void> {
  await count(day)
  await sumAll(pool)
}

const { told } = createStatisticsReader(pool)
/** How many lists are told of a period; null where nothing is. */
async function lists(period: string, today: string): Promise<number | null> {
  const answer = await told({ ...everythingIn(period), city: '3501' }, today)
  return answer?.total?.lists ?? null
}
/** As if nothing more had come for a while. */
const quiet = () => pool.query(`update trade_statistics_year set changed_at = now() - interval '11 seconds'`)

describe('what is told', () => {
  test('stays until the next day, whatever comes', async () => {
    await sum('2026-01-10')
    await quiet()
    expect([await makeEditions(pool, '2026-02-01'), await lists('2026-01', '2026-02-01')]).toEqual([1, 6])
    await sum('2026-01-11')
    await quiet()
    expect([await makeEditions(pool, '2026-02-01'), await lists('2026-01', '2026-02-01')]).toEqual([0, 6])
    expect([await makeEditions(pool, '2026-02-02'), await lists('2026-01', '2026-02-02')]).toEqual([1, 12])
    expect([await makeEditions(pool, '2026-02-03'), await lists('2026-01', '2026-02-03')]).toEqual([0, 12])
  })

  test('is of what is not summed up yet, too, and of what has ended', async () => {
    await sum('2026-01-10')
    await count('2026-01-12')
    await count('2026-02-02')
    expect(await makeEditions(pool, '2026-02-03', 'now')).toBe(1)
    expect([await lists('2026', '2026-02-03'), await lists('2026-02', '2026-02-03')]).toEqual([12, null])
    // It has ended by then, and nothing of it is in the edition before there is another.
    expect([await lists('2026', '2026-03-01'), await lists('2026-02', '2026-03-01')]).toEqual([12, null])
    await sumAll(pool)
    expect(await makeEditions(pool, '2026-03-01')).toBe(1)
    expect([await lists('2026', '2026-03-01'), await lists('2026-02', '2026-03-01')]).toEqual([18, 6])
  })

  test('is another country, where it is all that changes', async () => {
    await sum('2026-01-10')
    await makeEditions(pool, '2026-02-01', 'now')
    const tally = new Tally()
    for (const seller of sellers) {
      tally.remove(listOf(seller, '2026-01-10', {}))
      tally.add(listOf(seller, '2026-01-10', { country: '116' }))
    }
    await insert(tally, '2026-01-10')
    await sumAll(pool)
    expect(await makeEditions(pool, '2026-02-02')).toBe(1)
  })

  test('is what was summed up when the month had ended, whenever that began', async () => {
    await sum('2026-01-10')
    await makeEditions(pool, '2026-02-01', 'now')
    for (let times = 0; times < 20; times += 1) await count('2026-01-11')
    const days = ['2026-01-31', '2026-02-01'].values()
    await sumAll(pool, () => days.next().value ?? '2026-02-01')
    expect([await makeEditions(pool, '2026-02-02'), await lists('2026-01', '2026-02-02')]).toEqual([1, 126])
  })

  test('is told of customs offices that are named, from the next edition with them', async () => {
    const named = (...offices: string[]): PilotZones => zonesWith(new Map([['3501', offices]]))
    const local = async (zones: PilotZones, today: string): Promise<number | null> => {
      const { city, district, offices } = zones.福州
      const answer = await told({ ...everythingIn('2026-01'), city, district, offices, local: offices }, today)
      return answer?.total?.lists ?? null
    }
    const [none, its, others] = [named(), named('3500'), named('3500', '3501')]
    await sum('2026-01-10')
    expect([await makeEditions(pool, '2026-02-01', 'now', none), await local(its, '2026-02-01')]).toEqual([1, null])
    // Where there were none it need not wait for another day.
    expect([await makeEditions(pool, '2026-02-01', 'due', its), await local(its, '2026-02-01')]).toEqual([1, 6])
    expect(await makeEditions(pool, '2026-02-02', 'due', its)).toBe(0)
    expect([await makeEditions(pool, '2026-02-01', 'due', others), await local(others, '2026-02-01')]).toEqual([
      0,
      null,
    ])
    expect([await makeEditions(pool, '2026-02-02', 'due', others), await local(others, '2026-02-02')]).toEqual([1, 6])
    // What is not of the zone's offices does not change.
    expect([await local(its, '2026-02-02'), await lists('2026-01', '2026-02-02')]).toEqual([null, 6])
  })

  test('waits for the next day also with the first customs offices, where something else has changed', async () => {
    const its = zonesWith(new Map([['3501', ['3500']]]))
    await sum('2026-01-10')
    await makeEditions(pool, '2026-02-01', 'now')
    await sum('2026-01-11')
    expect([await makeEditions(pool, '2026-02-01', 'due', its), await lists('2026-01', '2026-02-01')]).toEqual([0, 6])
    expect([await makeEditions(pool, '2026-02-02', 'due', its), await lists('2026-01', '2026-02-02')]).toEqual([1, 12])
  })

  test('is nothing of a year that nobody has looked at yet, and none of one in which nothing was traded', async () => {
    await sum('2026-01-10')
    expect([await lists('2026-01', '2026-02-01'), await lists('2025', '2026-02-01')]).toEqual([null, 0])
  })

  test('is of a year that is over, by the year alone, once it is', async () => {
    await sum('2025-11-10')
    await sum('2025-12-10')
    expect(await makeEditions(pool, '2025-12-31', 'now')).toBe(1)
    const before = await lists('2025', '2025-12-31')
    expect([before, await makeEditions(pool, '2026-01-01'), await lists('2025', '2026-01-01')]).toEqual([6, 1, 12])
    expect(await makeEditions(pool, '2026-02-01')).toBe(0)
  })

  test('is counted from the start as well, if nothing is left', async () => {
    await sum('2026-01-10')
    await makeEditions(pool, '2026-02-01', 'now')
    await rebuildStatistics(pool)
    expect([await makeEditions(pool, '2026-02-01', 'now'), await lists('2026-01', '2026-02-01')]).toEqual([1, 0])
  })
})

describe('the first edition', () => {
  test('waits until nothing more comes', async () => {
    await sum('2026-01-10')
    expect(await makeEditions(pool, '2026-02-01')).toBe(0)
    await quiet()
    await count('2026-02-01')
    await sumAll(pool, () => '2026-02-01') // of a month that goes on
    expect(await makeEditions(pool, '2026-02-01')).toBe(1)
  })

  test('waits no longer than five minutes', async () => {
    await sum('2026-01-10')
    await pool.query(`update trade_statistics_year set since = now() - interval '301 seconds'`)
    expect(await makeEditions(pool, '2026-02-01')).toBe(1)
  })
})

test('what is in the tables of editions is what is told: no group is small, and goods of few lists are not there', async () => {
  for (const day of ['2025-01-10', '2025-02-10', '2025-03-10']) {
    for (const goods of ['3924100000', '6109100010', '6911101900', '6912001000', '9503008900']) await count(day, goods)
  }
  await count('2025-03-10', '0101210010', sellers.slice(0, 1))
  await sumAll(pool)
  expect(await makeEditions(pool, '2026-01-01', 'now')).toBe(1)
  const { rows } = await pool.query<{ told: string }>('select told from trade_edition_part')
  const groups = rows.flatMap(({ told }) =>
    Object.values((JSON.parse(told) as { groups: Record<string, { key: string; lists: number }[]> }).groups).flat(),
  )
  expect(Math.min(...groups.map((group) => group.lists))).toBe(6)
  const keys = [...new Set(groups.map(({ key }) => key))].sort()
  // With what is small, others are left out: it is not the total less what is told, in no month.
  expect(keys.filter((key) => /^(01|39|61|69|95)/.test(key))).toEqual([
    ...['61', '6109', '6109100010', '69', '6911', '6911101900', '6912', '6912001000', '95', '9503', '9503008900'],
  ])
})

test('what changes while one is made at once is told the next day', async () => {
  await sum('2026-01-10')
  await pool.query(`
    create function changes() returns trigger language plpgsql as
      $$ begin update trade_statistics_year set changes = changes + 1; return null; end $$;
    create trigger changes after insert or update on trade_edition for each statement execute function changes()`)
  const counts = [await makeEditions(pool, '2026-02-01', 'now'), await makeEditions(pool, '2026-02-01')]
  await pool.query('drop function changes cascade')
  expect([...counts, await makeEditions(pool, '2026-02-02')]).toEqual([1, 0, 1])
})

test('an edition is of one moment, whatever comes while it is made', async () => {
  await sum('2026-01-10')
  const client = await pool.connect()
  await client.query('begin; lock table trade_edition_part in access exclusive mode')
  const making = makeEditions(pool, '2026-02-01', 'now')
  const waits = `select from pg_locks where not granted and relation = 'trade_edition_part'::regclass`
  expect(await waitUntil(async () => (await pool.query(waits)).rowCount === 1, 20_000)).toBe(true)
  await sum('2026-01-11')
  await client.query('commit')
  client.release()
  expect([await making, await lists('2026-01', '2026-02-01')]).toEqual([1, 6])
  // What came is told by the next one.
  expect([await makeEditions(pool, '2026-02-02'), await lists('2026-01', '2026-02-02')]).toEqual([1, 12])
})

test('a hub whose clock is behind takes nothing back', async () => {
  await sum('2026-01-10')
  await makeEditions(pool, '2026-02-01', 'now')
  await sum('2025-12-10')
  await sum('2026-01-11')
  expect([await makeEditions(pool, '2026-01-31', 'now'), await lists('2026-01', '2026-02-01')]).toEqual([1, 6])
})

test('two processes make one', async () => {
  await sum('2026-01-10')
  const counts = await Promise.all([makeEditions(pool, '2026-02-01', 'now'), makeEditions(pool, '2026-02-01', 'now')])
  expect(counts.toSorted()).toEqual([0, 1])
})

describe('a running hub', () => {
  test('makes what is due in a thread, and ends in the middle of it', async () => {
    await sum('2025-01-10')
    await quiet()
    const failures: unknown[] = []
    const making = startEditions({ pool, connection }, (error) => failures.push(error), pilotZones, 20)
    expect(await waitUntil(async () => (await lists('2025', dayOf(new Date()))) === 6, 20_000)).toBe(true)
    // The next one waits for this lock, as for another process.
    const client = await pool.connect()
    await client.query('begin; lock table trade_edition in share row exclusive mode')
    await client.query(`update trade_edition set made_on = '2026-01-01', changes = -1`)
    await client.query('commit; begin; lock table trade_edition in share row exclusive mode')
    const waits = `select from pg_locks where not granted and relation = 'trade_edition'::regclass`
    expect(await waitUntil(async () => (await pool.query(waits)).rowCount === 1, 20_000)).toBe(true)
    await making.close()
    await client.query('rollback')
    client.release()
    expect([failures, await makeEditions(pool, dayOf(new Date()))]).toEqual([[], 1])
  })

  test('says what went wrong, and tries again', async () => {
    await sum('2025-01-10')
    await quiet()
    const failures: unknown[] = []
    const making = startEditions(
      { pool, connection: { ...connection, database: 'nowhere' } },
      (error) => failures.push(error),
      pilotZones,
      20,
    )
    expect(await waitUntil(() => failures.length > 1, 20_000)).toBe(true)
    await making.close()
    expect(String(failures[0])).toBe('error: database "nowhere" does not exist')
  })
})
