import type { DepartmentId } from '../../departments.ts'

/** What went wrong with a department, as a closed set; docs/operating.md says when each comes and what the hub does. */
export const upstreamProblems = [
  /** no connection, or it broke off */
  'unreachable',
  /** no answer within the deadline */
  'timeout',
  /** the department answered that it failed (5xx, an error body), or with a status that means nothing to the hub */
  'failed',
  /** not called: its certificate has expired, is for another name, or is signed by nobody whom the hub trusts */
  'untrusted',
  /** the answer is not what the contract says */
  'contract',
  /** the department refuses the hub's credentials */
  'refused',
  /** too many requests */
  'throttled',
  /** outside service hours */
  'closed',
  /** not called: it failed too often, the breaker is open */
  'suspended',
  /** not called: too many calls to it are under way */
  'busy',
] as const

export type UpstreamProblem = (typeof upstreamProblems)[number]

/**
 * How long a department that failed repeatedly is left alone, in ms. When it is over the hub asks again, even where a
 * failure just now was the one too many: so this is also when to try again where nobody says another time.
 */
export const pause = 1000

/** What a department says goes into logs and to callers: nothing in it may move a cursor or turn the direction of text. */
const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd')

/** A department did not give what was asked for. The message names neither address nor credentials. */
export class UpstreamError extends Error {
  readonly department: DepartmentId
  readonly problem: UpstreamProblem
  /** When to ask again, where the department or the breaker says so; elsewhere `pause` from now on. */
  readonly retryAt: Date | null
  constructor(
    department: DepartmentId,
    problem: UpstreamProblem,
    message: string,
    options: { retryAt?: Date | null; cause?: unknown } = {},
  ) {
    super(printable(message), { cause: options.cause })
    this.name = 'UpstreamError'
    this.department = department
    this.problem = problem
    this.retryAt = options.retryAt ?? null
  }
}
