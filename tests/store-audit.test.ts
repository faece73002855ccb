/** Group commit: longer than 300 lines with each way in which a database can fail under it. */
import { sql } from 'kysely'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAuditLog, type AuditEntry } from '../store/audit.ts'
import { auditPlan, genesis, linkHash } from '../store/audit-record.ts'
import { openDatabase } from '../store/database.ts'
import { waitUntil } from '../store/engine/process.ts'
import { StoreError } from '../store/errors.ts'
import { decisionsOf, recordsOf, testSigner, type Recorded } from './support/audit.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'

const signer = await testSigner()
let database: FreshDatabase

beforeEach(async () => {
  database = await freshDatabase()
})

afterEach(() => database.drop())

const plan = auditPlan({
  'Credit.grade': { item: 'tax.grade', outcomes: [{ effect: 'ALLOW', rule: 'grant:1' }], denied: 'row' },
})

const entry = (requestId: string, change: Partial<AuditEntry> = {}): AuditEntry => ({
  requestId,
  department: 'customs',
  subject: 'officer-7',
  roles: ['officer'],
  purpose: 'clearance',
  action: 'query',
  operationName: 'Overview',
  documentHash: 'a3f5',
  policyVersion: '17',
  plan,
  subjects: ['91350200MA31ABCD12'],
  mandated: [],
  departmentsCalled: { tax: 1 },
  outcome: 'answered',
  errorCodes: [],
  durationMs: 12.5,
  ...change,
})

test('a record is there, whole, when record() resolves; with its plan, and linked to the one before', async () => {
  const log = createAuditLog(database.pool, signer, [{ chain: 'earlier', sequence: 3, hash: 'abc' }])
  await log.record(entry('r-1'))
  await log.record(
    entry('r-2', {
      department: null,
      subject: null,
      roles: [],
      purpose: null,
      action: 'refused',
      operationName: null,
      documentHash: null,
      policyVersion: null,
      plan: null,
      subjects: [],
      departmentsCalled: {},
      outcome: 'refused',
      errorCodes: ['UNAUTHENTICATED'],
      details: { why: 'no token' },
    }),
  )
  const rows = await database.db.selectFrom('audit_record').selectAll().orderBy('sequence').execute()
  const [first, second, third] = rows.map(({ record, ...columns }) => ({
    ...columns,
    ...(JSON.parse(record) as Recorded),
  }))
  const chain = log.head()?.chain ?? ''
  const nobody = {
    department: null,
    subject: null,
    roles: [],
    purpose: null,
    operation: null,
    document: null,
    policyVersion: null,
    plan: null,
    subjects: [],
    mandated: [],
    calls: {},
  }
  expect(first).toEqual({
    ...lasting(first),
    ...nobody,
    chain,
    sequence: '1',
    request: first?.request_id,
    action: 'chain',
    outcome: 'answered',
    errors: [],
    microseconds: 0,
    details: { after: [{ chain: 'earlier', sequence: 3, hash: 'abc' }] },
  })
  expect(second).toEqual({
    ...lasting(second),
    chain,
    sequence: '2',
    request_id: 'r-1',
    request: 'r-1',
    department: 'customs',
    subject: 'officer-7',
    roles: ['officer'],
    purpose: 'clearance',
    action: 'query',
    operation: 'Overview',
    document: 'a3f5',
    policyVersion: '17',
    plan: plan.hash,
    subjects: ['91350200MA31ABCD12'],
    mandated: [],
    calls: { tax: 1 },
    outcome: 'answered',
    errors: [],
    microseconds: 12_500,
  })
  expect(third).toEqual({
    ...lasting(third),
    ...nobody,
    chain,
    sequence: '3',
    request_id: 'r-2',
    request: 'r-2',
    action: 'refused',
    outcome: 'refused',
    errors: ['UNAUTHENTICATED'],
    microseconds: 12_500,
    details: { why: 'no token' },
  })
  expect(await database.db.selectFrom('audit_plan').selectAll().execute()).toEqual([
    { hash: plan.hash, plan: plan.text },
  ])
  expect(await database.db.selectFrom('audit_chain').select(['chain', 'suite']).execute()).toEqual([
    { chain, suite: 'SHA256-Ed25519' },
  ])
  let previous = genesis
  for (const { sequence, hash, record } of rows) {
    previous = linkHash('SHA256-Ed25519', { chain, sequence: Number(sequence), previous, record })
    expect(hash?.toString('hex')).toBe(previous)
  }
  expect(log.head()).toEqual({ chain, sequence: 3, hash: previous })
})

/** What differs from run to run, checked for its kind. */
function lasting(row: { recorded_at: Date; at: string; request_id: string; hash: Buffer | null } | undefined) {
  expect(row?.recorded_at.toISOString()).toBe(row?.at)
  return { recorded_at: row?.recorded_at, at: row?.at, request_id: row?.request_id, hash: row?.hash }
}

test('many records at a time share few commits and keep their order', async () => {
  const log = createAuditLog(database.pool, signer, [])
  const ids = Array.from({ length: 2_000 }, (_, index) => `r-${index}`)
  await Promise.all(ids.map((id) => log.record(entry(id))))

  expect(await written()).toEqual(ids)
  const { rows } = await sql<{ commits: number; chains: number; last: number }>`
    select count(distinct xmin::text)::int as commits, count(distinct chain)::int as chains,
           max(sequence)::int as last from audit_record`.execute(database.db)
  expect(rows).toEqual([{ commits: 4, chains: 1, last: 2_001 }])
})

test.each(['update audit_record set record = null', 'delete from audit_record', 'truncate audit_record'])(
  'the log only grows: %s is refused',
  async (statement) => {
    await createAuditLog(database.pool, signer, []).record(entry('r-1'))
    const verb = statement.split(' ')[0]?.toUpperCase()
    await expect(database.pool.query(statement)).rejects.toMatchObject({
      code: '42501',
      message: `audit_record is append-only: ${verb} refused`,
    })
    expect(await written()).toEqual(['r-1'])
  },
)

test('text that PostgreSQL cannot hold is written with a mark in its place', async () => {
  const log = createAuditLog(database.pool, signer, [])
  const operationName = 'a\0b\ud800c\\u0000d\\\0e😀'
  const odd = auditPlan({ 'A.\0': { item: 'a', outcomes: [], denied: '\udfff' } })
  await log.record(entry('r-1', { operationName, plan: odd, subjects: ['\0'] }))
  const [record] = await recordsOf(database.db, 'r-1')
  expect([record?.operation, record?.subjects, await decisionsOf(database.db, 'r-1')]).toEqual([
    'a\ufffdb\ufffdc\\u0000d\\\ufffde😀',
    ['\ufffd'],
    { 'A.\ufffd': { item: 'a', outcomes: [], denied: '\ufffd' } },
  ])
})

test('an entry that cannot be written does not take its neighbours with it, and leaves no gap', async () => {
  const log = createAuditLog(database.pool, signer, [])
  const ids = Array.from({ length: 9 }, (_, index) => `r-${index}`)
  const outcomes = await Promise.all(
    ids.map((id) => outcomeOf(log.record(entry(id, id === 'r-4' ? { durationMs: Number.NaN } : {})))),
  )
  const unwritten =
    'AUDIT_UNAVAILABLE: An audit record could not be written: check the database before serving guarded data.'
  expect(outcomes).toEqual(ids.map((id) => (id === 'r-4' ? unwritten : 'durable')))
  expect(await written()).toEqual(ids.filter((id) => id !== 'r-4'))
  const { rows } = await sql`select array_agg(sequence::int order by sequence) as numbers from audit_record`.execute(
    database.db,
  )
  expect(rows).toEqual([{ numbers: [1, 2, 3, 4, 5, 6, 7, 8, 9] }])
})

test('a log that cannot write in time rejects; what comes later begins a new chain', async () => {
  const log = createAuditLog(database.pool, signer, [], { deadline: 200 })
  await log.record(entry('before'))
  const blocker = await database.pool.connect()
  await blocker.query('begin; lock table audit_record in share mode')
  const late = await outcomeOf(log.record(entry('late')))
  await blocker.query('rollback')
  blocker.release()
  await eventually(() => log.record(entry('after')))
  await log.close()

  expect(late).toMatch(
    /^AUDIT_UNAVAILABLE: An audit record (was not durable within 200 ms|could not be written): check/,
  )
  const { rows } = await sql<{ requests: string[]; numbers: number[] }>`
    select array_agg(request_id order by sequence) as requests, array_agg(sequence::int order by sequence) as numbers
    from audit_record where request_id <> 'late' and sequence > 1
    group by chain order by min(recorded_at)`.execute(database.db)
  expect(rows).toEqual([
    { requests: ['before'], numbers: [2] },
    { requests: ['after'], numbers: [2] },
  ])
})

test('who waits behind a statement that hangs has a deadline of its own', async () => {
  const log = createAuditLog(database.pool, signer, [], { deadline: 300 })
  await log.record(entry('before'))
  const blocker = await database.pool.connect()
  await blocker.query('begin; lock table audit_record in share mode')
  const first = outcomeOf(log.record(entry('first')))
  const isStuck = async (): Promise<boolean> =>
    (
      await blocker.query(
        'select from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())',
      )
    ).rowCount === 1
  expect(await waitUntil(isStuck, 10_000)).toBe(true)
  const second = outcomeOf(log.record(entry('second')))
  await first
  // The statement that it would have been in would be given up by its own deadline, which began later.
  expect(await second).toMatch(/^AUDIT_UNAVAILABLE: An audit record was not durable within 300 ms: check/)
  await blocker.query('rollback')
  blocker.release()
  await eventually(() => log.record(entry('after')))
  await log.close()
})

test('a full queue and a closed log reject at once', async () => {
  const log = createAuditLog(database.pool, signer, [], { queue: 3 })
  const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map((id) => outcomeOf(log.record(entry(id)))))
  await log.close()
  outcomes.push(await outcomeOf(log.record(entry('e'))))
  const advice = 'check the database before serving guarded data.'
  expect(outcomes).toEqual([
    'durable',
    'durable',
    'durable',
    `AUDIT_UNAVAILABLE: An audit record found 3 others waiting: ${advice}`,
    `AUDIT_UNAVAILABLE: An audit record came after the log was closed: ${advice}`,
  ])
  expect(await written()).toEqual(['a', 'b', 'c'])
})

test('close() waits for what was recorded before it', async () => {
  const log = createAuditLog(database.pool, signer, [])
  const records = ['a', 'b'].map((id) => log.record(entry(id)))
  await log.close()
  expect(await written()).toEqual(['a', 'b'])
  await Promise.all(records)
})

test('PostgreSQL is killed: records are rejected, it comes back by itself, and nothing durable is lost', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'hutong-audit-'))
  await chmod(dataFolder, 0o755)
  const own = await openDatabase({ dataFolder })
  const log = createAuditLog(own.pool, signer, [], { deadline: 500 })
  await log.record(entry('before'))
  process.kill(
    Number((await readFile(join(dataFolder, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]),
    'SIGKILL',
  )
  let rejections = 0
  const kept = ['before']
  await waitUntil(async () => {
    const id = `r-${kept.length + rejections}`
    const outcome = await outcomeOf(log.record(entry(id)))
    if (outcome === 'durable') kept.push(id)
    else rejections += 1
    return rejections > 0 && outcome === 'durable'
  }, 20_000)
  const rows = await own.db.selectFrom('audit_record').select('request_id').orderBy('recorded_at').execute()
  await log.close()
  await own.stop()
  const again = await openDatabase({ dataFolder })
  const reopened = await again.db.selectFrom('audit_record').select('request_id').orderBy('recorded_at').execute()
  await again.stop()
  await rm(dataFolder, { recursive: true })

  expect(rejections).toBeGreaterThan(0)
  expect(rows.map((row) => row.request_id).filter((id) => kept.includes(id))).toEqual(kept)
  expect(reopened).toEqual(rows)
})

/** The request ids in the log, in the order of a chain. */
async function written(): Promise<string[]> {
  return (await recordsOf(database.db)).map(({ request }) => request)
}

async function outcomeOf(recording: Promise<void>): Promise<string> {
  try {
    await recording
    return 'durable'
  } catch (error) {
    if (error instanceof StoreError) return `${error.code}: ${error.message}`
    throw error
  }
}

async function eventually(attempt: () => Promise<void>): Promise<void> {
  const succeeded = await waitUntil(async () => (await outcomeOf(attempt())) === 'durable', 10_000)
  if (!succeeded) throw new Error('it never succeeded')
}
