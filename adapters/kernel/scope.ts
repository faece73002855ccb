import type { DepartmentId } from '../../departments.ts'

/** What a call to a department knows of the request it serves. */
export interface CallScope {
  /** Ends every call when the request's own time is up. */
  signal: AbortSignal
  /** When that is, on the clock of performance.now(), in ms. */
  deadline: number
  /** Passed on to the department as X-Request-Id. */
  requestId: string
  /** Told of every call before it is sent. */
  called(department: DepartmentId): void
  /** Told of every good answer: when it was fetched and how long it took, in ms. */
  answered(department: DepartmentId, freshness: 'live' | 'revalidated', at: Date, milliseconds: number): void
}
