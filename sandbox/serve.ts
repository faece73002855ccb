import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Answer, failure, type Wire, wire } from './answer.ts'
import { CallCounter } from './calls.ts'
import type { Call, Department } from './department.ts'
import { type Effect, Faults } from './faults.ts'
import { lieAbout } from './lies.ts'
import { router } from './routes.ts'

/** A department with what surrounds it: its faults, and the count of what it was asked. */
export interface Served {
  readonly department: Department
  readonly faults: Faults
  readonly calls: CallCounter
  readonly listener: RequestListener
}

const mostBody = 1024 * 1024
const blank = Buffer.alloc(64 * 1024, ' ')

/** The body as text; undefined where it is larger than any call needs. */
const bodyOf = async (request: IncomingMessage): Promise<string | undefined> => {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length
    if (size > mostBody) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** Waits, unless the caller goes away; then nothing is left behind. Answers whether the caller is still there. */
const patience = (milliseconds: number, response: ServerResponse): Promise<boolean> =>
  new Promise((resolve) => {
    if (milliseconds <= 0) return resolve(!response.destroyed)
    const gone = () => {
      clearTimeout(timer)
      resolve(false)
    }
    const timer = setTimeout(() => {
      response.off('close', gone)
      resolve(true)
    }, milliseconds)
    response.once('close', gone)
  })

const padded = function* ({ bytes, padding }: Wire) {
  yield bytes
  for (let left = padding; left > 0; left -= blank.length) yield left < blank.length ? blank.subarray(0, left) : blank
}

const send = async (response: ServerResponse, message: Wire): Promise<void> => {
  if (response.destroyed) return
  if (message.padding === 0) {
    const length = message.status === 304 ? {} : { 'content-length': message.bytes.length }
    response.writeHead(message.status, { ...message.headers, ...length }).end(message.bytes)
    return
  }
  response.writeHead(message.status, message.headers)
  // A caller that hangs up in the middle is right to do so; there is nobody left to tell.
  await pipeline(Readable.from(padded(message)), response).catch(() => undefined)
}

const sentences = { 404: '接口不存在', 413: '请求体过大', 500: '系统异常，请稍后重试' }

const breakdown = (department: Department, status: keyof typeof sentences): Answer =>
  department.breakdown?.(status) ?? failure(status, `HTTP_${status}`, sentences[status])

/** What the department says to one call, under the fault of the moment. */
const reply = (
  department: Department,
  operation: Department['operations'][number],
  call: Call,
  effect: Effect,
): Wire => {
  if (effect.broken === 'status') return wire(breakdown(department, 500))
  const special = effect.special?.is.instead?.(call.now, effect.special.remaining)
  if (special) return wire(special)
  const refused = operation.kind === 'data' ? department.admit(call) : undefined
  if (refused) return wire(refused)
  const answer = operation.answer(call)
  if (!effect.lie) return wire(answer)
  const another = () => operation.answer(operation.another(call))
  return lieAbout(effect.lie, { answer, another, items: operation.items })
}

/** Puts a department behind HTTP. `clock` gives milliseconds since 1970. */
export const serve = (department: Department, clock: () => number): Served => {
  const faults = new Faults(department.specials)
  const calls = new CallCounter()
  const route = router(department.operations)

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://127.0.0.1')
    const match = route(request.method ?? '', url.pathname)
    const effect = faults.next(match?.operation.kind ?? 'data')
    if (effect.broken === 'socket' && !match) return void request.socket.destroy()
    const body = await bodyOf(request)
    if (body === undefined) return send(response, wire(breakdown(department, 413)))
    if (!match) return send(response, wire(breakdown(department, 404)))
    const { operation, path } = match
    const call: Call = {
      path,
      query: url.searchParams,
      headers: request.headers,
      body,
      now: clock() + effect.skew,
    }
    calls.count(operation.id, operation.kind, operation.asks(call))
    if (effect.broken === 'socket') return void request.socket.destroy()
    const latency = operation.kind === 'data' ? (department.latency ?? 0) : 0
    if (!(await patience(effect.delay + latency, response))) return
    return send(response, reply(department, operation, call, effect))
  }

  return {
    department,
    faults,
    calls,
    // What breaks here is the connection of one caller, and never the process.
    listener: (request, response) => void handle(request, response).catch(() => request.socket.destroy()),
  }
}
