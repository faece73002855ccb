/**
 * The fault matrix, quickly: every system behind the hub fails in every way while there is load. Whether the healthy
 * sections keep their throughput is for `npm run faults` to measure, on a machine that has nothing else to do.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCell, truths, type FaultyRig, type Outcome, type Truths } from '../bench/faults/cell.ts'
import { allowed, cells, document, doesNotApply, faults, systems, type System } from '../bench/faults/matrix.ts'
import { wholeReliabilityPage } from '../bench/faults/page.ts'
import { failings, type Results } from '../bench/faults/report.ts'
import { departmentIds } from '../departments.ts'
import { waitUntil } from '../store/engine/process.ts'
import { startRedis, startRedisServer } from './cache/redis.ts'
import { makeCertificates } from './support/certificates.ts'
import { FaultProxy, type ProxySettings } from './support/fault-proxy.ts'
import { runHub, type Running } from './support/harness.ts'

/** In ms, short so that what hangs costs little. */
const time = 6000
const departmentTimeout = 2500
/** For a machine that is busy. */
const allowance = 3000
/** Until a record that is not durable is given up, and until grants that cannot be read are. */
const ofStore = 3000
const course = { clients: 4, before: 0, during: 300, rest: 100, deadline: time + allowance }

const certificates = makeCertificates()
setDefaultCACertificates([...getCACertificates('default'), certificates.authority])

const stops: (() => Promise<unknown>)[] = []
afterAll(() => Promise.all(stops.map((stop) => stop())))

/** A hub with a proxy before the one system that fails. */
async function rigFor(system: System): Promise<{ rig: FaultyRig; truth: Truths }> {
  const proxies: FaultProxy[] = []
  const proxied = async (
    upstream: Parameters<typeof FaultProxy.start>[0],
    settings: Pick<ProxySettings, 'protocol'>,
  ) => {
    const proxy = await FaultProxy.start(upstream, { ...settings, certificates })
    proxies.push(proxy)
    return proxy
  }
  const redis = system === 'Redis' ? ((await startRedisServer()) ?? (await startRedis())) : null
  const near =
    redis && (await proxied({ host: '127.0.0.1', port: Number(new URL(redis.url).port) }, { protocol: 'redis' }))
  const running: Running = await runHub({
    config: {
      departmentTimeout,
      limits: { time },
      // One record in memory, so that Redis is asked for every section.
      ...(near && {
        cache: { use: 'on', records: 1, redis: { url: `rediss://127.0.0.1:${near.port}`, key: randomBytes(32) } },
      }),
    },
    between: {
      department: async (id, url) => {
        if (id !== system) return url
        const { port } = await proxied({ host: url.hostname, port: Number(url.port) }, { protocol: 'http' })
        return new URL(`https://127.0.0.1:${port}`)
      },
      ...(system === 'Postgres' && {
        database: async ({ host, user, database }) => {
          const { port } = await proxied({ path: `${host}/.s.PGSQL.5432` }, { protocol: 'postgres' })
          return `postgres://${user}@127.0.0.1:${port}/${database}?sslmode=verify-full`
        },
      }),
    },
  })
  const proxy = proxies[0]
  if (proxy === undefined) throw new Error(`Nothing stands between the hub and ${system}.`)
  stops.push(async () => {
    await running.stop()
    await proxy.close()
    await redis?.stop()
  })
  const known = running.sandbox.world.enterprises.map(({ uscc }) => uscc)
  const rig: FaultyRig = {
    url: `${running.hub.url}/graphql`,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await running.token({ as: 'customs' })}`,
      'x-purpose': 'clearance',
    },
    set: (_system, fault) => proxy.set(fault),
    isAlive: () => true, // this very process
    recorded: async (ids) => {
      const found = await running.database.pool.query('select from audit_record where request_id = any($1)', [ids])
      return found.rowCount ?? 0
    },
  }
  const found = [...(await truths(rig, known, 11))]
  proxy.impostor = found.at(-1)?.[0] ?? ''
  return { rig, truth: new Map(found.slice(0, -1)) }
}

/** Rows at a time: more keep a machine of two cores too busy to be in time. */
const rows = 4

const good = (): Outcome => ({
  system: 'tax',
  fault: 'down',
  answers: 9,
  whole: 4,
  causes: { unreachable: 5 },
  wrong: [],
  slowest: 20,
  late: 0,
  kept: 0.9,
  recovery: 9999,
  alive: true,
  unrecorded: 0,
})

const outcomes = new Map<string, Outcome>()
/** What Redis had failed at in all, before the first of its faults and after each. */
const redisFailures: number[] = [0]
const metricOf = async ({ url }: FaultyRig, name: string): Promise<number> => {
  const metrics = await (await fetch(new URL('/metrics', url))).text()
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(metrics)?.[1])
}

beforeAll(async () => {
  // The store first: it takes the longest.
  const left = systems.toReversed()
  const work = async (): Promise<void> => {
    for (let system = left.shift(); system !== undefined; system = left.shift()) {
      const { rig, truth } = await rigFor(system)
      const deadline = system === 'Postgres' ? course.deadline + ofStore : course.deadline
      for (const cell of cells.filter((each) => each.system === system)) {
        outcomes.set(`${system} ${cell.fault}`, await runCell(rig, cell, { ...course, deadline }, truth))
        if (system !== 'Redis') continue
        redisFailures.push(await metricOf(rig, 'hutong_redis_failures_total'))
        // In use again by itself, once it is asked, before it fails in the next way.
        const usccs = [...truth.keys()]
        await waitUntil(async () => {
          const body = JSON.stringify({ query: document(null), variables: { uscc: usccs[0] } })
          usccs.push(usccs.shift() ?? '')
          await (await fetch(rig.url, { method: 'POST', headers: rig.headers, body })).text()
          return (await metricOf(rig, 'hutong_redis_up')) === 1
        }, 10_000)
      }
    }
  }
  await Promise.all(Array.from({ length: rows }, work))
}, 180_000)

describe.each(systems)('%s', (system) => {
  test.each(cells.filter((cell) => cell.system === system))('$fault', (cell) => {
    const outcome = outcomes.get(`${system} ${cell.fault}`)
    expect(outcome).toMatchObject({ ...cell, wrong: [], late: 0, alive: true, unrecorded: 0 })
    expect(outcome?.answers).toBeGreaterThan(0)
    expect(outcome?.recovery).toBeLessThan(10_000)
    // The fault was felt, or is none to the hub.
    const said = Object.keys(outcome?.causes ?? {})
    expect(said.length > 0).toBe(allowed(cell).length > 0)
  })
})

test('faults of Redis were felt, although no answer shows one', () => {
  const rose = redisFailures.slice(1).filter((count, at) => count > (redisFailures[at] ?? NaN))
  expect(redisFailures).toHaveLength(1 + cells.filter(({ system }) => system === 'Redis').length)
  // A course is short, and copies in the process need no Redis: in one or another nobody may have asked it.
  expect(rose.length).toBeGreaterThanOrEqual(redisFailures.length - 3)
})

describe('docs/reliability.md', () => {
  const kept = JSON.parse(readFileSync(join(import.meta.dirname, '../bench/results/faults.json'), 'utf8')) as Results
  const page = readFileSync(join(import.meta.dirname, '../docs/reliability.md'), 'utf8')

  test('what it says came out is what was measured, in every cell of the matrix', () => {
    const tried = kept.outcomes.map(({ system, fault }) => `${system} ${fault}`)
    expect(tried).toEqual(cells.map(({ system, fault }) => `${system} ${fault}`))
    expect(page).toBe(wholeReliabilityPage())
  })

  test('its table has a row for all that stands behind the hub, and a column for every fault', () => {
    const table = page
      .split('\n')
      .filter((line) => /^\| (customs|tax|fx|market|postal|commerce|Postgres|Redis) \|/.test(line))
    expect(table.map((line) => line.split('|')[1]?.trim())).toEqual([...departmentIds, 'Postgres', 'Redis'])
    const marks = table.map((line) =>
      line
        .split('|')
        .slice(2, -1)
        .map((mark) => mark.trim()),
    )
    const wanted = systems.map((system) =>
      faults.map((fault) => (doesNotApply({ system, fault }) === null ? '✓' : '–')),
    )
    expect(faults).toHaveLength(11)
    expect(marks.map((row) => row.map((mark) => (mark === '✗' ? '✓' : mark)))).toEqual(wanted)
  })
})

test('what is not as promised is said', () => {
  const outcome = good()
  expect(failings(outcome)).toEqual([])
  const bad = { alive: false, wrong: ['x'], late: 2, unrecorded: 1, kept: 0.89, recovery: 10_000 }
  expect(failings({ ...outcome, ...bad })).toEqual([
    'the process ended',
    'wrong: x',
    '2 answers came late',
    '1 answers left without a record',
    'healthy sections kept 89 %',
    'it did not recover in 10 s',
  ])
})
