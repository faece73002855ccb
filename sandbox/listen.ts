import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server that answers at `url` until it is closed; closing breaks what is still open. */
export interface Listening {
  readonly url: string
  close(): Promise<void>
}

/** A port that cannot be had; its message is one sentence that names the port and who wanted it. */
export class PortUnavailable extends Error {}

/** The loopback interface. */
export const loopback = '127.0.0.1'

/** Port 0 asks the system for a free one; the address `0.0.0.0` is every one of this machine. */
export const listen = (listener: RequestListener, port: number, who: string, host = loopback): Promise<Listening> =>
  new Promise((resolve, reject) => {
    const server = createServer({ keepAliveTimeout: 60_000 }, listener)
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'is already in use' : `cannot be opened (${error.code ?? error.message})`
      reject(new PortUnavailable(`Port ${port}, wanted for ${who}, ${why}.`))
    })
    server.listen(port, host, () => {
      const { port: actual } = server.address() as AddressInfo
      const close = () =>
        new Promise<void>((done) => {
          server.close(() => done())
          server.closeAllConnections()
        })
      resolve({ url: `http://${host === '0.0.0.0' ? loopback : host}:${actual}`, close })
    })
  })
