/** The job that lets go of ledger records older than they must be kept: once at the start and then once a day. */
import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { AuditEntry, AuditLog } from '../store/audit.ts'
import type { Json } from '../store/canonical.ts'
import { removeBefore, type Removal } from '../store/ledger-retention.ts'
import type { Logger } from './log.ts'

const dayLength = 86_400_000
/** Of the advisory lock that one process at a time holds. */
const lock = 4_871_001

export interface Retention {
  /** Removes what was recorded before a moment; null where another process is at it. */
  run(before: Date): Promise<Removal | null>
  stop(): Promise<void>
}

/** @param years how long a record is kept */
export function startRetention(parts: {
  pool: pg.Pool
  audit: AuditLog
  years: number
  log: Logger
  now?: () => Date
}): Retention {
  const { pool, audit, years, log, now = () => new Date() } = parts
  let running: Promise<unknown> = Promise.resolve()

  async function remove(before: Date): Promise<Removal | null> {
    const client = await pool.connect()
    try {
      const { rows } = await client.query<{ held: boolean }>('select pg_try_advisory_lock($1) as held', [lock])
      if (rows[0]?.held !== true) return null
      try {
        return await removeBefore(pool, audit, before, (removal) => entry('answered', before, removal))
      } catch (error) {
        await audit.record(entry('failed', before, { records: 0, removed: [] })).catch(() => undefined)
        throw error
      } finally {
        await client.query('select pg_advisory_unlock($1)', [lock])
      }
    } finally {
      client.release()
    }
  }
  const run = (before: Date): Promise<Removal | null> => {
    const removal = running.then(() => remove(before))
    running = removal.catch(() => undefined)
    return removal
  }
  const daily = (): void => {
    run(yearsBefore(now(), years)).then(
      (removal) => {
        if (removal !== null && removal.records > 0) log.info({ records: removal.records }, 'old records were removed')
      },
      (error: unknown) => log.error({ err: error }, 'old records of the ledger could not be removed'),
    )
  }
  daily()
  const timer = setInterval(daily, dayLength).unref()
  return {
    run,
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}

/** The same day and time so many years ago; for 29 February the 28th where there is none, which keeps a day more. */
export function yearsBefore(at: Date, years: number): Date {
  const then = new Date(at)
  then.setUTCFullYear(at.getUTCFullYear() - years)
  if (then.getUTCDate() !== at.getUTCDate()) then.setUTCDate(0)
  return then
}

const entry = (outcome: AuditEntry['outcome'], before: Date, { records, removed }: Removal): AuditEntry => ({
  requestId: randomUUID(),
  department: null,
  subject: null,
  roles: [],
  purpose: null,
  action: 'retention',
  operationName: null,
  documentHash: null,
  policyVersion: null,
  plan: null,
  subjects: [],
  mandated: [],
  departmentsCalled: {},
  outcome,
  errorCodes: [],
  durationMs: 0,
  details: {
    before: before.toISOString(),
    records,
    removed: removed.map(({ chain, sequence, hash }): Json => ({ chain, sequence, hash })),
  },
})
