/**
 * What the hub does with ten times the load that it sustains. Requests come at a rate of their own, however late the
 * answers are; what is refused is not asked again. The queries are heavy ones, so that ten times what one core of the hub
 * can answer is still little to send: else the sender would take the other core from the departments and the database,
 * and that would be measured.
 */
import autocannon from 'autocannon'
import { someEnterprises } from './documents.ts'
import { load, quantile } from './load.ts'
import type { Rig, Server } from './rig.ts'
import { median, percent, row } from './table.ts'

export interface Surge {
  /** Answers a second. */
  perSecond: number
  /** Of answers, in ms. */
  p50: number
  p99: number
  /** Requests refused in a second. */
  refused: number
  /** Requests sent in a second. */
  sent: number
  /** Neither answered nor refused as they should be. */
  failed: number
}

export interface OverloadCost {
  /** At the load that it sustains, before, during and after, by round. */
  rounds: { before: Surge; during: Surge; after: Surge }[]
}

const connections = 50
/** Enterprises of a query, with six sections each. */
const enterprises = 20
const times = 10
/** So many that none waits for an answer before it sends at its rate. */
const manyConnections = 1000

async function surge(server: Server, bodies: readonly string[], seconds: number, rate: number | null): Promise<Surge> {
  const requests = bodies.map((body) => ({ method: 'POST' as const, headers: { ...server.headers }, body }))
  const answered: number[] = []
  let refused = 0
  let failed = 0
  const options: autocannon.Options = {
    url: server.url,
    duration: seconds,
    requests,
    connections: rate === null ? connections : manyConnections,
    ...(rate === null ? {} : { overallRate: rate }),
  }
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(options, (error: Error | null, done) => (error === null ? resolve(done) : reject(error)))
    run.on('response', (_client, status, _bytes, time) => {
      if (status === 200) answered.push(time)
      else if (status === 503) refused += 1
      else failed += 1
    })
  })
  return {
    perSecond: answered.length / result.duration,
    p50: quantile(answered, 0.5),
    p99: quantile(answered, 0.99),
    refused: refused / result.duration,
    sent: result.requests.sent / result.duration,
    failed: failed + result.errors,
  }
}

/** Measures one hub. */
export async function measureOverload(
  rig: Rig,
  { rounds, seconds, warmUp }: { rounds: number; seconds: number; warmUp: number },
): Promise<OverloadCost> {
  await rig.delay(0)
  const hub = await rig.start('hub')
  const { bodies } = someEnterprises(rig.usccs, enterprises)
  await load(rig, hub, warmUp, { connections, bodies })
  const measured: OverloadCost['rounds'] = []
  for (let round = 0; round < rounds; round += 1) {
    const before = await surge(hub, bodies, seconds, null)
    const during = await surge(hub, bodies, seconds, Math.round(before.perSecond * times))
    const after = await surge(hub, bodies, seconds, null)
    measured.push({ before, during, after })
  }
  await hub.stop()
  return { rounds: measured }
}

export function overloadTable({ rounds }: OverloadCost): string {
  const middle = (when: 'before' | 'during' | 'after', what: keyof Surge): number =>
    median(rounds.map((round) => round[when][what]))
  const ratio = (what: keyof Surge, when: 'during' | 'after'): string =>
    percent(median(rounds.map((round) => round[when][what] / round.before[what])))
  const failed = rounds.reduce(
    (sum, { before, during, after }) => sum + before.failed + during.failed + after.failed,
    0,
  )
  return [
    `Ten times the queries of ${enterprises} enterprises that the hub sustains at ${connections} connections, median of ${rounds.length} rounds:`,
    row(
      '  sent, refused, answered a second',
      [middle('during', 'sent'), middle('during', 'refused'), middle('during', 'perSecond')].map(Math.round).join(', '),
    ),
    row('  answered, of what it sustains', ratio('perSecond', 'during')),
    row(
      '  p50, p99 of answers (ms)',
      `${middle('during', 'p50').toFixed(0)}, ${middle('during', 'p99').toFixed(0)}; sustained ${middle('before', 'p50').toFixed(0)}, ${middle('before', 'p99').toFixed(0)}`,
    ),
    row('  p99, of the sustained', ratio('p99', 'during')),
    row('  answered right after, of before', ratio('perSecond', 'after')),
    row('  failed', String(failed)),
  ].join('\n')
}
