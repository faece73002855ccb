/**
 * When a department may be asked: within the rate of its contract, and not before the time that it named itself (429 or
 * 503 with Retry-After). All requests share what one of them was told, so that no other has to be refused to learn it.
 */
import type { DepartmentId } from '../../departments.ts'
import { pause, UpstreamError } from './errors.ts'
import { Rate, type RateLimit } from './rate.ts'
import type { CallScope } from './scope.ts'
import { sleep } from './time-limit.ts'

/** What a department says of itself that keeps all calls back. */
export type HoldProblem = 'throttled' | 'closed'

interface Hold {
  readonly problem: HoldProblem
  /** On the clock of performance.now(), in ms: a correction of the machine's clock moves neither. */
  readonly since: number
  readonly until: number
}

/** A wait is worth while only when it takes at most this part of the time left. */
const patience = 0.5
/**
 * A time that a department named is not believed blindly, for it may be years on, or the department's clock wrong: this
 * often, in ms, one call asks all the same.
 */
export const trialEvery = 60_000
/** Those that waited for the same moment come back within so many ms of it, by chance. */
const spread = 50

const sentences: Readonly<Record<HoldProblem, string>> = {
  throttled: 'It takes no more requests for now.',
  closed: 'It is outside service hours.',
}

export class Throttle {
  readonly #department: DepartmentId
  readonly #rate: Rate | null
  #hold: Hold | null = null
  #nextTrial = 0

  /** @param limit of the contract; null where it states none */
  constructor(department: DepartmentId, limit: RateLimit | null) {
    this.#department = department
    this.#rate = limit === null ? null : new Rate(limit)
  }

  /**
   * To be asked before a call queues: null where it may, else a promise that resolves when it may.
   * @param queued calls that will be made before this one
   * @throws UpstreamError `throttled` or `closed` where its turn comes too late for this request; OutOfTime where nobody
   *   waits any longer
   */
  pass(scope: CallScope, queued: number): Promise<void> | null {
    if (this.#hold === null && this.#rate === null) return null
    const now = performance.now()
    if (this.#holdAt(now) !== null && !this.#isTimeForTrial(now)) return this.#released(scope)
    const rest = this.#rate?.wait(now, queued) ?? 0
    return isWorthWhile(rest, scope, now) ? null : Promise.reject(this.#overRate(rest))
  }

  /** To be asked just before a call is sent, which it counts: null, or a promise, as `pass`. */
  turn(scope: CallScope): Promise<void> | null {
    if (this.#hold === null && this.#rate === null) return null
    const now = performance.now()
    const hold = this.#holdAt(now)
    if (hold !== null && !this.#isTimeForTrial(now)) return Promise.reject(this.#held(hold)) // said while it queued
    this.#nextTrial = now + trialEvery
    const rest = this.#rate?.wait(now) ?? 0
    if (!isWorthWhile(rest, scope, now)) return Promise.reject(this.#overRate(rest))
    this.#rate?.take(now)
    return rest === 0 ? null : this.#turn(rest, scope)
  }

  /** The department said that it is not to be asked; without a time, it is left alone for a moment. */
  told(problem: HoldProblem, retryAt: Date | null): UpstreamError {
    const since = performance.now()
    const until = since + (retryAt === null ? pause : retryAt.getTime() - Date.now())
    if (until > since) this.#hold = { problem, since, until }
    this.#nextTrial = since + trialEvery
    return this.#refusal(problem, retryAt)
  }

  /** It gave an answer to a call begun then: later than its word, this is what counts. */
  answered(began: number): void {
    if (this.#hold !== null && began > this.#hold.since) this.#hold = null
  }

  /** Why calls are kept back at the moment, and until when; null where they are not. */
  standing(): { problem: HoldProblem; until: Date } | null {
    const now = performance.now()
    const hold = this.#holdAt(now)
    if (hold !== null) return { problem: hold.problem, until: timeOf(hold.until - now) }
    const wait = this.#rate?.wait(now) ?? 0
    return wait > 0 ? { problem: 'throttled', until: timeOf(wait) } : null
  }

  /** Waits until what the department said of itself is over. */
  async #released(scope: CallScope): Promise<void> {
    for (;;) {
      const now = performance.now()
      const hold = this.#holdAt(now)
      if (hold === null) return
      if (hold.problem === 'closed' || !isWorthWhile(hold.until - now, scope, now)) throw this.#held(hold)
      await sleep(hold.until - now + Math.random() * spread, scope.signal)
    }
  }

  async #turn(rest: number, scope: CallScope): Promise<void> {
    await sleep(rest, scope.signal)
    const hold = this.#holdAt(performance.now())
    if (hold !== null) throw this.#held(hold) // said meanwhile
  }

  #holdAt(now: number): Hold | null {
    if (this.#hold !== null && this.#hold.until <= now) this.#hold = null
    return this.#hold
  }

  #isTimeForTrial(now: number): boolean {
    return now >= this.#nextTrial
  }

  #held({ problem, until }: Hold): UpstreamError {
    return this.#refusal(problem, timeOf(until - performance.now()))
  }

  #overRate(rest: number): UpstreamError {
    const message = 'Its contract allows no more calls for now.'
    return new UpstreamError(this.#department, 'throttled', message, { retryAt: timeOf(rest) })
  }

  #refusal(problem: HoldProblem, retryAt: Date | null): UpstreamError {
    return new UpstreamError(this.#department, problem, sentences[problem], { retryAt })
  }
}

const timeOf = (fromNow: number): Date => new Date(Date.now() + fromNow)

const isWorthWhile = (wait: number, { deadline }: CallScope, now: number): boolean =>
  wait <= (deadline - now) * patience
