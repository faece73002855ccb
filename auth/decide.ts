/**
 * The decision: may this class of viewer read this coordinate, in full, masked, for some enterprises only, or not at
 * all? A pure function of policies, grants and viewer; no fetched value enters. What no rule allows is denied.
 */
import { isDepartmentId } from '../departments.ts'
import { divisionMatches } from '../rules/division.ts'
import type { MaskName } from '../rules/mask.ts'
import { divisionOf } from '../rules/uscc.ts'
import type { Catalogue, Entry } from './catalogue.ts'
import type { CatalogueItem, Coordinate, Owner } from './vocabulary.ts'
import type { Grant } from '../rules/grant.ts'

/** All of a viewer that decisions depend on; equal classes get equal decisions. */
export interface ViewerClass {
  department: string
  purpose: string | null
  /** Division prefixes the token is limited to; empty means all. */
  divisions: readonly string[]
}

/** For which enterprises an outcome holds; compared with the credit code alone, so that it costs no call. */
export interface RowFilter {
  /** Prefixes of the division code; empty means all. */
  divisions: readonly string[]
  /** Only enterprises named in the token's mandate. */
  mandate: boolean
}

/** One way to a field; the first outcome whose filter admits the enterprise holds. */
export interface Outcome {
  effect: 'ALLOW' | 'MASK'
  /** The rule that says so, e.g. `open`, `own`, `unconditional`, `grant:‹id›`, `masked`. */
  rule: string
  filter: RowFilter | null
  mask: MaskName | null
}

/** Why a field is denied and what to do about it. */
export interface Denial {
  rule: 'withheld' | 'not-a-department' | 'no-grant' | 'other-purpose' | 'row' | 'unplanned'
  reason: string
  advice: string
}

export interface Decision {
  coordinate: Coordinate
  owner: Owner
  /** Catalogue item; null for doors and following fields. */
  item: string | null
  outcomes: readonly Outcome[]
  denial: Denial
}

const always = (rule: string): Outcome => ({ effect: 'ALLOW', rule, filter: null, mask: null })
const rank = (outcome: Outcome): number => (outcome.effect === 'ALLOW' ? 0 : 1)

/** Prefixes that lie in both lists; null where nothing does. An empty list means everything. */
function bothDivisions(one: readonly string[], other: readonly string[]): readonly string[] | null {
  if (one.length === 0) return other
  if (other.length === 0) return one
  const both = one.flatMap((a) => other.flatMap((b) => (a.startsWith(b) ? [a] : b.startsWith(a) ? [b] : [])))
  return both.length === 0 ? null : [...new Set(both)]
}

function narrowed(outcome: Outcome, viewer: ViewerClass): Outcome[] {
  const divisions = bothDivisions(outcome.filter?.divisions ?? [], viewer.divisions)
  if (divisions === null) return []
  const mandate = outcome.filter?.mandate ?? false
  return [{ ...outcome, filter: divisions.length === 0 && !mandate ? null : { divisions, mandate } }]
}

/** Orders ways to a field: full before masked, unfiltered before filtered; what can never be reached is left out. */
function arranged(outcomes: readonly Outcome[]): Outcome[] {
  const sorted = [...outcomes].sort(
    (a, b) => rank(a) - rank(b) || Number(a.filter !== null) - Number(b.filter !== null),
  )
  const end = sorted.findIndex((outcome) => outcome.filter === null)
  return end === -1 ? sorted : sorted.slice(0, end + 1)
}

/** Decides on one coordinate. Containers are as open as the most open data field beneath them. */
export function decide(catalogue: Catalogue, entry: Entry, viewer: ViewerClass, grants: readonly Grant[]): Decision {
  const { coordinate, owner, item } = entry
  const decided = { coordinate, owner, item: item?.id ?? null }
  if (item === null) return { ...decided, outcomes: [always(entry.kind)], denial: unplanned(coordinate) }
  if (entry.kind === 'container') {
    const beneath = entry.beneath.flatMap((name) => {
      const found = catalogue.entries.get(name)
      return found === undefined ? [] : [decide(catalogue, found, viewer, grants)]
    })
    const outcomes = beneath
      .flatMap((decision) => decision.outcomes)
      .map((o) => ({ ...o, effect: 'ALLOW' as const, mask: null }))
    return { ...decided, outcomes: arranged(distinct(outcomes)), denial: nearest(beneath) ?? unplanned(coordinate) }
  }

  const denial = denialOf(entry, viewer, grants)
  if (item.sharing === 'OPEN') return { ...decided, outcomes: [always('open')], denial }
  const outcomes: Outcome[] = []
  if (viewer.department === owner) outcomes.push(always('own'))
  if (item.sharing === 'UNCONDITIONAL' && isDepartmentId(viewer.department)) outcomes.push(always('unconditional'))
  if (item.sharing !== 'WITHHELD') {
    for (const grant of grantsFor(entry, viewer, grants).filter((held) => held.purpose === viewer.purpose)) {
      const masked = entry.mask !== null && !grant.full
      outcomes.push({
        effect: masked ? 'MASK' : 'ALLOW',
        rule: `grant:${grant.id}`,
        filter: { divisions: grant.divisions, mandate: grant.requiresMandate },
        mask: masked ? entry.mask : null,
      })
    }
    if (entry.mask !== null && isDepartmentId(viewer.department)) {
      outcomes.push({ effect: 'MASK', rule: 'masked', filter: null, mask: entry.mask })
    }
  }
  return { ...decided, outcomes: arranged(outcomes.flatMap((outcome) => narrowed(outcome, viewer))), denial }
}

const isSharedWith = (viewer: ViewerClass, item: CatalogueItem | null): boolean =>
  item?.sharing === 'UNCONDITIONAL' && isDepartmentId(viewer.department)

/** Of the denials below a container the one that the least is missing for: it says what would help. */
const nearest = (beneath: readonly Decision[]): Denial | undefined =>
  beneath.find(({ denial }) => denial.rule === 'row')?.denial ??
  beneath.find(({ denial }) => denial.rule === 'other-purpose')?.denial ??
  beneath[0]?.denial

const grantsFor = (entry: Entry, viewer: ViewerClass, grants: readonly Grant[]): Grant[] =>
  grants.filter(
    (grant) =>
      grant.reader === viewer.department &&
      grant.item === entry.item?.id &&
      (grant.coordinates === null || grant.coordinates.includes(entry.coordinate)),
  )

function distinct(outcomes: readonly Outcome[]): Outcome[] {
  const seen = new Map(outcomes.map((outcome) => [`${outcome.rule} ${JSON.stringify(outcome.filter)}`, outcome]))
  return [...seen.values()]
}

export const unplanned = (coordinate: Coordinate): Denial => ({
  rule: 'unplanned',
  reason: `${coordinate} was not decided before execution`,
  advice: 'Report this to the operators of the hub.',
})

function denialOf(entry: Entry, viewer: ViewerClass, grants: readonly Grant[]): Denial {
  const { item, owner } = entry
  const what = `${item?.id ?? entry.coordinate} (${item?.zh ?? ''})`
  if (viewer.divisions.length > 0 && (viewer.department === owner || isSharedWith(viewer, item))) {
    return {
      rule: 'row',
      reason: `the token of ${viewer.department} is limited to divisions ${viewer.divisions.join(', ')}, in which this enterprise is not`,
      advice: 'Send a token for the division of the enterprise.',
    }
  }
  if (item?.sharing === 'WITHHELD') {
    return {
      rule: 'withheld',
      reason: `${what} is not shared 不予共享: ${item.legalBasis ?? ''}`,
      advice: `Only ${owner} itself may read it; there is nothing to apply for.`,
    }
  }
  const held = grantsFor(entry, viewer, grants)
  const purposes = [...new Set(held.map((grant) => grant.purpose))]
  if (purposes.length > 0 && (viewer.purpose === null || !purposes.includes(viewer.purpose))) {
    return {
      rule: 'other-purpose',
      reason: `${viewer.department} may read ${what} for ${purposes.join(', ')}, but the request states ${viewer.purpose ?? 'no purpose'}`,
      advice: `Send the header X-Purpose: ${purposes[0] ?? ''}.`,
    }
  }
  if (purposes.length > 0) {
    return {
      rule: 'row',
      reason: `the grant of ${viewer.department} for ${what} does not reach this enterprise`,
      advice: held.some((grant) => grant.requiresMandate)
        ? 'Send a token whose mandate names the enterprise.'
        : `Apply to ${owner} for a wider scope 使用范围.`,
    }
  }
  if (item?.sharing === 'UNCONDITIONAL' && !isDepartmentId(viewer.department)) {
    return {
      rule: 'not-a-department',
      reason: `${what} is shared with departments only, and ${viewer.department} is none`,
      advice: 'Ask the department that you work for.',
    }
  }
  return {
    rule: 'no-grant',
    reason: `${viewer.department} holds no grant for ${what}, which is shared conditionally 有条件共享`,
    advice: `Apply to ${owner} for ${item?.id ?? ''}, stating basis, scenario and scope (政务数据共享条例 art. 20).`,
  }
}

/**
 * The outcome that holds for one enterprise, or null for a denial.
 * @param uscc its credit code; undefined where the subject is not known, which no filter admits
 * @param mandate the codes that the token's mandate names
 */
export function outcomeFor(decision: Decision, uscc: string | undefined, mandate: ReadonlySet<string>): Outcome | null {
  for (const outcome of decision.outcomes) {
    const { filter } = outcome
    if (filter === null) return outcome
    if (uscc === undefined) continue
    if (filter.mandate && !mandate.has(uscc)) continue
    if (filter.divisions.length === 0 || divisionMatches(filter.divisions, divisionOf(uscc))) return outcome
  }
  return null
}
