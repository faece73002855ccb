/** What of an event could not be read is tried again by itself, ever later, so that nobody waits for another change. */
import type { SubscriptionEvent } from '../resolvers/context.ts'
import type { Watch } from '../store/trade/changes.ts'
import type { Said } from './subscriptions.ts'

/** What could not be read. */
export interface Missed {
  /** Whether there is nothing of the event at all. */
  isAll: boolean
  /** Keys of the lists that are to be looked at again; none where the event is not of lists. */
  lists: readonly string[]
}

/** Codes of what may go well another time: whatever failed in the hub, and grants that cannot be read. */
const passing: ReadonlySet<unknown> = new Set(['INTERNAL_SERVER_ERROR', 'POLICY_UNAVAILABLE'])

/** From the first failure to the next try, and the longest that it comes to, twice as long each time; in ms. */
const pauses = { first: 500, longest: 30_000 }

/** What of an event could not be read; null where all could. */
export function missedOf({ data, errors = [] }: Said, { changed, lists }: SubscriptionEvent): Missed | null {
  const failed = errors.filter(({ extensions }) => passing.has(extensions?.code))
  if (failed.length === 0) return null
  const [value] = Object.values(data ?? {})
  if (value == null) return { isAll: true, lists: changed ?? [] }
  const places = new Set(failed.map(({ path = [] }) => path[1]))
  return { isAll: false, lists: lists.filter((_key, place) => places.has(place)) }
}

export class Again {
  readonly #watch: Watch
  #isFirst = true
  #failures = 0
  #timer: NodeJS.Timeout | undefined

  /** @param missed of the first event */
  constructor(watch: Watch, missed: Missed | null) {
    this.#watch = watch
    this.note([], missed)
  }

  /** Whether what there is has not been told yet, of which what has changed is part. */
  get isFirst(): boolean {
    return this.#isFirst
  }

  /** @param taken what had changed, as the watch told it; @param missed what could not be read of it */
  note(taken: readonly string[], missed: Missed | null): void {
    clearTimeout(this.#timer)
    const wasFirst = this.#isFirst
    this.#isFirst = wasFirst && missed?.isAll === true
    // What there is does not hold every list that has changed meanwhile.
    this.#watch.putBack([...(wasFirst ? taken : []), ...(missed?.lists ?? [])])
    if (missed === null) {
      this.#failures = 0
      if (wasFirst && taken.length > 0) this.#watch.wake()
      return
    }
    if (wasFirst && !this.#isFirst && taken.length > 0) this.#watch.wake()
    const pause = Math.min(pauses.first * 2 ** this.#failures, pauses.longest)
    this.#failures += 1
    this.#timer = setTimeout(() => this.#watch.wake(), pause).unref()
  }

  end(): void {
    clearTimeout(this.#timer)
  }
}
