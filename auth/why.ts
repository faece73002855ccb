/**
 * Why a viewer may or may not read a field: the reasons in the order in which they are considered. A pure function of
 * policies, the viewer's own grants and the request, so that it tells nothing of other readers and nothing of the data.
 */
import { isDepartmentId } from '../departments.ts'
import { divisionMatches } from '../rules/division.ts'
import type { Grant } from '../rules/grant.ts'
import { isInTerm } from '../rules/grant.ts'
import { sharingClasses, type SharingClass } from '../rules/sharing.ts'
import { divisionOf } from '../rules/uscc.ts'
import type { Catalogue, Entry } from './catalogue.ts'
import { decide, grantsFor, outcomeFor, type Outcome } from './decide.ts'
import { applyFor, isBound, type Remedy } from './denial.ts'
import { asPublished, classInForce, differenceOf } from './published.ts'
import type { CatalogueItem, Coordinate, Owner, ViewerClass } from './vocabulary.ts'
import { grantSteps, prefixes } from './why-grants.ts'

/** One reason that was considered. */
export interface WhyStep {
  check:
    'kind' | 'leads' | 'role' | 'class' | 'own' | 'department' | 'grant' | 'mask' | 'token' | 'catalogue' | 'decision'
  /** True where it speaks for reading the field. */
  holds: boolean
  text: string
}

export interface Why {
  coordinate: Coordinate
  /** Whose policy decides. */
  decidedBy: Owner
  item: CatalogueItem | null
  /** The class in force; null for what carries no data. */
  sharing: SharingClass | null
  decision: 'ALLOW' | 'MASK' | 'DENY'
  rule: string
  steps: readonly WhyStep[]
  /** What to do about a mask or a denial. */
  advice: string | null
  /** What to apply for; null where applying does not help. */
  apply: Remedy | null
}

/** Who asks, for what, when, and about which enterprise. */
export interface WhyRequest {
  viewer: ViewerClass
  mandate: ReadonlySet<string>
  /** Null asks whether there could be any enterprise. */
  uscc: string | null
  now: Date
}

/** The reasons for a field. @param grants of whoever and in whatever state; only the viewer's own are considered */
export function whyOf(catalogue: Catalogue, grants: readonly Grant[], entry: Entry, request: WhyRequest): Why {
  const { viewer, uscc, now } = request
  const own = grants.filter(({ reader }) => reader === viewer.department)
  const inTerm = own.filter((grant) => isInTerm(grant, now))
  const decision = decide(catalogue, entry, viewer, inTerm)
  const holds = { mandate: request.mandate, lapseOf: () => null }
  const outcome = uscc === null ? (decision.outcomes[0] ?? null) : outcomeFor(decision, uscc, holds)
  const { rule, reason, advice } = decision.denial
  const effect = outcome?.effect ?? 'DENY'
  const last: WhyStep = {
    check: 'decision',
    holds: outcome !== null,
    text:
      outcome === null
        ? `DENY by ${rule}: ${reason}.`
        : `${outcome.effect} by ${outcome.rule}${rowsOf(outcome, uscc)}.`,
  }
  return {
    coordinate: entry.coordinate,
    decidedBy: entry.owner,
    item: entry.item,
    sharing: classInForce(catalogue.published, entry),
    decision: effect,
    rule: outcome?.rule ?? rule,
    steps: [...reasons(catalogue, own, inTerm, entry, request), last],
    advice: effect === 'ALLOW' ? null : advice,
    apply: effect === 'ALLOW' ? null : applyFor(decision),
  }
}

/** To which enterprises an outcome is limited, in words; null for all. */
export function limitsOf({ filter }: Pick<Outcome, 'filter'>): string | null {
  const limits = [
    ...(filter !== null && filter.divisions.length > 0 ? [`divisions ${prefixes(filter.divisions)}`] : []),
    ...(filter?.mandate === true ? ['enterprises named in the mandate'] : []),
  ]
  return limits.length === 0 ? null : limits.join(' and ')
}

function rowsOf(outcome: Outcome, uscc: string | null): string {
  const limits = uscc === null ? limitsOf(outcome) : null
  return limits === null ? '' : `, only for ${limits}`
}

function reasons(
  catalogue: Catalogue,
  own: readonly Grant[],
  inTerm: readonly Grant[],
  entry: Entry,
  request: WhyRequest,
): WhyStep[] {
  const { coordinate, kind, item, owner } = entry
  const { viewer, uscc } = request
  const reviewed = asPublished(catalogue.published, entry)
  const review = reviewSteps(entry, reviewed, viewer)
  if (item === null) {
    return [{ check: 'kind', holds: true, text: kinds[kind === 'follows' ? 'follows' : 'door'] }, ...review]
  }
  if (!viewer.reads) {
    return [
      { check: 'role', holds: false, text: "The token's roles do not include officer; no other role reads data." },
    ]
  }
  if (kind === 'container') {
    const beneath = entry.beneath.flatMap((name) => catalogue.entries.get(name) ?? [])
    const held = { mandate: request.mandate, lapseOf: () => null }
    const rankOf = (field: Entry): number => {
      const decision = decide(catalogue, field, viewer, inTerm)
      const outcome = uscc === null ? decision.outcomes[0] : outcomeFor(decision, uscc, held)
      return outcome == null ? 2 : outcome.effect === 'MASK' ? 1 : 0
    }
    const [first] = beneath.toSorted((one, other) => rankOf(one) - rankOf(other))
    if (first === undefined) return []
    const fields = `${beneath.length} ${beneath.length === 1 ? 'field' : 'fields'} of ${item.id}`
    const text = `${coordinate} leads to ${fields} and is as open as the most open of them, here ${first.coordinate}.`
    const small =
      entry.suppressed === undefined
        ? []
        : [
            leads(
              `Small groups are left out unless ${entry.suppressed.join(', ')} may be read in full, of every enterprise.`,
            ),
          ]
    return [leads(text), ...small, ...reasons(catalogue, own, inTerm, first, request)]
  }

  const { zh, clause, mayRead } = sharingClasses[item.sharing]
  const workedOut =
    entry.inputs === undefined
      ? []
      : [leads(`It is worked out from ${entry.inputs.join(', ')}, and shown where each of these may be read in full.`)]
  const isOpen = item.sharing === 'OPEN'
  const steps: WhyStep[] = [
    ...workedOut,
    { check: 'class', holds: isOpen, text: `${item.id} (${item.zh}) is ${item.sharing} ${zh}: ${mayRead} (${clause})` },
  ]
  if (isOpen) return [...steps, ...review]
  const isOwn = viewer.department === owner
  steps.push({
    check: 'own',
    holds: isOwn,
    text: isOwn ? `${owner} provides it and reads its own data.` : `${owner} provides it, not ${viewer.department}.`,
  })
  const isDepartment = isDepartmentId(viewer.department)
  if (!isOwn && item.sharing === 'UNCONDITIONAL') {
    const isByGrant = isDepartment && isBound(viewer, grantsFor(entry, viewer, inTerm))
    const text = isByGrant
      ? `${viewer.department} is a department with a grant for it, and reads by that.`
      : `${viewer.department} is ${isDepartment ? 'a department' : 'no department'}.`
    steps.push({ check: 'department', holds: isDepartment && !isByGrant, text })
  }
  const hasGrant = own.some((grant) => grant.item === item.id)
  const isSettled = isOwn || (isDepartment && item.sharing === 'UNCONDITIONAL' && !hasGrant)
  if (!isSettled && item.sharing !== 'WITHHELD') {
    steps.push(...grantSteps(entry, own, request))
    if (entry.mask !== null) {
      const isByGrant = item.maskedFor === 'grants'
      const text = isByGrant
        ? 'Who holds a grant that does not open it in full sees it masked, and nobody else.'
        : isDepartment
          ? 'Departments without a grant that opens it in full see it masked.'
          : `Only departments see it masked, and ${viewer.department} is none.`
      steps.push({ check: 'mask', holds: isDepartment && !isByGrant, text })
    }
  }
  if (viewer.divisions.length > 0) {
    const reaches = uscc === null || divisionMatches(viewer.divisions, divisionOf(uscc))
    const where =
      uscc === null ? 'for no others' : reaches ? 'which hold the enterprise' : 'which do not hold the enterprise'
    steps.push({
      check: 'token',
      holds: reaches,
      text: `The token is limited to divisions ${prefixes(viewer.divisions)}, ${where}.`,
    })
  }
  return [...steps, ...review]
}

const leads = (text: string): WhyStep => ({ check: 'leads', holds: true, text })

/** What the published catalogue says otherwise; nothing to the provider, which reads its own all the same. */
const reviewSteps = (entry: Entry, reviewed: Entry | null | undefined, viewer: ViewerClass): WhyStep[] =>
  reviewed === undefined || (viewer.department === entry.owner && (reviewed ?? entry).owner === entry.owner)
    ? []
    : [
        {
          check: 'catalogue',
          holds: false,
          text: `${differenceOf(entry, reviewed)}. Until the authority has reviewed it, what both allow is in force (政务数据共享条例 arts. 16, 17).`,
        },
      ]

const kinds = {
  door: 'It carries no data of a department; anyone signed in may open it.',
  follows: 'It follows the field that led to it and is as open as that.',
} as const
