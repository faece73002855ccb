/** A hub under a steady, mixed load for long: what it holds meanwhile, and whether it goes on as it began. */
import { Pool } from 'undici'
import { samples } from '../../hub/samples.ts'
import { growth, mostWithheld } from '../fuzz/run.ts'
import type { Held } from '../hub-watch.ts'
import { quantile } from '../load.ts'
import { documentsEach, dxpId, tradeKinds, tradeMessage } from '../trade/messages.ts'
import { startWatchedHub, type WatchedHub } from '../watched-hub.ts'

/** What the process held at a time, and how it answered since the time before. */
export interface Point extends Held {
  /** Since the load began. */
  minute: number
  /** Answers to queries. */
  answers: number
  /** Of these, in ms. */
  p99: number
}

export interface Soaked {
  minutes: number
  /** Queries that were answered, and trade documents that were taken over. */
  answers: number
  documents: number
  /** Answers withheld since the database did not write their record within two seconds (503, AUDIT_UNAVAILABLE). */
  withheld: number
  points: Point[]
  /** What was not as it should be. */
  problems: string[]
}

/** Queries a second, and messages of trade documents a minute. */
export const load = { queries: 60, messages: 30 }
/** Handles that may come to those that there were: connections are opened as they are needed. */
const moreHandles = 50
const mostProblems = 20
const tick = 50
/** What a database that has no time is told with; a machine may be too busy for it. */
const busy = 'AUDIT_UNAVAILABLE'

interface Asking {
  headers: Record<string, string>
  body: string
}

/** What callers ask: everything that the explorer offers to begin with, by whom it is offered for. */
async function askings(hub: WatchedHub): Promise<Asking[]> {
  const session = (await (await fetch(`${hub.url}/explorer/session`)).json()) as { enterprises: string[] }
  const { enterprises } = session
  // The same queries of other enterprises, so that not all of it is answered from copies.
  const turned = enterprises.map((_, at) => [...enterprises.slice(at), ...enterprises.slice(0, at)])
  const all = turned.flatMap((usccs) => samples(usccs))
  const tokens = new Map<string, string>()
  for (const { viewer } of all) if (!tokens.has(viewer)) tokens.set(viewer, await tokenOf(hub, { viewer }))
  return all.map(({ viewer, purpose, query, variables }) => ({
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${tokens.get(viewer) ?? ''}`,
      ...(purpose === '' ? {} : { 'x-purpose': purpose }),
    },
    body: JSON.stringify({ query, variables }),
  }))
}

async function tokenOf({ url }: WatchedHub, whose: object): Promise<string> {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(whose) }
  return ((await (await fetch(`${url}/explorer/token`, post)).json()) as { token: string }).token
}

/** What is wrong with an answer; null where all of it is there but what its asker may not see. */
export function wrongWith(status: number, text: string): string | null {
  const { errors = [] } = JSON.parse(text) as { errors?: { message: string; extensions: { code: string } }[] }
  const other = errors.find(({ extensions }) => extensions.code !== 'UNAUTHORIZED_FIELD_OR_TYPE')
  if (other !== undefined) return `status ${status}, ${other.extensions.code}: ${other.message}`
  return status === 200 ? null : `status ${status}`
}

/** What is wrong with what a process held, from when its caches were full, after a fifth of the time. */
export function problemsOf(points: readonly Held[]): string[] {
  const [early, late] = [points[Math.floor(points.length / 5)], points.at(-1)]
  if (early === undefined || late === undefined) return ['nothing was looked at']
  const problems: string[] = []
  if (late.heap > early.heap * (1 + growth.part) + growth.bytes)
    problems.push(`the heap grew from ${early.heap} to ${late.heap} bytes`)
  if (late.handles > early.handles + moreHandles) problems.push(`handles grew from ${early.handles} to ${late.handles}`)
  return problems
}

/**
 * Starts a hub, loads it, and ends it.
 * @param every how often it is looked at, in ms
 * @param say told of each look
 */
export async function soak(minutes: number, every: number, say: (point: Point) => void): Promise<Soaked> {
  // One caller asks what many would.
  const hub = await startWatchedHub({ HUTONG_RATE_REQUESTS: '1000000000', HUTONG_RATE_SUBJECTS: '1000000000' })
  const soaked: Soaked = { minutes, answers: 0, documents: 0, withheld: 0, points: [], problems: [] }
  const problem = (text: string): void => {
    if (soaked.problems.length < mostProblems) soaked.problems.push(text)
  }
  const pool = new Pool(hub.url, { connections: 20 })
  try {
    const asked = await askings(hub)
    const sender = { authorization: `Bearer ${await tokenOf(hub, { viewer: 'portal', dxpIds: [dxpId] })}` }
    let took: number[] = []
    let next = 0
    const query = async (): Promise<void> => {
      const { headers, body } = asked[next++ % asked.length] ?? { headers: {}, body: '' }
      const began = performance.now()
      const answer = await pool.request({ path: '/graphql', method: 'POST', headers, body })
      const text = await answer.body.text()
      took.push(performance.now() - began)
      soaked.answers += 1
      const wrong = wrongWith(answer.statusCode, text)
      if (wrong?.includes(busy) === true) soaked.withheld += 1
      else if (wrong !== null) problem(wrong)
    }
    let handed = 0
    const handIn = async (): Promise<void> => {
      const [first, kind] = [Math.floor(handed / tradeKinds.length), tradeKinds[handed % tradeKinds.length]]
      handed += 1
      if (kind === undefined) return
      const answer = await pool.request({
        path: '/ceb',
        method: 'POST',
        headers: { ...sender, 'content-type': 'application/xml' },
        body: tradeMessage(kind, (first + 1) * documentsEach),
      })
      const text = await answer.body.text()
      soaked.documents += documentsEach
      if (answer.statusCode !== 200 || text.includes('<ceb:returnStatus>-')) problem(`a message: ${text.slice(0, 300)}`)
    }

    const began = performance.now()
    const passed = (): number => performance.now() - began
    const under = new Set<Promise<void>>()
    const begin = (work: () => Promise<void>): void => {
      const done: Promise<void> = work()
        .catch((error: unknown) => problem(String(error)))
        .finally(() => under.delete(done))
      under.add(done)
    }
    const look = async (): Promise<void> => {
      const minute = Math.round(passed() / 600) / 100
      const [answers, p99] = [took.length, Math.round(quantile(took, 0.99) * 10) / 10]
      took = []
      const point = { minute, ...(await hub.held(true)), answers, p99 }
      soaked.points.push(point)
      say(point)
    }
    // By the clock, however long answers take.
    let [begun, messages] = [0, 0]
    let looked = 0
    while (passed() < minutes * 60_000 && hub.code() === null) {
      for (; begun < (passed() / 1000) * load.queries; begun += 1) begin(query)
      for (; messages < (passed() / 60_000) * load.messages; messages += 1) begin(handIn)
      if (passed() >= (looked + 1) * every) {
        looked += 1
        await look()
      }
      await new Promise((resolve) => setTimeout(resolve, tick))
    }
    await Promise.all(under)
    if (hub.code() === null) await look()
  } finally {
    if (hub.code() !== null) problem(`the process ended with ${hub.code()}`)
    await pool.close()
    await hub.stop()
  }
  for (const line of hub.found()) if (!line.includes(busy)) problem(`the hub said: ${line}`)
  if (soaked.withheld > soaked.answers * mostWithheld) problem(`${soaked.withheld} answers were withheld`)
  soaked.problems.push(...problemsOf(soaked.points))
  return soaked
}
