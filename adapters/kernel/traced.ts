/** Calls told to tracing (hub/tracing.ts), where the request is traced at all. */
import type { DepartmentId } from '../../departments.ts'
import type { UpstreamProblem } from './errors.ts'
import type { Call } from './http.ts'

/** The span of one attempt. */
export interface CallSpan {
  /** What is sent with it (W3C Trace Context). */
  readonly headers: { readonly traceparent: string }
  /**
   * @param status of HTTP; null where there was no answer
   * @param problem null where the answer was one that the adapter is to look at
   */
  end(status: number | null, problem: UpstreamProblem | null): void
}

/** Where the calls of one request are told. */
export interface CallSpans {
  /** An attempt begins. @param resent how many went before it */
  call(department: DepartmentId, call: Pick<Call, 'method' | 'path'>, resent: number): CallSpan
  /** A call that was given up before it was sent. @param since when it began, on the clock of performance.now() */
  unsent(department: DepartmentId, problem: UpstreamProblem, since: number): void
}

/** Waits for a call, and tells of it where it ended before any attempt was made, whose span would say why. */
export async function toldUnsent<T>(
  spans: CallSpans,
  department: DepartmentId,
  task: { attempts: number },
  call: Promise<T>,
  problemOf: (error: unknown) => UpstreamProblem,
): Promise<T> {
  const since = performance.now()
  try {
    return await call
  } catch (error) {
    if (task.attempts === 0) spans.unsent(department, problemOf(error), since)
    throw error
  }
}
