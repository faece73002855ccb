/** What an audit record says: coordinates, decisions, codes and counts, never values. */
import { canonical, quoted, type Json } from './canonical.ts'
import { digest, type SuiteName } from './ledger-suite.ts'

/** All that can go on record; docs/audit-events.md says when each does. */
export const auditActions = [
  'query',
  'mutation',
  'subscription',
  'watch',
  'introspection',
  'explain',
  'export',
  'notice',
  'ceb',
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
  /**
   * Which of them each root of the operation touched: roots as the plan counts them, with places in `subjects`, from 0.
   * Left out where every root that a field stands under alone touched all.
   */
  roots?: readonly (readonly number[])[]
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
  /**
   * The roots that it stands under, where it does not stand under all: their places among the response keys of the
   * operation's root, from 0, since a response key is text of the caller's own.
   */
  roots?: readonly number[]
}

/** Makes the plan of a record. */
export function auditPlan(decisions: AuditDecisions): AuditPlan {
  const text = canonical(decisions as unknown as Json)
  return { hash: digest('SHA256-Ed25519', text), text }
}

/**
 * The record of an entry as canonical JSON; taken at once, so that later changes to the entry do not count. It is written
 * key by key in their order, since sorting them anew would be most of what a record costs; a test holds it against what
 * `canonical` writes.
 */
export const recordText = (entry: AuditEntry, at: Date): string =>
  `{"action":${quoted(entry.action)},"at":"${at.toISOString()}","calls":${canonical(entry.departmentsCalled)}` +
  `,"department":${nullable(entry.department)}` +
  (entry.details === undefined ? '' : `,"details":${canonical(entry.details)}`) +
  `,"document":${nullable(entry.documentHash)},"errors":${listed(entry.errorCodes)}` +
  (entry.lapsed === undefined ? '' : `,"lapsed":${canonical(entry.lapsed.map((lapse) => ({ ...lapse })))}`) +
  `,"mandated":${listed(entry.mandated)},"microseconds":${canonical(Math.round(entry.durationMs * 1000))}` +
  `,"operation":${nullable(entry.operationName)},"outcome":${quoted(entry.outcome)}` +
  `,"plan":${nullable(entry.plan?.hash ?? null)},"policyVersion":${nullable(entry.policyVersion)}` +
  `,"purpose":${nullable(entry.purpose)},"request":${quoted(entry.requestId)},"roles":${listed(entry.roles)}` +
  (entry.roots === undefined ? '' : `,"roots":[${entry.roots.map(placed).join(',')}]`) +
  `,"subject":${nullable(entry.subject)},"subjects":${listed(entry.subjects)}}`

/** What a record is found by, as JSON: the columns beside it. */
export const indexText = (entry: AuditEntry, at: Date): string =>
  `{"department":${nullable(entry.department)},"plan":${nullable(entry.plan?.hash ?? null)}` +
  `,"recorded_at":"${at.toISOString()}","request_id":${quoted(entry.requestId)},"subjects":${listed(entry.subjects)}}`

const nullable = (text: string | null): string => (text === null ? 'null' : quoted(text))
const placed = (places: readonly number[]): string => `[${places.join(',')}]`
const listed = (texts: readonly string[]): string => `[${texts.map(quoted).join(',')}]`

/** Before the first record of a chain. */
export const genesis = '0'.repeat(64)

/** The hash of a record: over its place in the chain, the hash before it, and its text. */
export const linkHash = (
  suite: SuiteName,
  link: { chain: string; sequence: number; previous: string; record: string },
): string =>
  digest(
    suite,
    `{"chain":${quoted(link.chain)},"previous":"${link.previous}","record":${link.record},"sequence":${link.sequence}}`,
  )
