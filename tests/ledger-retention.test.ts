/** Records are kept as long as the law wants; what lets go of them says so on record. */
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLog } from '../hub/log.ts'
import { startRetention, yearsBefore } from '../hub/retention.ts'
import { createAuditLog, type AuditEntry, type AuditLog } from '../store/audit.ts'
import { insertBatch } from '../store/audit-batch.ts'
import { genesis, indexText, linkHash, recordText } from '../store/audit-record.ts'
import { chainHeads } from '../store/ledger-heads.ts'
import { waitUntil } from '../store/engine/process.ts'
import { recordsOf, testSigner } from './support/audit.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { hutong, signalGroup, type Ended } from './support/serve.ts'
import { base, port, ready, stopped } from './support/start.ts'

const signer = await testSigner()
const log = createLog('silent')
let database: FreshDatabase
let audit: AuditLog

beforeEach(async () => {
  database = await freshDatabase()
  audit = createAuditLog(database.pool, signer, await chainHeads(database.pool))
})
afterEach(async () => {
  await audit.close()
  await database.drop()
})

const entry = (requestId: string): AuditEntry => ({
  requestId,
  department: 'customs',
  subject: 'officer-7',
  roles: ['officer'],
  purpose: 'clearance',
  action: 'query',
  operationName: null,
  documentHash: null,
  policyVersion: null,
  plan: null,
  subjects: [],
  mandated: [],
  departmentsCalled: {},
  outcome: 'answered',
  errorCodes: [],
  durationMs: 1,
})

/** Writes a chain as a hub wrote it back then. */
async function writeChain(records: readonly (readonly [string, Date])[]): Promise<string> {
  const chain = randomUUID()
  const texts = records.map(([id, at]) => recordText(entry(id), at))
  const hashes: string[] = []
  for (const [index, record] of texts.entries()) {
    const previous = hashes.at(-1) ?? genesis
    hashes.push(linkHash(signer.suite, { chain, sequence: index + 1, previous, record }))
  }
  const index = records.map(([id, at]) => indexText(entry(id), at))
  const outcome = await insertBatch(
    database.pool,
    { chain, suite: signer.suite, first: 1, index, records: texts, hashes, plans: [] },
    2_000,
  )
  expect(outcome).toBe('committed')
  return chain
}

const said = async (): Promise<unknown[]> =>
  (await recordsOf(database.db)).map(({ request, action, outcome, details }) =>
    action === 'retention' ? [action, outcome, details] : request,
  )
const years = (count: number, days = 0): Date => new Date(yearsBefore(new Date(), count).getTime() + days * 86_400_000)

describe('the job', () => {
  test('removes at its start what is older than the years, on record, and nothing else', async () => {
    const chain = await writeChain([
      ['old', years(3, -2)],
      ['older than three years', years(3, -1)],
      ['young', years(3, 1)],
    ])
    const now = new Date()
    const job = startRetention({ pool: database.pool, audit, years: 3, log, now: () => now })
    await job.stop()
    const [record] = (await recordsOf(database.db)).filter(({ action }) => action === 'retention')
    expect(record?.details).toEqual({
      before: yearsBefore(now, 3).toISOString(),
      records: 2,
      removed: [{ chain, sequence: 2, hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string }],
    })
    expect((await said()).filter((what) => typeof what === 'string')).toEqual(['young'])
    expect([record?.department, record?.subject, record?.outcome]).toEqual([null, null, 'answered'])
  })

  test('has nothing to say where there is nothing to remove', async () => {
    await audit.record(entry('young'))
    const job = startRetention({ pool: database.pool, audit, years: 3, log })
    expect(await job.run(years(3))).toEqual({ records: 0, removed: [] })
    await job.stop()
    expect(await said()).toEqual(['young'])
  })

  test('is done by one process at a time', async () => {
    await writeChain([['old', years(4)]])
    const other = await database.pool.connect()
    await other.query('select pg_advisory_lock(4871001)')
    const job = startRetention({ pool: database.pool, audit, years: 3, log })
    expect(await job.run(years(3))).toBe(null)
    await other.query('select pg_advisory_unlock(4871001)')
    other.release()
    expect((await job.run(years(3)))?.records).toBe(1)
    await job.stop()
  })

  test('that failed says so too, and lets go of the lock', async () => {
    await writeChain([['old', years(4)]])
    await database.pool.query(`
      create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
      create trigger refuse before delete on audit_checkpoint for each statement execute function refuse()`)
    const job = startRetention({ pool: database.pool, audit, years: 50, log })
    const before = years(3)
    await expect(job.run(before)).rejects.toThrow('no')
    await job.stop()
    const [announced, failed] = (await recordsOf(database.db)).filter(({ action }) => action === 'retention')
    expect([announced?.outcome, failed?.outcome, failed?.details]).toEqual([
      'answered',
      'failed',
      { before: before.toISOString(), records: 0, removed: [] },
    ])
    expect((await said()).filter((what) => what === 'old')).toEqual(['old'])
    const { rows } = await database.pool.query("select count(*)::int as held from pg_locks where locktype = 'advisory'")
    expect(rows).toEqual([{ held: 0 }])
  })
})

test.each([
  ['2026-11-21T08:00:00.000Z', 3, '2023-11-21T08:00:00.000Z'],
  ['2028-02-29T00:00:00.000Z', 3, '2025-02-28T00:00:00.000Z'],
  ['2028-02-29T00:00:00.000Z', 4, '2024-02-29T00:00:00.000Z'],
])('%s less %i years is %s', (at, count, wanted) => {
  expect(yearsBefore(new Date(at), count).toISOString()).toBe(wanted)
})

test('a hub does it when it starts; its export verifies, with the beginning gone', async () => {
  const keys = join(base, 'keys.json')
  const ledger = join(base, 'ledger.ndjson')
  await writeChain([
    ['old', years(4)],
    ['young', years(2)],
  ])
  const hub = await ready({ DATABASE_URL: database.url })
  const command = (...args: string[]): Promise<Ended> => hutong(args, { PORT: String(port) }).ended
  expect(await waitUntil(async () => !(await said()).includes('old'), 10_000)).toBe(true)
  await writeFile(keys, (await command('audit', 'keys')).stdout)
  const { stdout } = await command('audit', 'export')
  await writeFile(ledger, stdout)
  await stopped(hub, () => signalGroup(hub, 'SIGINT'))
  const { code, stdout: verdict } = await command('audit', 'verify', ledger, '--keys', keys)
  // The young record of the old chain; the opening of this one's, the removal, and the export.
  expect(verdict).toMatch(/^4 records in 2 chains, \d checkpoints?, exported [\d:.TZ-]+: nothing wrong\.\n$/)
  expect(code).toBe(0)
  const silenced = stdout.split('\n').filter((line) => !line.includes('"kind":"anchor"'))
  await writeFile(ledger, silenced.join('\n'))
  expect((await command('audit', 'verify', ledger, '--keys', keys)).code).toBe(1)
})
