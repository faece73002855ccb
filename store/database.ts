import { Kysely, PostgresDialect } from 'kysely'
import type pg from 'pg'
import { checkConnection, createPool, parseDatabaseUrl } from './connection.ts'
import { impatient } from './impatient.ts'
import { migrate } from './migrations/run.ts'
import { startPostgres, type EmbeddedPostgres } from './postgres.ts'
import type { Database } from './schema.ts'

/** Exports of the ledger under way at once. */
export const exportsAtOnce = 2

/** Which database: a server of the operator's, or an embedded one in a folder. */
export type DatabaseChoice = ({ databaseUrl: string } | { dataFolder: string }) & {
  /** Most connections at a time; 10 unless told. */
  poolSize?: number
}

/** The hub's database, with its tables up to date. */
export interface OpenDatabase {
  readonly db: Kysely<Database>
  /** How to connect to it from elsewhere. */
  readonly connection: pg.PoolConfig
  /** The pool that `db` uses. */
  readonly pool: pg.Pool
  /** The embedded server; null when the database is the operator's. */
  readonly embedded: EmbeddedPostgres | null
  /**
   * Connections for writing the ledger alone: whoever holds one of the others may be waiting for a record, and could
   * keep it from being written.
   */
  readonly ledger: pg.Pool
  /** Connections for work that no request waits for, without a limit of time. */
  readonly maintenance: pg.Pool
  /**
   * Connections for what every decision needs: grants, quotas, whether the database answers. Whoever waits for a list or
   * a lock elsewhere keeps nobody from these.
   */
  readonly decisions: { readonly db: Kysely<Database>; readonly pool: pg.Pool }
  /** Connections for exports of the ledger, each of which holds one for as long as its reader takes. */
  readonly exports: pg.Pool
  /** Connections for taking over and matching trade documents. */
  readonly trade: pg.Pool
  /** Ends the connections and the embedded server, if there is one. May be called more than once. */
  stop(): Promise<void>
}

/**
 * Opens the database and brings its tables up to date.
 * @throws StoreError with one sentence; a password never appears in it.
 */
export async function openDatabase(choice: DatabaseChoice): Promise<OpenDatabase> {
  if ('databaseUrl' in choice) {
    const config = parseDatabaseUrl(choice.databaseUrl)
    await checkConnection(config)
    return open(config, null, choice.poolSize)
  }
  const embedded = await startPostgres(choice)
  try {
    return await open({ ...embedded.connection }, embedded, choice.poolSize)
  } catch (error) {
    await embedded.stop()
    throw error
  }
}

async function open(config: pg.PoolConfig, embedded: EmbeddedPostgres | null, poolSize = 10): Promise<OpenDatabase> {
  await migrate(config)
  const { db, pool } = kyselyOn(createPool(config, poolSize))
  const ledger = createPool(config, 2)
  const decisions = kyselyOn(createPool(config, 2))
  const maintenance = createPool(config, 2, 'unlimited')
  const exports = createPool(config, exportsAtOnce)
  const trade = createPool(config, 3)
  let stopping: Promise<void> | undefined
  const stop = (): Promise<void> =>
    (stopping ??= Promise.all([
      db.destroy(),
      ...[ledger, maintenance, exports, trade].map((one) => one.end()),
      decisions.db.destroy(),
    ])
      .then(() => undefined)
      .finally(() => embedded?.stop()))
  return { db, connection: config, pool, ledger, maintenance, decisions, exports, trade, embedded, stop }
}

const kyselyOn = (pool: pg.Pool) => ({
  db: new Kysely<Database>({ dialect: new PostgresDialect({ pool: impatient(pool) }) }),
  pool,
})
