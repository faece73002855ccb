/** A Redis for a test: one that is played, on a port that can be made dead or slow; or the one of this machine behind it. */
import { spawn } from 'node:child_process'
import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import { freePorts } from '../support/serve.ts'

export interface TestRedis {
  url: string
  /** All that is kept, as it is kept; of the played one. */
  kept: Map<string, string>
  /** Every command that came, by its name. */
  commands: string[]
  /** `slow` takes what comes and answers nothing; `late` does what it is told and says so too late; `dead` takes no connection. */
  be(state: 'well' | 'slow' | 'late' | 'dead'): Promise<void>
  stop(): Promise<void>
}

/** Whole commands at the beginning of what came, and the rest of it (RESP, arrays of bulk strings). */
function commandsIn(buffer: Buffer): { commands: string[][]; rest: Buffer } {
  const commands: string[][] = []
  let at = 0
  const line = (): string | null => {
    const end = buffer.indexOf('\r\n', at)
    if (end < 0) return null
    const text = buffer.toString('utf8', at, end)
    at = end + 2
    return text
  }
  for (;;) {
    const start = at
    const words: string[] = []
    const head = line()
    let isWhole = head !== null
    for (let left = Number(head?.slice(1) ?? 0); isWhole && left > 0; left -= 1) {
      const length = line()
      const bytes = Number(length?.slice(1))
      isWhole = length !== null && buffer.length >= at + bytes + 2
      if (!isWhole) break
      words.push(buffer.toString('utf8', at, at + bytes))
      at += bytes + 2
    }
    if (!isWhole) return { commands, rest: buffer.subarray(start) }
    commands.push(words)
  }
}

const bulk = (text: string | undefined): string =>
  text === undefined ? '$-1\r\n' : `$${Buffer.byteLength(text)}\r\n${text}\r\n`

function replyTo([name = '', ...words]: readonly string[], kept: Map<string, string>): string {
  switch (name.toUpperCase()) {
    case 'HELLO':
      return '%1\r\n$5\r\nproto\r\n:3\r\n'
    case 'PING':
      return '+PONG\r\n'
    case 'GET':
      return bulk(kept.get(words[0] ?? ''))
    case 'MGET':
      return `*${words.length}\r\n${words.map((key) => bulk(kept.get(key))).join('')}`
    case 'EVAL': {
      // The one script there is: it keeps what each process has counted, and tells the sum of the others.
      const [, , key = '', process = '', total] = words
      const counts = JSON.parse(kept.get(key) ?? '{}') as Record<string, number>
      counts[process] = Math.max(counts[process] ?? 0, Number(total))
      kept.set(key, JSON.stringify(counts))
      const others = Object.entries(counts).filter(([name]) => name !== process)
      return `:${others.reduce((sum, [, count]) => sum + count, 0)}\r\n`
    }
    case 'SET':
      kept.set(words[0] ?? '', words[1] ?? '')
      return '+OK\r\n'
    default:
      return '+OK\r\n'
  }
}

/** @param behind port of a real one that everything is passed on to; null plays one */
export async function startRedis(behind: number | null = null): Promise<TestRedis> {
  const kept = new Map<string, string>()
  const commands: string[] = []
  const sockets = new Set<Socket>()
  let isSlow = false
  let isLate = false
  /** Longer than anyone waits for Redis, in ms. */
  const lateBy = 100
  const answer = (socket: Socket, bytes: Buffer | string): void => {
    if (isLate) setTimeout(() => socket.write(bytes), lateBy).unref()
    else socket.write(bytes)
  }
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.once('close', () => sockets.delete(socket))
    if (behind !== null) {
      const upstream = connect(behind, '127.0.0.1')
      upstream.on('error', () => socket.destroy())
      socket.on('data', (chunk) => void (isSlow || upstream.write(chunk)))
      upstream.on('data', (chunk) => void (isSlow || answer(socket, chunk)))
      socket.once('close', () => upstream.destroy())
      return
    }
    let rest: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      if (isSlow) return
      const read = commandsIn(Buffer.concat([rest, chunk]))
      rest = read.rest
      for (const command of read.commands) {
        commands.push((command[0] ?? '').toUpperCase())
        answer(socket, replyTo(command, kept))
      }
    })
  })
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const end = async (): Promise<void> => {
    if (!server.listening) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  return {
    url: `redis://127.0.0.1:${port}`,
    kept,
    commands,
    async be(state) {
      isSlow = state === 'slow'
      isLate = state === 'late'
      if (state === 'dead') await end()
      else if (!server.listening) await listen(port)
      // What was left half said when it was slow is not to be understood.
      else if (state === 'well') for (const socket of sockets) socket.destroy()
    },
    stop: end,
  }
}

/** The port of a Redis of this machine; null where there is none. */
export const redisHere = (): Promise<number | null> =>
  new Promise((resolve) => {
    const socket = connect(6379, '127.0.0.1')
    socket.setTimeout(500, () => socket.destroy())
    socket.once('error', () => resolve(null))
    socket.once('close', () => resolve(null))
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (said) => {
      resolve(said.toString('utf8').startsWith('+PONG') ? 6379 : null)
      socket.destroy()
    })
  })

/** Starts the machine's own `redis-server` on a port of its own; null where the machine has none. */
export async function startRedisServer(): Promise<{ url: string; stop(): Promise<void> } | null> {
  const port = await freePorts()
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve())
    child.once('close', () => resolve())
  })
  let said = ''
  const isReady = new Promise<boolean>((resolve) => {
    child.stdout.on('data', (part: Buffer) => {
      said += part.toString()
      if (said.includes('Ready to accept connections')) resolve(true)
    })
    void ended.then(() => resolve(false))
  })
  if (!(await isReady)) return null
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
