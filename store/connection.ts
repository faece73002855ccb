import pg from 'pg'
import { errorCode, StoreError } from './errors.ts'

/** How long to wait for a connection, in milliseconds: a request must not hang on a dead database. */
const connectionTimeout = 2_000
/** Longest statement, in milliseconds. */
const statementTimeout = 5_000
/** Longest wait for the server to end it by itself: what lasts longer is a connection that is dead and does not say so. */
const readTimeout = 6_000

/**
 * A pool of the hub. A server that dies under it gives an error to whoever asks next and never ends the process.
 * @param limits none for work that no request waits for, and that may take its time
 */
export function createPool(config: pg.PoolConfig, size: number, limits: 'limited' | 'unlimited' = 'limited'): pg.Pool {
  const pool = new pg.Pool({
    ...config,
    max: size,
    connectionTimeoutMillis: connectionTimeout,
    ...(limits === 'limited' && {
      statement_timeout: statementTimeout,
      query_timeout: readTimeout,
      idle_in_transaction_session_timeout: statementTimeout,
    }),
    application_name: 'hutong',
    keepAlive: true,
    // A role or database may have it switched off; the audit promises durability.
    options: '-c synchronous_commit=on',
  })
  // pg emits 'error' for idle connections that break; the pool has already dropped them.
  pool.on('error', () => undefined)
  // So do those in use, where whoever uses one is told by its query; with nobody listening the process would end.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

/**
 * Reads DATABASE_URL.
 * @throws StoreError DATABASE_URL_INVALID. Its message and cause never hold the address, which holds the password.
 */
export function parseDatabaseUrl(databaseUrl: string): pg.PoolConfig {
  const url = URL.canParse(databaseUrl) ? new URL(databaseUrl) : null
  const named = url?.protocol === 'postgres:' || url?.protocol === 'postgresql:'
  if (named && canDecode(url.username + url.password + url.pathname)) return { connectionString: databaseUrl }
  throw new StoreError(
    'DATABASE_URL_INVALID',
    'DATABASE_URL is not of the form postgres://user:password@host:port/database: correct it, or unset it to use the embedded database.',
  )
}

/**
 * Connects once, so that a wrong address is told at start-up in one sentence.
 * @throws StoreError DATABASE_UNREACHABLE, DATABASE_REFUSED
 */
export async function checkConnection(config: pg.PoolConfig): Promise<void> {
  let client: pg.Client
  try {
    client = new pg.Client({ ...config, connectionTimeoutMillis: connectionTimeout })
  } catch {
    // Thrown for a certificate file in the address that cannot be read; the cause may hold the whole address.
    throw new StoreError('DATABASE_URL_INVALID', 'DATABASE_URL has parameters that cannot be used: correct them.')
  }
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    throw connectionError(error, client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

function connectionError(error: unknown, { host, port, database, user }: pg.Client): StoreError {
  const place = host.startsWith('/') ? host : `${host}:${port}`
  // Only what the server itself answered has a severity.
  if (error instanceof pg.DatabaseError) {
    const advice = {
      '28P01': `does not accept the password of "${user}"`,
      '28000': `does not let "${user}" in`,
      '3D000': `has no database "${database}"`,
      '53300': 'has no connection left',
      '57P03': 'is starting or stopping',
    }[error.code ?? '']
    return new StoreError(
      'DATABASE_REFUSED',
      `The database server at ${place} ${advice ?? `refuses the connection (${error.code ?? 'no code'})`}: check DATABASE_URL and the server.`,
    )
  }
  const reason = errorCode(error) ?? 'no answer in 2 s'
  return new StoreError(
    'DATABASE_UNREACHABLE',
    `No database server answers at ${place} (${reason}): check DATABASE_URL and that the server runs.`,
  )
}

function canDecode(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
