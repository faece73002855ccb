/** What an audit record says: coordinates, decisions, codes and counts, never values. */
import { canonical, type Json } from './canonical.ts'
import { digest, type SuiteName } from './ledger-suite.ts'

/** All that can go on record; docs/audit-events.md says when each does. */
export const auditActions = [
  'query',
  'mutation',
  'introspection',
  'explain',
  'export',
  'refused',
  'chain',
  'retention',
] as const
export type AuditAction = (typeof auditActions)[number]

export interface AuditEntry {
  requestId: string
  department: string | null
  /** The token's `sub`. */
  subject: string | null
  roles: readonly string[]
  purpose: string | null
  action: AuditAction
  operationName: string | null
  documentHash: string | null
  policyVersion: string | null
  /** What was decided; null where nothing was. */
  plan: AuditPlan | null
  /** The credit codes that were asked about. */
  subjects: readonly string[]
  /** Those of them that the token's mandate names. */
  mandated: readonly string[]
  /** Grants of the plan that did not hold after all; left out where all did. */
  lapsed?: readonly AuditLapse[]
  /** Calls by department, as `{ tax: 1 }`. */
  departmentsCalled: Readonly<Record<string, number>>
  /** `begun` is of a mutation that is about to take effect; another record says how it ended. */
  outcome: 'begun' | 'answered' | 'partial' | 'refused' | 'failed'
  errorCodes: readonly string[]
  /** Milliseconds. */
  durationMs: number
  /** What an event of governance was about. */
  details?: Json
}

/** A grant that did not hold for this request, although the plan rests on it. */
export interface AuditLapse {
  grant: string
  /** The enterprise it did not hold for; null for all. */
  uscc: string | null
  /** Why: its quota of the day was used up, or it was suspended or ended since the plan was made. */
  rule: 'quota' | 'suspended'
}

/** One way to a field, and the enterprises it holds for. */
export interface AuditOutcome {
  effect: string
  rule: string
  /** Division prefixes. */
  divisions?: readonly string[]
  mandate?: boolean
}

/** The decisions of a request, kept once for all requests that share them. */
export interface AuditPlan {
  hash: string
  text: string
}

/** What the text of a plan holds, by coordinate; a field that leads to data or follows it has no decision of its own. */
export type AuditDecisions = Readonly<Record<string, AuditDecision>>
export type AuditDecision = null | {
  /** Catalogue item; it begins with its owner, e.g. `tax.creditGrade`. */
  item: string
  outcomes: readonly AuditOutcome[]
  /** The rule that denies where no outcome holds. */
  denied: string
}

/** Makes the plan of a record. */
export function auditPlan(decisions: AuditDecisions): AuditPlan {
  const text = canonical(decisions as unknown as Json)
  return { hash: digest('SHA256-Ed25519', text), text }
}

/** The record of an entry as canonical JSON; taken at once, so that later changes to the entry do not count. */
export const recordText = (entry: AuditEntry, at: Date): string =>
  canonical({
    at: at.toISOString(),
    request: entry.requestId,
    department: entry.department,
    subject: entry.subject,
    roles: entry.roles,
    purpose: entry.purpose,
    action: entry.action,
    operation: entry.operationName,
    document: entry.documentHash,
    policyVersion: entry.policyVersion,
    plan: entry.plan?.hash ?? null,
    subjects: entry.subjects,
    mandated: entry.mandated,
    ...(entry.lapsed === undefined ? {} : { lapsed: entry.lapsed.map((lapse) => ({ ...lapse })) }),
    calls: entry.departmentsCalled,
    outcome: entry.outcome,
    errors: entry.errorCodes,
    microseconds: Math.round(entry.durationMs * 1000),
    ...(entry.details === undefined ? {} : { details: entry.details }),
  })

/** Before the first record of a chain. */
export const genesis = '0'.repeat(64)

/** The hash of a record: over its place in the chain, the hash before it, and its text. */
export const linkHash = (
  suite: SuiteName,
  link: { chain: string; sequence: number; previous: string; record: string },
): string =>
  digest(
    suite,
    `{"chain":${canonical(link.chain)},"previous":"${link.previous}","record":${link.record},"sequence":${link.sequence}}`,
  )
