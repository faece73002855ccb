import type { DepartmentId } from '../../departments.ts'
import type { Freshness } from '../../rules/freshness.ts'
import type { UpstreamProblem } from './errors.ts'
import type { CallSpans } from './traced.ts'

/**
 * How a department's answer was obtained: from the department; from the department, which said that what it said before
 * still holds; from a copy that is young enough; from a copy that is older, for want of a better one.
 */
export type Obtained = 'live' | 'revalidated' | 'cached' | 'stale'

/** What a call to a department knows of the request it serves. */
export interface CallScope {
  /** Ends every call when the request's own time is up. */
  signal: AbortSignal
  /** When that is, on the clock of performance.now(), in ms. */
  deadline: number
  /** Passed on to the department as X-Request-Id. */
  requestId: string
  /** Null where the request is not traced. */
  spans: CallSpans | null
  /** Told of every call before it is sent. */
  called(department: DepartmentId): void
  /** How old a copy of the department's record may be for this request. */
  freshness(department: DepartmentId): Freshness
  /** False where nobody may notice that the request was made: it leaves no copy behind, and shares no call. */
  leavesCopies: boolean
  /**
   * Told of every good answer: when it was fetched, how long that took in ms (0 for a copy), and what is wrong with the
   * department where only that made a copy good enough.
   */
  answered(
    department: DepartmentId,
    obtained: Obtained,
    at: Date,
    milliseconds: number,
    problem?: UpstreamProblem | null,
  ): void
}
