/** How a command asks the hub that runs on this machine. */
import { readHost, readPort } from './config.ts'

/** A command that cannot be carried out; the message is one sentence for a person. */
export class CommandError extends Error {
  /** Of the process. */
  readonly exitCode: number
  constructor(message: string, { exitCode = 1, ...options }: ErrorOptions & { exitCode?: number } = {}) {
    super(message, options)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}

interface Options {
  /** Another address than the hub's. */
  at?: string
  body?: unknown
  headers?: Record<string, string>
}

/** What is said where the answer is no success; GraphQL's form, and that of the departments' control. */
interface Refusal {
  errors?: Problem[]
  error?: string
}

interface Problem {
  message: string
  locations?: { line: number; column: number }[]
}

const patience = 10_000

/** GETs, or POSTs a body as JSON. Throws CommandError with the hub's own sentence where it refuses. */
export async function askHub<T>(path: string, { at, body, headers }: Options = {}): Promise<T> {
  const { port, response } = await reach(path, at, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    body: body === undefined ? null : JSON.stringify(body),
    signal: AbortSignal.timeout(patience),
  })
  const answer: unknown = await response.json().catch(() => null)
  if (response.ok && answer !== null) return answer as T
  throw refusalOf(response, answer, port, at)
}

/** GETs what is too long to wait for. Throws CommandError with the hub's own sentence where it refuses. */
export async function streamOfHub(path: string, headers: Record<string, string>): Promise<AsyncIterable<Uint8Array>> {
  const { port, response } = await reach(path, undefined, { headers })
  if (response.ok && response.body !== null) return response.body
  throw refusalOf(response, await response.json().catch(() => null), port, undefined)
}

async function reach(
  path: string,
  at: string | undefined,
  request: RequestInit,
): Promise<{ port: number; response: Response }> {
  const port = readPort()
  const host = readHost()
  const here = `http://${host.includes(':') ? `[${host}]` : host}:${port}`
  const response = await fetch(new URL(path, at ?? here), request).catch((cause: unknown) => {
    throw new CommandError(
      `No hub answers on port ${port}: start one with npm start, or say which port yours has, e.g. PORT=5000 npx hutong …`,
      { cause },
    )
  })
  return { port, response }
}

function refusalOf({ status }: Response, answer: unknown, port: number, at: string | undefined): CommandError {
  const { errors, error } = (answer ?? {}) as Refusal
  const [first] = errors ?? []
  const sentence = first === undefined ? error : first.message + placeOf(first)
  // The hub and the departments' control say why in their own forms; nothing else on that port does.
  if (typeof sentence !== 'string' || (at === undefined && first === undefined))
    return new CommandError(
      `What answers on port ${port} is not a hub: say which port yours has, e.g. PORT=5000 npx hutong …`,
    )
  if (status === 404 && at === undefined)
    return new CommandError(`The hub on port ${port} does not do this: it runs in production mode.`)
  return new CommandError(sentence)
}

const placeOf = ({ locations }: Problem): string =>
  (locations ?? [])
    .slice(0, 1)
    .map(({ line, column }) => ` (line ${line}, column ${column})`)
    .join('')
