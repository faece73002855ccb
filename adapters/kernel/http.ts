/**
 * One department's HTTP: a keep-alive pool with deadline, retry of idempotent calls, breaker, bulkhead, rate and a cap on
 * the size of answers. It speaks bytes; what they mean is the adapter's business.
 */
import {
  bulkhead,
  BrokenCircuitError,
  BulkheadRejectedError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
} from 'cockatiel'
import { Pool } from 'undici'
import type { DepartmentId } from '../../departments.ts'
import { pause, UpstreamError } from './errors.ts'
import { Exchange } from './exchange.ts'
import { failureOf } from './failure.ts'
import type { RateLimit } from './rate.ts'
import { retryTime } from './retry-after.ts'
import { again, RetryBudget } from './retry-budget.ts'
import type { CallScope } from './scope.ts'
import { Throttle } from './throttle.ts'
import { OutOfTime, within } from './time-limit.ts'
import { toldUnsent, type CallSpan } from './traced.ts'
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
  /** What its contract allows; left out where it states no rate. */
  rate?: RateLimit | undefined
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

/** How a department stands; the schema says what each means. */
export const healthStates = ['UP', 'DEGRADED', 'DOWN', 'THROTTLED', 'CLOSED', 'UNKNOWN'] as const

/** How a department has been answering. */
export interface Health {
  state: (typeof healthStates)[number]
  /** When it is asked again; null while it is asked. */
  retryAt: Date | null
  /** Mean of the last answers, in ms; null before the first. */
  latency: number | null
  lastCallAt: Date | null
  /** Retries made so far, and those that the budget withheld. */
  retries: { made: number; withheld: number }
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
  /** How often the department was asked. */
  attempts: number
}

const breakerOpens = 5
/** Calls that may wait, for each that may be under way. */
const waiting = 32

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
   * What speaks against the department: it failed, or cannot be trusted, or it had at least half of its time and did not
   * answer. A caller who hangs up and a request that came late say nothing about it; yet a trial call that they end must
   * not close the breaker.
   */
  const isOutage = (error: unknown): boolean => {
    if (!(error instanceof UpstreamError)) return false
    if (isTransient(error) || error.problem === 'untrusted') return true
    const onTrial = breaker.state === CircuitState.HalfOpen
    if (error.problem !== 'timeout') return false
    return onTrial || !(error.cause instanceof OutOfTime) || (error.cause.given ?? 0) >= settings.timeout / 2
  }
  const budget = new RetryBudget()
  const retrying = again(isTransient, budget)
  const throttle = new Throttle(department, settings.rate ?? null)
  const failures = new ConsecutiveBreaker(breakerOpens)
  const breaker = circuitBreaker(handleWhen(isOutage), { halfOpenAfter: pause, breaker: failures })
  const places = bulkhead(settings.concurrency, settings.concurrency * waiting)

  let latency: number | null = null
  let lastCallAt: number | null = null
  let lastFailed = false
  let openedAt = 0
  breaker.onBreak(() => (openedAt = Date.now()))

  const tooLarge = () =>
    new UpstreamError(department, 'contract', `The answer is larger than ${settings.maxAnswerBytes} bytes.`)

  const attempt = async (task: Task): Promise<Answer> => {
    const { scope } = task
    const turn = throttle.turn(scope)
    if (turn !== null) await turn.catch((error: unknown) => Promise.reject(described(error)))
    const started = performance.now()
    const left = scope.deadline - started
    if (left <= 0 || scope.signal.aborted) throw described(new OutOfTime(0))
    const call = task.make()
    const span = scope.spans?.call(department, call, task.attempts) ?? null
    task.attempts += 1
    scope.called(department)
    lastCallAt = Date.now()
    const given = Math.min(settings.timeout, left)
    const exchange = new Exchange(pool, requestOf(scope, call, span), settings.maxAnswerBytes, tooLarge)
    const watch = watchOf(scope)
    watch.add(exchange, started + given)
    let answered: number | null = null
    try {
      const { status, headers, body } = await exchange.reply
      answered = status
      refuseFailures(status, headers['retry-after'])
      if (span !== null) span.end(status, null)
      lastFailed = false
      throttle.answered(started)
      const milliseconds = performance.now() - started
      latency = latency === null ? milliseconds : latency * 0.8 + milliseconds * 0.2
      return { status, headers, body, at: new Date(), milliseconds }
    } catch (error) {
      const wentAway = error instanceof OutOfTime && error.given === null
      if (!wentAway) lastFailed = true
      const failure = described(error instanceof OutOfTime && !wentAway ? new OutOfTime(given) : error)
      if (span !== null) span.end(answered, failure.problem)
      throw failure
    } finally {
      watch.delete(exchange)
    }
  }

  const requestOf = (scope: CallScope, { method, path, headers, body }: Call, span: CallSpan | null) => ({
    origin: settings.url.origin,
    method,
    path: prefix + path,
    headers: { ...headers, 'x-request-id': scope.requestId, ...span?.headers },
    body: body ?? null,
  })

  const refuseFailures = (status: number, retryAfter: string | string[] | undefined): void => {
    const retryAt = retryTime(retryAfter)
    if (status === 429) throw throttle.told('throttled', retryAt)
    if (status === 503 && retryAt !== null) throw throttle.told('closed', retryAt)
    if (status >= 500) throw new UpstreamError(department, 'failed', `It answered with status ${status}.`, { retryAt })
  }

  const described = (error: unknown): UpstreamError => failureOf(department, error)

  /** While a call is on trial the next time is not known: as where nobody says it. */
  const retryAtOf = (): Date =>
    new Date(breaker.state === CircuitState.HalfOpen ? Date.now() + pause : Math.max(openedAt + pause, Date.now()))

  const suspended = () =>
    new UpstreamError(department, 'suspended', 'It failed repeatedly and is not asked for a moment.', {
      retryAt: retryAtOf(),
    })

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

  /** One attempt, where throttle, breaker and bulkhead let it through. */
  const once = async (task: Task): Promise<Answer> => {
    // Those that waited for the outcome of a trial would wait as long as that takes, to no better end.
    if (breaker.state === CircuitState.HalfOpen) throw suspended()
    // A breaker that is open says no by itself, or lets one call through to see.
    const queued = settings.concurrency * waiting - places.queueSlots
    const passing = breaker.state === CircuitState.Open ? null : throttle.pass(task.scope, queued)
    if (passing !== null) await passing
    try {
      return await (breaker.state === CircuitState.Closed ? counted(task) : breaker.execute(() => inItsPlace(task)))
    } catch (error) {
      if (error instanceof BulkheadRejectedError) throw busy()
      if (error instanceof BrokenCircuitError) throw suspended()
      throw error
    }
  }

  const busy = () => new UpstreamError(department, 'busy', 'Too many calls to it are under way.')

  /** @param failed what came of the first attempt, where that was already made */
  const repeatedly = (task: Task, failed: UpstreamError | null): Promise<Answer> =>
    retrying.execute((nth) => (nth === 0 && failed !== null ? Promise.reject(failed) : once(task)), task.scope.signal)

  /** Sends; where the department is to be asked again shortly, sends once more, which waits its turn or gives up. */
  const patiently = async (task: Task, failed: UpstreamError | null): Promise<Answer> => {
    try {
      return await repeatedly(task, failed)
    } catch (error) {
      if (!(error instanceof UpstreamError) || error.problem !== 'throttled' || error.retryAt === null) throw error
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
      throw failure.problem === 'timeout' && task.attempts === 0 ? busy() : failure
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

  const standing = (): Pick<Health, 'state' | 'retryAt'> => {
    if (breaker.state !== CircuitState.Closed) return { state: 'DOWN', retryAt: retryAtOf() }
    const held = throttle.standing()
    if (held !== null) return { state: held.problem === 'closed' ? 'CLOSED' : 'THROTTLED', retryAt: held.until }
    return { state: lastCallAt === null ? 'UNKNOWN' : lastFailed ? 'DEGRADED' : 'UP', retryAt: null }
  }

  return {
    department,
    credentials: settings.credentials,
    call(scope, make) {
      const { signal, deadline } = scope
      if (signal.aborted) return Promise.reject(described(new OutOfTime(null)))
      if (deadline <= performance.now()) return Promise.reject(described(new OutOfTime(0)))
      const task: Task = { scope, make, attempts: 0 }
      budget.deposit()
      const isFree = breaker.state === CircuitState.Closed && places.executionSlots > 0
      const answer = isFree ? atOnce(task) : inTime(task, null)
      if (scope.spans === null) return answer
      return toldUnsent(scope.spans, department, task, answer, (error) => described(error).problem)
    },
    health() {
      const { made, withheld } = budget
      const at = lastCallAt === null ? null : new Date(lastCallAt)
      return { ...standing(), latency, lastCallAt: at, retries: { made, withheld } }
    },
    close: () => pool.destroy(),
  }
}
