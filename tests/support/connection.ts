/** A connection for subscriptions as one would make it by hand. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { waitUntil } from '../../store/engine/process.ts'

export interface Connection {
  socket: WebSocket
  heard: unknown[]
  closed: Promise<[code: number, reason: string]>
  say: (message: string | object) => void
  nth: (at: number) => Promise<unknown>
}

/** @param url of the hub, as of HTTP */
export async function connected(
  url: string,
  protocols: string[] = ['graphql-transport-ws'],
  headers: Record<string, string> = {},
): Promise<Connection> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocols, { headers })
  const heard: unknown[] = []
  socket.on('message', (data: Buffer) => void heard.push(JSON.parse(data.toString())))
  const closed = new Promise<[code: number, reason: string]>((resolve) => {
    socket.on('close', (code, reason) => resolve([code, reason.toString()]))
  })
  await once(socket, 'open')
  return {
    socket,
    heard,
    closed,
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async nth(at) {
      if (!(await waitUntil(() => heard.length > at, 10_000)))
        throw new Error(`No message ${at}: ${JSON.stringify(heard)}`)
      return heard[at]
    },
  }
}

export const init = (payload: Record<string, unknown>) => ({ type: 'connection_init', payload })
export const subscription = (id: string, query: string) => ({ id, type: 'subscribe', payload: { query } })

/** One that has said who it is. */
export async function acknowledged(url: string, payload: Record<string, unknown>): Promise<Connection> {
  const connection = await connected(url)
  connection.say(init(payload))
  if (!/connection_ack/.test(JSON.stringify(await connection.nth(0)))) throw new Error(JSON.stringify(connection.heard))
  return connection
}
