/**
 * A proxy between the hub and one system behind it, which can break the connection in every way that connections break.
 * It works on bytes; only where a fault is about what is said does it look at them.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type NetConnectOpts, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { Certificates } from './certificates.ts'

export const proxyFaults = {
  down: 'the port is closed',
  refused: 'connections are taken and reset at once',
  hangs: 'connections are taken, and nothing ever comes back',
  slow: 'answers come a byte every 50 ms',
  resets: 'the connection is reset in the middle of an answer',
  half: 'the connection is closed in the middle of an answer',
  garbage: 'random bytes in the place of an answer',
  huge: 'an answer of 50 MB',
  'wrong-record': 'what is asked about one enterprise is answered about another',
  clock: 'the date of every answer is a year off',
  expired: 'the certificate has expired',
} as const

export type ProxyFault = keyof typeof proxyFaults
export type Protocol = 'http' | 'postgres' | 'redis'

export interface ProxySettings {
  protocol: Protocol
  /** With these it speaks TLS to the hub; to the system behind it never does. */
  certificates: Certificates | null
}

const hugeSize = 50 * 1024 * 1024
const blank = Buffer.alloc(64 * 1024, ' ')
const dripEvery = 50
const code = /9[0-9A-HJ-NPQRTUWXY]{17}/g

/** How each protocol begins a message of 50 MB. */
const hugeStart: Readonly<Record<Protocol, () => Buffer>> = {
  http: () => Buffer.from(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${hugeSize}\r\n\r\n`),
  postgres: () => {
    const start = Buffer.from('N\0\0\0\0') // NoticeResponse
    start.writeInt32BE(hugeSize + 4, 1)
    return start
  },
  redis: () => Buffer.from(`$${hugeSize}\r\n`),
}

/** What a client of PostgreSQL sends first where it wants TLS. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

export class FaultProxy {
  /** Whose record is given where another's is asked for. */
  impostor = ''
  readonly #upstream: NetConnectOpts
  readonly #settings: ProxySettings
  readonly #contexts: Readonly<Record<'valid' | 'expired', ReturnType<typeof createSecureContext>>> | null
  readonly #open = new Set<Socket>()
  readonly #flooded = new WeakSet<Socket>()
  #server: Server | null = null
  #fault: ProxyFault | null = null
  #port = 0

  private constructor(upstream: NetConnectOpts, settings: ProxySettings) {
    this.#upstream = upstream
    this.#settings = settings
    const { certificates } = settings
    this.#contexts =
      certificates === null
        ? null
        : { valid: createSecureContext(certificates.valid), expired: createSecureContext(certificates.expired) }
  }

  static async start(upstream: NetConnectOpts, settings: ProxySettings): Promise<FaultProxy> {
    const proxy = new FaultProxy(upstream, settings)
    await proxy.#listen()
    return proxy
  }

  get port(): number {
    return this.#port
  }

  /** Begins a fault, or ends the one there is. What is under way feels it too. */
  async set(fault: ProxyFault | null): Promise<void> {
    const wasDown = this.#fault === 'down'
    this.#fault = fault
    if (fault === 'down') return this.#stopListening()
    if (wasDown) await this.#listen()
    if (fault === 'refused' || fault === 'expired') for (const socket of this.#open) socket.resetAndDestroy()
  }

  async close(): Promise<void> {
    if (this.#fault !== 'down') await this.#stopListening()
  }

  async #listen(): Promise<void> {
    this.#server = createServer((socket) => this.#accept(socket))
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async #stopListening(): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve))
    for (const socket of this.#open) socket.resetAndDestroy()
    await closed
  }

  #accept(raw: Socket): void {
    this.#open.add(raw)
    raw.setNoDelay(true)
    raw.on('error', () => undefined)
    raw.once('close', () => this.#open.delete(raw))
    if (this.#fault === 'refused') return void raw.resetAndDestroy()
    if (this.#contexts === null) return this.#join(raw, raw)
    if (this.#settings.protocol !== 'postgres') return this.#secure(raw)
    raw.once('data', (first: Buffer) => {
      if (!first.equals(sslRequest)) return void raw.destroy()
      raw.write('S')
      this.#secure(raw)
    })
  }

  #secure(raw: Socket): void {
    const secureContext = this.#contexts?.[this.#fault === 'expired' ? 'expired' : 'valid']
    this.#join(raw, new TLSSocket(raw, { isServer: true, ...(secureContext === undefined ? {} : { secureContext }) }))
  }

  /** @param raw the connection, @param near what is said on it: the same, or what TLS protects */
  #join(raw: Socket, near: Socket): void {
    const far = connect(this.#upstream)
    const drip: Buffer[] = []
    const timer = setInterval(() => {
      const next = drip.shift()
      if (next === undefined) return
      near.write(next.subarray(0, 1))
      if (next.length > 1) drip.unshift(next.subarray(1))
    }, dripEvery)
    const over = (): void => {
      clearInterval(timer)
      near.destroy()
      far.destroy()
    }
    for (const socket of [near, far]) socket.on('error', over).once('close', over)
    near.on('data', (chunk: Buffer) => {
      if (this.#fault === 'hangs') return
      far.write(this.#fault === 'wrong-record' ? this.#aboutAnother(chunk) : chunk)
    })
    far.on('data', (chunk: Buffer) => {
      if (drip.length > 0) drip.push(chunk)
      else this.#answer(chunk, near, raw, drip)
    })
  }

  #answer(chunk: Buffer, near: Socket, raw: Socket, drip: Buffer[]): void {
    switch (this.#fault) {
      case 'hangs':
        return
      case 'slow':
        drip.push(chunk)
        return
      case 'resets':
        near.write(half(chunk), () => raw.resetAndDestroy())
        return
      case 'half':
        near.end(half(chunk))
        return
      case 'garbage':
        near.end(randomBytes(chunk.length))
        return
      case 'huge':
        // Once: several answers may be waited for on one connection.
        if (!this.#flooded.has(near)) void flood(near, hugeStart[this.#settings.protocol]())
        this.#flooded.add(near)
        return
      case 'clock':
        near.write(Buffer.from(chunk.toString('latin1').replace(/^(date: .*) (\d{4}) /im, aYearOff), 'latin1'))
        return
      default:
        near.write(chunk)
    }
  }

  /** As long as what was asked, so that no length is wrong. */
  #aboutAnother(chunk: Buffer): Buffer {
    return Buffer.from(chunk.toString('latin1').replace(code, this.impostor), 'latin1')
  }
}

const aYearOff = (_line: string, before: string, year: string): string => `${before} ${Number(year) - 1} `

/** The first half; of an HTTP answer that has a body, up to the middle of it. */
function half(chunk: Buffer): Buffer {
  const head = chunk.indexOf('\r\n\r\n')
  const start = head < 0 || head + 4 === chunk.length ? 0 : head + 4
  return chunk.subarray(0, start + Math.floor((chunk.length - start) / 2))
}

/** Sends 50 MB, as fast as the other side takes them and as long as it is there. */
const flood = (socket: Socket, start: Buffer): Promise<void> =>
  pipeline(Readable.from(huge(start)), socket).catch(() => undefined)

function* huge(start: Buffer): Generator<Buffer> {
  yield start
  for (let left = hugeSize; left > 0; left -= blank.length) yield blank.subarray(0, left)
}
