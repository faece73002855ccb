/** What departments said has changed, for all processes of the hub. */
import { sql, type Transaction } from 'kysely'
import type pg from 'pg'
import type { Database } from './schema.ts'

export interface StoredNotice {
  department: string
  id: string
  /** Null for all of the department's records. */
  usccs: string[] | null
  /** In ms since 1970, by the clock of the database. */
  at: number
}

/** @returns false where the department has sent it before */
export async function addNotice(
  pool: pg.Pool,
  { department, id, usccs }: { department: string; id: string; usccs: readonly string[] | null },
): Promise<boolean> {
  const { rowCount } = await pool.query(
    'insert into change_notice (department, id, usccs) values ($1, $2, $3) on conflict do nothing',
    [department, id, usccs],
  )
  return rowCount === 1
}

/** Notes within a transaction that the records of one enterprise have changed, once for an id. */
export async function noteChange(
  tx: Transaction<Database>,
  { department, id, uscc }: { department: string; id: string; uscc: string },
): Promise<void> {
  await sql`insert into change_notice (department, id, usccs) values (${department}, ${id}, ${[uscc]})`.execute(tx)
}

/** Those of the last so many seconds, by the clock of the database. */
export async function noticesOf(pool: pg.Pool, seconds: number): Promise<StoredNotice[]> {
  const { rows } = await pool.query<StoredNotice>(
    `select department, id, usccs, (extract(epoch from at) * 1000)::float8 as at from change_notice
     where at > clock_timestamp() - make_interval(secs => $1)`,
    [seconds],
  )
  return rows
}

/** Forgets those that are older than so many seconds: no copy is, and no notice is taken any more. */
export async function dropNotices(pool: pg.Pool, seconds: number): Promise<void> {
  await pool.query('delete from change_notice where at < clock_timestamp() - make_interval(secs => $1)', [seconds])
}
