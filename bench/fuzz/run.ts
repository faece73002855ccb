/** Sends requests by chance to a hub and judges every answer. */
import { Agent, request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { buildView } from '../../hub/schema.ts'
import { samples } from '../../hub/samples.ts'
import { factoryOf } from '../../sandbox/start.ts'
import { departmentIds } from '../../departments.ts'
import { startWatchedHub, type WatchedHub } from '../watched-hub.ts'
import { planted, requestBy, type Material, type Spoiled } from './requests.ts'

export interface Fuzzed {
  requests: number
  seed: number
  /** Answers by their status; `closed` where the connection was closed on bytes that are no request. */
  statuses: Record<string, number>
  /** GraphQL answers by the code of their first error; `none` where all of it was answered. */
  codes: Record<string, number>
  /** What was not as it should be, each with the number of the request. */
  problems: string[]
  /** Answers withheld since the database did not write their record within two seconds (503, AUDIT_UNAVAILABLE). */
  withheld: number
  /** Heap after a collection, in bytes: after the first 10,000 requests, and at the end. Null where there were fewer. */
  heap: { early: number; late: number } | null
  seconds: number
}

/** After so many the hub's caches are full. */
const early = 10_000
/** How much larger the heap may be at the end, as a part of what it was, and in bytes. */
export const growth = { part: 0.1, bytes: 10 * 1024 * 1024 }
const workers = 8
const patience = 15_000
const mostProblems = 20
/** Part of the answers that may be withheld, since a machine may be too busy for its database. */
export const mostWithheld = 0.001

interface Answer {
  status: number
  type: string
  text: string
}

const agent = new Agent({ keepAlive: true, maxSockets: workers })

const sent = (url: string, asked: Exclude<Spoiled, { bytes: Buffer }>): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const { method, path, headers, body } = asked
    const outgoing = httpRequest(url + path, { method, headers, agent, timeout: patience }, (incoming) => {
      const parts: Buffer[] = []
      incoming.on('data', (part: Buffer) => parts.push(part))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          type: incoming.headers['content-type'] ?? '',
          text: Buffer.concat(parts).toString('utf8'),
        }),
      )
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer in ${patience} ms`)))
    // The hub may close a connection after an answer, while it is being used again: that is to be tried once more.
    outgoing.on('error', (error) => (outgoing.reusedSocket ? resolve(sent(url, asked)) : reject(error)))
    outgoing.end(body ?? undefined)
  })

/** Everything that comes back until the other side closes. */
const sentRaw = (url: string, bytes: Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end(bytes))
    socket.setTimeout(patience, () => socket.destroy(new Error(`not closed in ${patience} ms`)))
    socket.setEncoding('latin1').on('data', (part: string) => (heard += part))
    // A reset is a way to close too, where the rest of what was sent was not read.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' || error.code === 'EPIPE' ? resolve(heard) : reject(error),
    )
    socket.on('close', () => resolve(heard))
  })

const isShed = ({ text }: Answer): boolean => text.includes('"code":"OVERLOADED"')

interface Body {
  data?: unknown
  errors?: { message?: unknown; extensions?: { code?: unknown } }[]
}

/** What is wrong with an answer; null where nothing is. */
export function problemOf(answer: Answer, isHead: boolean): string | null {
  const { status, type, text } = answer
  if (status >= 500 && !(status === 503 && isShed(answer))) return `status ${status}: ${text.slice(0, 200)}`
  if (text === '') return isHead || [204, 304, 431].includes(status) ? null : `status ${status} without a body`
  if (!/json/.test(type)) return /ndjson|xml|plain/.test(type) ? null : `content type ${type}`
  const body = JSON.parse(text) as Body
  if (typeof body !== 'object') return 'no object of JSON'
  if (status >= 400 && body.errors === undefined) return `status ${status} without an error: ${text.slice(0, 200)}`
  const { errors = [] } = body
  if (body.errors?.length === 0) return 'an empty list of errors'
  for (const { message, extensions } of errors) {
    if (typeof message !== 'string' || message === '') return 'an error without a message'
    if (typeof extensions?.code !== 'string') return `an error without a code: ${message.slice(0, 100)}`
    if (extensions.code === 'INTERNAL_SERVER_ERROR') return `a fault of the hub: ${message}`
  }
  return null
}

const firstCode = (text: string): string => {
  const { errors } = JSON.parse(text) as Body
  return typeof errors?.[0]?.extensions?.code === 'string' ? errors[0].extensions.code : 'none'
}

async function materialOf({ url }: WatchedHub): Promise<Material> {
  const json = async <T>(path: string, body?: object): Promise<T> => {
    const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
    return (await (await fetch(url + path, body === undefined ? {} : post)).json()) as T
  }
  const { enterprises, viewers } = await json<{ enterprises: string[]; viewers: { id: string; purposes: string[] }[] }>(
    '/explorer/session',
  )
  const personas = [
    ...viewers.map(({ id, purposes }) => ({ viewer: id, roles: undefined, purposes })),
    { viewer: 'tax', roles: ['steward'], purposes: [] },
    { viewer: 'authority', roles: ['authority'], purposes: [] },
  ]
  const askers = await Promise.all(
    personas.map(async ({ viewer, roles, purposes }) => ({
      token: (await json<{ token: string }>('/explorer/token', { viewer, roles })).token,
      purposes,
    })),
  )
  return { schema: buildView().schema, usccs: enterprises, samples: samples(enterprises), askers }
}

/** A query that is good, by customs. */
async function goodAnswer({ url }: WatchedHub, { samples: [sample], askers: [, asker] }: Material): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    authorization: `Bearer ${asker?.token ?? ''}`,
    'x-purpose': 'clearance',
  }
  const body = JSON.stringify({ query: sample?.query, variables: sample?.variables })
  const { data, errors } = (await (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).json()) as Body
  return JSON.stringify({ data, errors })
}

/** Starts a hub, sends the requests of a seed, and ends it. @param say told how far it is */
export async function fuzz(seed: number, requests: number, say: (text: string) => void): Promise<Fuzzed> {
  const began = performance.now()
  const hub = await startWatchedHub({ HUTONG_LOG: 'info' })
  const fuzzed: Fuzzed = { requests, seed, statuses: {}, codes: {}, problems: [], withheld: 0, heap: null, seconds: 0 }
  const count = (counts: Record<string, number>, name: string): void => void (counts[name] = (counts[name] ?? 0) + 1)
  const problem = (text: string): void => {
    if (fuzzed.problems.length < mostProblems) fuzzed.problems.push(text)
  }
  try {
    const material = await materialOf(hub)
    const credentials = await Promise.all(
      departmentIds.map(async (id) => Object.values((await factoryOf(id)).credentials)),
    )
    const secrets = [...(await hub.keys()), ...credentials.flat().filter((secret) => secret.length > 8)]
    hub.watchFor([planted, ...secrets, ...material.askers.map(({ token }) => token.split('.')[2] ?? token)])
    const before = await goodAnswer(hub, material)

    const one = async (nth: number): Promise<void> => {
      const asked = requestBy(seed, nth, material)
      if ('bytes' in asked) {
        const heard = await sentRaw(hub.url, asked.bytes)
        const statuses = [...heard.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status = '']) => status)
        for (const status of statuses) count(fuzzed.statuses, status)
        if (statuses.length === 0) count(fuzzed.statuses, 'closed')
        const bad = statuses.find((status) => status >= '500' && !heard.includes('"code":"OVERLOADED"'))
        if (bad !== undefined) problem(`${nth}: status ${bad} to bytes: ${heard.slice(0, 200)}`)
        return
      }
      const answer = await sent(hub.url, asked)
      count(fuzzed.statuses, String(answer.status))
      if (answer.status === 503 && answer.text.includes('"code":"AUDIT_UNAVAILABLE"'))
        return void (fuzzed.withheld += 1)
      const wrong = problemOf(answer, asked.method === 'HEAD')
      if (wrong !== null) return problem(`${nth}: ${wrong}`)
      if (secrets.some((secret) => answer.text.includes(secret))) problem(`${nth}: a secret stands in the answer`)
      if (/json/.test(answer.type) && answer.text !== '') count(fuzzed.codes, firstCode(answer.text))
    }
    const send = async (from: number, to: number): Promise<void> => {
      let next = from
      const worker = async (): Promise<void> => {
        while (next < to && hub.code() === null) {
          const nth = (next += 1) - 1
          await one(nth).catch((error: unknown) => problem(`${nth}: ${String(error)}`))
          if (nth % 5000 === 4999) say(`${nth + 1} of ${requests} …`)
        }
      }
      await Promise.all(Array.from({ length: workers }, worker))
    }
    await send(0, Math.min(early, requests))
    const isLong = requests >= 2 * early
    const first = isLong ? (await hub.held(true)).heap : 0
    await send(early, requests)
    if (isLong) {
      const { heap } = await hub.held(true)
      fuzzed.heap = { early: first, late: heap }
      if (heap > first * (1 + growth.part) + growth.bytes) fuzzed.problems.push('the heap grew')
    }
    const after = await goodAnswer(hub, material)
    if (before !== after) fuzzed.problems.push(`a good query is answered otherwise than before: ${after.slice(0, 300)}`)
  } finally {
    if (hub.code() !== null) fuzzed.problems.push(`the process ended with ${hub.code()}`)
    await hub.stop()
    agent.destroy()
  }
  for (const line of hub.found()) fuzzed.problems.push(`the hub said: ${line}`)
  if (fuzzed.withheld > requests * mostWithheld) fuzzed.problems.push(`${fuzzed.withheld} answers were withheld`)
  return { ...fuzzed, seconds: Math.round((performance.now() - began) / 1000) }
}
