import type { AuditEntry } from '../store/audit.ts'
import type { Trace } from './trace.ts'

/** The audit record of a request: coordinates, decisions and codes, never values. */
export function auditEntry(trace: Trace): AuditEntry {
  const { principal, plan } = trace
  const decisions: AuditEntry['decisions'] = {}
  for (const [coordinate, decision] of plan?.decisions ?? []) {
    if (decision.item === null) continue
    const outcome = decision.outcomes[0]
    decisions[coordinate] =
      outcome === undefined
        ? { decision: 'DENY', rule: decision.denial.rule }
        : { decision: outcome.effect, rule: outcome.rule }
  }
  const reached = [...trace.subjects]
  return {
    requestId: trace.id,
    department: principal?.department ?? null,
    subject: principal?.subject ?? null,
    purpose: trace.purpose,
    action: trace.action,
    operationName: trace.operationName?.slice(0, 200) ?? null,
    documentHash: trace.documentHash,
    coordinates: [...(plan?.decisions.keys() ?? [])],
    decisions,
    subjects: reached,
    departmentsCalled: Object.fromEntries(trace.calls),
    outcome: outcomeOf(trace),
    errorCodes: [...trace.errorCodes],
    durationMs: performance.now() - trace.started,
  }
}

function outcomeOf({ errorCodes, executed, action }: Trace): AuditEntry['outcome'] {
  if (errorCodes.has('INTERNAL_SERVER_ERROR')) return 'failed'
  if (!executed && action !== 'explain') return 'refused'
  return errorCodes.size > 0 ? 'partial' : 'answered'
}
