import type { IncomingHttpHeaders } from 'node:http'
import type { Answer } from './answer.ts'
import type { World } from './world.ts'

/** One call to an operation, as far as HTTP is concerned. */
export interface Call {
  /** The path's parameters, percent-decoded and not yet validated. */
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Milliseconds since 1970 by the department's own clock, which a fault may set wrong. */
  readonly now: number
}

/** An operation of the department's contract. */
export interface Operation {
  /** The contract's `operationId`. */
  readonly id: string
  readonly method: 'GET' | 'POST'
  /** The contract's path, e.g. `/filings/{uscc}`. */
  readonly path: string
  /** `token` where it only hands out a token: counted apart, and never lied about. */
  readonly kind: 'data' | 'token'
  /** The codes or numbers that the call asks for, in the order asked; none for a search or a malformed call. */
  asks(call: Call): readonly string[]
  /** The property of the answer that holds the items of a batch; without it the operation answers one record. */
  readonly items?: string
  /** The same call for other records: what a department that mixes up its records answers. */
  another(call: Call): Call
  answer(call: Call): Answer
}

/** A fault that only this department can have, e.g. a window that closes. */
export interface Special {
  /** Done once when the fault is set. */
  begin?(): void
  /** Answers before the operation does; `remaining` is the rest of the fault in milliseconds. */
  instead?(now: number, remaining: number): Answer
  /** By how many milliseconds the department's clock is wrong. */
  readonly skew?: number
  /** By how many milliseconds every answer is late, where the fault does not say. */
  readonly delay?: number
}

/** A department at work. */
export interface Department {
  readonly operations: readonly Operation[]
  /** Refuses a call to a data operation that is not signed in, comes too often …; undefined admits it. */
  admit(call: Call): Answer | undefined
  /** Milliseconds that it always takes to answer a call for data. */
  readonly latency?: number
  readonly specials: Readonly<Record<string, Special>>
  /** What its web server says where no operation answers: an unknown path, a failure inside. JSON where not given. */
  breakdown?(status: number): Answer
  /** The true records of an enterprise, for the witness; undefined where the department does not know it. */
  slice(uscc: string): unknown
}

/** By name, e.g. `{ key: 'development-fx-key' }`. */
export type Credentials = Readonly<Record<string, string>>
/** By name, numbers that tests set, e.g. `{ tokenSeconds: 2 }`. */
export type Settings = Readonly<Record<string, number>>

/** The shape of every file `sandbox/‹department›.ts`: what it needs, and how it is opened. */
export interface DepartmentFactory<C extends Credentials = Credentials, S extends Settings = Settings> {
  /** The credentials that callers show, with their values in development. */
  readonly credentials: C
  /** The settings, with their ordinary values. */
  readonly settings: S
  open(world: World, credentials: C, settings: S): Department
}

/** A unified social credit code as the contracts describe it. */
export const usccPattern = /^[0-9A-HJ-NPQRTUWXY]{18}$/

/**
 * For each code asked another that the department holds and that was not asked for, from the other end of its cabinet,
 * so that it belongs to somebody else. The same question always gets the same wrong answer.
 */
export const others = (held: Iterable<string>, asked: readonly string[]): string[] => {
  const known = [...held]
  const free = known.filter((code) => !asked.includes(code))
  const start = known.indexOf(asked[0] ?? '') + Math.floor(known.length / 2)
  return asked.map((code, i) => free[(start + i) % free.length] ?? code)
}
