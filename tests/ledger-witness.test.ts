/** The end of a chain is signed by other processes too, so that neither it nor the whole chain goes missing unnoticed. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAuditLog, type AuditLimits, type AuditLog } from '../store/audit.ts'
import { chainHeads, type ChainHead } from '../store/ledger-heads.ts'
import { waitUntil } from '../store/engine/process.ts'
import { testSigner } from './support/audit.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { entry, exported, verified } from './support/ledger-lines.ts'

const signer = await testSigner()
const never = 3_600_000
let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.drop())

const open = async (limits: AuditLimits = {}): Promise<AuditLog> =>
  createAuditLog(database.pool, signer, await chainHeads(database.pool), { witness: never, ...limits })

/** What a process has that came, wrote and went. */
async function visited(): Promise<ChainHead> {
  const log = await open()
  for (const id of ['a', 'b', 'c']) await log.record(entry(id))
  await log.close()
  return log.head() as ChainHead
}

/** Takes a chain out of the database as someone does who has their hands on it: its end, or all of it. */
async function remove({ chain }: ChainHead, after: number): Promise<void> {
  const client = await database.pool.connect()
  await client.query(`begin; set local hutong.retention = 'on'`)
  await client.query('delete from audit_record where chain = $1 and sequence > $2', [chain, after])
  await client.query('delete from audit_checkpoint where chain = $1 and sequence > $2', [chain, after])
  if (after === 0) await client.query('delete from audit_chain where chain = $1', [chain])
  await client.query('commit')
  client.release()
}

const signedHeads = async (log: AuditLog): Promise<string[]> => {
  const { rows } = await database.pool.query<{ signed: string }>(
    'select signed from audit_checkpoint where chain = $1',
    [log.head()?.chain],
  )
  return rows.flatMap(({ signed }) => {
    const payload = Buffer.from(signed.split('.')[1] ?? '', 'base64url').toString()
    const { heads = [] } = JSON.parse(payload) as { heads?: ChainHead[] }
    return heads.map(({ chain, sequence }) => `${chain} ${sequence}`)
  })
}
const found = async (log: AuditLog): Promise<string[]> =>
  (await verified(await exported(database, signer, log), signer)).findings.map(({ message }) => message)

test.each([
  ['the whole chain', 0],
  ['its end', 2],
])('a process that went on saw it: %s', async (_what, left) => {
  const witness = await open({ witness: 20 })
  await witness.record(entry('before'))
  const gone = await visited()
  expect(await waitUntil(async () => (await signedHeads(witness)).includes(`${gone.chain} 4`), 5_000)).toBe(true)
  expect(await found(witness)).toEqual([])
  await remove(gone, left)
  const said = `The chain ${gone.chain} ends at ${left}; a checkpoint of another chain says it reached 4.`
  expect(await found(witness)).toContain(said)
  await witness.close()
  expect(await found(witness)).toContain(said)
})

test('a process that goes says how far the others were', async () => {
  const witness = await open()
  await witness.record(entry('before'))
  const gone = await visited()
  expect(await signedHeads(witness)).toEqual([])
  await witness.close()
  expect(await signedHeads(witness)).toEqual([`${gone.chain} 4`])
  await remove(gone, 0)
  expect(await found(witness)).toEqual([
    `The chain ${gone.chain} ends at 0; a checkpoint of another chain says it reached 4.`,
  ])
})

test('a process that comes names what it found', async () => {
  const gone = await visited()
  const next = await open()
  await next.record(entry('after'))
  await remove(gone, 2)
  expect(await found(next)).toEqual([`The chain ${gone.chain} ends at 2; the chain that follows says it reached 4.`])
  await next.close()
})

test('an end that was signed is not signed again, and nothing is signed where nothing goes on', async () => {
  const witness = await open({ witness: 10, checkpoint: 10 })
  await witness.record(entry('before'))
  const gone = await visited()
  expect(await waitUntil(async () => (await signedHeads(witness)).includes(`${gone.chain} 4`), 5_000)).toBe(true)
  const count = async (): Promise<unknown> => (await database.pool.query('select from audit_checkpoint')).rowCount
  const other = await open({ witness: 10 })
  await other.record(entry('after'))
  const seen = `${other.head()?.chain} 2`
  expect(await waitUntil(async () => (await signedHeads(witness)).includes(seen), 5_000)).toBe(true)
  const heads = await signedHeads(witness)
  expect([heads.includes(`${gone.chain} 4`), new Set(heads).size]).toEqual([true, heads.length])
  await other.close()
  const before = await count()
  await witness.close()
  expect([await count(), await found(witness)]).toEqual([before, []])
})
