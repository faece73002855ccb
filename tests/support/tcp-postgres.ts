/** A PostgreSQL server of its own that is reached as servers are: by TCP, with a password. It says when what was committed. */
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { runAs, serverAccount } from '../../store/engine/account.ts'
import { findBinaries } from '../../store/engine/binaries.ts'
import { waitUntil } from '../../store/engine/process.ts'
import { freePorts } from './serve.ts'

export interface TcpPostgres {
  /** The DATABASE_URL of an empty database. */
  url: string
  query(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>
  /** When the transaction was committed that wrote what a query finds last, in ms since 1970. */
  committedAt(table: string, where: string): Promise<number>
  stop(): Promise<void>
}

/** Starts one; the caller stops it. */
export async function startTcpPostgres(): Promise<TcpPostgres> {
  const base = await mkdtemp(join(tmpdir(), 'hutong-postgres-'))
  await chmod(base, 0o755)
  const cluster = join(base, 'cluster')
  const account = await serverAccount(cluster)
  const binaries = await findBinaries(account, join(base, 'binaries'))
  const password = randomBytes(16).toString('hex')
  await mkdir(cluster, { mode: 0o700 })
  await writeFile(join(base, 'password'), password)
  if (account !== null) await chown(cluster, account.uid, account.gid)
  const access = ['--username=hutong', '--auth=scram-sha-256', `--pwfile=${join(base, 'password')}`]
  await promisify(execFile)(
    binaries.initdb,
    [`--pgdata=${cluster}`, '--encoding=UTF8', '--locale=C', ...access],
    runAs(account),
  )
  const port = await freePorts()
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=200',
    'track_commit_timestamp=on',
  ]
  const child = spawn(binaries.postgres, ['-D', cluster, ...settings.flatMap((one) => ['-c', one])], {
    ...runAs(account),
    stdio: 'ignore',
  })
  const ended = new Promise((resolve) => child.once('close', resolve))
  const url = `postgres://hutong:${password}@127.0.0.1:${port}/postgres`
  const query: TcpPostgres['query'] = async (text, values = []) => {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => undefined)
    await client.connect()
    const { rows } = await client.query<Record<string, unknown>>(text, [...values]).finally(() => client.end())
    return rows
  }
  const answers = (): Promise<boolean> =>
    query('select 1').then(
      () => true,
      () => false,
    )
  if (!(await waitUntil(answers, 20_000))) throw new Error('PostgreSQL does not answer.')
  return {
    url,
    query,
    async committedAt(table, where) {
      const [row] = await query(
        `select extract(epoch from max(pg_xact_commit_timestamp(xmin))) * 1000 as at from ${table} where ${where}`,
      )
      return Number(row?.at)
    },
    async stop() {
      child.kill('SIGINT') // its fast shutdown
      await ended
      await rm(base, { recursive: true, force: true })
    },
  }
}
