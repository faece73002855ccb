/** Removes records that are older than they must be kept, from the beginning of their chains, and says so on record. */
import type pg from 'pg'
import type { AuditEntry, AuditLog } from './audit.ts'
import { anchorsOf } from './ledger-export.ts'
import type { ChainHead } from './ledger-heads.ts'
import { inTransaction } from './transaction.ts'

export interface Removal {
  records: number
  /** The last record removed of each chain. */
  removed: ChainHead[]
}

/**
 * Removes what was recorded before `before`. The record about it is durable first: killed in between, the ledger holds
 * more than it need, never less than it says.
 * @param entry makes the record from what will be removed
 */
export async function removeBefore(
  pool: pg.Pool,
  audit: AuditLog,
  before: Date,
  entry: (removal: Removal) => AuditEntry,
): Promise<Removal> {
  // Of each chain the longest beginning that is old enough, so that what is left has no gap.
  const { rows } = await pool.query<{ chain: string; sequence: string; hash: Buffer | null; records: string }>(
    `select held.chain, held.sequence, held.hash, counted.records
     from (
       select chain, coalesce(
         (select min(sequence) from audit_record as young where young.chain = old.chain and young.recorded_at >= $1),
         max(sequence) + 1) - 1 as last, count(*) as records
       from audit_record as old where recorded_at < $1 group by chain
     ) as counted
     join audit_record as held on held.chain = counted.chain and held.sequence = counted.last`,
    [before],
  )
  if (rows.length === 0) return { records: 0, removed: [] }
  // Those from before records were chained are counted, and leave no end of a chain.
  const now = rows.flatMap(({ chain, sequence, hash }) =>
    hash === null ? [] : [{ chain, sequence: Number(sequence), hash: hash.toString('hex') }],
  )
  // What earlier records said is said again: they may be among those that go.
  const standing = [...(await anchorsOf(pool)).values()].filter(({ chain }) => !now.some((end) => end.chain === chain))
  const removed = [...now, ...standing]
  const removal = { records: rows.reduce((sum, { records }) => sum + Number(records), 0), removed }
  await audit.record(entry(removal))
  await inTransaction(pool, async (client) => {
    await client.query("set local hutong.retention = 'on'")
    await client.query('set local statement_timeout = 0')
    for (const { chain, sequence } of rows) {
      await client.query('delete from audit_record where chain = $1 and sequence <= $2', [chain, sequence])
      await client.query('delete from audit_checkpoint where chain = $1 and sequence <= $2', [chain, sequence])
    }
  })
  return removal
}
