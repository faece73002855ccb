/** Lets an HTTP server end in order and in time. */
import type { Server, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

/** How often what is still open is broken, in ms. */
const every = 50

/**
 * Watches a server from its start; what comes back closes it: no more connections are taken, requests under way are
 * answered, and then whatever is still open is broken. Without that, a connection that never sent a whole request
 * (browsers open some in advance) would hold the hub up for minutes.
 * @param limit longest wait for the requests under way, in ms
 */
export function drainable(app: FastifyInstance, limit: number): () => Promise<void> {
  const server: Server = app.server
  const underWay = new Set<ServerResponse>()
  let noticed = (): void => undefined
  function closed(this: ServerResponse): void {
    underWay.delete(this)
    if (underWay.size === 0) noticed()
  }
  server.on('request', (_request, response: ServerResponse) => {
    underWay.add(response)
    response.on('close', closed)
  })
  return async () => {
    const closed = app.close()
    if (underWay.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limit)
        noticed = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    // The server may take connections until what goes before its closing is done: those are broken too.
    const breaking = setInterval(() => server.closeAllConnections(), every)
    server.closeAllConnections()
    await closed.finally(() => clearInterval(breaking))
  }
}
