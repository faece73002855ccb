/**
 * A PostgreSQL server that this machine's `pg_dump` can dump: that of the test run where `pg_dump` is of its version or
 * later, or else one of the machine's own programs, made for one test.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { inject } from 'vitest'
import { runAs, serverAccount } from '../../store/engine/account.ts'
import { majorVersion } from '../../store/engine/cluster.ts'

const run = promisify(execFile)

export interface DumpableServer {
  /** Makes an empty database. Returns the DATABASE_URL of it. */
  createDatabase(): Promise<string>
  /** Drops the databases that were made, and what was made for them. */
  stop(): Promise<void>
}

/** Null where the program is not there. */
const said = async (program: string, option: string): Promise<string | null> =>
  run(program, [option]).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  )
const majorOf = (version: string | null): number => Number(/\(PostgreSQL\) (\d+)/.exec(version ?? '')?.[1])

/** Starts one; says why there is none. */
export async function dumpableServer(): Promise<DumpableServer | string> {
  const [dump, restore] = [majorOf(await said('pg_dump', '--version')), majorOf(await said('pg_restore', '--version'))]
  if (Number.isNaN(dump) || dump !== restore) return 'this machine has no pg_dump and pg_restore'
  if (dump >= Number(majorVersion)) return databasesOf(inject('database'))
  const programs = await said('pg_config', '--bindir')
  if (programs === null || majorOf(await said(join(programs, 'postgres'), '--version')) > dump) {
    return `this machine's pg_dump ${dump} has no server that it can dump`
  }
  return ownServer(programs)
}

/** @param programs the folder of `initdb` and `pg_ctl` */
async function ownServer(programs: string): Promise<DumpableServer> {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-dump-'))
  const cluster = join(folder, 'cluster')
  const account = await serverAccount(cluster)
  if (account !== null) await chown(folder, account.uid, account.gid)
  await mkdir(cluster, { mode: 0o700 })
  if (account !== null) await chown(cluster, account.uid, account.gid)
  const control = (...args: string[]) =>
    run(join(programs, 'pg_ctl'), ['--silent', `--pgdata=${cluster}`, '--wait', ...args], runAs(account))
  const user = 'hutong'
  const access = [`--username=${user}`, '--auth=trust', '--encoding=UTF8', '--locale=C']
  await run(join(programs, 'initdb'), [`--pgdata=${cluster}`, ...access], runAs(account))
  await control(`--log=${join(folder, 'log')}`, `--options=-k ${folder} -c listen_addresses=''`, 'start')
  const databases = databasesOf({ host: folder, user })
  return {
    ...databases,
    async stop() {
      await control('--mode=fast', 'stop')
      await rm(folder, { recursive: true })
    },
  }
}

function databasesOf({ host, user }: { host: string; user: string }): DumpableServer {
  const made: string[] = []
  const administer = async (statement: string): Promise<void> => {
    const client = new pg.Client({ host, user, database: 'postgres' })
    await client.connect()
    await client.query(statement).finally(() => client.end())
  }
  return {
    async createDatabase() {
      const name = `test_${randomUUID().replaceAll('-', '')}`
      // As template1 may have something in it.
      await administer(`create database ${name} template template0`)
      made.push(name)
      return `postgres://${user}@localhost/${name}?host=${encodeURIComponent(host)}`
    },
    async stop() {
      for (const name of made) await administer(`drop database ${name} with (force)`)
    },
  }
}
