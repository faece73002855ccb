import { sql } from 'kysely'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAuditLog, type AuditEntry } from '../store/audit.ts'
import { openDatabase } from '../store/database.ts'
import { waitUntil } from '../store/engine/process.ts'
import { StoreError } from '../store/errors.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'

let database: FreshDatabase

beforeEach(async () => {
  database = await freshDatabase()
})

afterEach(() => database.drop())

const entry = (requestId: string, change: Partial<AuditEntry> = {}): AuditEntry => ({
  requestId,
  department: 'customs',
  subject: 'officer-7',
  purpose: 'clearance',
  action: 'query',
  operationName: 'Overview',
  documentHash: 'a3f5',
  coordinates: ['Enterprise.credit', 'Credit.grade'],
  decisions: { 'Credit.grade': { decision: 'ALLOW', rule: 'grant:1' } },
  subjects: ['91350200MA31ABCD12'],
  departmentsCalled: { tax: 1 },
  outcome: 'answered',
  errorCodes: [],
  durationMs: 12.5,
  ...change,
})

test('a record is there, whole, when record() resolves', async () => {
  const log = createAuditLog(database.pool)
  await log.record(entry('r-1'))
  await log.record(
    entry('r-2', {
      department: null,
      subject: null,
      purpose: null,
      action: 'refused',
      operationName: null,
      documentHash: null,
      coordinates: [],
      decisions: {},
      subjects: [],
      departmentsCalled: {},
      outcome: 'refused',
      errorCodes: ['UNAUTHENTICATED'],
    }),
  )
  const rows = await database.db.selectFrom('audit_record').selectAll().orderBy('sequence').execute()
  const { process_id, recorded_at } = rows[0] ?? {}
  expect(rows).toEqual([
    {
      process_id,
      sequence: '1',
      recorded_at,
      request_id: 'r-1',
      department: 'customs',
      subject: 'officer-7',
      purpose: 'clearance',
      action: 'query',
      operation_name: 'Overview',
      document_hash: 'a3f5',
      coordinates: ['Enterprise.credit', 'Credit.grade'],
      decisions: { 'Credit.grade': { decision: 'ALLOW', rule: 'grant:1' } },
      subjects: ['91350200MA31ABCD12'],
      departments_called: { tax: 1 },
      outcome: 'answered',
      error_codes: [],
      duration_ms: 12.5,
      previous_hash: null,
      hash: null,
    },
    {
      process_id,
      sequence: '2',
      recorded_at: rows[1]?.recorded_at,
      request_id: 'r-2',
      department: null,
      subject: null,
      purpose: null,
      action: 'refused',
      operation_name: null,
      document_hash: null,
      coordinates: [],
      decisions: {},
      subjects: [],
      departments_called: {},
      outcome: 'refused',
      error_codes: ['UNAUTHENTICATED'],
      duration_ms: 12.5,
      previous_hash: null,
      hash: null,
    },
  ])
  expect(recorded_at).toBeInstanceOf(Date)
  expect(process_id).toMatch(/^[0-9a-f-]{36}$/)
})

test('many records at a time share few commits and keep their order', async () => {
  const log = createAuditLog(database.pool)
  const ids = Array.from({ length: 2_000 }, (_, index) => `r-${index}`)
  await Promise.all(ids.map((id) => log.record(entry(id))))

  expect(await written()).toEqual(ids)
  const { rows } = await sql<{ commits: number; chains: number; last: number }>`
    select count(distinct xmin::text)::int as commits, count(distinct process_id)::int as chains,
           max(sequence)::int as last from audit_record`.execute(database.db)
  expect(rows).toEqual([{ commits: 4, chains: 1, last: 2_000 }])
})

test.each(['update audit_record set subject = null', 'delete from audit_record', 'truncate audit_record'])(
  'the log only grows: %s is refused',
  async (statement) => {
    await createAuditLog(database.pool).record(entry('r-1'))
    const verb = statement.split(' ')[0]?.toUpperCase()
    await expect(database.pool.query(statement)).rejects.toMatchObject({
      code: '42501',
      message: `audit_record is append-only: ${verb} refused`,
    })
    expect(await written()).toEqual(['r-1'])
  },
)

test('text that PostgreSQL cannot hold is written with a mark in its place', async () => {
  const log = createAuditLog(database.pool)
  const operationName = 'a\0b\ud800c\\u0000d\\\0e😀'
  const decisions = { 'A.\0': { decision: 'DENY', rule: '\udfff' } }
  await log.record(entry('r-1', { operationName, decisions, subjects: ['\0'] }))
  const row = await database.db
    .selectFrom('audit_record')
    .select(['operation_name', 'decisions', 'subjects'])
    .executeTakeFirstOrThrow()
  expect(row).toEqual({
    operation_name: 'a\ufffdb\ufffdc\\u0000d\\\ufffde😀',
    decisions: { 'A.\ufffd': { decision: 'DENY', rule: '\ufffd' } },
    subjects: ['\ufffd'],
  })
})

test('an entry that cannot be written does not take its neighbours with it, and leaves no gap', async () => {
  const log = createAuditLog(database.pool)
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
  expect(rows).toEqual([{ numbers: [1, 2, 3, 4, 5, 6, 7, 8] }])
})

test('a log that cannot write in time rejects; what comes later begins a new chain', async () => {
  const log = createAuditLog(database.pool, { deadline: 200 })
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
    from audit_record where request_id <> 'late' group by process_id order by min(recorded_at)`.execute(database.db)
  expect(rows).toEqual([
    { requests: ['before'], numbers: [1] },
    { requests: ['after'], numbers: [1] },
  ])
})

test('a full queue and a closed log reject at once', async () => {
  const log = createAuditLog(database.pool, { queue: 3 })
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
  const log = createAuditLog(database.pool)
  const records = ['a', 'b'].map((id) => log.record(entry(id)))
  await log.close()
  expect(await written()).toEqual(['a', 'b'])
  await Promise.all(records)
})

test('PostgreSQL is killed: records are rejected, it comes back by itself, and nothing durable is lost', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'hutong-audit-'))
  await chmod(dataFolder, 0o755)
  const own = await openDatabase({ dataFolder })
  const log = createAuditLog(own.pool, { deadline: 500 })
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
  const rows = await database.db.selectFrom('audit_record').select('request_id').orderBy('sequence').execute()
  return rows.map((row) => row.request_id)
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
