import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { insertBatch, type BatchOutcome } from './audit-batch.ts'
import { genesis, indexText, linkHash, recordText, type AuditEntry, type AuditPlan } from './audit-record.ts'
import { canonical } from './canonical.ts'
import { StoreError } from './errors.ts'
import { chainHeads, type ChainHead } from './ledger-heads.ts'
import type { LedgerSigner } from './ledger-suite.ts'

export type { AuditEntry } from './audit-record.ts'

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
  /** Milliseconds between looks at the chains of other processes; 10,000 unless told. */
  witness?: number
}

interface Waiting {
  readonly row: Row
  /** When it is rejected, on the clock of performance.now(). */
  readonly expires: number
  resolve(): void
  reject(error: StoreError): void
  /** False once it was told how it ended. */
  open: boolean
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
 * have several chains. A signed checkpoint names the end of the chain from time to time. So that neither the end of a
 * chain nor a whole one can go missing, each is named by others too: the first record of a chain names the ends of those
 * before it, and the checkpoints name how far those of other processes have come since.
 * @param heads the ends of all chains before this one, the youngest chain first
 */
export function createAuditLog(
  pool: pg.Pool,
  signer: LedgerSigner,
  heads: readonly ChainHead[],
  limits: AuditLimits = {},
): AuditLog {
  const { deadline = 2_000, queue: queueLimit = 10_000, batch: batchLimit = 500 } = limits
  const { checkpoint = 1_000, witness = 10_000 } = limits
  let chain = randomUUID()
  let last = 0
  let hash = genesis
  let before = heads.slice(0, mostNamed)
  let queue: Waiting[] = []
  /** What is being written. */
  let under: readonly Waiting[] = []
  let expiry: NodeJS.Timeout | null = null
  let flushing: Promise<void> | null = null
  let closed = false
  /** Hashes of plans that are durable. */
  const known = new Set<string>()
  let timer: NodeJS.Timeout | null = null
  let signing: Promise<void> = Promise.resolve()
  /** How far each chain had come when a process named it. */
  const named = new Map(heads.map((end) => [end.chain, end.sequence]))
  const watch = setInterval(signHeads, witness).unref()

  const head = (): ChainHead | null => (last === 0 ? null : { chain, sequence: last, hash })

  async function flush(): Promise<void> {
    // Calls of the same turn share the first statement as well.
    await Promise.resolve()
    while (queue.length > 0) {
      const batch = queue.slice(0, batchLimit).filter((entry) => entry.open)
      queue = queue.slice(batchLimit)
      under = batch
      if (batch.length > 0) await write(batch)
    }
    under = []
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
        index: rows.map(({ index }) => index),
        records: rows.map(({ record }) => record),
        hashes,
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
      for (const entry of batch) settle(entry)
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
    for (const entry of batch) settle(entry, unavailable('could not be written'))
  }

  /** Signs the end of the chain. What cannot be stored now is covered by the next checkpoint. */
  function signHead(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const at = head()
    if (at !== null) signing = signing.then(() => sign(at, [])).catch(() => undefined)
  }

  /** Signs how far all chains have come that this process can see; others may have stopped for good. */
  function signHeads(): void {
    const at = head()
    if (at === null) return
    signing = signing
      .then(async () =>
        sign(
          at,
          (await chainHeads(pool)).filter((end) => end.chain !== at.chain && isNews(end)),
        ),
      )
      .catch(() => undefined)
  }

  const isNews = (end: ChainHead): boolean => (named.get(end.chain) ?? 0) < end.sequence

  async function sign(at: ChainHead, others: readonly ChainHead[]): Promise<void> {
    if (!isNews(at) && others.length === 0) return
    await storeCheckpoint(pool, signer, at, others)
    for (const end of [at, ...others]) named.set(end.chain, end.sequence)
  }

  function enqueue(row: Row): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    queue.push({ row, expires: performance.now() + deadline, resolve, reject, open: true })
    expiry ??= setTimeout(expire, deadline)
    flushing ??= flush()
    return promise
  }

  /** Rejects what has waited too long. One timer serves all: entries expire in the order in which they came. */
  function expire(): void {
    const now = performance.now()
    const open = [...under, ...queue].filter((entry) => entry.open)
    for (const entry of open) {
      if (entry.expires <= now) settle(entry, unavailable(`was not durable within ${deadline} ms`))
    }
    const next = open.find((entry) => entry.open)
    expiry = next === undefined ? null : setTimeout(expire, next.expires - now)
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
      if (expiry !== null) clearTimeout(expiry)
      clearInterval(watch)
      if (timer !== null) clearTimeout(timer)
      signHeads()
      await signing
    },
  }
}

/** Tells an entry how it ended, once. */
function settle(entry: Waiting, error?: StoreError): void {
  if (!entry.open) return
  entry.open = false
  if (error === undefined) entry.resolve()
  else entry.reject(error)
}

/** Most ends that the first record of a chain names; the chains after them name the others. */
const mostNamed = 100

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
  try {
    return { at, index: indexText(entry, at), record: recordText(entry, at), plan: entry.plan }
  } catch {
    throw unavailable('could not be written')
  }
}

/** Signs and stores that a chain came as far as this, and how far others were then. */
async function storeCheckpoint(
  pool: pg.Pool,
  signer: LedgerSigner,
  at: ChainHead,
  others: readonly ChainHead[],
): Promise<void> {
  const heads = others.length === 0 ? {} : { heads: others.map((end) => ({ ...end })) }
  const signed = await signer.sign(canonical({ ...at, ...heads, at: new Date().toISOString() }))
  await pool.query(
    'insert into audit_checkpoint (chain, sequence, signed) values ($1, $2, $3) on conflict do nothing',
    [at.chain, at.sequence, signed],
  )
}

function unavailable(what: string): StoreError {
  return new StoreError('AUDIT_UNAVAILABLE', `An audit record ${what}: check the database before serving guarded data.`)
}
