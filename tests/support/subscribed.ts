/** Subscribes at a running hub by the clients that others use, and keeps what comes. */
import { createClient as createStream, NetworkError } from 'graphql-sse'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { waitUntil } from '../../store/engine/process.ts'
import type { Persona, Running } from './harness.ts'

/** An event as it came, without what is new with each. */
export interface Event {
  data?: Record<string, unknown> | null
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
}

export interface Subscribed {
  events: (Event & { extensions?: { requestId: string } })[]
  /** How it ended: by a close of the connection, an error, or in order; null while it is open. */
  end: unknown
  /** Resolves with the nth event, from 0. */
  nth: (at: number) => Promise<Event>
  ended: () => Promise<unknown>
  /** Leaves. */
  leave: () => Promise<void>
}

const long = 20_000

function keeping(): Subscribed & { take: (event: unknown) => void } {
  const kept: Subscribed & { take: (event: unknown) => void } = {
    events: [],
    end: null,
    take: (event) => void kept.events.push(event as Event),
    async nth(at) {
      if (!(await waitUntil(() => kept.events.length > at || kept.end !== null, long)) || kept.events.length <= at)
        throw new Error(`No event ${at}: ${JSON.stringify([kept.events, kept.end])}`)
      const { extensions: _new, ...event } = kept.events[at] ?? {}
      return event
    },
    async ended() {
      if (!(await waitUntil(() => kept.end !== null, long))) throw new Error('It does not end.')
      return kept.end
    },
    leave: async () => undefined,
  }
  return kept
}

const headersOf = async (running: Pick<Running, 'token'>, persona: Persona) => ({
  authorization: `Bearer ${await running.token(persona)}`,
  ...(persona.purpose === undefined ? {} : { 'x-purpose': persona.purpose }),
})

export type Way = 'websocket' | 'sse'
export const ways = ['websocket', 'sse'] as const

interface Asked {
  query: string
  variables?: Record<string, unknown>
}

/** @param url of the hub, where it is another one */
export async function subscribe(
  running: Running,
  way: Way,
  persona: Persona,
  asked: Asked | string,
  url = running.hub.url,
): Promise<Subscribed> {
  const payload = typeof asked === 'string' ? { query: asked } : asked
  return subscribeWith(url, way, await headersOf(running, persona), payload)
}

/** @param headers who asks, as headers or as the payload of connection_init say it */
export function subscribeWith(url: string, way: Way, headers: Record<string, string>, payload: Asked): Subscribed {
  const kept = keeping()
  const sink = {
    next: kept.take,
    error: (error: unknown) => {
      if (error instanceof NetworkError && error.response !== undefined) {
        // What a POST is answered.
        const response = error.response as Response
        void response.json().then((body) => (kept.end ??= (body as { errors: unknown }).errors))
      } else kept.end ??= error
    },
    complete: () => (kept.end ??= 'complete'),
  }
  if (way === 'sse') {
    const client = createStream({ url: `${url}/graphql/stream`, headers, retryAttempts: 0 })
    client.subscribe(payload, sink)
    kept.leave = async () => client.dispose()
    return kept
  }
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: headers,
    retryAttempts: 0,
    on: {
      closed: (event) => {
        const { code, reason } = event as { code: number; reason: string }
        if (code !== 1000) kept.end = [code, reason]
      },
    },
  })
  client.subscribe(payload, sink)
  kept.leave = async () => client.dispose()
  return kept
}
