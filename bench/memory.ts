/** Whether the hub's memory stays flat however many requests of how many documents it answers. */
import autocannon from 'autocannon'
import { differentDocuments } from './documents.ts'
import type { Rig, Server } from './rig.ts'
import { row } from './table.ts'

export interface MemoryCurve {
  /** Different documents. */
  documents: number
  /** Resident memory of the hub in MiB, after so many requests. */
  points: { requests: number; resident: number }[]
  /** Answers with errors, other statuses, and broken connections. */
  failed: number
}

const documents = 1000
const connections = 10
/** Between two looks at the memory; fewer where there are few requests in all. */
const step = 50_000
const leastSteps = 10

/** Asks so many times. Says how many failed. */
async function answer(hub: Server, bodies: readonly string[], amount: number): Promise<number> {
  const requests = bodies.map((body) => ({ method: 'POST' as const, headers: { ...hub.headers }, body }))
  let clients = 0
  const result = await autocannon({
    url: hub.url,
    connections,
    amount,
    timeout: 30,
    setupClient(client) {
      const at = Math.floor((clients++ * requests.length) / connections)
      client.setRequests([...requests.slice(at), ...requests.slice(0, at)])
    },
    verifyBody: (body) => typeof body === 'string' && !body.includes('"errors":['),
  })
  return result.non2xx + result.errors + result.mismatches
}

/** @param told of each look as soon as it is taken */
export async function measureMemory(
  rig: Rig,
  count: number,
  told: (point: MemoryCurve['points'][number]) => void,
): Promise<MemoryCurve> {
  await rig.delay(0)
  const hub = await rig.start('hub')
  const bodies = differentDocuments(rig.usccs, documents)
  const points: MemoryCurve['points'] = []
  let failed = 0
  const each = Math.min(step, Math.ceil(count / leastSteps))
  for (let requests = 0; ; requests += each) {
    const point = { requests: Math.min(requests, count), resident: hub.resident() }
    points.push(point)
    told(point)
    if (requests >= count) break
    failed += await answer(hub, bodies, Math.min(each, count - requests))
  }
  await hub.stop()
  return { documents, points, failed }
}

/** Of the second half of the curve, once caches are full: what 100,000 requests add, in MiB, by least squares. */
export function slopeOfMemory({ points }: Pick<MemoryCurve, 'points'>): number {
  const late = points.slice(Math.floor(points.length / 2))
  const mean = (of: (point: (typeof late)[number]) => number): number =>
    late.reduce((sum, point) => sum + of(point), 0) / late.length
  const [x, y] = [mean(({ requests }) => requests), mean(({ resident }) => resident)]
  const rise = late.reduce((sum, point) => sum + (point.requests - x) * (point.resident - y), 0)
  const run = late.reduce((sum, point) => sum + (point.requests - x) ** 2, 0)
  return (100_000 * rise) / run
}

export function memoryTable(curve: MemoryCurve): string {
  const last = curve.points.at(-1)?.requests ?? 0
  return [
    `Resident memory of the hub over ${last} requests of ${curve.documents} different documents (MiB):`,
    ...curve.points.map(({ requests, resident }) => row(`  after ${requests}`, String(resident))),
    row('  each 100,000 more, in the second half', slopeOfMemory(curve).toFixed(1)),
    row('  failed', String(curve.failed)),
  ].join('\n')
}
