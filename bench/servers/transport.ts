/** How a server of this bench sends its calls: through pools of connections that are kept, or as Node's own fetch does. */
import { Pool } from 'undici'

export interface Call {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body: string | null
}

interface Body {
  json(): Promise<unknown>
  arrayBuffer(): Promise<ArrayBuffer>
}

/** Makes for an origin what sends calls to it. */
export type Transport = (origin: string) => (call: Call) => Promise<Body>

/** @param connections to each origin */
export const pooled =
  (connections = 64): Transport =>
  (origin) => {
    const pool = new Pool(origin, { connections, pipelining: 1 })
    return async (call) => (await pool.request(call)).body
  }

export const fetched: Transport =
  (origin) =>
  ({ path, ...init }) =>
    fetch(origin + path, init)
