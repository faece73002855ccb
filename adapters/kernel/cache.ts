/**
 * Copies of the records that a department gave out, between its adapter and the loaders of requests: what the department
 * said of an enterprise, mapped, never what a viewer was shown, and no decision. Who may see what was decided before.
 *
 * How old a copy may be, each request says for itself. One that is refused for its age is fetched anew, and the fetch is
 * shared by all who want the same at that time.
 */
import { LRUCache } from 'lru-cache'
import type { DepartmentId } from '../../departments.ts'
import { UpstreamError } from './errors.ts'
import { Flight } from './flight.ts'
import { KnownAnswers } from './known-answers.ts'
import { RecordLoader } from './record-loader.ts'
import type { CallScope } from './scope.ts'

/** What a department said of an enterprise. */
export interface Copy<V> {
  /** Null where it has no record. */
  record: V | null
  /** When it was asked, in ms since 1970: it may have changed since. */
  begun: number
  /** When it had answered. */
  fetchedAt: Date
}

/** How records are asked for. */
export interface Source<V> {
  /** Most codes that one call may carry. */
  size: number
  /**
   * Asks for at most so many records. What it returns is looked up by credit code; a code that is missing has no record,
   * and an error among it is that code's alone.
   * @param before what was said before, for a department that can be asked whether it still holds
   */
  fetch(
    scope: CallScope,
    usccs: readonly string[],
    before: (uscc: string) => V | null,
  ): Promise<ReadonlyMap<string, V | UpstreamError | null>>
}

/** Counted since the hub began; a lookup is one of `hits`, `renewed` and `misses`. */
export interface CacheCounts {
  /** Answered from a copy that was young enough. */
  hits: number
  /** Answered from an older one, with a renewal behind the answer. */
  renewed: number
  /** Not answered from a copy. */
  misses: number
  /** Misses that waited for a call which another request had begun. */
  shared: number
  /** Misses that were answered from an old copy, because the department could not be had. */
  stale: number
}

/** Copies that other processes keep, or share. */
export interface SharedCopies {
  get(department: DepartmentId, version: string, usccs: readonly string[]): Promise<ReadonlyMap<string, Copy<object>>>
  /** Does not wait. */
  put(department: DepartmentId, version: string, uscc: string, copy: Copy<object>): void
}

export interface CacheSettings {
  /** Most copies of a department's records in this process; the one used longest ago gives way. */
  most: number
  shared: SharedCopies | null
}

/** Clocks of processes that share copies may differ by so much, in ms. */
export const clockSkew = 5000

export class DepartmentCache {
  readonly department: DepartmentId
  readonly counts: CacheCounts = { hits: 0, renewed: 0, misses: 0, shared: 0, stale: 0 }
  readonly answers = new KnownAnswers()
  readonly #settings: CacheSettings
  /** When a record was last said to have changed, in ms since 1970, by credit code. */
  readonly #changes = new Map<string, number>()
  /** The same for all of the department's records. */
  #allChanged = 0

  constructor(department: DepartmentId, settings: CacheSettings) {
    this.department = department
    this.#settings = settings
  }

  /**
   * Copies of the department's records by credit code, and what makes the loader of one request.
   * @param version of the contract that they were mapped by
   */
  records<V extends object>(version: string, source: Source<V>): (scope: CallScope) => RecordLoader<V> {
    const records = new Records(this, version, source, this.#settings)
    return (scope) => new RecordLoader(records, scope)
  }

  /** The same for a department that answers one code a call. */
  single<V extends object>(
    version: string,
    fetch: (scope: CallScope, uscc: string, before: V | null) => Promise<V | null>,
  ): (scope: CallScope) => RecordLoader<V> {
    return this.records<V>(version, {
      size: 1,
      fetch: async (scope, usccs, before) =>
        new Map(await Promise.all(usccs.map(async (uscc) => [uscc, await fetch(scope, uscc, before(uscc))] as const))),
    })
  }

  /** The department says that what it said before does not hold any more: of an enterprise, or (null) of any. */
  changed(uscc: string | null, at: number): void {
    if (uscc === null) this.#allChanged = Math.max(this.#allChanged, at)
    else this.#changes.set(uscc, Math.max(this.#changes.get(uscc) ?? 0, at))
  }

  /** Forgets changes before a time, when no copy can be that old. */
  forgetChanges(before: number): void {
    for (const [uscc, at] of this.#changes) if (at < before) this.#changes.delete(uscc)
  }

  /** Whether what was asked for at that time may still be believed, whatever its age. */
  isBelieved(uscc: string, begun: number): boolean {
    if (begun <= this.#allChanged) return false
    return this.#changes.size === 0 || begun > (this.#changes.get(uscc) ?? 0)
  }
}

/** The records of one department: copies by credit code, calls under way, and how to make more. */
export class Records<V extends object> {
  readonly size: number
  readonly cache: DepartmentCache
  /** Calls that are under way for anyone, by the codes that they ask for. */
  readonly #flights = new Map<string, Flight<V>>()
  readonly #version: string
  readonly #source: Source<V>
  readonly #copies: LRUCache<string, Copy<V>>
  readonly #shared: SharedCopies | null

  constructor(cache: DepartmentCache, version: string, source: Source<V>, { most, shared }: CacheSettings) {
    this.cache = cache
    this.size = source.size
    this.#version = version
    this.#source = source
    this.#copies = new LRUCache({ max: most })
    this.#shared = shared
  }

  get department(): DepartmentId {
    return this.cache.department
  }

  /** What is known of an enterprise here, unless the department has said that it changed. */
  copyOf(uscc: string, now: number): Copy<V> | undefined {
    const copy = this.#copies.get(uscc)
    if (copy === undefined) return undefined
    // From ahead of this clock: nobody knows how old it is.
    const isUsable = copy.begun <= now + clockSkew && this.cache.isBelieved(uscc, copy.begun)
    return isUsable ? copy : undefined
  }

  /** Takes over what other processes know of these; whoever wants it looks for it here then. */
  async takeOver(usccs: readonly string[]): Promise<void> {
    if (this.#shared === null) return
    const found = await this.#shared.get(this.department, this.#version, usccs)
    for (const [uscc, copy] of found) {
      if ((this.#copies.peek(uscc)?.begun ?? 0) < copy.begun) this.#copies.set(uscc, copy as Copy<V>)
    }
  }

  /** Asks the department in the scope of a request, or of a flight, and keeps a copy of what it says. */
  async fetch(scope: CallScope, usccs: readonly string[]): Promise<ReadonlyMap<string, V | UpstreamError | null>> {
    const begun = Date.now()
    const found = await this.#source.fetch(scope, usccs, (uscc) => this.#copies.peek(uscc)?.record ?? null)
    if (!scope.leavesCopies) return found
    const fetchedAt = new Date()
    const isShared = this.#shared !== null && scope.freshness(this.department).freshFor > 0
    for (const uscc of usccs) {
      const record = found.get(uscc) ?? null
      if (record instanceof UpstreamError) continue
      // What was asked for later has come first: it stays.
      if ((this.#copies.peek(uscc)?.begun ?? 0) > begun) continue
      const copy = { record, begun, fetchedAt }
      this.#copies.set(uscc, copy)
      if (isShared) this.#shared?.put(this.department, this.#version, uscc, copy)
    }
    return found
  }

  /** The call under way for a code that a request may wait for which wants it no older than so many ms. */
  flightOf(uscc: string, age: number): Flight<V> | undefined {
    const flight = this.#flights.get(uscc)
    const isUsable = flight !== undefined && Date.now() - flight.begun <= age && !flight.isAbandoned
    return isUsable && this.cache.isBelieved(uscc, flight.begun) ? flight : undefined
  }

  /** Begins a call that is no request's own; others may join it. */
  begin(
    usccs: readonly string[],
    scope: Pick<CallScope, 'deadline' | 'requestId' | 'spans' | 'called' | 'freshness'>,
  ): Flight<V> {
    const flight = new Flight<V>(scope, (own) => this.fetch(own, usccs))
    for (const uscc of usccs) this.#flights.set(uscc, flight)
    const land = (): void => {
      for (const uscc of usccs) if (this.#flights.get(uscc) === flight) this.#flights.delete(uscc)
    }
    flight.found.then(land, land)
    return flight
  }
}
