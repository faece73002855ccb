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
  /**
   * At most `first` entries after the one with that key, and whether there may be more. Where too many were passed over of
   * which nothing is seen, the page ends early, and may be empty: `end` is the key to go on after.
   */
  page(
    filter: LedgerFilter,
    first: number,
    after: string | null,
  ): Promise<{ items: { key: string; item: LedgerEntry }[]; more: boolean; end?: string | null }>
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
/** Most entries read at once while those of which nothing is seen are passed over: others are served in between. */
const mostPassed = 100
/** Most entries read for one page: whoever asks a lot of many must not make it long for others to look. */
const mostRead = 2_000
const dayLength = 86_400_000

type Said = Decided &
  Pick<LedgerEntry, 'at' | 'department' | 'subject' | 'purpose' | 'action' | 'outcome' | 'policyVersion'> & {
    request: string
  }

export function createLedger(
  db: Kysely<Database>,
  given: Omit<LedgerSettings, 'tellable'> & { tellable: () => LedgerSettings['tellable'] },
  now: () => Date = () => new Date(),
): (reader: LedgerReader) => Ledger {
  return (reader) => {
    const scope = ledgerScope(reader)
    return {
      async page(filter, first, after) {
        if (scope.sees === 'nothing') return { items: [], more: false }
        const settings = { ...given, tellable: given.tellable() }
        // What is looked for lies within what the caller may see, or that there is an entry would tell of the rest.
        if (scope.sees === 'enterprises' && !mayLookFor(filter, scope.codes, settings))
          return { items: [], more: false }
        const branches = branchesOf(scope, filter, settings, now())
        const items: { key: string; item: LedgerEntry }[] = []
        const decisionsOf = readingPlans()
        let uses = 0
        let most = first + 1
        let read = 0
        for (let from = after; ; most = mostPassed) {
          const rows = await newest(db, branches, [...wanted(filter), ...beyond(from)], most)
          for (const { chain, sequence, recorded_at, record, plan } of rows) {
            const said = JSON.parse(record) as Said
            from = JSON.stringify([recorded_at.toISOString(), chain, sequence])
            // That there was a change would tell of what its subscriber may not see.
            if (said.action === 'watch' && scope.sees !== 'all') continue
            const decisions = decisionsOf(plan)
            const seen = usesOf(said, decisions).filter((use) => isSeen(use, said, scope, settings))
            const shown = seen.filter((use) => fits(use, filter))
            if (shown.length === 0 && isAboutUses(said, filter, scope)) continue
            uses += shown.length
            if (items.length === first || (uses > mostUses && items.length > 0)) return { items, more: true }
            items.push({ key: from, item: { ...entryOf(said, seen, scope), uses: shown } })
          }
          if (rows.length < most) return { items, more: false }
          read += rows.length
          if (read >= mostRead) return { items, more: true, end: from }
        }
      },
    }
  }
}

/** Reads the decisions of plans, each once: most entries of a page share a few. */
function readingPlans(): (plan: string | null) => AuditDecisions {
  const read = new Map<string | null, AuditDecisions>([[null, {}]])
  return (plan) => {
    let decisions = read.get(plan)
    if (decisions === undefined) {
      decisions = JSON.parse(plan ?? '{}') as AuditDecisions
      read.set(plan, decisions)
    }
    return decisions
  }
}

/** Whether an enterprise may look for this. */
const mayLookFor = ({ uscc, item }: LedgerFilter, codes: readonly string[], { tellable }: LedgerSettings): boolean =>
  (uscc == null || codes.includes(uscc)) && (item == null || tellable.has(item))

/** A part of the ledger that is read by itself, in the order of an index. */
interface Branch {
  conditions: readonly RawBuilder<boolean>[]
  /** Of each plan that decided on all of these, items or owners, the newest; null where plans do not matter. */
  plans: readonly string[] | null
}

/** What the caller may see and looks for, in parts that hold no entry twice. */
function branchesOf(scope: LedgerScope, filter: LedgerFilter, settings: LedgerSettings, now: Date): Branch[] {
  // Without a point it would be an owner.
  const items = filter.item == null ? [] : [filter.item.includes('.') ? filter.item : '']
  const about = (concerns: readonly string[]): RawBuilder<boolean>[] =>
    concerns.length === 0 ? [] : [sql`held.subjects <> '{}'`, sql`held.plan in (${plansConcerning(concerns)})`]
  /** Enterprise and department have indexes of their own, that find less than the plans do. */
  const among = (concerns: readonly string[], conditions: readonly RawBuilder<boolean>[]): Branch =>
    concerns.length === 0 || filter.uscc != null || filter.department != null
      ? { conditions: [...about(concerns), ...conditions], plans: null }
      : { conditions: [sql`held.subjects <> '{}'`, ...conditions], plans: concerns }
  if (scope.sees === 'all') return [among(items, [])]
  if (scope.sees === 'department') {
    const { department } = scope
    const own = { conditions: [...about(items), sql<boolean>`held.department = ${department}`], plans: null }
    // Of another department's request, a department sees its own items and hears nothing of the rest.
    const isTheirs = filter.item != null && !isOf(department, filter.item)
    return isTheirs || filter.department === department
      ? [own]
      : [own, among([department, ...items], [sql`held.department is distinct from ${department}`])]
  }
  return scope.sees === 'enterprises'
    ? [{ conditions: [...ofEnterprises(scope.codes, settings, now), ...about(items)], plans: null }]
    : []
}

/** What enterprises may see. */
function ofEnterprises(
  codes: readonly string[],
  { tellable, investigations, delayDays }: LedgerSettings,
  now: Date,
): RawBuilder<boolean>[] {
  const since = new Date(now.getTime() - delayDays * dayLength)
  return [
    sql`held.subjects && ${[...codes]}::text[]`,
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

/** What is looked for beside an item. */
const wanted = ({ uscc, department, from, to }: LedgerFilter): RawBuilder<boolean>[] => [
  ...(uscc == null ? [] : [sql<boolean>`held.subjects @> ${[uscc]}::text[]`]),
  ...(department == null ? [] : [sql<boolean>`held.department = ${department}`]),
  ...(from == null ? [] : [sql<boolean>`held.recorded_at >= ${new Date(from)}`]),
  ...(to == null ? [] : [sql<boolean>`held.recorded_at < ${new Date(to)}`]),
]

interface Row {
  chain: string
  sequence: string
  recorded_at: Date
  record: string
  plan: string | null
}

/**
 * The newest entries of all branches together; no branch is read further than that. Of a plan: as a range, in the order of
 * its own index, since for an equality PostgreSQL reads by time, in the hope that every plan is as common as the average.
 */
async function newest(
  db: Kysely<Database>,
  branches: readonly Branch[],
  always: readonly RawBuilder<boolean>[],
  most: number,
): Promise<Row[]> {
  const order = sql`order by recorded_at desc, chain desc, sequence desc`
  const end = sql`${order} limit ${most}`
  const found = branches.map(({ conditions, plans }) => {
    const where = sql.join([sql`true`, ...conditions, ...always], sql` and `)
    return plans === null
      ? sql`(select chain, sequence, recorded_at from audit_record as held where ${where} ${end})`
      : sql`(
          select held.* from audit_plan as decided cross join lateral (
            select chain, sequence, recorded_at from audit_record as held
            where held.plan >= decided.hash and held.plan <= decided.hash and ${where}
            order by held.plan desc, recorded_at desc, chain desc, sequence desc limit ${most}
          ) as held
          where plan_concerns(decided.plan) @> ${[...plans]}::text[] ${end}
        )`
  })
  const { rows } = await sql<Row>`
    select held.chain, held.sequence, held.recorded_at, held.record, decided.plan
    from (select * from (${sql.join(found, sql` union all `)}) as each ${end}) as found
    join audit_record as held using (chain, sequence)
    left join audit_plan as decided on decided.hash = held.plan
    order by held.recorded_at desc, held.chain desc, held.sequence desc`.execute(db)
  return rows
}

const isOf = (department: string, item: string): boolean => item.startsWith(`${department}.`)

/** Hashes of plans that decided on all of these: on an item, or on any item of an owner. */
const plansConcerning = (concerns: readonly string[]) =>
  sql`select hash from audit_plan where plan_concerns(plan) @> ${[...concerns]}::text[]`

function beyond(after: string | null): RawBuilder<boolean>[] {
  if (after === null) return []
  const [at, chain, sequence] = JSON.parse(after) as [string, string, string]
  return [
    // Said once more for indexes that hold the time alone.
    sql`held.recorded_at <= ${at}::timestamptz`,
    sql`(held.recorded_at, held.chain, held.sequence) < (${at}::timestamptz, ${chain}::uuid, ${sequence}::bigint)`,
  ]
}

const isOwn = ({ department }: Said, scope: LedgerScope): boolean =>
  scope.sees === 'all' || (scope.sees === 'department' && scope.department === department)

/**
 * Whether an entry is shown for its uses alone. Of each enterprise and each item by itself the database knows whether an
 * entry is about them, not whether it is about the two together.
 */
const isAboutUses = (said: Said, { item }: LedgerFilter, scope: LedgerScope): boolean =>
  item != null || !isOwn(said, scope)

function isSeen(use: Use, said: Said, scope: LedgerScope, { tellable }: LedgerSettings): boolean {
  if (scope.sees === 'enterprises') return scope.codes.includes(use.uscc) && tellable.has(use.item)
  return isOwn(said, scope) || (scope.sees === 'department' && isOf(scope.department, use.item))
}

const fits = (use: Use, { uscc, item }: LedgerFilter): boolean =>
  (uscc == null || use.uscc === uscc) && (item == null || use.item === item)

/** How a request ended for whoever sees these uses of it: that something else was refused is nobody's business. */
function outcomeFor(said: Said, seen: readonly Use[], scope: LedgerScope): LedgerEntry['outcome'] {
  const isDecided = said.outcome === 'answered' || said.outcome === 'partial'
  if (isOwn(said, scope) || !isDecided) return said.outcome
  return seen.some(({ effect }) => effect === 'DENY') ? 'partial' : 'answered'
}

const entryOf = (said: Said, seen: readonly Use[], scope: LedgerScope): Omit<LedgerEntry, 'uses'> => ({
  at: said.at,
  requestId: said.request,
  department: said.department,
  // An enterprise learns which department asked, not which person.
  subject: scope.sees === 'enterprises' ? null : said.subject,
  purpose: said.purpose,
  action: said.action,
  outcome: outcomeFor(said, seen, scope),
  policyVersion: said.policyVersion,
})
