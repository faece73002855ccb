/** Most calls that a contract allows: so many in any span of so many seconds. */
export interface RateLimit {
  calls: number
  seconds: number
}

/**
 * Says when the next call may be made, so that no span of `seconds` has more than `calls`: a tenth of them may come
 * together, the others at even distances. It is a token bucket kept as the time at which it is full again (the generic
 * cell rate algorithm, ITU-T I.371 annex A). Times are in ms on one clock.
 */
export class Rate {
  readonly #distance: number
  readonly #ahead: number
  #full = Number.NEGATIVE_INFINITY

  constructor({ calls, seconds }: RateLimit) {
    const together = Math.max(1, Math.floor(calls / 10))
    this.#distance = (seconds * 1000) / Math.max(1, calls - together)
    this.#ahead = (together - 1) * this.#distance
  }

  /** How long until one more call may be made, after so many others. */
  wait(now: number, others = 0): number {
    const wait = Math.max(this.#full - now, 0) + others * this.#distance - this.#ahead
    // In whole microseconds: sums of fractions are not exact.
    return Math.max(0, Math.round(wait * 1000) / 1000)
  }

  /** Counts a call that is made after the wait. */
  take(now: number): void {
    this.#full = Math.max(this.#full, now) + this.#distance
  }
}
