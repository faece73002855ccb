import type { PostgresCursor, PostgresPool, PostgresPoolClient, PostgresQueryResult } from 'kysely'
import pg from 'pg'

/**
 * The pool as Kysely is to see it: a connection whose query ended otherwise than by a word of the server, as by the time
 * that it may take, is given up. Kysely would hand it to the next, whose query waits behind the one that never ends.
 */
export const impatient = (pool: pg.Pool): PostgresPool => ({
  options: pool.options,
  connect: async () => new Connection(await pool.connect()),
  end: () => pool.end(),
})

class Connection implements PostgresPoolClient {
  readonly #client: pg.PoolClient
  #isDead = false

  constructor(client: pg.PoolClient) {
    this.#client = client
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query<R>(
    asked: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof asked !== 'string') throw new TypeError('The hub reads no cursors by Kysely.')
    return this.#query<R>(asked, parameters)
  }

  release(destroy = false): void {
    this.#client.release(destroy || this.#isDead)
  }

  async #query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (this.#isDead) throw new Error('The connection was given up.')
    try {
      return (await this.#client.query(sql, [...parameters])) as unknown as PostgresQueryResult<R>
    } catch (error) {
      this.#isDead = !(error instanceof pg.DatabaseError)
      throw error
    }
  }
}
