/**
 * One department's HTTP: a keep-alive pool with deadline, retry of idempotent calls, breaker, bulkhead and a cap on the
 * size of answers. It speaks bytes; what they mean is the adapter's business.
 */
import {
  bulkhead,
  BrokenCircuitError,
  BulkheadRejectedError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
  wrap,
} from 'cockatiel'
import { setTimeout as wait } from 'node:timers/promises'
import { errors as undiciErrors, Pool } from 'undici'
import type { DepartmentId } from '../../departments.ts'
import { pause, UpstreamError } from './errors.ts'
import type { CallScope } from './scope.ts'
import { OutOfTime, within } from './time-limit.ts'

export interface DepartmentSettings {
  url: URL
  /** Secrets by the names that the adapter asks for; never logged. */
  credentials: Readonly<Record<string, string>>
  /** Longest wait for one answer, in ms. */
  timeout: number
  /** Calls under way at once. */
  concurrency: number
  /** Largest answer taken, in bytes. */
  maxAnswerBytes: number
}

export interface Call {
  method: 'GET' | 'POST'
  /** Path and query, percent-encoded. */
  path: string
  headers?: Readonly<Record<string, string>>
  body?: string
}

export interface Answer {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Buffer
  at: Date
  milliseconds: number
}

/** How a department has been answering. */
export interface Health {
  state: 'UNKNOWN' | 'UP' | 'DEGRADED' | 'DOWN'
  /** Mean of the last answers, in ms; null before the first. */
  latency: number | null
  lastCallAt: Date | null
}

export interface DepartmentHttp {
  readonly department: DepartmentId
  readonly credentials: Readonly<Record<string, string>>
  /** Sends a call that may be repeated without harm. Every failure is an UpstreamError. */
  call(scope: CallScope, make: () => Call): Promise<Answer>
  health(): Health
  close(): Promise<void>
}

const breakerOpens = 5
/** A 429 is waited out only when that takes at most this part of the time left. */
const patience = 0.5

export function createHttp(department: DepartmentId, settings: DepartmentSettings): DepartmentHttp {
  const prefix = settings.url.pathname.replace(/\/$/, '')
  const pool = new Pool(settings.url.origin, {
    connections: settings.concurrency,
    pipelining: 1,
    connect: { timeout: Math.min(settings.timeout, 2000) },
  })
  const isTransient = (error: unknown): boolean =>
    error instanceof UpstreamError && (error.problem === 'unreachable' || error.problem === 'failed')
  /**
   * What speaks against the department: it failed, or it had at least half of its time and did not answer. A caller who
   * hangs up and a request that came late say nothing about it; yet a trial call that they end must not close the breaker.
   */
  const isOutage = (error: unknown): boolean => {
    if (isTransient(error)) return true
    const onTrial = breaker.state === CircuitState.HalfOpen
    if (error instanceof TaskCancelledError) return onTrial
    if (!(error instanceof UpstreamError) || error.problem !== 'timeout') return false
    return onTrial || !(error.cause instanceof OutOfTime) || (error.cause.given ?? 0) >= settings.timeout / 2
  }
  const again = retry(handleWhen(isTransient), {
    maxAttempts: 1,
    backoff: new ExponentialBackoff({ initialDelay: 20, maxDelay: 100 }),
  })
  const breaker = circuitBreaker(handleWhen(isOutage), {
    halfOpenAfter: pause,
    breaker: new ConsecutiveBreaker(breakerOpens),
  })
  const policy = wrap(again, breaker, bulkhead(settings.concurrency, settings.concurrency * 32))

  let latency: number | null = null
  let lastCallAt: Date | null = null
  let lastFailed = false
  let openedAt = 0
  breaker.onBreak(() => (openedAt = Date.now()))

  const attempt = async (scope: CallScope, call: Call, signal: AbortSignal): Promise<Answer> => {
    const left = Math.min(settings.timeout, scope.deadline - performance.now())
    if (left <= 0 || signal.aborted) throw described(new OutOfTime(0))
    scope.called(department)
    lastCallAt = new Date()
    try {
      const answer = await within(left, signal, (ending) => exchange(scope, call, ending))
      refuseFailures(answer.status, answer.headers['retry-after'])
      lastFailed = false
      return answer
    } catch (error) {
      if (!(error instanceof OutOfTime && error.given === null)) lastFailed = true
      throw described(error)
    }
  }

  const exchange = async (scope: CallScope, call: Call, signal: AbortSignal): Promise<Answer> => {
    const started = performance.now()
    const response = await pool.request({
      method: call.method,
      path: prefix + call.path,
      headers: { ...call.headers, 'x-request-id': scope.requestId },
      body: call.body ?? null,
      signal,
    })
    const body = await read(response.body, response.headers['content-length'])
    const milliseconds = performance.now() - started
    latency = latency === null ? milliseconds : latency * 0.8 + milliseconds * 0.2
    return { status: response.statusCode, headers: response.headers, body, at: new Date(), milliseconds }
  }

  const read = async (body: AsyncIterable<Buffer> & { destroy(): unknown }, announced: unknown): Promise<Buffer> => {
    const tooLarge = () =>
      new UpstreamError(department, 'contract', `The answer is larger than ${settings.maxAnswerBytes} bytes.`)
    if (typeof announced === 'string' && Number(announced) > settings.maxAnswerBytes) {
      body.destroy()
      throw tooLarge()
    }
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      size += chunk.length
      if (size > settings.maxAnswerBytes) throw tooLarge() // leaving the loop destroys the stream
      chunks.push(chunk)
    }
    return Buffer.concat(chunks, size)
  }

  const refuseFailures = (status: number, retryAfter: string | string[] | undefined): void => {
    const retryAt = retryTime(retryAfter)
    if (status === 429)
      throw new UpstreamError(department, 'throttled', 'It takes no more requests for now.', { retryAt })
    if (status === 503 && retryAt !== null)
      throw new UpstreamError(department, 'closed', 'It is outside service hours.', { retryAt })
    if (status >= 500) throw new UpstreamError(department, 'failed', `It answered with status ${status}.`, { retryAt })
  }

  const described = (error: unknown): UpstreamError => {
    if (error instanceof UpstreamError) return error
    if (error instanceof OutOfTime) {
      return new UpstreamError(department, 'timeout', 'It did not answer in time.', { cause: error })
    }
    if (error instanceof undiciErrors.ConnectTimeoutError) {
      return new UpstreamError(department, 'timeout', 'It did not take the connection in time.', { cause: error })
    }
    return new UpstreamError(department, 'unreachable', 'It cannot be reached.', { cause: error })
  }

  const retryAtOf = (): Date => new Date(Math.max(openedAt + pause, Date.now()))

  const send = async (scope: CallScope, make: () => Call, signal: AbortSignal): Promise<Answer> => {
    try {
      return await policy.execute(() => attempt(scope, make(), signal), signal)
    } catch (error) {
      if (error instanceof BrokenCircuitError) {
        throw new UpstreamError(department, 'suspended', 'It failed repeatedly and is not asked for a moment.', {
          retryAt: retryAtOf(),
        })
      }
      if (error instanceof BulkheadRejectedError) throw busy()
      throw error
    }
  }

  const busy = () => new UpstreamError(department, 'busy', 'Too many calls to it are under way.')

  /** Sends; where the department is to be asked again shortly, waits and sends once more. */
  const patiently = async (scope: CallScope, make: () => Call, signal: AbortSignal): Promise<Answer> => {
    try {
      return await send(scope, make, signal)
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.problem !== 'throttled' || error.retryAt === null) throw error
      const untilThen = error.retryAt.getTime() - Date.now()
      if (untilThen > (scope.deadline - performance.now()) * patience) throw error
      await wait(Math.max(0, untilThen), undefined, { signal })
      return send(scope, make, signal)
    }
  }

  return {
    department,
    credentials: settings.credentials,
    async call(scope, make) {
      const left = scope.deadline - performance.now()
      let asked = false
      const called = (id: DepartmentId): void => {
        asked = true
        scope.called(id)
      }
      try {
        // Around everything: a call that waits its turn, or for the outcome of a trial call, keeps the deadline too.
        return await within(left, scope.signal, (signal) => patiently({ ...scope, called }, make, signal))
      } catch (error) {
        const failure = described(error)
        throw failure.problem === 'timeout' && left > 0 && !asked ? busy() : failure
      }
    },
    health: () => ({
      state:
        breaker.state === CircuitState.Open ? 'DOWN' : lastCallAt === null ? 'UNKNOWN' : lastFailed ? 'DEGRADED' : 'UP',
      latency,
      lastCallAt,
    }),
    close: () => pool.destroy(),
  }
}

const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /

/** Reads Retry-After (RFC 9110 §10.2.3): seconds or an HTTP date; null where there is none that can be read. */
export function retryTime(value: string | string[] | undefined): Date | null {
  if (typeof value !== 'string') return null
  if (/^\d{1,6}$/.test(value)) return new Date(Date.now() + Number(value) * 1000)
  // The oldest of the three forms (asctime) leaves GMT out.
  const time = httpDate.test(value) ? Date.parse(value.endsWith('GMT') ? value : `${value} GMT`) : NaN
  return Number.isNaN(time) ? null : new Date(time)
}
