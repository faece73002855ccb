import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { insertBatch, type BatchOutcome } from './audit-batch.ts'
import { genesis, linkHash, recordText, type AuditEntry, type AuditPlan } from './audit-record.ts'
import { canonical } from './canonical.ts'
import { StoreError } from './errors.ts'
import type { LedgerSigner } from './ledger-suite.ts'

export type { AuditEntry } from './audit-record.ts'

/** The end of a chain: its last durable record. */
export interface ChainHead {
  chain: string
  sequence: number
  hash: string
}

/** Where the hub writes down what it was asked and how it decided. */
export interface AuditLog {
  /**
   * Resolves when the entry is durable.
   * @throws StoreError AUDIT_UNAVAILABLE when that is not known in time. The entry may then still become durable: a
   * record too many is harmless, an answer without a record is not.
   */
  record(entry: AuditEntry): Promise<void>
  /** The last durable record of the chain that is being written; null before its first. */
  head(): ChainHead | null
  /** Writes what is waiting, signs the last checkpoint, and refuses what comes later. */
  close(): Promise<void>
}

/** Limits of an audit log. */
export interface AuditLimits {
  /** Milliseconds until an entry that is not durable is rejected; 2,000 unless told. */
  deadline?: number
  /** Most entries waiting; beyond it they are rejected at once. 10,000 unless told. */
  queue?: number
  /** Most entries in one statement; 500 unless told. */
  batch?: number
  /** Milliseconds from a record to the checkpoint that covers it, at most; 1,000 unless told. */
  checkpoint?: number
}

interface Waiting {
  readonly row: Row
  /** False once it was rejected. */
  open: boolean
  settle(error?: StoreError): void
}

interface Row {
  at: Date
  index: string
  record: string
  plan: AuditPlan | null
}

/**
 * An audit log with group commit: entries that arrive while a statement is under way share the next one, so that many
 * requests share one fsync. One statement is in flight at a time; the order of `record` calls is the order of rows.
 *
 * A chain counts its records from 1 without a gap, and every record's hash covers the one before it, so that a changed,
 * missing or moved record shows. A number is used up only by a commit. When nobody knows whether a statement was
 * committed (connection lost, deadline passed), its entries are rejected and never sent again, and **a new chain
 * begins**: the lost batch is the end of the old chain or absent, and cannot collide with anything. So a process may
 * have several chains. The first record of a chain names the ends of those before it, so that a whole chain cannot go
 * missing either, and a signed checkpoint names the end of the chain from time to time.
 * @param heads the ends of the chains before this one
 */
export function createAuditLog(
  pool: pg.Pool,
  signer: LedgerSigner,
  heads: readonly ChainHead[],
  limits: AuditLimits = {},
): AuditLog {
  const { deadline = 2_000, queue: queueLimit = 10_000, batch: batchLimit = 500, checkpoint = 1_000 } = limits
  let chain = randomUUID()
  let last = 0
  let hash = genesis
  let before = heads
  let queue: Waiting[] = []
  let flushing: Promise<void> | null = null
  let closed = false
  /** Hashes of plans that are durable. */
  const known = new Set<string>()
  let timer: NodeJS.Timeout | null = null
  let signing: Promise<void> = Promise.resolve()
  let signedAt: Pick<ChainHead, 'chain' | 'sequence'> | null = null

  const head = (): ChainHead | null => (last === 0 ? null : { chain, sequence: last, hash })

  async function flush(): Promise<void> {
    // Calls of the same turn share the first statement as well.
    await Promise.resolve()
    while (queue.length > 0) {
      const batch = queue.slice(0, batchLimit).filter((entry) => entry.open)
      queue = queue.slice(batchLimit)
      if (batch.length > 0) await write(batch)
    }
    flushing = null
  }

  async function write(batch: readonly Waiting[]): Promise<void> {
    const rows = batch.map(({ row }) => row)
    if (last === 0) rows.unshift(rowOf(opening(before), rows[0]?.at))
    const hashes: string[] = []
    for (const [place, { record }] of rows.entries()) {
      const previous = hashes.at(-1) ?? hash
      hashes.push(linkHash(signer.suite, { chain, sequence: last + 1 + place, previous, record }))
    }
    const plans = new Map(
      rows.flatMap(({ plan }) => (plan === null || known.has(plan.hash) ? [] : [[plan.hash, plan]])),
    )
    const outcome: BatchOutcome = await insertBatch(
      pool,
      {
        chain,
        suite: signer.suite,
        first: last + 1,
        index: `[${rows.map(({ index }) => index).join(',')}]`,
        records: rows.map(({ record }) => record),
        hashes: hashes.map((text) => Buffer.from(text, 'hex')),
        plans: [...plans.values()],
      },
      deadline,
    )
    if (outcome === 'committed') {
      last += rows.length
      hash = hashes.at(-1) ?? hash
      if (known.size > 10_000) known.clear()
      for (const name of plans.keys()) known.add(name)
      timer ??= setTimeout(signHead, checkpoint)
      for (const entry of batch) entry.settle()
      return
    }
    if (outcome === 'unknown') {
      signHead()
      before = [head()].filter((end) => end !== null)
      chain = randomUUID()
      last = 0
      hash = genesis
    }
    if (outcome === 'invalid' && batch.length > 1) {
      // One entry that the database cannot hold must not take its neighbours with it.
      const middle = Math.ceil(batch.length / 2)
      await write(batch.slice(0, middle))
      await write(batch.slice(middle))
      return
    }
    for (const entry of batch) entry.settle(unavailable('could not be written'))
  }

  /** Signs the end of the chain. What cannot be stored now is covered by the next checkpoint. */
  function signHead(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const at = head()
    if (at === null || (signedAt?.chain === at.chain && signedAt.sequence === at.sequence)) return
    signedAt = at
    signing = signing.then(() => storeCheckpoint(pool, signer, at)).catch(() => undefined)
  }

  function enqueue(row: Row): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const entry: Waiting = {
      row,
      open: true,
      settle(error) {
        if (!entry.open) return
        entry.open = false
        clearTimeout(expiry)
        if (error === undefined) resolve()
        else reject(error)
      },
    }
    const expiry = setTimeout(() => entry.settle(unavailable(`was not durable within ${deadline} ms`)), deadline)
    queue.push(entry)
    flushing ??= flush()
    return promise
  }

  return {
    async record(entry) {
      if (closed) throw unavailable('came after the log was closed')
      if (queue.length >= queueLimit) throw unavailable(`found ${queueLimit} others waiting`)
      return enqueue(rowOf(entry))
    },
    head,
    async close() {
      closed = true
      await flushing
      signHead()
      await signing
    },
  }
}

/** The first record of a chain. */
const opening = (heads: readonly ChainHead[]): AuditEntry => ({
  requestId: randomUUID(),
  department: null,
  subject: null,
  roles: [],
  purpose: null,
  action: 'chain',
  operationName: null,
  documentHash: null,
  policyVersion: null,
  plan: null,
  subjects: [],
  mandated: [],
  departmentsCalled: {},
  outcome: 'answered',
  errorCodes: [],
  durationMs: 0,
  details: { after: heads.map(({ chain, sequence, hash }) => ({ chain, sequence, hash })) },
})

function rowOf(entry: AuditEntry, at = new Date()): Row {
  let record: string
  try {
    record = recordText(entry, at)
  } catch {
    throw unavailable('could not be written')
  }
  const index = canonical({
    recorded_at: at.toISOString(),
    request_id: entry.requestId,
    department: entry.department,
    subjects: entry.subjects,
    plan: entry.plan?.hash ?? null,
  })
  return { at, index, record, plan: entry.plan }
}

/** Signs and stores that a chain came as far as this. */
export async function storeCheckpoint(pool: pg.Pool, signer: LedgerSigner, at: ChainHead): Promise<void> {
  const signed = await signer.sign(
    canonical({ chain: at.chain, sequence: at.sequence, hash: at.hash, at: new Date().toISOString() }),
  )
  await pool.query(
    'insert into audit_checkpoint (chain, sequence, signed) values ($1, $2, $3) on conflict do nothing',
    [at.chain, at.sequence, signed],
  )
}

function unavailable(what: string): StoreError {
  return new StoreError('AUDIT_UNAVAILABLE', `An audit record ${what}: check the database before serving guarded data.`)
}
