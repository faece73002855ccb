import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import { insertBatch, type BatchOutcome } from './audit-batch.ts'
import { auditRow, type AuditEntry } from './audit-row.ts'
import { StoreError } from './errors.ts'

export type { AuditEntry } from './audit-row.ts'

/** Where the hub writes down what it was asked and how it decided. */
export interface AuditLog {
  /**
   * Resolves when the entry is durable.
   * @throws StoreError AUDIT_UNAVAILABLE when that is not known in time. The entry may then still become durable: a
   * record too many is harmless, an answer without a record is not.
   */
  record(entry: AuditEntry): Promise<void>
  /** Writes what is waiting and refuses what comes later. */
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
}

interface Waiting {
  readonly row: string
  /** False once it was rejected. */
  open: boolean
  settle(error?: StoreError): void
}

/**
 * An audit log with group commit: entries that arrive while a statement is under way share the next one, so that many
 * requests share one fsync. One statement is in flight at a time; the order of `record` calls is the order of rows.
 *
 * Numbers: a chain (`process_id`) counts its records from 1 without a gap, so that a missing number means a removed
 * record. A number is used up only by a commit. When nobody knows whether a statement was committed (connection lost,
 * deadline passed), its entries are rejected and never sent again, and **a new chain begins**: the lost batch is the
 * end of the old chain or absent, and cannot collide with anything. So a process may have several chains.
 */
export function createAuditLog(pool: pg.Pool, limits: AuditLimits = {}): AuditLog {
  const { deadline = 2_000, queue: queueLimit = 10_000, batch: batchLimit = 500 } = limits
  let chain = randomUUID()
  let next = 1
  let queue: Waiting[] = []
  let flushing: Promise<void> | null = null
  let closed = false

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
    const rows = batch.map((entry) => entry.row)
    const outcome: BatchOutcome = await insertBatch(pool, chain, next, rows, deadline)
    if (outcome === 'committed') {
      next += batch.length
      for (const entry of batch) entry.settle()
      return
    }
    if (outcome === 'unknown') {
      chain = randomUUID()
      next = 1
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

  function enqueue(row: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const entry: Waiting = {
      row,
      open: true,
      settle(error) {
        if (!entry.open) return
        entry.open = false
        clearTimeout(timer)
        if (error === undefined) resolve()
        else reject(error)
      },
    }
    const timer = setTimeout(() => entry.settle(unavailable(`was not durable within ${deadline} ms`)), deadline)
    queue.push(entry)
    flushing ??= flush()
    return promise
  }

  return {
    async record(entry) {
      if (closed) throw unavailable('came after the log was closed')
      if (queue.length >= queueLimit) throw unavailable(`found ${queueLimit} others waiting`)
      return enqueue(auditRow(entry, new Date()))
    },
    async close() {
      closed = true
      await flushing
    },
  }
}

function unavailable(what: string): StoreError {
  return new StoreError('AUDIT_UNAVAILABLE', `An audit record ${what}: check the database before serving guarded data.`)
}
