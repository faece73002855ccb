/**
 * Refuses early what could not be answered in time. While the processor has no time to spare, as many requests may be
 * under way as the hub answers in the time that an answer may take (Little's law); both are measured as it runs. A slow
 * department keeps requests waiting and the processor idle: that refuses nobody.
 */
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import { performance, type EventLoopUtilization } from 'node:perf_hooks'
import type { FastifyServerFactory } from 'fastify'
import { overloaded } from './errors.ts'

export interface OverloadLimits {
  /** Longest that a request should wait for the hub itself, in ms; what departments take comes on top. */
  wait: number
  /** Requests under way from which on the next is refused, whatever the processor does: each takes memory. */
  underWay: number
}

/** Requests under way that are taken by the busiest hub. */
const least = 64
/** Requests that are taken at once before anything was measured. */
const unmeasured = 256

/** What happened in one window of time. */
export interface Window {
  /** Its length, in ms. */
  length: number
  /** Part of it in which the process was at work, 0 to 1. */
  busy: number
  /** Requests answered. */
  finished: number
  /** What they took in all, in ms. */
  took: number
}

/** Part of a window from which on the waiting is the hub's own doing, so that it says nothing of departments. */
const saturated = 0.9
/** Answers that a window must have to say something. */
const telling = 5
/** Weight of a window against all those before it. */
const weight = 0.2

/** How many requests may be under way, as far as the windows so far tell. */
export class Capacity {
  readonly #limits: OverloadLimits
  /** Answers a second that the process could give if it did nothing else; null before any was measured. */
  #perSecond: number | null = null
  /** What an answer takes while the process has time to spare, in ms. */
  #ordinary = 0
  #isSaturated = false

  constructor(limits: OverloadLimits) {
    this.#limits = limits
  }

  observe({ length, busy, finished, took }: Window): void {
    this.#isSaturated = busy >= saturated
    if (finished < telling) return
    const perSecond = (finished * 1000) / length / busy
    this.#perSecond = this.#perSecond === null ? perSecond : mixed(this.#perSecond, perSecond)
    if (!this.#isSaturated) this.#ordinary = mixed(this.#ordinary, took / finished)
  }

  /** Requests under way from which on the next is refused. */
  get most(): number {
    const { wait, underWay } = this.#limits
    return this.#isSaturated ? Math.min(underWay, this.#within(this.#ordinary + wait)) : underWay
  }

  /** By how many more may be under way before another look: a surge is there sooner than it is seen. */
  get atOnce(): number {
    return this.#within(this.#limits.wait)
  }

  /** Requests that can be answered in so many ms. */
  #within(milliseconds: number): number {
    if (this.#perSecond === null) return unmeasured
    return Math.max(least, Math.ceil((this.#perSecond * milliseconds) / 1000))
  }
}

const mixed = (before: number, now: number): number => before * (1 - weight) + now * weight

export interface Overload {
  /** Takes a request; false where it is one too many. */
  take(response: ServerResponse): boolean
  /** Counts a request no more that was taken: a stream of events is open for hours, which says nothing of how busy the hub is. */
  letGo(response: ServerResponse): void
  /** Requests under way. */
  underWay(): number
  /** Requests under way from which on the next is refused. */
  most(): number
  /** Requests refused so far. */
  refused(): number
  stop(): void
}

/** Length of a window, in ms. */
const every = 50

/** Watches the requests of one process. */
export function watchOverload(limits: OverloadLimits): Overload {
  const capacity = new Capacity(limits)
  let { most, atOnce } = capacity
  let before = 0
  let underWay = 0
  let refused = 0
  let [finished, took] = [0, 0]
  let began = performance.now()
  let loop: EventLoopUtilization = performance.eventLoopUtilization()
  /** A response's: when its request was taken, on the clock of performance.now(); not where it counts no more. */
  const taken = Symbol('taken')
  type Taken = ServerResponse & { [taken]?: number | undefined }
  function closed(this: Taken): void {
    const arrived = this[taken]
    if (arrived === undefined) return
    this[taken] = undefined
    underWay -= 1
    finished += 1
    took += performance.now() - arrived
  }
  const timer = setInterval(() => {
    const [now, after] = [performance.now(), performance.eventLoopUtilization()]
    const { utilization: busy } = performance.eventLoopUtilization(after, loop)
    capacity.observe({ length: now - began, busy, finished, took })
    ;({ most, atOnce } = capacity)
    ;[began, loop, before, finished, took] = [now, after, underWay, 0, 0]
  }, every)
  timer.unref()
  return {
    take(response) {
      if (underWay >= most || underWay - before >= atOnce) {
        refused += 1
        return false
      }
      underWay += 1
      const counted: Taken = response
      counted[taken] = performance.now()
      response.on('close', closed)
      return true
    },
    letGo(response) {
      const counted: Taken = response
      if (counted[taken] === undefined) return
      counted[taken] = undefined
      underWay -= 1
    },
    underWay: () => underWay,
    most: () => most,
    refused: () => refused,
    stop: () => clearInterval(timer),
  }
}

/** What a busy hub still answers: probes for those who watch it, and the page of the explorer. */
const isSpared = (url: string): boolean =>
  url.startsWith('/livez') || url.startsWith('/readyz') || url.startsWith('/metrics') || url.startsWith('/explorer')

/** Whether a request is for another protocol that is spoken here; where it is not, it goes on in HTTP (RFC 9110, 7.8). */
export const isForWebSocket = ({ method, url, headers }: IncomingMessage): boolean =>
  method === 'GET' && url === '/graphql' && headers.upgrade?.toLowerCase() === 'websocket'

/**
 * Makes the HTTP server that refuses a request before anything of it is read, and before Fastify sees it: to be of use,
 * a refusal must cost next to nothing.
 * @param headers of every answer of the hub
 */
export function sheddingServer(overload: Overload, headers: Readonly<Record<string, string>>): FastifyServerFactory {
  const { message, extensions } = overloaded()
  const { http, ...rest } = extensions as { http: { status: number; headers: ReadonlyMap<string, string> } }
  const body = JSON.stringify({ errors: [{ message, extensions: rest }] })
  const head: OutgoingHttpHeaders = {
    ...headers,
    ...Object.fromEntries(http.headers),
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  }
  return (handler, { keepAliveTimeout, requestTimeout, connectionTimeout }) => {
    const server = createServer({ shouldUpgradeCallback: isForWebSocket }, (request, response) => {
      if (isSpared(request.url ?? '') || overload.take(response)) handler(request, response)
      else response.writeHead(http.status, head).end(body)
    })
    // As Fastify sets them where it makes the server.
    server.keepAliveTimeout = Number(keepAliveTimeout)
    server.requestTimeout = Number(requestTimeout)
    return server.setTimeout(Number(connectionTimeout))
  }
}
