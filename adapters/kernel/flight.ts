import type { UpstreamError } from './errors.ts'
import type { CallScope, Obtained } from './scope.ts'
import { OutOfTime, within } from './time-limit.ts'

/**
 * A call for records that belongs to no request: it ends by itself, at its deadline, or when all who waited for it are
 * gone. Whoever waits keeps a deadline of its own.
 */
export class Flight<V> {
  /** In ms since 1970. */
  readonly begun = Date.now()
  readonly found: Promise<ReadonlyMap<string, V | UpstreamError | null>>
  /** How the department answered; null before. */
  answer: { obtained: Obtained; at: Date; milliseconds: number } | null = null
  readonly #ending = new AbortController()
  #waiting = 0

  constructor(
    begun: Pick<CallScope, 'deadline' | 'requestId' | 'spans' | 'called' | 'freshness'>,
    fetch: (scope: CallScope) => Promise<ReadonlyMap<string, V | UpstreamError | null>>,
  ) {
    this.found = fetch({
      signal: this.#ending.signal,
      deadline: begun.deadline,
      requestId: begun.requestId,
      spans: begun.spans,
      leavesCopies: true,
      called: (department) => begun.called(department),
      freshness: (department) => begun.freshness(department),
      answered: (_department, obtained, at, milliseconds) => (this.answer = { obtained, at, milliseconds }),
    })
    this.found.catch(() => undefined) // whoever waits is told; that nobody does any more must not end the hub
  }

  /** True once nobody waited any longer. */
  get isAbandoned(): boolean {
    return this.#ending.signal.aborted
  }

  /**
   * Waits as long as a request can.
   * @throws OutOfTime where that is not long enough, or what the call threw
   */
  async join({
    deadline,
    signal,
  }: Pick<CallScope, 'deadline' | 'signal'>): Promise<ReadonlyMap<string, V | UpstreamError | null>> {
    this.#waiting += 1
    try {
      return await within(deadline - performance.now(), signal, () => this.found)
    } finally {
      this.#waiting -= 1
      if (this.#waiting === 0 && this.answer === null) this.#ending.abort(new OutOfTime(null))
    }
  }

  /** Carries it out whoever waits, for it renews a copy behind an answer. */
  keep(): void {
    this.#waiting += 1
  }
}
