/** The loader of one request for a department's records: from copies that are young enough for it, or by a call. */
import DataLoader from 'dataloader'
import { ofAbsence, standingOf, type Freshness, type Standing } from '../../rules/freshness.ts'
import type { Copy, Records } from './cache.ts'
import { UpstreamError, type UpstreamProblem } from './errors.ts'
import type { Flight } from './flight.ts'
import type { CallScope } from './scope.ts'
import { OutOfTime } from './time-limit.ts'

type Found<V> = ReadonlyMap<string, V | UpstreamError | null>

/**
 * With these the department cannot be had, and an old copy is better than none. What it says and does not fit the
 * contract may be a change that cannot be read; and who refuses the hub does not want it to answer.
 */
const outages: ReadonlySet<UpstreamProblem> = new Set([
  'unreachable',
  'timeout',
  'failed',
  'throttled',
  'closed',
  'suspended',
  'busy',
])

/** Longest that a renewal behind an answer may take, in ms. */
const longestRenewal = 10_000

export class RecordLoader<V extends object> {
  readonly #records: Records<V>
  readonly #scope: CallScope
  /** What was asked for, so that within a request the same is answered twice. */
  readonly #asked = new Map<string, V | null | Promise<V | null>>()
  #allowed: Freshness | null = null
  #calls: DataLoader<string, V | null> | null = null
  #renewals: string[] | null = null

  constructor(records: Records<V>, scope: CallScope) {
    this.#records = records
    this.#scope = scope
  }

  /** The enterprise's record, at once where there is a copy that will do; null where the department has none. */
  load(uscc: string): V | null | Promise<V | null> {
    const known = this.#asked.get(uscc)
    if (known !== undefined) return known
    const record = this.#kept(uscc)
    const found = record !== undefined ? record : this.#call(uscc)
    this.#asked.set(uscc, found)
    return found
  }

  /** What the plan allows; it stands before anything is loaded. */
  get #freshness(): Freshness {
    return (this.#allowed ??= this.#scope.freshness(this.#records.department))
  }

  #standing(copy: Copy<V>, now: number): Standing {
    const freshness = this.#freshness
    return standingOf((now - copy.begun) / 1000, copy.record === null ? ofAbsence(freshness) : freshness)
  }

  /** From a copy, where that is good enough without asking first; else undefined. */
  #kept(uscc: string): V | null | undefined {
    const records = this.#records
    if (this.#freshness.freshFor === 0) return undefined
    const now = Date.now()
    const copy = records.copyOf(uscc, now)
    if (copy === undefined) return undefined
    const standing = this.#standing(copy, now)
    if (standing === 'fresh') records.cache.counts.hits += 1
    else if (standing === 'renewed' && this.#scope.leavesCopies) {
      records.cache.counts.renewed += 1
      this.#renew(uscc)
    } else return undefined
    this.#scope.answered(records.department, standing === 'fresh' ? 'cached' : 'stale', copy.fetchedAt, 0)
    return copy.record
  }

  #call(uscc: string): Promise<V | null> {
    this.#calls ??= new DataLoader((usccs) => this.#obtain(usccs), { maxBatchSize: this.#records.size, cache: false })
    return this.#calls.load(uscc)
  }

  /** As many as one call may carry. */
  async #obtain(usccs: readonly string[]): Promise<(V | null | Error)[]> {
    const records = this.#records
    const found = new Map<string, V | null | Error>()
    if (this.#freshness.freshFor > 0) {
      await records.takeOver(usccs)
      for (const uscc of usccs) {
        const record = this.#kept(uscc)
        if (record !== undefined) found.set(uscc, record)
      }
    }
    const missing = usccs.filter((uscc) => !found.has(uscc))
    records.cache.counts.misses += missing.length
    const asked =
      this.#freshness.freshFor > 0 && this.#scope.leavesCopies ? this.#together(missing) : this.#alone(missing)
    for (const [uscc, said] of await asked)
      found.set(uscc, said instanceof Error ? await this.#instead(uscc, said) : said)
    return usccs.map((uscc) => found.get(uscc) ?? null)
  }

  /** By a call of the request's own: it wants what is true now, or leaves nothing behind. */
  async #alone(usccs: readonly string[]): Promise<Map<string, V | null | Error>> {
    if (usccs.length === 0) return new Map()
    return this.#told(usccs, this.#records.fetch(this.#scope, usccs))
  }

  /** By calls that others wait for too: those under way, and one for the rest. */
  async #together(usccs: readonly string[]): Promise<Map<string, V | null | Error>> {
    const records = this.#records
    const age = this.#freshness.freshFor * 1000
    const flights = Map.groupBy(usccs, (uscc) => records.flightOf(uscc, age) ?? null)
    const told = await Promise.all(
      [...flights].map(([flight, its]) => {
        if (flight === null) return this.#told(its, this.#join(records.begin(its, this.#scope), null))
        records.cache.counts.shared += its.length
        return this.#told(its, this.#join(flight, its))
      }),
    )
    return new Map(told.flatMap((each) => [...each]))
  }

  /**
   * Waits for a call within the request's own time.
   * @param again what to ask for once more where the call ended with the time of the request that began it; null where
   *   that was this one
   */
  async #join(flight: Flight<V>, again: readonly string[] | null): Promise<Found<V>> {
    const records = this.#records
    const { department } = records
    try {
      const found = await flight.join(this.#scope)
      const { answer } = flight
      if (answer !== null) this.#scope.answered(department, answer.obtained, answer.at, answer.milliseconds)
      return found
    } catch (error) {
      if (error instanceof OutOfTime) {
        throw new UpstreamError(department, 'timeout', 'It did not answer in time.', { cause: error })
      }
      const isOfTime = error instanceof UpstreamError && error.cause instanceof OutOfTime
      if (!isOfTime || again === null) throw error
      return this.#join(records.begin(again, this.#scope), null)
    }
  }

  async #told(usccs: readonly string[], asked: Promise<Found<V>>): Promise<Map<string, V | null | Error>> {
    try {
      const found = await asked
      return new Map(usccs.map((uscc) => [uscc, found.get(uscc) ?? null]))
    } catch (error) {
      const failure = error instanceof Error ? error : new Error('unknown failure', { cause: error })
      return new Map(usccs.map((uscc) => [uscc, failure]))
    }
  }

  /** An old copy in the place of what could not be had, as long as its item allows; else the error. */
  async #instead(uscc: string, error: Error): Promise<V | null | Error> {
    const records = this.#records
    if (this.#freshness.staleFor === 0 || !(error instanceof UpstreamError) || !outages.has(error.problem)) return error
    if (records.copyOf(uscc, Date.now()) === undefined) await records.takeOver([uscc])
    const now = Date.now()
    const copy = records.copyOf(uscc, now)
    if (copy?.record == null || this.#standing(copy, now) === 'outlived') return error
    records.cache.counts.stale += 1
    this.#scope.answered(records.department, 'stale', copy.fetchedAt, 0, error.problem)
    return copy.record
  }

  /** Asks again behind the answer; those of one request travel together. */
  #renew(uscc: string): void {
    if (this.#renewals !== null) {
      this.#renewals.push(uscc)
      return
    }
    const usccs = (this.#renewals = [uscc])
    setImmediate(() => {
      this.#renewals = null
      const records = this.#records
      const due = usccs.filter((each) => records.flightOf(each, Infinity) === undefined)
      for (let at = 0; at < due.length; at += records.size) {
        const { requestId, spans } = this.#scope
        const freshness = this.#freshness
        const deadline = performance.now() + longestRenewal
        const flight = records.begin(due.slice(at, at + records.size), {
          requestId,
          spans,
          deadline,
          called: () => undefined, // no call that the request waited for
          freshness: () => freshness,
        })
        flight.keep()
      }
    })
  }
}
