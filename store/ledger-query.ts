/** The ledger page by page, newest first, as much of it as whoever asks may see. */
import { type Kysely, type RawBuilder, sql } from 'kysely'
import { ledgerScope, type LedgerReader, type LedgerScope } from '../rules/ledger-scope.ts'
import type { AuditDecisions, AuditEntry } from './audit-record.ts'
import { usesOf, type Decided, type Use } from './ledger-uses.ts'
import type { Database } from './schema.ts'

/** What is looked for; each narrows. Times as RFC 3339 writes them. */
export interface LedgerFilter {
  uscc?: string | null
  item?: string | null
  department?: string | null
  /** From this moment on. */
  from?: string | null
  /** Before this moment. */
  to?: string | null
}

export interface LedgerEntry {
  at: string
  requestId: string
  department: string | null
  subject: string | null
  purpose: string | null
  action: string
  outcome: AuditEntry['outcome']
  policyVersion: string | null
  uses: Use[]
}

/** The ledger of one caller. */
export interface Ledger {
  /** At most `first` entries after the one with that key, and whether there are more. */
  page(
    filter: LedgerFilter,
    first: number,
    after: string | null,
  ): Promise<{ items: { key: string; item: LedgerEntry }[]; more: boolean }>
}

export interface LedgerSettings {
  /**
   * Items of which an enterprise learns that they were looked at: all of the catalogue that are not withheld 不予共享. Of
   * what the catalogue does not hold any more nobody can say.
   */
  tellable: ReadonlySet<string>
  /** Purposes of investigations, which the enterprise learns of only later. */
  investigations: readonly string[]
  /** How much later, in days. */
  delayDays: number
}

/** Most uses on a page, which ends early where its entries hold more. */
const mostUses = 5_000
const dayLength = 86_400_000

type Said = Decided &
  Pick<LedgerEntry, 'at' | 'department' | 'subject' | 'purpose' | 'action' | 'outcome' | 'policyVersion'> & {
    request: string
  }

export function createLedger(
  db: Kysely<Database>,
  settings: LedgerSettings,
  now: () => Date = () => new Date(),
): (reader: LedgerReader) => Ledger {
  return (reader) => {
    const scope = ledgerScope(reader)
    return {
      async page(filter, first, after) {
        if (scope.sees === 'nothing') return { items: [], more: false }
        // What is looked for lies within what the caller may see, or that there is an entry would tell of the rest.
        if (scope.sees === 'enterprises' && !mayLookFor(filter, scope.codes, settings))
          return { items: [], more: false }
        const conditions = [...within(scope, settings, now()), ...wanted(filter, scope), ...beyond(after)]
        const rows = await db
          .selectFrom('audit_record as held')
          .leftJoin('audit_plan as decided', 'decided.hash', 'held.plan')
          .select(['held.chain', 'held.sequence', 'held.recorded_at', 'held.record', 'decided.plan'])
          .where((on) => on.and(conditions))
          .orderBy('held.recorded_at', 'desc')
          .orderBy('held.chain', 'desc')
          .orderBy('held.sequence', 'desc')
          .limit(first + 1)
          .execute()
        const items: { key: string; item: LedgerEntry }[] = []
        let uses = 0
        for (const { chain, sequence, recorded_at, record, plan } of rows.slice(0, first)) {
          const said = JSON.parse(record) as Said
          const decisions = plan === null ? {} : (JSON.parse(plan) as AuditDecisions)
          const shown = usesOf(said, decisions).filter((use) => isShown(use, said, scope, filter, settings))
          uses += shown.length
          if (uses > mostUses && items.length > 0) break
          const key = JSON.stringify([recorded_at.toISOString(), chain, sequence])
          items.push({ key, item: entryOf(said, shown, scope) })
        }
        return { items, more: items.length < rows.length }
      },
    }
  }
}

/** Whether an enterprise may look for this. */
const mayLookFor = ({ uscc, item }: LedgerFilter, codes: readonly string[], { tellable }: LedgerSettings): boolean =>
  (uscc == null || codes.includes(uscc)) && (item == null || tellable.has(item))

/** What the caller may see. */
function within(
  scope: LedgerScope,
  { tellable, investigations, delayDays }: LedgerSettings,
  now: Date,
): RawBuilder<boolean>[] {
  if (scope.sees === 'department') {
    const { department } = scope
    // Its own requests, and those of others about its data.
    return [
      sql`(held.department = ${department}
           or held.subjects <> '{}' and held.plan in (${plansConcerning(department)}))`,
    ]
  }
  if (scope.sees !== 'enterprises') return []
  const since = new Date(now.getTime() - delayDays * dayLength)
  return [
    sql`held.subjects && ${[...scope.codes]}::text[]`,
    // An entry about nothing else would tell of it all the same.
    sql`held.plan in (select hash from audit_plan where plan_concerns(plan) && ${[...tellable]}::text[])`,
    ...(investigations.length === 0
      ? []
      : [
          sql<boolean>`(held.recorded_at < ${since}
            or coalesce(held.record::jsonb ->> 'purpose', '') <> all (${[...investigations]}::text[]))`,
        ]),
  ]
}

/** What is looked for. An entry that is shown for the sake of its uses has at least one that fits. */
function wanted({ uscc, item, department, from, to }: LedgerFilter, scope: LedgerScope): RawBuilder<boolean>[] {
  return [
    ...(uscc == null ? [] : [sql<boolean>`held.subjects @> ${[uscc]}::text[]`]),
    // Without a point it would be an owner.
    ...(item == null
      ? []
      : [sql<boolean>`held.subjects <> '{}' and held.plan in (${plansConcerning(item.includes('.') ? item : '')})`]),
    // Of another department's request, a department sees its own items and hears nothing of the rest.
    ...(item == null || scope.sees !== 'department' || isOf(scope.department, item)
      ? []
      : [sql<boolean>`held.department = ${scope.department}`]),
    ...(department == null ? [] : [sql<boolean>`held.department = ${department}`]),
    ...(from == null ? [] : [sql<boolean>`held.recorded_at >= ${new Date(from)}`]),
    ...(to == null ? [] : [sql<boolean>`held.recorded_at < ${new Date(to)}`]),
  ]
}

const isOf = (department: string, item: string): boolean => item.startsWith(`${department}.`)

/** Hashes of plans that decided on an item, or on any item of an owner. */
const plansConcerning = (concern: string) =>
  sql`select hash from audit_plan where plan_concerns(plan) @> ${[concern]}::text[]`

function beyond(after: string | null): RawBuilder<boolean>[] {
  if (after === null) return []
  const [at, chain, sequence] = JSON.parse(after) as [string, string, string]
  return [
    sql`(held.recorded_at, held.chain, held.sequence) < (${at}::timestamptz, ${chain}::uuid, ${sequence}::bigint)`,
  ]
}

function isShown(
  use: Use,
  { department }: Said,
  scope: LedgerScope,
  { uscc, item }: LedgerFilter,
  { tellable }: LedgerSettings,
): boolean {
  if (uscc != null && use.uscc !== uscc) return false
  if (item != null && use.item !== item) return false
  if (scope.sees === 'enterprises') return scope.codes.includes(use.uscc) && tellable.has(use.item)
  return scope.sees !== 'department' || department === scope.department || isOf(scope.department, use.item)
}

const entryOf = (said: Said, uses: Use[], scope: LedgerScope): LedgerEntry => ({
  at: said.at,
  requestId: said.request,
  department: said.department,
  // An enterprise learns which department asked, not which person.
  subject: scope.sees === 'enterprises' ? null : said.subject,
  purpose: said.purpose,
  action: said.action,
  outcome: said.outcome,
  policyVersion: said.policyVersion,
  uses,
})
