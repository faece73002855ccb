/** What one request did, from its first byte to its audit record. */
import { randomUUID } from 'node:crypto'
import type { UpstreamProblem } from '../adapters/kernel/errors.ts'
import type { CallScope, Obtained } from '../adapters/kernel/scope.ts'
import type { Plan } from '../auth/plan.ts'
import type { Principal } from '../auth/token.ts'
import type { DepartmentId } from '../departments.ts'
import { alwaysAsked } from '../rules/freshness.ts'
import type { AuditAction } from '../store/audit-record.ts'
import type { OpenDispute } from '../store/sharing/corrections.ts'
import type { SharingEvent } from '../store/sharing/mutation.ts'
import type { RequestSpans } from './request-spans.ts'

/** When and how a department's part of an answer was obtained; of several records, the oldest and the least fresh. */
export interface Provenance {
  department: DepartmentId
  fetchedAt: Date
  freshness: Obtained
  /** Longest call, in ms; 0 where there was none. */
  milliseconds: number
  /** Why an old copy had to do; null where the department could be had. */
  cause: UpstreamProblem | null
}

/** From the freshest to the least fresh. */
const obtained: readonly Obtained[] = ['live', 'revalidated', 'cached', 'stale']

export interface Trace {
  id: string
  /** On the clock of performance.now(). */
  started: number
  action: Exclude<AuditAction, 'chain' | 'retention'>
  principal: Principal | null
  purpose: string | null
  operationName: string | null
  documentHash: string | null
  policyVersion: string | null
  plan: Plan | null
  /** The enterprises that each root of the operation has touched, by its response key. */
  roots: Map<string, Set<string>>
  /** The enterprises that the request is about beside those. */
  subjects: Set<string>
  /** Where a quota was used up, by grant and credit code. */
  exhausted: Map<string, { grant: string; uscc: string }>
  /** Grants of the plan that had ended before anything was shown by them. */
  ended: Set<string>
  calls: Map<DepartmentId, number>
  provenance: Map<DepartmentId, Provenance>
  /** What was shown although it is disputed, by coordinate and credit code. */
  disputed: Map<string, OpenDispute>
  errorCodes: Set<string>
  /** The change notice that the request was, once it is known whose. */
  notice: { department: DepartmentId; id: string; all: boolean } | null
  /** What became of the CEB message that the request was, once it was taken over. */
  message: TakenMessage | null
  /** What was done to matters of data sharing. */
  events: SharingEvent[]
  /** True once an operation was executed. */
  executed: boolean
  /** Its spans for OpenTelemetry; null where it is not traced. */
  spans: RequestSpans | null
}

/** A message by its kind, and its documents by what became of them. */
export interface TakenMessage {
  kind: string | null
  documents: Readonly<Record<string, number>>
}

const idShape = /^[\w-]{8,64}$/

/** Begins a trace; the caller's own request id is taken when it cannot do harm in a log line or a header. */
export function beginTrace(given: unknown): Trace {
  return {
    id: typeof given === 'string' && idShape.test(given) ? given : randomUUID(),
    started: performance.now(),
    action: 'refused',
    principal: null,
    purpose: null,
    operationName: null,
    documentHash: null,
    policyVersion: null,
    plan: null,
    roots: new Map(),
    subjects: new Set(),
    exhausted: new Map(),
    ended: new Set(),
    calls: new Map(),
    provenance: new Map(),
    disputed: new Map(),
    errorCodes: new Set(),
    notice: null,
    message: null,
    events: [],
    executed: false,
    spans: null,
  }
}

export interface ScopeSettings {
  signal: () => AbortSignal
  /** How long departments may be asked for, from the request's first byte on, in ms. */
  time: number
  /** Whether departments' records may be answered from copies at all. */
  copies: boolean
  /** Purposes of investigations: that someone asked must not show in what others are answered. */
  investigations: readonly string[]
}

/** The scope in which departments are called for this request. */
export function callScope(trace: Trace, { signal, time, copies, investigations }: ScopeSettings): CallScope {
  return {
    get signal() {
      return signal()
    },
    deadline: trace.started + time,
    requestId: trace.id,
    spans: trace.spans,
    leavesCopies: trace.purpose === null || !investigations.includes(trace.purpose),
    freshness: (department) => (copies ? trace.plan?.freshness.get(department) : undefined) ?? alwaysAsked,
    called: (department) => trace.calls.set(department, (trace.calls.get(department) ?? 0) + 1),
    answered: (department, freshness, at, milliseconds, problem) => {
      const said: Provenance = { department, fetchedAt: at, freshness, milliseconds, cause: problem ?? null }
      const before = trace.provenance.get(department)
      trace.provenance.set(department, before === undefined ? said : together(before, said))
    },
  }
}

const together = (one: Provenance, other: Provenance): Provenance => ({
  department: one.department,
  fetchedAt: one.fetchedAt.getTime() < other.fetchedAt.getTime() ? one.fetchedAt : other.fetchedAt,
  freshness: obtained.indexOf(one.freshness) > obtained.indexOf(other.freshness) ? one.freshness : other.freshness,
  milliseconds: Math.max(one.milliseconds, other.milliseconds),
  cause: one.cause ?? other.cause,
})
