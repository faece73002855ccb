/** What the matrix is measured on: a hub as a process of its own, and a proxy before everything that stands behind it. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { departmentIds } from '../../departments.ts'
import { credentialVariable } from '../../hub/config.ts'
import { startDevelopmentDepartments } from '../../hub/development.ts'
import { credentialNames } from '../../hub/hub.ts'
import { startRedisServer } from '../../tests/cache/redis.ts'
import { makeCertificates } from '../../tests/support/certificates.ts'
import { FaultProxy, type Protocol } from '../../tests/support/fault-proxy.ts'
import { startChild } from '../child.ts'
import { truths, type FaultyRig, type Truths } from './cell.ts'
import type { System } from './matrix.ts'

export interface MeasuredRig extends FaultyRig {
  truth: Truths
  stop(): Promise<void>
}

const server = (name: string): string => join(import.meta.dirname, '..', 'servers', name)

/**
 * Starts one; the caller stops it.
 * @param enterprises how many are asked about, in turn
 * @param keepsCopies true for a hub that shares copies in Redis and keeps next to none itself, so that Redis is asked for each
 */
export async function startFaultyRig(enterprises: number, keepsCopies: boolean): Promise<MeasuredRig> {
  const undo: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'hutong-faults-'))
    undo.push(() => rm(folder, { recursive: true, force: true }))
    const certificates = makeCertificates()
    const authorities = join(folder, 'authority.pem')
    await writeFile(authorities, certificates.authority)

    const proxies = new Map<System, FaultProxy>()
    const before = async (system: System, upstream: Parameters<typeof FaultProxy.start>[0]): Promise<string> => {
      const protocol: Protocol = system === 'Postgres' ? 'postgres' : system === 'Redis' ? 'redis' : 'http'
      const proxy = await FaultProxy.start(upstream, { protocol, certificates })
      undo.push(() => proxy.close())
      proxies.set(system, proxy)
      return `127.0.0.1:${proxy.port}`
    }

    const postgres = startChild(null, server('postgres.ts'), [join(folder, 'postgres')])
    undo.push(() => postgres.stop())
    const { connection } = await postgres.said<{ connection: { host: string; user: string; database: string } }>()
    const { host, user, database } = connection
    const store = await before('Postgres', { path: `${host}/.s.PGSQL.5432` })
    const direct = new pg.Pool({ ...connection, max: 1 })
    undo.push(() => direct.end())

    const behind = await startDevelopmentDepartments(0, credentialNames)
    undo.push(() => behind.stop())
    const settings: Record<string, string> = {
      PORT: '0',
      HUTONG_MODE: 'development',
      HUTONG_DATA: join(folder, 'hub'),
      HUTONG_LOG: 'fatal',
      HUTONG_RATE_REQUESTS: '1000000',
      HUTONG_CACHE: 'off', // a copy would answer in the place of the department that fails
      DATABASE_URL: `postgres://${user}@${store}/${database}?sslmode=verify-full`,
      NODE_EXTRA_CA_CERTS: authorities,
    }
    if (keepsCopies) {
      const redis = await startRedisServer()
      if (redis === null) throw new Error('There is no redis-server on this machine.')
      undo.push(() => redis.stop())
      const port = Number(new URL(redis.url).port)
      Object.assign(settings, {
        HUTONG_CACHE: 'on',
        HUTONG_CACHE_RECORDS: '1',
        REDIS_URL: `rediss://${await before('Redis', { host: '127.0.0.1', port })}`,
        HUTONG_CACHE_KEY: randomBytes(32).toString('base64'),
      })
    }
    for (const id of departmentIds) {
      const address = behind.addresses.get(id)
      if (address === undefined) throw new Error(`No department ${id} was started.`)
      const { hostname, port } = address.url
      settings[`HUTONG_${id.toUpperCase()}_URL`] = `https://${await before(id, { host: hostname, port: Number(port) })}`
      for (const [name, value] of Object.entries(address.credentials)) settings[credentialVariable(id, name)] = value
    }
    const hub = startChild(null, server('hub.ts'), [], settings)
    undo.push(() => hub.stop())
    const { url, token = '' } = await hub.said<{ url: string; token?: string }>()
    const state = { isAlive: true }
    hub.said().catch(() => (state.isAlive = false)) // it says no more, so this is its end

    const rig: FaultyRig = {
      url,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, 'x-purpose': 'clearance' },
      set: async (system, fault) => proxies.get(system)?.set(fault),
      isAlive: () => state.isAlive,
      recorded: async (ids) => {
        const found = await direct.query('select from audit_record where request_id = any($1)', [ids])
        return found.rowCount ?? 0
      },
    }
    const list = (await (await fetch(new URL('/enterprises', behind.control))).json()) as { uscc: string }[]
    const usccs = list.map(({ uscc }) => uscc)
    const found = [...(await truths(rig, usccs, enterprises + 1))]
    for (const proxy of proxies.values()) proxy.impostor = found.at(-1)?.[0] ?? ''
    return { ...rig, truth: new Map(found.slice(0, -1)), stop }
  } catch (error) {
    await stop()
    throw error
  }
}
