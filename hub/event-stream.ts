/**
 * `POST /graphql/stream`: a subscription as server-sent events, one to a connection (GraphQL over Server-Sent Events
 * Protocol, distinct connections mode). Its other mode needs what processes do not share.
 */
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import type { RouteOptions } from 'fastify'
import type { Overload } from './overload.ts'
import type { Events } from './events.ts'
import type { Said, Subscriptions } from './subscriptions.ts'

/** After so long without an event a comment is sent, so that nobody between takes the connection for dead; in ms. */
const silence = 12_000

const eventStream = 'text/event-stream'

const written = (said: Said): string => `event: next\ndata: ${JSON.stringify(said)}\n\n`

async function* streamed(first: Said | null, events: Events): AsyncGenerator<string, void, undefined> {
  yield first === null ? ':\n\n' : written(first)
  for (;;) {
    const coming = events.next()
    const waiting = new AbortController()
    for (;;) {
      const quiet = pause(silence, null, { signal: waiting.signal, ref: false }).catch(() => null)
      const event = await Promise.race([coming, quiet])
      if (event === null) {
        yield ':\n\n'
        continue
      }
      waiting.abort()
      if (event.done === true) {
        yield 'event: complete\ndata: \n\n'
        return
      }
      yield written(event.value)
      break
    }
  }
}

/** The first event is on record by the hook on sending, as any answer is; it stands behind that. */
export const streamRoute = (subscriptions: Subscriptions, overload: Pick<Overload, 'letGo'>): RouteOptions => ({
  url: '/graphql/stream',
  method: 'POST',
  handler: async ({ raw, body, trace }, reply) => {
    let hasLeft = false
    let leave = (): unknown => (hasLeft = true)
    reply.raw.once('close', () => leave())
    const takes = ['connections', 'subscriptions'] as const
    const request = { head: raw, body, mediaTypes: [eventStream], takes }
    const { said, isNews, status, events } = await subscriptions.begin(request, trace)
    if (events !== null) overload.letGo(reply.raw)
    if (events === null) return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(said))
    const stream = Readable.from(streamed(isNews ? said : null, events), { highWaterMark: 1 })
    leave = () => events.return()
    if (hasLeft) await leave()
    void events.ended.then((why) => {
      if (why === 'unread') reply.raw.destroy()
    })
    return reply.type(`${eventStream}; charset=utf-8`).header('x-accel-buffering', 'no').send(stream)
  },
})
