import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase, type OpenDatabase } from '../store/database.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { FaultProxy } from './support/fault-proxy.ts'

/** A database that takes what it is asked and never answers, as where a connection is lost and nobody says so. */

let database: FreshDatabase
let proxy: FaultProxy
let opened: OpenDatabase

beforeEach(async () => {
  database = await freshDatabase()
  const { host, user, database: name } = database.connection
  proxy = await FaultProxy.start({ path: `${host}/.s.PGSQL.5432` }, { protocol: 'postgres', certificates: null })
  opened = await openDatabase({ databaseUrl: `postgres://${user}@127.0.0.1:${proxy.port}/${name}`, poolSize: 1 })
})

afterEach(async () => {
  await opened.stop()
  await proxy.close()
  await database.drop()
})

const ways: [string, () => Promise<unknown>][] = [
  ['the pool', () => opened.pool.query('select 1')],
  ['Kysely', () => opened.db.selectFrom('sharing_epoch').select('epoch').execute()],
  [
    'a transaction of Kysely',
    () => opened.db.transaction().execute((tx) => tx.selectFrom('sharing_epoch').select('epoch').execute()),
  ],
]

test.each(ways)('a query by %s ends, and its connection is given to no other', async (_name, ask) => {
  await ask()
  await proxy.set('hangs')
  const before = performance.now()
  const failed = ask()
  await expect(failed).rejects.toThrow(/timeout|given up/)
  expect(performance.now() - before).toBeLessThan(10_000)
  await proxy.set(null)
  // There is one connection in this pool: had it been kept, this would wait for ever behind the other.
  await ask()
})
