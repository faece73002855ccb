/** What a department was asked since the last reset. Every call that reached it counts, whatever became of it. */
export interface CallReport {
  /** Calls for data. */
  readonly total: number
  /** Requests for a token, which are no calls for data. */
  readonly tokens: number
  /** Calls by the contract's operationId. */
  readonly byOperation: Readonly<Record<string, number>>
  /** How often each code or number was asked for. */
  readonly codes: Readonly<Record<string, number>>
}

/** So that a load test does not make the counter grow without end. */
const mostCodes = 100_000

/** Counts the calls to one department. */
export class CallCounter {
  #tokens = 0
  #operations = new Map<string, number>()
  #codes = new Map<string, number>()

  count(operation: string, kind: 'data' | 'token', codes: readonly string[]): void {
    if (kind === 'token') {
      this.#tokens++
      return
    }
    this.#operations.set(operation, (this.#operations.get(operation) ?? 0) + 1)
    for (const code of codes)
      if (this.#codes.has(code) || this.#codes.size < mostCodes) this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1)
  }

  report(): CallReport {
    return {
      total: [...this.#operations.values()].reduce((sum, calls) => sum + calls, 0),
      tokens: this.#tokens,
      byOperation: Object.fromEntries(this.#operations),
      codes: Object.fromEntries(this.#codes),
    }
  }

  reset(): void {
    this.#tokens = 0
    this.#operations.clear()
    this.#codes.clear()
  }
}
