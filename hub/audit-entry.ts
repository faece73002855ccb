import type { Decision } from '../auth/decide.ts'
import type { Plan } from '../auth/plan.ts'
import type { AuditEntry } from '../store/audit.ts'
import { auditPlan, type AuditDecision, type AuditLapse, type AuditPlan } from '../store/audit-record.ts'
import type { SharingEvent } from '../store/sharing/mutation.ts'
import type { Trace } from './trace.ts'

/** The audit record of a request: coordinates, decisions and codes, never values. */
export function auditEntry(trace: Trace): AuditEntry {
  const { principal, plan } = trace
  const subjects = subjectsOf(trace)
  const lapsed = lapsesOf(trace)
  return {
    requestId: trace.id,
    department: principal?.department ?? null,
    subject: principal?.subject ?? null,
    roles: principal?.roles ?? [],
    purpose: trace.purpose,
    action: trace.action,
    operationName: trace.operationName?.slice(0, 200) ?? null,
    documentHash: trace.documentHash,
    policyVersion: trace.policyVersion,
    plan: plan === null ? null : recorded(plan),
    subjects,
    mandated: principal === null ? [] : subjects.filter((uscc) => principal.mandate.has(uscc)),
    ...(lapsed.length === 0 ? {} : { lapsed }),
    departmentsCalled: Object.fromEntries(trace.calls),
    outcome: outcomeOf(trace),
    errorCodes: [...trace.errorCodes],
    durationMs: performance.now() - trace.started,
    ...(trace.events.length === 0 ? {} : { details: { events: trace.events.map((event) => ({ ...event })) } }),
    ...(trace.notice === null ? {} : { details: { notice: { ...trace.notice } } }),
  }
}

/** The record of a mutation before it takes effect; nothing has been shown yet. */
export const begunEntry = (trace: Trace, event: SharingEvent): AuditEntry => ({
  ...auditEntry(trace),
  plan: null,
  outcome: 'begun',
  errorCodes: [],
  details: { events: [{ ...event }] },
})

/** Grants that were found not to hold: an end counts for all enterprises, a quota for one. */
const lapsesOf = ({ ended, exhausted }: Trace): AuditLapse[] => [
  ...[...ended].map((grant) => ({ grant, uscc: null, rule: 'suspended' as const })),
  ...[...exhausted.values()].map(({ grant, uscc }) => ({ grant, uscc, rule: 'quota' as const })),
]

/** Each enterprise once. */
function subjectsOf({ subjects, roots }: Trace): string[] {
  const [first, ...others] = roots.values()
  if (others.length === 0 && subjects.size === 0) return first === undefined ? [] : [...first]
  return [...new Set([...roots.values(), subjects].flatMap((touched) => [...touched]))]
}

const kept = new WeakMap<Plan, AuditPlan>()

/** A plan as it goes on record, made once for all the requests that share it. */
function recorded(plan: Plan): AuditPlan {
  let made = kept.get(plan)
  if (made === undefined) {
    made = auditPlan(
      Object.fromEntries([...plan.decisions].map(([coordinate, decision]) => [coordinate, said(decision)])),
    )
    kept.set(plan, made)
  }
  return made
}

const said = ({ item, outcomes, denial }: Decision): AuditDecision =>
  item === null
    ? null
    : {
        item,
        outcomes: outcomes.map(({ effect, rule, filter }) => ({
          effect,
          rule,
          ...(filter === null ? {} : filter),
        })),
        denied: denial.rule,
      }
function outcomeOf({ errorCodes, executed, action }: Trace): AuditEntry['outcome'] {
  if (errorCodes.has('INTERNAL_SERVER_ERROR')) return 'failed'
  if (!executed && action !== 'explain') return 'refused'
  return errorCodes.size > 0 ? 'partial' : 'answered'
}
