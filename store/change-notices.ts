/** What departments said has changed, for all processes of the hub. */
import type pg from 'pg'

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
