import type { IncomingMessage, RequestListener } from 'node:http'
import { departmentIds, isDepartmentId } from '../departments.ts'
import { json, type Answer, wire } from './answer.ts'
import { FaultRefused, type FaultRequest } from './faults.ts'
import { type Lie, lies } from './lies.ts'
import type { Sandbox } from './start.ts'
import { plantedKinds } from './world/planted.ts'
import { zones } from './world/zones.ts'

type Handles = Pick<Sandbox, 'faults' | 'calls' | 'witness'>

const says = (status: number, error: string): Answer => json({ error }, status)
const done: Answer = { status: 204, headers: {}, body: { form: 'none' } }

/** A mistake of the caller; its message is one sentence that lists what would be right. */
class Refused extends Error {}

const department = (id: string) => {
  if (isDepartmentId(id)) return id
  throw new Refused(`There is no department ${JSON.stringify(id)}; it is one of ${departmentIds.join(', ')}.`)
}

const oneOf = (what: string, value: string | null, valid: readonly string[]): string | undefined => {
  if (value === null || valid.includes(value)) return value ?? undefined
  throw new Refused(`There is no ${what} ${JSON.stringify(value)}; it is one of ${valid.join(', ')}.`)
}

const limitOf = (value: string | null): number | undefined => {
  if (value === null) return undefined
  if (/^\d{1,6}$/.test(value)) return Number(value)
  throw new Refused('limit must be a whole number.')
}

const lieOf = (value: unknown): Lie | undefined => {
  const lie = lies.find((known) => known === value)
  if (lie === undefined && value !== undefined) throw new Refused(`A lie is one of ${lies.join(', ')}.`)
  return lie
}

const faultOf = (body: string): FaultRequest => {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    throw new Refused('The body must be JSON.')
  }
  if (typeof value !== 'object' || value === null) throw new Refused('The body must be a JSON object.')
  const { kind, seconds, lie, delayMs, ...rest } = value as Record<string, unknown>
  const stray = Object.keys(rest)[0]
  if (stray !== undefined)
    throw new Refused(`A fault has kind, seconds, lie and delayMs; not ${JSON.stringify(stray)}.`)
  // What is missing or of another type is refused with the list of what is valid, where the fault is set.
  return {
    kind: typeof kind === 'string' ? kind : '',
    seconds: typeof seconds === 'number' ? seconds : NaN,
    lie: lieOf(lie),
    delayMs: delayMs === undefined ? undefined : Number(delayMs),
  }
}

const faults = ({ faults }: Handles, method: string, id: string | undefined, body: string): Answer | undefined => {
  if (id === undefined && method === 'GET') return json(faults.report())
  if (method === 'DELETE') {
    faults.clear(id === undefined ? undefined : department(id))
    return done
  }
  if (id === undefined || method !== 'POST') return undefined
  faults.set(department(id), faultOf(body))
  return json(faults.report())
}

const calls = ({ calls }: Handles, method: string): Answer | undefined => {
  if (method === 'GET') return json(calls.report())
  if (method !== 'DELETE') return undefined
  calls.reset()
  return done
}

const enterprises = ({ witness }: Handles, uscc: string | undefined, query: URLSearchParams): Answer => {
  if (uscc !== undefined) {
    const told = witness.tell(uscc)
    return told ? json(told) : says(404, `The world has no enterprise ${uscc}.`)
  }
  const places = zones.flatMap((zone) => [zone.name, zone.city])
  return json(
    witness.list({
      zone: oneOf('zone', query.get('zone'), places),
      planted: oneOf('planted kind', query.get('planted'), Object.keys(plantedKinds)),
      limit: limitOf(query.get('limit')),
    }),
  )
}

const answerTo = (handles: Handles, method: string, url: URL, body: string): Answer => {
  const [, room = '', id, ...deeper] = url.pathname.split('/')
  const answer =
    deeper.length > 0
      ? undefined
      : room === 'faults'
        ? faults(handles, method, id, body)
        : room === 'calls' && id === undefined
          ? calls(handles, method)
          : room === 'enterprises' && method === 'GET'
            ? enterprises(handles, id, url.searchParams)
            : room === 'healthz' && method === 'GET'
              ? json({ status: 'ok' })
              : undefined
  return answer ?? says(404, 'The control server has /faults, /calls, /enterprises and /healthz.')
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

const attempt = (handles: Handles, method: string, url: URL, body: string): Answer => {
  try {
    return answerTo(handles, method, url, body)
  } catch (error) {
    if (error instanceof Refused || error instanceof FaultRefused) return says(400, error.message)
    throw error
  }
}

/** The control server: sets faults, counts calls, and bears witness to what is true. For development and tests only. */
export const controlListener =
  (handles: Handles): RequestListener =>
  (request, response) =>
    void bodyOf(request)
      .then((body) => {
        const url = new URL(request.url ?? '/', 'http://127.0.0.1')
        const { status, headers, bytes } = wire(attempt(handles, request.method ?? '', url, body))
        response.writeHead(status, headers).end(bytes)
      })
      .catch(() => request.socket.destroy())
