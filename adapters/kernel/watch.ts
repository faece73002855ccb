/** The calls of one request, ended together: one timer and one listener for all of them, not two for each. */
import type { CallScope } from './scope.ts'
import { OutOfTime } from './time-limit.ts'

interface Underway {
  /** Ends it now. */
  end(reason: OutOfTime): void
}

class Watch {
  readonly #scope: CallScope
  /** When each is due, on the clock of performance.now(). */
  readonly #due = new Map<Underway, number>()
  #timer: NodeJS.Timeout | undefined
  /** When the timer goes off. */
  #next = Infinity

  constructor(scope: CallScope) {
    this.#scope = scope
  }

  /** From now on it is ended with OutOfTime when it is due, or when nobody waits for the request any longer. */
  add(underway: Underway, due: number): void {
    if (this.#due.size === 0) this.#scope.signal.addEventListener('abort', this.#gone, { once: true })
    this.#due.set(underway, due)
    if (due < this.#next) this.#set(due)
  }

  delete(underway: Underway): void {
    this.#due.delete(underway)
    if (this.#due.size > 0) return
    this.#scope.signal.removeEventListener('abort', this.#gone)
    clearTimeout(this.#timer)
    this.#next = Infinity
  }

  #set(due: number): void {
    clearTimeout(this.#timer)
    this.#next = due
    // It may be past already, where the process has stood still.
    this.#timer = setTimeout(this.#late, Math.max(1, Math.ceil(due - performance.now())))
  }

  readonly #late = (): void => {
    const now = performance.now() + 1 // a timer may be early by less than that
    this.#next = Infinity
    let next = Infinity
    for (const [underway, due] of this.#due) {
      if (due <= now) underway.end(new OutOfTime(0))
      else next = Math.min(next, due)
    }
    if (next < Infinity) this.#set(next)
  }

  readonly #gone = (): void => {
    for (const underway of this.#due.keys()) underway.end(new OutOfTime(null))
  }
}

const watches = new WeakMap<CallScope, Watch>()

/** The watch over the calls of a request. */
export function watchOf(scope: CallScope): Watch {
  let watch = watches.get(scope)
  if (watch === undefined) watches.set(scope, (watch = new Watch(scope)))
  return watch
}
