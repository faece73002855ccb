import type { Decision } from '../auth/decide.ts'
import { fieldsUnder, type Plan, type PlanField } from '../auth/plan.ts'
import type { Coordinate } from '../auth/vocabulary.ts'
import type { AuditEntry } from '../store/audit.ts'
import { auditPlan, type AuditDecision, type AuditLapse, type AuditPlan } from '../store/audit-record.ts'
import type { SharingEvent } from '../store/sharing/mutation.ts'
import type { Trace } from './trace.ts'

/** The audit record of a request: coordinates, decisions and codes, never values. */
export function auditEntry(trace: Trace): AuditEntry {
  const { principal, plan } = trace
  const subjects = subjectsOf(trace)
  const roots = plan === null ? null : rootsOf(trace, plan, subjects)
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
    plan: plan === null ? null : recorded(plan).plan,
    subjects,
    ...(roots === null ? {} : { roots }),
    mandated: principal === null ? [] : subjects.filter((uscc) => principal.mandate.has(uscc)),
    ...(lapsed.length === 0 ? {} : { lapsed }),
    departmentsCalled: Object.fromEntries(trace.calls),
    outcome: outcomeOf(trace),
    errorCodes: [...trace.errorCodes],
    durationMs: performance.now() - trace.started,
    ...(trace.events.length === 0 ? {} : { details: { events: trace.events.map((event) => ({ ...event })) } }),
    ...(trace.message === null ? {} : { details: { message: { ...trace.message } } }),
    ...(trace.notice === null ? {} : { details: { notice: { ...trace.notice } } }),
  }
}

/** The record of a mutation before it takes effect; nothing has been shown yet. */
export const begunEntry = (trace: Trace, event: SharingEvent): AuditEntry => ({
  ...auditEntry({ ...trace, plan: null }),
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

/** Which enterprises each root of a plan touched; null where every root with fields of its own touched all. */
function rootsOf(trace: Trace, plan: Plan, subjects: readonly string[]): number[][] | null {
  if (plan.fields.length < 2 || subjects.length === 0) return null
  const { apart } = recorded(plan)
  const touched = plan.fields.map(({ responseKey }) => trace.roots.get(responseKey))
  if (apart.every((root) => touched[root]?.size === subjects.length)) return null
  const places = new Map(subjects.map((uscc, place) => [uscc, place]))
  return touched.map((usccs) => [...(usccs ?? [])].flatMap((uscc) => places.get(uscc) ?? []).sort((a, b) => a - b))
}

/** A plan as it goes on record. */
interface Recorded {
  plan: AuditPlan
  /** Roots that some field stands under and not under all others, by their places. */
  apart: readonly number[]
}

/** Of a root and all below it, with what is looked at beside each. */
const coordinatesUnder = (root: PlanField): Set<Coordinate> =>
  new Set(
    [...fieldsUnder(root)].flatMap(({ coordinate, beside = [] }) => [
      coordinate,
      ...beside.map((decision) => decision.coordinate),
    ]),
  )

const kept = new WeakMap<Plan, Recorded>()

/** Made once for all the requests that share a plan. */
function recorded(plan: Plan): Recorded {
  let made = kept.get(plan)
  if (made === undefined) {
    const under = plan.fields.map((root) => coordinatesUnder(root))
    const rootsOver = (coordinate: Coordinate): number[] | null => {
      const over = under.flatMap((coordinates, root) => (coordinates.has(coordinate) ? [root] : []))
      return over.length === under.length ? null : over
    }
    const decisions = [...plan.decisions].map(
      ([coordinate, decision]) => [coordinate, said(decision, rootsOver(coordinate))] as const,
    )
    const apart = new Set(decisions.flatMap(([, decision]) => decision?.roots ?? []))
    made = { plan: auditPlan(Object.fromEntries(decisions)), apart: [...apart] }
    kept.set(plan, made)
  }
  return made
}

/** @param roots null for all */
const said = ({ item, outcomes, denial }: Decision, roots: readonly number[] | null): AuditDecision =>
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
        ...(roots === null ? {} : { roots }),
      }

function outcomeOf({ errorCodes, executed, action }: Trace): AuditEntry['outcome'] {
  if (errorCodes.has('INTERNAL_SERVER_ERROR')) return 'failed'
  if (!executed && action !== 'explain') return 'refused'
  return errorCodes.size > 0 ? 'partial' : 'answered'
}
