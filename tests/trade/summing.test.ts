/** Where sums of the statistics of trade lie. */
import { afterAll, beforeEach, expect, test } from 'vitest'
import { waitUntil } from '../../store/engine/process.ts'
import { rebuildStatistics } from '../../store/trade/statistics-rebuild.ts'
import { ensureMonthsOfDeltas, startSumming, sumAll, sumTaken } from '../../store/trade/summing.ts'
import { openStored } from './stored.ts'

const stored = await openStored()
const { pool } = stored.database
afterAll(() => stored.close())
beforeEach(() => stored.clear())

const today = '2026-11-21'

/** A delta of one list, as a round of matching inserts it. */
async function insertDelta(day: string): Promise<void> {
  const cell = { category: '', key: '3501', currency: '', lists: 1, seconds: 0, amount: 0 }
  const place = { day, city: '3501', office: '3501', district: '', direction: 'import', mode: '9610', time: '' }
  await pool.query('insert into trade_statistics_delta (subject, months, cells) values ($1, $2, $3)', [
    'city',
    [`${day.slice(0, 7)}-01`],
    JSON.stringify([{ ...place, cells: [cell] }]),
  ])
}

/** Makes partitions and sums up in one transaction, as a count from the start does. */
async function sum(): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await ensureMonthsOfDeltas(client, today)
    await sumTaken(client, today)
    await client.query('commit')
  } finally {
    client.release(true)
  }
}

async function placed(): Promise<string[]> {
  const { rows } = await pool.query<{ row: string }>(
    `select concat_ws(' ', grain, day, tableoid::regclass, lists) as row from trade_statistics order by grain, day`,
  )
  return rows.map(({ row }) => row)
}

test('the sum of a year lies in January, whichever month comes first', async () => {
  await insertDelta('2025-11-20')
  await sum()
  expect(await placed()).toEqual([
    'D 2025-11-20 trade_statistics_2025_11 1',
    'M 2025-11-01 trade_statistics_2025_11 1',
    'Y 2025-01-01 trade_statistics_2025_01 1',
  ])
})

test('what lies in the partition for all else stays there, and ends no transaction', async () => {
  await pool.query(`
    insert into trade_statistics select '2026-01-01', 'Y', 'city', '', '3501', '2026-01-01', '3501', '3501', '', 'import',
      '9610', '', '', 1, 0, 0`)
  await insertDelta('2026-01-20')
  await sum()
  expect(await placed()).toEqual([
    'D 2026-01-20 trade_statistics_earlier 1',
    'M 2026-01-01 trade_statistics_earlier 1',
    'Y 2026-01-01 trade_statistics_earlier 2',
  ])
})

test('what takes longer than a statement may is summed up in smaller parts', async () => {
  for (let count = 0; count < 20; count += 1) await insertDelta('2025-11-20')
  // As a statement that takes too long: here it is one of more than three deltas.
  await pool.query(`
    create function take_long() returns trigger language plpgsql as $$ begin
      if (select count(*) from gone) > 3 then raise exception using errcode = '57014'; end if;
      return null;
    end $$;
    create trigger take_long after delete on trade_statistics_delta referencing old table as gone
      for each statement execute function take_long()`)
  const failures: unknown[] = []
  const summing = startSumming(pool, (error) => failures.push(error), 3_600_000)
  await summing.now()
  await summing.close()
  await pool.query('drop function take_long cascade')
  expect(await placed()).toEqual([
    'D 2025-11-20 trade_statistics_2025_11 20',
    'M 2025-11-01 trade_statistics_2025_11 20',
    'Y 2025-01-01 trade_statistics_2025_01 20',
  ])
  expect([failures, (await pool.query('select from trade_statistics_delta')).rowCount]).toEqual([[], 0])
})

test('what a count from the start takes away is not added to it by who sums up meanwhile', async () => {
  await insertDelta('2026-01-20')
  await sum()
  await insertDelta('2026-01-20')
  const client = await pool.connect()
  await client.query('begin; lock table trade_match in share mode')
  const counted = rebuildStatistics(pool)
  const held = async () => (await pool.query('select from pg_locks where not granted')).rowCount ?? 0
  expect(await waitUntil(async () => (await held()) === 1, 4_000)).toBe(true)
  let ended = false
  const summed = sumAll(pool, () => today, 'try').finally(() => (ended = true))
  expect(await waitUntil(async () => ended || (await held()) === 2, 4_000)).toBe(true)
  await client.query('rollback')
  client.release()
  await Promise.all([counted, summed])
  expect(await placed()).toEqual([])
})
