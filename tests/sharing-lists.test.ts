/** Lists of matters as they grow: a page costs what is on it, whoever else has matters, and a department has few drafts. */
import { randomUUID } from 'node:crypto'
import { Kysely, PostgresDialect } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { List } from '../rules/page.ts'
import { createCatalogueMatters } from '../store/sharing/catalogue-service.ts'
import { openCatalogue } from '../store/sharing/catalogue-opening.ts'
import { createCorrections } from '../store/sharing/correction-service.ts'
import type { Caller } from '../store/sharing/matters.ts'
import { createSharing } from '../store/sharing/service.ts'
import { createUseRecords } from '../store/sharing/use-record-service.ts'
import type { Database } from '../store/schema.ts'
import { runHub, type Persona, type Running } from './support/harness.ts'

let running: Running
/** Statements that went to the database. */
const statements: string[] = []
let db: Kysely<Database>
beforeAll(async () => {
  running = await runHub()
  const { pool } = running.database
  db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void statements.push(query.sql),
  })
  // 230 each between commerce and market, and 5 between postal and market; two steps to a matter.
  await pool.query(
    `insert into application (id, consumer, provider, item, purpose, basis, scenario, scope, divisions, "full", mode,
       valid_to, state, submitted_at, created_at)
     select 'a-' || n, case when n <= 5 then 'postal' else 'commerce' end, 'market', 'market.legalRepresentative', 'p',
       'b', 's', 's', '{}', false, 'API', now() + interval '1 year',
       'SUBMITTED', now(), now() - n * interval '1 minute'
     from generate_series(1, 235) as n`,
  )
  await pool.query(
    `insert into sharing_grant (id, reader, item, coordinates, purpose, application)
     select 'application:a-' || n, case when n <= 5 then 'postal' else 'commerce' end, 'market.legalRepresentative',
       case when n = 7 then '{no field}'::text[] end, 'p', 'a-' || n
     from generate_series(1, 235) as n`,
  )
  await pool.query(
    `insert into correction (id, consumer, provider, item, coordinate, uscc, reason, state, disputed_at)
     select 'c-' || n, case when n <= 5 then 'postal' else 'commerce' end, 'market', 'market.registration',
       'MarketRegistration.name', 'u-' || n, 'r', 'DISPUTED', now() - n * interval '1 minute'
     from generate_series(1, 235) as n`,
  )
  await pool.query(
    `insert into use_record (id, grant_id, reader, provider, subject, scenario, process, effect, storage, used_from,
       used_to, recorded_at)
     select 'u-' || n, 'application:a-' || n, case when n <= 5 then 'postal' else 'commerce' end, 'market', 's', 's',
       'p', 'e', 's', now(), now(), now() - n * interval '1 minute'
     from generate_series(1, 235) as n`,
  )
  await pool.query(
    `insert into matter_step (kind, matter, action, department, subject, from_state, to_state, article)
     select kind, matter, step, 'commerce', 's', null, 'X', 20
     from generate_series(1, 235) as n, unnest(array['one', 'two']) as step,
       unnest(array['application', 'grant', 'correction'], array['a-', 'application:a-', 'c-']) as of (kind, prefix),
       lateral (select prefix || n as matter) as named`,
  )
})
afterAll(() => running.stop())

const item = () => ({
  id: 'market.legalRepresentative',
  provider: 'market',
  sharing: 'CONDITIONAL' as const,
  answeredAs: 'CONDITIONAL' as const,
  sharingModes: ['API' as const],
  legalBasis: null,
  coordinates: [],
})
const steward = (department: Caller['department']): Caller => ({ department, subject: 'one', roles: ['steward'] })
const note = () => undefined
const lists = (caller: Caller): Record<string, List<{ id: string }>> => {
  const parts = { db, refresh: async () => undefined, item }
  return {
    applications: createSharing(parts)(caller, note).applications({}),
    overdue: createSharing(parts)(caller, note).applications({ overdue: false }),
    grants: createSharing(parts)(caller, note).grants({}),
    corrections: createCorrections(parts)(caller, note, () => null).corrections({}),
    useRecords: createUseRecords(parts)(caller, note).useRecords(null),
    catalogueChanges: createCatalogueMatters({ ...parts, sections: [] })(caller, note).changes(),
  }
}
/** Rows on the page, whether there are more, and the statements that it took. */
const cost = async (list: List<unknown>, first: number): Promise<[number, boolean, number]> => {
  const before = statements.length
  const { items, more } = await list.page(first, null)
  return [items.length, more, statements.length - before]
}

test('a page takes the same few statements however long it is, and none for counting', async () => {
  const all = lists(steward('market'))
  const counted: Record<string, unknown> = {}
  for (const [name, list] of Object.entries(all)) counted[name] = [await cost(list, 1), await cost(list, 100)]
  const few = (count: number) => [
    [1, true, count],
    [100, true, count],
  ]
  expect(counted).toEqual({
    applications: few(3),
    overdue: few(4),
    grants: few(3),
    corrections: few(3),
    useRecords: few(2),
    // The development catalogue as it was first published.
    catalogueChanges: [
      [1, false, 3],
      [1, false, 3],
    ],
  })
})

test('a caller is shown and told of what it has a part in, every one once, newest first', async () => {
  const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)
  const walked = async (list: List<{ id: string }>): Promise<number[]> => {
    const ids: string[] = []
    for (let after: string | null = null; ;) {
      const { items, more } = await list.page(100, after)
      ids.push(...items.map(({ item: { id } }) => id))
      after = items.at(-1)?.key ?? null
      if (!more) return ids.map((id) => Number(id.replace(/^.*-/, '')))
    }
  }
  for (const [caller, wanted] of [
    [steward('commerce'), numbers(6, 235)],
    [steward('postal'), numbers(1, 5)],
    [steward('market'), numbers(1, 235)],
    [{ department: 'authority', subject: 'one', roles: ['auditor'] }, numbers(1, 235)],
    [{ department: 'commerce', subject: 'one', roles: [] }, []],
    [{ department: 'authority', subject: 'one', roles: [] }, []],
    [steward('operations'), []],
  ] satisfies [Caller, number[]][]) {
    const { applications, overdue, corrections, useRecords, grants } = lists(caller)
    for (const list of [applications, overdue, corrections, useRecords]) {
      expect([await walked(list as List<{ id: string }>), await list?.count()]).toEqual([wanted, wanted.length])
    }
    // By their ids, without development's own and without the one that cannot be read.
    const held = wanted.filter((n) => n !== 7)
    const found = await walkedGrants(grants as List<{ id: string }>)
    expect(found).toEqual(held.map((n) => `application:a-${n}`).sort())
  }
})

async function walkedGrants(list: List<{ id: string }>): Promise<string[]> {
  const ids: string[] = []
  for (let after: string | null = null; ;) {
    const { items, more } = await list.page(7, after)
    ids.push(...items.map(({ item: { id } }) => id))
    after = items.at(-1)?.key ?? null
    if (more) continue
    expect(await list.count()).toBe(ids.length)
    return ids.filter((id) => id.startsWith('application:'))
  }
}

test('histories are those of their matters', async () => {
  const { applications, corrections, grants } = lists(steward('postal'))
  for (const list of [applications, corrections, grants]) {
    const { items } = (await list?.page(100, null)) ?? { items: [] }
    const steps = items
      .filter(({ key }) => !key.startsWith('development:'))
      .map(({ item: shown }) =>
        (shown as unknown as { history: { action: string }[] }).history.map(({ action }) => action),
      )
    expect(steps).toEqual(Array.from({ length: 5 }, () => ['one', 'two']))
  }
})

const commerce: Persona = { as: 'commerce', roles: ['steward'] }

test('a page over HTTP, counted where that is asked for', async () => {
  const page = '{ applications(first: 2) { totalCount nodes { id } pageInfo { hasNextPage endCursor } } }'
  const { data } = await running.ask(commerce, page)
  const shown = data?.applications as { pageInfo: { endCursor: string } }
  expect(shown).toEqual({
    totalCount: 230,
    nodes: [{ id: 'a-6' }, { id: 'a-7' }],
    pageInfo: { hasNextPage: true, endCursor: expect.any(String) as string },
  })
  const next = `{ applications(first: 1, after: "${shown.pageInfo.endCursor}") { nodes { id } } }`
  expect((await running.ask(commerce, next)).data).toEqual({ applications: { nodes: [{ id: 'a-8' }] } })
})

test('one request reads few of the lists that all share', async () => {
  const many = (count: number): string =>
    `{ ${Array.from({ length: count }, (_, n) => `l${n}: applications(first: 1) { totalCount }`).join(' ')} }`
  expect((await running.ask(commerce, many(24))).errors).toBeUndefined()
  expect((await running.ask(commerce, many(25))).errors?.map(({ extensions }) => extensions)).toEqual([
    { code: 'LIMIT_EXCEEDED', limit: 'cost', allowed: 50_000, asked: 50_025 },
  ])
})

test('a department has so many drafts and no more, though it begins several at once', async () => {
  const content = { 'market.legalRepresentative': { zh: '法定代表人' } }
  await openCatalogue(db, [{ provider: 'market', content }], { publishFirst: true })
  const customs = createSharing({ db, refresh: async () => undefined, item })(steward('customs'), note)
  const draft = () =>
    customs
      .draftApplication({
        clientMutationId: randomUUID(),
        item: 'market.legalRepresentative',
        coordinates: null,
        purpose: 'clearance',
        basis: '海关法第六条',
        scenario: '通关核对',
        scope: '关税司',
        divisions: [],
        full: false,
        dailySubjects: null,
        mode: 'API',
        validTo: new Date(Date.now() + 100 * 86_400_000),
      })
      .then(
        ({ state }) => state,
        (error: unknown) => (error as Error).message,
      )
  await running.database.pool.query(
    `insert into application (id, consumer, provider, item, purpose, basis, scenario, scope, divisions, "full", mode,
       valid_to, state)
     select 'd-' || n, 'customs', 'market', 'market.legalRepresentative', 'p', 'b', 's', 's', '{}', false, 'API', now(),
       'DRAFTED'
     from generate_series(1, 98) as n`,
  )
  const refused = 'customs has 100 drafts that were not submitted: submit or withdraw one first.'
  const said = await Promise.all([draft(), draft(), draft(), draft()])
  expect(said.sort()).toEqual(['DRAFTED', 'DRAFTED', refused, refused])
  const { applications } = lists(steward('customs'))
  const [newest] = (await applications?.page(1, null))?.items ?? []
  await customs.actOnApplication('withdrawApplication', 'withdraw', {
    clientMutationId: randomUUID(),
    application: newest?.key ?? '',
  })
  expect(await draft()).toBe('DRAFTED')
})
