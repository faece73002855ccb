import type pg from 'pg'

/**
 * Does some work in one transaction, on a connection of its own: all of it is done when it resolves, none when it rejects,
 * with what the work threw.
 * @param begin how the transaction begins, and what is done first in it
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<T>,
  begin = 'begin',
): Promise<T> {
  const client = await pool.connect()
  let failed: unknown
  try {
    await client.query(begin)
    const done = await work(client)
    await client.query('commit')
    return done
  } catch (error) {
    failed = error
    // A closed connection keeps its locks until the server sees it, and whoever is next would meet them.
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    // One that failed may be in the middle of anything: it is of no more use.
    client.release(failed !== undefined)
  }
}
