/** What is done in one transaction, and what becomes of it where it fails. */
import type pg from 'pg'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../store/transaction.ts'
import { freshDatabase } from './support/database.ts'

const database = await freshDatabase()
const { pool } = database
await pool.query('create table kept (value text)')
beforeEach(() => pool.query('truncate kept'))
afterAll(() => database.drop())

/** Which connection answers. */
const backendOf = async (client: Pick<pg.Pool, 'query'>): Promise<number | undefined> =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid
const kept = async (): Promise<string[]> =>
  (await pool.query<{ value: string }>('select value from kept')).rows.map(({ value }) => value)

test('is there when it resolves, from its beginning on, and the connection serves the next', async () => {
  const done = await inTransaction(
    pool,
    async (client) => {
      await client.query(`insert into kept values ('second')`)
      return backendOf(client)
    },
    `begin; insert into kept values ('first')`,
  )
  expect(await kept()).toEqual(['first', 'second'])
  expect(await backendOf(pool)).toBe(done)
})

test('is undone where it fails, with its locks, before whoever waits is told; the connection serves nobody', async () => {
  const failure = new Error('It fails.')
  let failed: number | undefined
  const work = inTransaction(pool, async (client) => {
    await client.query(`select pg_advisory_xact_lock(1); insert into kept values ('gone')`)
    failed = await backendOf(client)
    throw failure
  })
  await expect(work).rejects.toBe(failure)
  const { rows } = await pool.query('select pg_try_advisory_xact_lock(1) as free')
  expect([rows, await kept()]).toEqual([[{ free: true }], []])
  expect([typeof failed, (await backendOf(pool)) === failed]).toEqual(['number', false])
})

test('says why it failed where the connection is lost', async () => {
  const work = inTransaction(pool, (client) => client.query('select pg_terminate_backend(pg_backend_pid())'))
  await expect(work).rejects.toMatchObject({ code: '57P01' })
  expect(pool.totalCount).toBe(0)
})
