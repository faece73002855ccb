/** Load on a server under test, and what came of it. */
import autocannon from 'autocannon'
import type { Rig, Server } from './rig.ts'
import type { Load } from './table.ts'

/** Of one load on one server. */
export interface Measured extends Load {
  /** Of `cpu`, what the server itself used, in ms an answer. */
  own: number
  /** The part of a core that the server kept busy. */
  busy: number
  /** In ms. */
  p50: number
  p99: number
  answers: number
  /** Answers with errors, other statuses, and broken connections. */
  failed: number
  /** Calls for data to the departments. */
  calls: number
}

export interface Asking {
  connections: number
  /** What is sent, in turn; every connection begins at another. */
  bodies: readonly string[]
}

/** For how long nothing must happen until what was under way at the end is taken to be done, in looks of so many ms. */
const looks = 3
const look = 100
/** Seconds of processor time that a server without work may use meanwhile. */
const resting = 0.02

/** The value below which such a part of them lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** The calls for data so far, once the server has nothing more to do. */
async function settled(rig: Rig, server: Server): Promise<number> {
  let [calls, cpu] = [await rig.calls(), server.cpu().own]
  for (let quiet = 0; quiet < looks; quiet += 1) {
    await new Promise((resolve) => setTimeout(resolve, look))
    const now = await rig.calls()
    const used = server.cpu().own
    if (now !== calls || used - cpu > resting) quiet = -1
    ;[calls, cpu] = [now, used]
  }
  return calls
}

/** Loads a server for some seconds. */
export async function load(
  rig: Rig,
  server: Server,
  seconds: number,
  { connections, bodies }: Asking,
): Promise<Measured> {
  const requests = bodies.map((body) => ({ method: 'POST' as const, headers: { ...server.headers }, body }))
  let clients = 0
  const times: number[] = []
  const [calls, before] = [await rig.calls(), server.cpu()]
  const options: autocannon.Options = {
    url: server.url,
    connections,
    duration: seconds,
    requests,
    setupClient(client) {
      const at = (clients++ * 7) % requests.length
      client.setRequests([...requests.slice(at), ...requests.slice(0, at)])
    },
    verifyBody: (body) => typeof body === 'string' && !body.includes('"errors":['),
  }
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(options, (error: Error | null, done) => (error === null ? resolve(done) : reject(error)))
    run.on('response', (_client, _status, _bytes, time) => times.push(time))
  })
  const after = server.cpu()
  const answers = result['2xx'] - result.mismatches
  const own = after.own - before.own
  return {
    perSecond: answers / result.duration,
    cpu: (1000 * (own + after.postgres - before.postgres)) / answers,
    own: (1000 * own) / answers,
    busy: own / result.duration,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    answers,
    failed: result.non2xx + result.errors + result.mismatches,
    calls: (await settled(rig, server)) - calls,
  }
}

/** One answer. Throws where it has errors. */
export async function ask(server: Server, body: string): Promise<unknown> {
  const response = await fetch(server.url, { method: 'POST', headers: server.headers, body })
  const { data, errors } = (await response.json()) as { data?: unknown; errors?: unknown }
  if (errors !== undefined || data == null) {
    throw new Error(`${server.name} answered ${response.status}: ${JSON.stringify(errors)?.slice(0, 500)}`)
  }
  return data
}
