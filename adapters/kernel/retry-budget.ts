/**
 * Retries as a share of calls, as Finagle's RetryBudget has it: where a department fails on most calls, asking each of
 * them twice would double the load on it just when it can bear least. One budget serves all requests of a department.
 */
import { sleep } from './time-limit.ts'

/** Calls that pay for a retry: a fifth more may be asked. */
const price = 5
/** Retries that are saved up at most, and that there are at the beginning. */
const most = 20
/** Retries a second that a department has which is seldom asked. */
const least = 1
/** Longest wait before a retry, in ms: a time between 0 and this, by chance, so that retries do not come in step. */
const longest = 100

export class RetryBudget {
  /** Retries that were made so far, and those that it did not allow. */
  made = 0
  withheld = 0
  /** In calls. */
  #balance = most * price
  #at = performance.now()

  /** To be told of every call; not of a retry. */
  deposit(): void {
    const now = performance.now()
    const given = 1 + ((now - this.#at) / 1000) * least * price
    this.#balance = Math.min(most * price, this.#balance + given)
    this.#at = now
  }

  /** Whether one more retry may be made, which it then counts. */
  withdraw(): boolean {
    if (this.#balance < price) {
      this.withheld++
      return false
    }
    this.#balance -= price
    this.made++
    return true
  }
}

export interface Again {
  /** @param attempt is told how many were made before it */
  execute<T>(attempt: (nth: number) => Promise<T>, signal: AbortSignal): Promise<T>
}

/** Makes an attempt, and one more where another may mend what failed and the budget has room for it. */
export const again = (isTransient: (error: unknown) => boolean, budget: RetryBudget): Again => ({
  async execute(attempt, signal) {
    try {
      return await attempt(0)
    } catch (error) {
      if (!isTransient(error) || !budget.withdraw()) throw error
      await sleep(Math.random() * longest, signal)
      return attempt(1)
    }
  },
})
