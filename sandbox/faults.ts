import type { Special } from './department.ts'
import { type Lie, lies } from './lies.ts'

/** The faults that every department can have. */
export const generalFaults = {
  down: 'the connection breaks before an answer',
  slow: 'every answer comes late: by delayMs, or 30 s',
  flaky: 'every second call for data fails: by turns with 500 and with a broken connection',
  lying: 'answers are wrong in the way that `lie` names, or in every way in turn',
} as const

export type GeneralFault = keyof typeof generalFaults

/** A fault as asked for. */
export interface FaultRequest {
  readonly kind: string
  readonly seconds: number
  readonly lie?: Lie | undefined
  readonly delayMs?: number | undefined
}

/** A fault as it stands. */
export interface FaultReport {
  readonly kind: string
  readonly lie?: Lie
  readonly delayMs?: number
  readonly remainingSeconds: number
}

/** What the fault of the moment means for one call. */
export interface Effect {
  readonly broken?: 'socket' | 'status'
  readonly delay: number
  readonly skew: number
  readonly lie?: Lie
  readonly special?: { readonly is: Special; readonly remaining: number }
}

/** A fault that cannot be set; its message is one sentence for whoever asked. */
export class FaultRefused extends Error {}

const longest = 24 * 60 * 60
const harmless: Effect = { delay: 0, skew: 0 }
const slowest = 30_000

/**
 * The fault of one department. It ends by itself: its end is compared with a monotonic clock when a call comes in, so
 * that no timer is left over and no correction of the machine's clock prolongs it.
 */
export class Faults {
  readonly #specials: Readonly<Record<string, Special>>
  #current: (FaultRequest & { readonly until: number }) | undefined
  #turn = 0

  constructor(specials: Readonly<Record<string, Special>>) {
    this.#specials = specials
  }

  /** All kinds that this department can have. */
  get kinds(): string[] {
    return [...Object.keys(generalFaults), ...Object.keys(this.#specials)]
  }

  set(request: FaultRequest): void {
    const { kind, seconds, lie, delayMs } = request
    if (!this.kinds.includes(kind))
      throw new FaultRefused(`There is no fault ${JSON.stringify(kind)} here; it is one of ${this.kinds.join(', ')}.`)
    if (!Number.isFinite(seconds) || seconds <= 0 || seconds > longest)
      throw new FaultRefused(`seconds must be a number above 0 and at most ${longest}.`)
    if (delayMs !== undefined && !(Number.isFinite(delayMs) && delayMs >= 0 && delayMs <= longest * 1000))
      throw new FaultRefused(`delayMs must be a number from 0 to ${longest * 1000}.`)
    if (lie !== undefined && (kind !== 'lying' || !lies.includes(lie)))
      throw new FaultRefused(`lie goes with the fault lying only, and is one of ${lies.join(', ')}.`)
    this.#current = { kind, seconds, lie, delayMs, until: performance.now() + seconds * 1000 }
    this.#turn = 0
    this.#specials[kind]?.begin?.()
  }

  clear(): void {
    this.#current = undefined
  }

  report(): FaultReport | undefined {
    const fault = this.#standing()
    if (!fault) return undefined
    return {
      kind: fault.kind,
      ...(fault.lie && { lie: fault.lie }),
      ...(fault.delayMs !== undefined && { delayMs: fault.delayMs }),
      remainingSeconds: Math.ceil((fault.until - performance.now()) / 1000),
    }
  }

  /** What happens to the call that has just come in. Taking a turn is part of it: ask once for a call. */
  next(kind: 'data' | 'token'): Effect {
    const fault = this.#standing()
    if (!fault) return harmless
    switch (fault.kind) {
      case 'down':
        return { ...harmless, broken: 'socket' }
      case 'slow':
        return { ...harmless, delay: fault.delayMs ?? slowest }
      case 'flaky':
        return kind === 'token' ? harmless : this.#flaky()
      case 'lying':
        return kind === 'token' ? harmless : { ...harmless, lie: fault.lie ?? this.#nextLie() }
      default:
        return this.#special(fault, kind)
    }
  }

  #standing() {
    if (this.#current && performance.now() >= this.#current.until) this.#current = undefined
    return this.#current
  }

  #flaky(): Effect {
    const turn = this.#turn++ % 4
    return { ...harmless, ...(turn === 1 && { broken: 'status' }), ...(turn === 3 && { broken: 'socket' }) }
  }

  #nextLie(): Lie {
    return lies[this.#turn++ % lies.length] ?? 'wrong-types'
  }

  #special(fault: FaultRequest & { readonly until: number }, kind: 'data' | 'token'): Effect {
    const is = this.#specials[fault.kind]
    if (!is || kind === 'token') return harmless
    return {
      delay: fault.delayMs ?? is.delay ?? 0,
      skew: is.skew ?? 0,
      special: { is, remaining: fault.until - performance.now() },
    }
  }
}
