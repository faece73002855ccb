/**
 * What measurements share: departments that answer from memory, a PostgreSQL, the enterprises to ask about, and servers
 * under test as processes on a core of their own.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { departmentIds } from '../departments.ts'
import { credentialVariable } from '../hub/config.ts'
import { startDevelopmentDepartments, type DevelopmentDepartments } from '../hub/development.ts'
import { credentialNames } from '../hub/hub.ts'
import { startChild, type Child } from './child.ts'
import { cpuSeconds } from './cpu.ts'
import { resident } from './hub-process.ts'
import type { Cores } from './machine.ts'
import { openDepartments } from './servers/departments.ts'
import { pooled } from './servers/transport.ts'

export const serverNames = ['limit', 'hub', 'apollo', 'apollo-wrapped', 'mercurius', 'yoga', 'hive'] as const
export type ServerName = (typeof serverNames)[number]

/** What needs bench/peers. */
export const peers: readonly ServerName[] = ['mercurius', 'yoga']

export interface Server {
  name: string
  url: string
  /** To send with every document. */
  headers: Readonly<Record<string, string>>
  /** Seconds of processor time so far: its own, and of PostgreSQL where it is the one who uses it. */
  cpu(): { own: number; postgres: number }
  /** Its resident memory, in MiB. */
  resident(): number
  stop(): Promise<void>
}

export interface Rig {
  cores: Cores
  /** Enterprises that every department knows. */
  usccs: readonly string[]
  /** Address of a collector for traces. */
  collector: string
  /** @param args of the server, @param env of its process */
  start(name: ServerName, args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<Server>
  /** From now on departments answer after so many ms. Says how many calls for data they have had. */
  delay(milliseconds: number): Promise<number>
  /** How long they took for answers since the delay was set, in ms: the median; NaN where there is no delay. */
  took(): Promise<number>
  /** Calls for data that the departments have had. */
  calls(): Promise<number>
  stop(): Promise<void>
}

const fileOf = (...names: string[]): string => join(import.meta.dirname, ...names)

interface Connection {
  host: string
  user: string
  database: string
}

/** Starts one; the caller stops it. @param enterprises how many to look for */
export async function startRig(cores: Cores, enterprises = 110): Promise<Rig> {
  const undo: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'hutong-bench-'))
    undo.push(() => rm(folder, { recursive: true, force: true }))
    const child = (file: string, args: readonly string[] = []): Child => {
      const started = startChild(cores.rest, file, args)
      undo.push(() => started.stop())
      return started
    }
    const postgres = child(fileOf('servers', 'postgres.ts'), [join(folder, 'postgres')])
    const replay = child(fileOf('replay.ts'))
    const { url: collector } = await child(fileOf('servers', 'collector.ts')).said<{ url: string }>()
    const behind = await startDevelopmentDepartments(0, credentialNames)
    undo.push(() => behind.stop())
    replay.tell(JSON.stringify(Object.fromEntries([...behind.addresses].map(([id, { url }]) => [id, url.origin]))))
    const addresses = await replay.said<Record<string, string>>()
    const asked = async (command: string): Promise<{ calls: number; took: number | null }> => {
      replay.tell(command)
      return replay.said()
    }
    const count = async (command: string): Promise<number> => (await asked(command)).calls
    const took = async (): Promise<number> => (await asked('took')).took ?? Number.NaN
    const { connection } = await postgres.said<{ connection: Connection }>()
    const secrets = secretsOf(behind)
    const usccs = await knownToAll(behind, addresses, secrets, enterprises)

    let hubs = 0
    const start: Rig['start'] = async (name, args = [], env = {}) => {
      const isHub = name === 'hub'
      const settings = isHub
        ? await hubSettings(behind, addresses, connection, folder, (hubs += 1))
        : { BENCH_DEPARTMENTS: JSON.stringify({ addresses, secrets }) }
      const server = startChild(cores.server, fileOf('servers', `${name}.ts`), args, { ...settings, ...env })
      undo.push(() => server.stop())
      const { url, token, purpose } = await server.said<{ url: string; token?: string; purpose?: string }>()
      return {
        name,
        url,
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(purpose === undefined ? {} : { 'x-purpose': purpose }),
        },
        cpu: () => ({ own: cpuSeconds(server.pid), postgres: isHub ? cpuSeconds(postgres.pid) : 0 }),
        resident: () => resident(server.pid),
        stop: () => server.stop(),
      }
    }
    return {
      cores,
      usccs,
      collector,
      start,
      delay: (ms) => count(`delay ${ms}`),
      took,
      calls: () => count('calls'),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function database({ host, user, database: first }: Connection, number: number): Promise<string> {
  const client = new pg.Client({ host, user, database: first })
  await client.connect()
  await client.query(`create database bench_${number}`).finally(() => client.end())
  return `postgres://${user}@localhost/bench_${number}?host=${encodeURIComponent(host)}`
}

/** Every hub has a database and a data folder of its own. */
async function hubSettings(
  { addresses }: DevelopmentDepartments,
  replayed: Readonly<Record<string, string>>,
  connection: Connection,
  folder: string,
  number: number,
): Promise<Record<string, string>> {
  const settings: Record<string, string> = {
    PORT: '0',
    HUTONG_MODE: 'development',
    HUTONG_DATA: join(folder, `hub-${number}`),
    DATABASE_URL: await database(connection, number),
    HUTONG_DEPARTMENT_CONCURRENCY: '64', // as many as the others have connections
    // One department asks all there is to ask.
    HUTONG_RATE_REQUESTS: '1000000000',
    HUTONG_RATE_SUBJECTS: '1000000000',
  }
  for (const [id, { credentials }] of addresses) {
    settings[`HUTONG_${id.toUpperCase()}_URL`] = replayed[id] ?? ''
    for (const [name, value] of Object.entries(credentials)) settings[credentialVariable(id, name)] = value
  }
  return settings
}

/** The departments' secrets as bench/servers/departments.ts names them: a key by its department, the rest by its name. */
const secretsOf = ({ addresses }: DevelopmentDepartments): Record<string, string> =>
  Object.fromEntries(
    departmentIds.flatMap((id) =>
      Object.entries(addresses.get(id)?.credentials ?? {}).map(([name, value]) => [name === 'key' ? id : name, value]),
    ),
  )

/** Finds enterprises of which all six departments have a record. */
async function knownToAll(
  { control }: DevelopmentDepartments,
  addresses: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
  wanted: number,
): Promise<string[]> {
  const list = (await (await fetch(new URL('/enterprises', control))).json()) as { uscc: string }[]
  const ask = await openDepartments(addresses, secrets, pooled(8))
  const isKnown = (said: Promise<{ uscc?: string } | undefined>): Promise<boolean> =>
    said.then(
      (record) => record?.uscc !== undefined,
      () => false, // an unknown number may be answered by what is no record at all
    )
  const found: string[] = []
  for (let at = 0; at < list.length && found.length < wanted; at += 50) {
    const some = list.slice(at, at + 50).map(({ uscc }) => uscc)
    const [market, customs, fx] = await Promise.all([ask.market(some), ask.customs(some), ask.fx(some)])
    for (const uscc of some.filter((code) => market.has(code) && customs.has(code) && fx.has(code))) {
      const known = await Promise.all([ask.tax(uscc), ask.postal(uscc), ask.commerce(uscc)].map(isKnown))
      if (known.every(Boolean) && found.length < wanted) found.push(uscc)
    }
  }
  if (found.length < wanted) throw new Error(`Only ${found.length} enterprises are known to every department.`)
  return found
}
