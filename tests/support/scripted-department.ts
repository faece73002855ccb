/** A department that says exactly what a test tells it to say, and the loaders of an adapter that asks it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Adapter } from '../../adapters/kernel/adapter.ts'
import { DepartmentCache } from '../../adapters/kernel/cache.ts'
import { UpstreamError, type UpstreamProblem } from '../../adapters/kernel/errors.ts'
import { createHttp, type DepartmentHttp, type DepartmentSettings } from '../../adapters/kernel/http.ts'
import type { CallScope } from '../../adapters/kernel/scope.ts'
import type { DepartmentId } from '../../departments.ts'
import { alwaysAsked } from '../../rules/freshness.ts'

/** An answer as it goes over the wire. */
export interface Said {
  status?: number
  headers?: Record<string, string>
  body?: string | Buffer
}

/** A request as it came. */
export interface Heard {
  method: string
  path: string
  headers: Record<string, string>
  body: string
  /** Aborted when the connection is closed. */
  closed: AbortSignal
}

/** What is said to the nth request, counted from 0; null breaks the connection. */
export type Script = (heard: Heard, nth: number) => Said | null | Promise<Said | null>

/** What came of asking, with an error as data. */
export interface Failure {
  problem: UpstreamProblem
  message: string
  retryAt: string | null
}

export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Said => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  body: JSON.stringify(value),
})

/** Says these one after the other, and the last to all that follow. */
export const inTurn =
  (...said: readonly [Said | null, ...(Said | null)[]]): Script =>
  (_heard, nth) =>
    said[Math.min(nth, said.length - 1)] ?? null

/** What a loader gives, at once or later; an UpstreamError as data, anything else is thrown on. */
export const outcome = <T>(asked: T | Promise<T>): Promise<T | Failure> =>
  Promise.resolve(asked).catch((error: unknown): Failure => {
    if (!(error instanceof UpstreamError)) throw error
    return { problem: error.problem, message: error.message, retryAt: error.retryAt?.toISOString() ?? null }
  })

/** What a loader gives for some keys, asked for at once. */
export const loaded = <K, V>(loader: { load(key: K): V | Promise<V> }, keys: readonly K[]): Promise<V[]> =>
  Promise.all(keys.map((key) => loader.load(key)))

export class ScriptedDepartment {
  /** All requests since the script was set. */
  heard: Heard[] = []
  /** What the adapter reported as answered: freshness, in order. */
  answered: string[] = []
  /** How often the adapter reported a call. */
  called = 0
  #script: Script = () => ({ status: 404 })
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly #clients: DepartmentHttp[] = []

  static async start(): Promise<ScriptedDepartment> {
    const department = new ScriptedDepartment()
    await new Promise<void>((resolve) => department.#server.listen(0, '127.0.0.1', resolve))
    return department
  }

  /** Forgets what was heard and answers by this script from now on. */
  says(script: Script | Said): void {
    this.#script = typeof script === 'function' ? script : () => script
    this.heard = []
    this.answered = []
    this.called = 0
  }

  get url(): URL {
    const { port } = this.#server.address() as AddressInfo
    return new URL(`http://127.0.0.1:${port}`)
  }

  /** A client of its own, with a breaker and memory of its own. */
  client(id: DepartmentId, settings: Partial<DepartmentSettings> = {}): DepartmentHttp {
    const client = createHttp(id, {
      url: this.url,
      credentials: {},
      timeout: 5000,
      concurrency: 8,
      maxAnswerBytes: 1024 * 1024,
      ...settings,
    })
    this.#clients.push(client)
    return client
  }

  /** Connects an adapter; what comes back makes the loaders of one request. */
  connect<Loaders>(
    id: DepartmentId,
    adapter: Adapter<Loaders>,
    settings: Partial<DepartmentSettings> = {},
  ): (time?: number, signal?: AbortSignal) => Loaders {
    const loadersOf = adapter.connect(this.client(id, settings), new DepartmentCache(id, { most: 100, shared: null }))
    return (time, signal) => loadersOf(this.scope(time, signal))
  }

  /** The scope of a request that has so many milliseconds. */
  scope(time = 10_000, signal: AbortSignal = new AbortController().signal): CallScope {
    return {
      signal,
      deadline: performance.now() + time,
      requestId: 'a-test-request',
      spans: null,
      leavesCopies: true,
      freshness: () => alwaysAsked,
      called: () => void this.called++,
      answered: (_department, freshness) => void this.answered.push(freshness),
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.close()))
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = []
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
    const closed = new AbortController()
    response.once('close', () => closed.abort())
    const heard: Heard = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      body: Buffer.concat(parts).toString('utf8'),
      closed: closed.signal,
    }
    const said = await this.#script(heard, this.heard.push(heard) - 1)
    if (said === null) return void request.socket.destroy()
    response.writeHead(said.status ?? 200, said.headers ?? {}).end(said.body)
  }
}
