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
} from 'cockatiel'
import { setTimeout as wait } from 'node:timers/promises'
import { errors as undiciErrors, Pool } from 'undici'
import type { DepartmentId } from '../../departments.ts'
import { pause, UpstreamError } from './errors.ts'
import { Exchange } from './exchange.ts'
import type { CallScope } from './scope.ts'
import { OutOfTime, within } from './time-limit.ts'
import { watchOf } from './watch.ts'

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

/** One call from its beginning to its end, whatever it waits for. */
interface Task {
  readonly scope: CallScope
  /** Makes what is sent, anew for every attempt. */
  readonly make: () => Call
  /** True once the department was asked. */
  asked: boolean
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
    // Every call has its deadline.
    headersTimeout: 0,
    bodyTimeout: 0,
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
    if (!(error instanceof UpstreamError) || error.problem !== 'timeout') return false
    return onTrial || !(error.cause instanceof OutOfTime) || (error.cause.given ?? 0) >= settings.timeout / 2
  }
  const again = retry(handleWhen(isTransient), {
    maxAttempts: 1,
    backoff: new ExponentialBackoff({ initialDelay: 20, maxDelay: 100 }),
  })
  const failures = new ConsecutiveBreaker(breakerOpens)
  const breaker = circuitBreaker(handleWhen(isOutage), { halfOpenAfter: pause, breaker: failures })
  const places = bulkhead(settings.concurrency, settings.concurrency * 32)

  let latency: number | null = null
  let lastCallAt: number | null = null
  let lastFailed = false
  let openedAt = 0
  breaker.onBreak(() => (openedAt = Date.now()))

  const tooLarge = () =>
    new UpstreamError(department, 'contract', `The answer is larger than ${settings.maxAnswerBytes} bytes.`)

  const attempt = async (task: Task): Promise<Answer> => {
    const { scope } = task
    const started = performance.now()
    const left = scope.deadline - started
    if (left <= 0 || scope.signal.aborted) throw described(new OutOfTime(0))
    const call = task.make()
    task.asked = true
    scope.called(department)
    lastCallAt = Date.now()
    const given = Math.min(settings.timeout, left)
    const exchange = new Exchange(pool, requestOf(scope, call), settings.maxAnswerBytes, tooLarge)
    const watch = watchOf(scope)
    watch.add(exchange, started + given)
    try {
      const { status, headers, body } = await exchange.reply
      refuseFailures(status, headers['retry-after'])
      lastFailed = false
      const milliseconds = performance.now() - started
      latency = latency === null ? milliseconds : latency * 0.8 + milliseconds * 0.2
      return { status, headers, body, at: new Date(), milliseconds }
    } catch (error) {
      const wentAway = error instanceof OutOfTime && error.given === null
      if (!wentAway) lastFailed = true
      throw described(error instanceof OutOfTime && !wentAway ? new OutOfTime(given) : error)
    } finally {
      watch.delete(exchange)
    }
  }

  const requestOf = (scope: CallScope, { method, path, headers, body }: Call) => ({
    origin: settings.url.origin,
    method,
    path: prefix + path,
    headers: { ...headers, 'x-request-id': scope.requestId },
    body: body ?? null,
  })

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

  const inItsPlace = (task: Task): Promise<Answer> => places.execute(() => attempt(task))

  /**
   * One attempt while the breaker is closed, which is told of its outcome and does not stand around it: of a success it
   * only wants to know that the failures are counted anew.
   */
  const counted = async (task: Task): Promise<Answer> => {
    try {
      const answer = await inItsPlace(task)
      failures.success()
      return answer
    } catch (error) {
      // What began before it opened says nothing about how things are now.
      if (breaker.state === CircuitState.Closed) await breaker.execute(() => Promise.reject(error as Error))
      throw error
    }
  }

  /** One attempt, where breaker and bulkhead let it through. */
  const once = async (task: Task): Promise<Answer> => {
    try {
      return await (breaker.state === CircuitState.Closed ? counted(task) : breaker.execute(() => inItsPlace(task)))
    } catch (error) {
      if (error instanceof BulkheadRejectedError) throw busy()
      if (!(error instanceof BrokenCircuitError)) throw error
      throw new UpstreamError(department, 'suspended', 'It failed repeatedly and is not asked for a moment.', {
        retryAt: retryAtOf(),
      })
    }
  }

  const busy = () => new UpstreamError(department, 'busy', 'Too many calls to it are under way.')

  /** @param failed what came of the first attempt, where that was already made */
  const repeatedly = (task: Task, failed: UpstreamError | null): Promise<Answer> =>
    again.execute(({ attempt: nth }) => (nth === 0 && failed !== null ? Promise.reject(failed) : once(task)))

  /** Sends; where the department is to be asked again shortly, waits and sends once more. */
  const patiently = async (task: Task, failed: UpstreamError | null): Promise<Answer> => {
    try {
      return await repeatedly(task, failed)
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.problem !== 'throttled' || error.retryAt === null) throw error
      const pause = error.retryAt.getTime() - Date.now()
      if (pause > (task.scope.deadline - performance.now()) * patience) throw error
      await wait(Math.max(0, pause), undefined, { signal: task.scope.signal })
      return repeatedly(task, null)
    }
  }

  /** Around everything: a call that waits its turn, or for the outcome of a trial call, keeps the deadline too. */
  const inTime = async (task: Task, failed: UpstreamError | null): Promise<Answer> => {
    const { deadline, signal } = task.scope
    try {
      return await within(deadline - performance.now(), signal, () => patiently(task, failed))
    } catch (error) {
      const failure = described(error)
      throw failure.problem === 'timeout' && !task.asked ? busy() : failure
    }
  }

  /** For a call that need not wait: the deadline of its attempt is all that it needs, unless another is worth while. */
  const atOnce = async (task: Task): Promise<Answer> => {
    try {
      return await counted(task)
    } catch (error) {
      const failure = described(error)
      if (!isTransient(failure) && failure.problem !== 'throttled') throw failure
      return inTime(task, failure)
    }
  }

  return {
    department,
    credentials: settings.credentials,
    call(scope, make) {
      const { signal, deadline } = scope
      if (signal.aborted) return Promise.reject(described(new OutOfTime(null)))
      if (deadline <= performance.now()) return Promise.reject(described(new OutOfTime(0)))
      const task: Task = { scope, make, asked: false }
      const isFree = breaker.state === CircuitState.Closed && places.executionSlots > 0
      return isFree ? atOnce(task) : inTime(task, null)
    },
    health: () => ({
      state:
        breaker.state === CircuitState.Open ? 'DOWN' : lastCallAt === null ? 'UNKNOWN' : lastFailed ? 'DEGRADED' : 'UP',
      latency,
      lastCallAt: lastCallAt === null ? null : new Date(lastCallAt),
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
