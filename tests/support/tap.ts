/** A tap on a connection: passes on whatever comes, and keeps what was said by the side that asks. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Tap {
  url: URL
  /** Values of a header in the requests that went through. */
  headers(name: string): string[]
  stop(): Promise<void>
}

export async function startTap(to: URL): Promise<Tap> {
  let heard = ''
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    const behind = connect(Number(to.port), to.hostname)
    for (const end of [socket, behind]) {
      open.add(end)
      end.on('error', () => undefined)
      end.once('close', () => open.delete(end))
    }
    socket.on('data', (part) => (heard += part.toString('latin1')))
    socket.pipe(behind).pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(to)
  url.port = String((server.address() as AddressInfo).port)
  return {
    url,
    headers: (name) => [...heard.matchAll(new RegExp(`^${name}: (.*?)\\r$`, 'gim'))].map((match) => match[1] ?? ''),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}
