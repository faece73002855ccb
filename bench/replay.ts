/**
 * Departments that cost next to nothing, so that what is measured is who asks them: each answers from memory what the
 * development department behind it answered the first time, after a set delay. A process of its own: the first line on
 * stdin is `{ customs: "http://…", … }`, the answer the addresses in their place; later lines are `delay ‹ms›` and
 * `calls`, each answered by `{ calls }`, the calls for data so far, or `took`, answered by `{ calls, took }`, the median of
 * what delayed answers have taken in ms since the delay was set. It ends with its stdin.
 * Its HTTP is the part that keep-alive clients of this bench use: a request line, Content-Length, no pipelining.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { Pool } from 'undici'

const headEnd = Buffer.from('\r\n\r\n')
/** What belongs to one connection, or would make an answer depend on an earlier one. */
const dropped = new Set(['connection', 'host', 'if-none-match', 'transfer-encoding', 'keep-alive', 'date'])
/** Access tokens grow old: they are given anew each time, and no data. */
const tokens = 'POST /oauth/token '

let delay = 0
let calls = 0
/** What delayed answers took, in ms; the latest. */
const times = new Float64Array(100_000)
let timed = 0

function took(): number {
  const some = times.slice(0, Math.min(timed, times.length)).sort()
  return some[Math.floor(some.length / 2)] ?? Number.NaN
}

function serve(origin: string): Promise<number> {
  const answers = new Map<string, Buffer>()
  const behind = new Pool(origin, { connections: 8 })

  const ask = async (key: string, head: string, body: Buffer): Promise<Buffer> => {
    const [start = '', ...lines] = head.split('\r\n')
    const [method = 'GET', path = '/'] = start.split(' ')
    const pairs = lines.map(
      (line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const,
    )
    const response = await behind.request({
      method,
      path,
      headers: Object.fromEntries(pairs.filter(([name]) => !dropped.has(name) && name !== 'content-length')),
      body: body.length === 0 ? null : body,
    })
    const said = Buffer.from(await response.body.arrayBuffer())
    const headers = Object.entries(response.headers)
      .filter(([name]) => !dropped.has(name) && name !== 'content-length')
      .map(([name, value]) => `${name}: ${String(value)}\r\n`)
      .join('')
    const whole = Buffer.concat([
      Buffer.from(`HTTP/1.1 ${response.statusCode} .\r\n${headers}content-length: ${said.length}\r\n\r\n`),
      said,
    ])
    if (response.statusCode === 200 && !key.startsWith(tokens)) answers.set(key, whole)
    return whole
  }

  const send = (socket: Socket, answer: Buffer): void => {
    if (delay === 0) socket.write(answer)
    else {
      const began = performance.now()
      setTimeout(() => {
        socket.write(answer)
        times[timed++ % times.length] = performance.now() - began
      }, delay)
    }
  }

  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    let kept: Buffer = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => {
      kept = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
      for (;;) {
        const end = kept.indexOf(headEnd)
        if (end === -1) return
        const head = kept.toString('latin1', 0, end)
        const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
        const whole = end + headEnd.length + length
        if (kept.length < whole) return
        const body = kept.subarray(end + headEnd.length, whole)
        kept = kept.subarray(whole)
        // Credentials, times and nonces change with every call; the answer depends on none of them.
        const key = `${head.slice(0, head.indexOf('\r\n'))} ${body.toString('latin1')}`
        if (!key.startsWith(tokens)) calls += 1
        const known = answers.get(key)
        if (known !== undefined) send(socket, known)
        else
          ask(key, head, body).then(
            (answer) => send(socket, answer),
            () => socket.destroy(),
          )
      }
    })
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
}

async function serveAll(origins: Readonly<Record<string, string>>): Promise<Record<string, string>> {
  const addresses: Record<string, string> = {}
  for (const [department, origin] of Object.entries(origins)) {
    addresses[department] = `http://127.0.0.1:${await serve(origin)}`
  }
  return addresses
}

process.on('SIGINT', () => undefined) // whoever started it ends it
let isServing = false
for await (const line of createInterface({ input: process.stdin })) {
  if (!isServing) {
    isServing = true
    console.log(JSON.stringify(await serveAll(JSON.parse(line) as Record<string, string>)))
    continue
  }
  const [command, value] = line.split(' ')
  if (command === 'delay') {
    delay = Number(value)
    timed = 0
  }
  console.log(JSON.stringify({ calls, ...(command === 'took' ? { took: took() } : {}) }))
}
process.exit(0)
