/** What one request did, from its first byte to its audit record. */
import { randomUUID } from 'node:crypto'
import type { CallScope } from '../adapters/kernel/scope.ts'
import type { Plan } from '../auth/plan.ts'
import type { Principal } from '../auth/token.ts'
import type { DepartmentId } from '../departments.ts'
import type { AuditAction } from '../store/audit-record.ts'
import type { OpenDispute } from '../store/sharing/corrections.ts'
import type { SharingEvent } from '../store/sharing/mutation.ts'

/** When and how a department's part of an answer was obtained. */
export interface Provenance {
  department: DepartmentId
  /** Of the last call. */
  fetchedAt: Date
  freshness: 'live' | 'revalidated'
  /** Longest call, in ms. */
  milliseconds: number
}

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
  /** What was done to matters of data sharing. */
  events: SharingEvent[]
  /** True once an operation was executed. */
  executed: boolean
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
    subjects: new Set(),
    exhausted: new Map(),
    ended: new Set(),
    calls: new Map(),
    provenance: new Map(),
    disputed: new Map(),
    errorCodes: new Set(),
    events: [],
    executed: false,
  }
}

/** The scope in which departments are called for this request. */
export function callScope(trace: Trace, signal: AbortSignal, time: number): CallScope {
  return {
    signal,
    deadline: trace.started + time,
    requestId: trace.id,
    called: (department) => trace.calls.set(department, (trace.calls.get(department) ?? 0) + 1),
    answered: (department, freshness, at, milliseconds) => {
      const longest = Math.max(milliseconds, trace.provenance.get(department)?.milliseconds ?? 0)
      trace.provenance.set(department, { department, fetchedAt: at, freshness, milliseconds: longest })
    },
  }
}
