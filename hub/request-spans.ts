/** What of a request is told to tracing, as the hub sees it: nothing of OpenTelemetry is loaded by this. */
import type { UpstreamProblem } from '../adapters/kernel/errors.ts'
import type { CallSpans } from '../adapters/kernel/traced.ts'
import type { DepartmentId } from '../departments.ts'
import type { Trace } from './trace.ts'

/** The spans of one request. */
export interface RequestSpans extends CallSpans {
  /** Begins to wait for the ledger. What comes back is called at the end of that. */
  ledger(): (isWritten: boolean) => void
  /** A section, or part of one, could not be had. */
  unavailable(department: DepartmentId, problem: UpstreamProblem): void
  /** The answer has left, with this status; null where nobody was there to take it. */
  end(trace: Trace, status: number | null): void
}

/** A request as it arrives. */
export interface Arrival {
  method: string
  /** As the hub's routes have it. */
  route: string
  /** The header of that name, whatever it holds. */
  traceparent: unknown
  /** On the clock of performance.now(). */
  started: number
  /** The hub's own id for the request; null where the caller chose one, which may say anything. */
  requestId: string | null
}

export interface Tracing {
  begin(arrival: Arrival): RequestSpans
  /** Sends what is left, for two seconds at most. */
  stop(): Promise<void>
}
