/** How much of a ledger is read for a page of it: what is on the page, not what others asked. */
import { randomUUID } from 'node:crypto'
import { Kysely, PostgresDialect, type CompiledQuery } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LedgerReader } from '../rules/ledger-scope.ts'
import { auditPlan } from '../store/audit-record.ts'
import { createLedger, type LedgerFilter } from '../store/ledger-query.ts'
import type { Database } from '../store/schema.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'

let database: FreshDatabase
let db: Kysely<Database>
const queries: CompiledQuery[] = []
beforeAll(async () => {
  database = await freshDatabase()
  db = new Kysely<Database>({
    dialect: new PostgresDialect({ pool: database.pool }),
    log: ({ query }) => void queries.push(query),
  })
  const plans = ['market.registration', 'postal.shipments', 'tax.refunds'].map((item) =>
    auditPlan({ 'A.b': { item, outcomes: [{ effect: 'ALLOW', rule: 'open' }], denied: 'no-grant' } }),
  )
  const [market, postal, tax] = plans.map(({ hash }) => hash)
  for (const { hash, text } of plans) await database.pool.query('insert into audit_plan values ($1, $2)', [hash, text])
  // 20000 records of others about others; tax asked 40 times, and customs 40 times about data of tax.
  await database.pool.query(
    `insert into audit_record (chain, sequence, recorded_at, request_id, department, subjects, plan, record, hash)
     select $1, n, now() - n * interval '1 second', 'r-' || n, department, '{91350102MYE0000341}', plan,
       json_build_object('at', '', 'request', 'r-' || n, 'department', department, 'subjects',
         array['91350102MYE0000341'], 'mandated', array[]::text[], 'action', 'query', 'outcome', 'answered')::text, ''
     from generate_series(1, 20000) as n, lateral (
       select case n % 500 when 1 then 'tax' when 2 then 'customs' else (array['market', 'postal'])[1 + n % 2] end,
         case n % 500 when 1 then $2 when 2 then $4 else (array[$2, $3])[1 + n % 2] end
     ) as given (department, plan)`,
    [randomUUID(), market, postal, tax],
  )
  await database.pool.query('analyze audit_record, audit_plan')
})
afterAll(() => database.drop())

interface Node {
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: Node[]
}
/** Rows of the ledger that a plan of the database went over. */
const readBy = ({ Plans = [], ...node }: Node): number =>
  (node['Relation Name'] === 'audit_record'
    ? (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
    : 0) + Plans.map(readBy).reduce((sum, rows) => sum + rows, 0)

/** The requests of all pages, and the most rows of the ledger that were gone over for one of them. */
async function walked(reader: Partial<LedgerReader>, filter: LedgerFilter): Promise<{ ids: string[]; most: number }> {
  const open = createLedger(db, { tellable: () => new Set(), investigations: [], delayDays: 30 })
  const ledger = open({ department: 'tax', roles: ['officer'], mandate: new Set(), ...reader })
  const ids: string[] = []
  let most = 0
  for (let after: string | null = null, more = true; more;) {
    queries.length = 0
    const found = await ledger.page(filter, 10, after)
    ids.push(...found.items.map(({ item }) => item.requestId))
    ;({ more } = found)
    after = found.items.at(-1)?.key ?? null
    for (const { sql, parameters } of [...queries]) {
      const { rows } = await database.pool.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
        `explain (analyze, timing off, format json) ${sql}`,
        [...parameters],
      )
      most = Math.max(most, readBy((rows[0]?.['QUERY PLAN'][0] as { Plan: Node }).Plan))
    }
  }
  return { ids, most }
}

const every = (rest: readonly number[]): string[] =>
  Array.from({ length: 20_000 }, (_, n) => n + 1)
    .filter((n) => rest.includes(n % 500))
    .map((n) => `r-${n}`)

// A page of 10 takes 11 of each branch, in reading order and once more for their text; by item, all 40 that tax asked.
const few = 75

test.each([
  ['a department that asks little and whose data few read', {}, {}, [1, 2]],
  ['its own requests', { department: 'tax' }, {}, [1]],
  ["others' requests about its data, by item", {}, { item: 'tax.refunds' }, [2]],
  ['the auditor, by item', { department: 'authority', roles: ['auditor'] }, { item: 'tax.refunds' }, [2]],
  ['the auditor, by department', { department: 'authority', roles: ['auditor'] }, { department: 'tax' }, [1]],
] satisfies [string, Partial<LedgerReader>, LedgerFilter, number[]][])('%s', async (what, reader, filter, rest) => {
  const given = what === 'its own requests' ? { department: 'tax' } : filter
  const { ids, most } = await walked(reader, given)
  expect(ids).toEqual(every(rest))
  expect(most).toBeLessThanOrEqual(few)
})
