import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../store/database.ts'
import { StoreError } from '../store/errors.ts'
import type { Grant } from '../rules/grant.ts'
import { findGrant, loadGrants, seedGrants } from '../store/grants.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'

let database: FreshDatabase

beforeEach(async () => {
  database = await freshDatabase()
})

afterEach(() => database.drop())

const grant = (id: string, change: Partial<Grant> = {}): Grant => ({
  id,
  reader: 'tax',
  item: 'customs.declarations',
  coordinates: ['Declaration.number'],
  purpose: 'refund-review',
  divisions: ['3502'],
  full: false,
  requiresMandate: true,
  validFrom: null,
  validTo: new Date('2027-01-01T00:00:00Z'),
  state: 'ACTIVE',
  dailySubjects: 7,
  mode: 'API',
  application: null,
  ...change,
})

test('a database of the operator is opened by its address, by several hubs at once', async () => {
  const opened = await Promise.all([1, 2, 3].map(() => openDatabase({ databaseUrl: database.url })))
  await Promise.all(opened.map(({ db }, index) => seedGrants(db, [grant(`g-${index}`)])))
  for (const each of opened) await each.stop()
  expect((await loadGrants(database.db)).grants).toHaveLength(1)
})

test('a database that does not exist gives one sentence', async () => {
  const databaseUrl = database.url.replace(database.connection.database, 'nowhere')
  const refusal = await openDatabase({ databaseUrl }).then(
    () => null,
    (error: unknown) => (error instanceof StoreError ? { code: error.code, message: error.message } : error),
  )
  expect(refusal).toEqual({
    code: 'DATABASE_REFUSED',
    message: `The database server at ${database.connection.host} has no database "nowhere": check DATABASE_URL and the server.`,
  })
})

test('grants are seeded once, come back as they were, and their version follows their content', async () => {
  const grants = [grant('a'), grant('b', { coordinates: null, divisions: [], full: true, validTo: null })]
  const empty = await loadGrants(database.db)
  const seeded = await Promise.all([1, 2, 3].map(() => seedGrants(database.db, grants.toReversed())))
  const first = await loadGrants(database.db)
  const second = await loadGrants(database.db)
  await database.db.updateTable('sharing_grant').set({ full: true }).where('id', '=', 'a').execute()
  const changed = await loadGrants(database.db)

  expect(empty.grants).toEqual([])
  expect(seeded.sort()).toEqual([false, false, true])
  expect(first.grants).toEqual(grants)
  expect(second).toEqual(first)
  expect(changed.grants).toEqual([grant('a', { full: true }), grants[1]])
  expect(new Set([empty.version, first.version, changed.version]).size).toBe(3)
})

test('a grant that says nothing that can be read is none, and stops no other', async () => {
  await seedGrants(database.db, [grant('a'), grant('b'), grant('c')])
  const before = await loadGrants(database.db)
  const set = (id: string, coordinates: string[]) =>
    database.db.updateTable('sharing_grant').set({ coordinates }).where('id', '=', id).execute()
  await set('a', ['nonsense'])
  await set('c', ['Declaration.number', 'a.b.c'])
  const after = await loadGrants(database.db)
  expect([after.grants, after.unreadable.toSorted()]).toEqual([[grant('b')], ['a', 'c']])
  expect(after.version).not.toBe(before.version)
  expect(await database.db.transaction().execute((tx) => findGrant(tx, 'a'))).toBe(null)
})

test('docs/operating.md: nothing but what PostgreSQL has by itself, and statistics that can be distributed by city', async () => {
  const { rows } = await database.pool.query('select extname from pg_extension')
  expect(rows).toEqual([{ extname: 'plpgsql' }])
  const languages = await database.pool.query<{ lanname: string }>(
    `select distinct lanname from pg_proc join pg_language on pg_language.oid = prolang
     where pronamespace = 'public'::regnamespace order by 1`,
  )
  expect(languages.rows.filter(({ lanname }) => !['sql', 'plpgsql'].includes(lanname))).toEqual([])
  const keys = await database.pool.query<{ table: string; columns: string }>(
    `select indrelid::regclass::text as table, array_to_string(array(
       select attname from unnest(indkey) as of (number) join pg_attribute on attrelid = indrelid and attnum = number), ' ') as columns
     from pg_index where indisunique
       and indrelid in ('trade_statistics'::regclass, 'trade_statistics_year'::regclass, 'trade_edition'::regclass, 'trade_edition_part'::regclass)
     order by 1`,
  )
  expect(keys.rows.map(({ table, columns }) => [table, columns.split(' ').includes('city')])).toEqual([
    ['trade_edition', true],
    ['trade_edition_part', true],
    ['trade_statistics', true],
    ['trade_statistics_year', true],
  ])
})
