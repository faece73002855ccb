/**
 * The decision: may this class of viewer read this coordinate, in full, masked, for some enterprises only, or not at
 * all? A pure function of policies, grants and viewer; no fetched value enters. What no rule allows is denied.
 */
import { isDepartmentId } from '../departments.ts'
import { divisionMatches } from '../rules/division.ts'
import type { MaskName } from '../rules/mask.ts'
import { stricter } from '../rules/sharing.ts'
import { divisionOf } from '../rules/uscc.ts'
import type { Catalogue, Entry } from './catalogue.ts'
import {
  denialOf,
  isBound,
  lapses,
  ofInput,
  meanwhileOf,
  remedyAbove,
  remedyOf,
  role,
  unplanned,
  unreviewed,
  type Denial,
  type Lapse,
  type Remedy,
} from './denial.ts'
import { asPublished } from './published.ts'
import type { CatalogueItem, Coordinate, Owner, ViewerClass } from './vocabulary.ts'
import type { Grant } from '../rules/grant.ts'

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
  /** The grant that it rests on; null for what holds by law. */
  grant: string | null
  /** Most distinct enterprises a day. */
  quota: number | null
}

/** What of a request an outcome is held against when a value is about to be shown. */
export interface Holds {
  /** Credit codes that the token's mandate names. */
  mandate: ReadonlySet<string>
  /**
   * Why a grant of the plan does not hold any more: it was suspended or ended since the plan was made, nobody knows
   * whether it was, or its quota of the day is used up without this enterprise. Null where it holds.
   */
  lapseOf(grant: string, uscc: string | undefined): Lapse | null
}

export interface Decision {
  coordinate: Coordinate
  owner: Owner
  /** Catalogue item, the stricter where a field was published in another; null for doors and following fields. */
  item: string | null
  outcomes: readonly Outcome[]
  denial: Denial
  /** What the viewer's department could apply for to read it; null where there is nothing to apply for. */
  remedy: Remedy | null
  /** What it is worked out from: it is shown for an enterprise where each of these is, in full. */
  inputs?: readonly Decision[]
  /** What it is worked out from where small groups are told: see small-groups.ts. */
  suppressed?: readonly Decision[]
}

const unlimited = { filter: null, mask: null, grant: null, quota: null } as const
const always = (rule: string): Outcome => ({ effect: 'ALLOW', rule, ...unlimited })
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

/** Decides on one coordinate; what is worked out from others shows nothing to who may not read each of them in full. */
export function decide(catalogue: Catalogue, entry: Entry, viewer: ViewerClass, grants: readonly Grant[]): Decision {
  const eachOf = (names: readonly Coordinate[] = []): Decision[] =>
    names.flatMap((name) => {
      const found = catalogue.entries.get(name)
      return found === undefined ? [] : [decide(catalogue, found, viewer, grants)]
    })
  const alone = decideAlone(catalogue, entry, viewer, grants)
  const decision = entry.suppressed === undefined ? alone : { ...alone, suppressed: eachOf(entry.suppressed) }
  const inputs = eachOf(entry.inputs)
  if (inputs.length === 0) return decision
  const closed = inputs.find(({ outcomes }) => outcomes.every(({ effect }) => effect !== 'ALLOW'))
  if (closed === undefined || decision.outcomes.length === 0) return { ...decision, inputs }
  return { ...decision, inputs, outcomes: [], denial: ofInput(closed.denial, closed.coordinate), remedy: closed.remedy }
}

/**
 * Decides on a coordinate by itself. Containers are as open as the most open data field beneath them. Where a field was published
 * otherwise than it runs, it is read as far as both let it be.
 */
function decideAlone(catalogue: Catalogue, entry: Entry, viewer: ViewerClass, grants: readonly Grant[]): Decision {
  const { coordinate, owner, item } = entry
  const reviewed = asPublished(catalogue.published, entry)
  const decided = {
    coordinate,
    owner,
    item: stricterItem(item, reviewed?.item ?? null)?.id ?? null,
    remedy: remedyOf(entry, reviewed, viewer),
  }
  if (item === null && reviewed == null) {
    return { ...decided, outcomes: [always(entry.kind)], denial: unplanned(coordinate) }
  }
  if (!viewer.reads) return { ...decided, outcomes: [], denial: role }
  if (entry.kind === 'container') {
    const beneath = entry.beneath.flatMap((name) => {
      const found = catalogue.entries.get(name)
      return found === undefined ? [] : [decide(catalogue, found, viewer, grants)]
    })
    const outcomes = beneath
      .flatMap((decision) => decision.outcomes)
      .map((o) => ({ ...o, effect: 'ALLOW' as const, mask: null }))
    const remedy = remedyAbove(
      entry,
      beneath.map((decision) => decision.remedy),
    )
    const denial = nearest(beneath) ?? unplanned(coordinate)
    // What it leads to may all have been published in another item that is withheld.
    const recorded = beneath.find((decision) => decision.item === item?.id) ?? beneath[0]
    return { ...decided, item: recorded?.item ?? decided.item, remedy, outcomes: arranged(distinct(outcomes)), denial }
  }

  const run = waysTo(entry, viewer, grants)
  const denial = denialOf(entry, viewer, grantsFor(entry, viewer, grants))
  if (reviewed === undefined) return { ...decided, outcomes: arranged(run), denial }
  const outcomes = arranged(inBoth(run, waysTo(reviewed ?? unpublished(entry), viewer, grants)))
  // What is withheld here is so whatever was published; what was withheld then cannot be applied for yet.
  const wasShared = reviewed !== null && reviewed.item?.sharing !== 'WITHHELD'
  const isSame = JSON.stringify(outcomes) === JSON.stringify(arranged(run))
  const isFromHere = isSame && (run.length > 0 || wasShared || item?.sharing === 'WITHHELD')
  if (isFromHere) return { ...decided, outcomes, denial }
  const meanwhile =
    decided.remedy === null || reviewed === null
      ? null
      : meanwhileOf(entry, reviewed, viewer, grantsFor(reviewed, viewer, grants))
  const remedy = meanwhile === null ? null : decided.remedy
  return { ...decided, remedy, outcomes, denial: unreviewed(entry, reviewed, meanwhile) }
}

/** Of the items that a field runs in and was published in the stricter: an enterprise hears of none that is withheld. */
const stricterItem = (runs: CatalogueItem | null, stood: CatalogueItem | null): CatalogueItem | null =>
  runs === null || (stood !== null && stricter(runs.sharing, stood.sharing) !== runs.sharing) ? stood : runs

/** What was not published is its provider's own. */
const unpublished = (entry: Entry): Entry =>
  entry.item === null ? entry : { ...entry, item: { ...entry.item, sharing: 'WITHHELD' } }

/** Every way in which a viewer may read a field, as one catalogue has it. */
function waysTo(entry: Entry, viewer: ViewerClass, grants: readonly Grant[]): Outcome[] {
  const { owner, item } = entry
  if (item === null) return [always(entry.kind)]
  if (item.sharing === 'OPEN') return [always('open')]
  const granted = grantsFor(entry, viewer, grants)
  const outcomes: Outcome[] = []
  if (viewer.department === owner) outcomes.push(always('own'))
  const held = granted.filter(({ state, purpose, mode }) => {
    return state === 'ACTIVE' && purpose === viewer.purpose && mode === 'API'
  })
  const isForAll = item.sharing === 'UNCONDITIONAL' && isDepartmentId(viewer.department)
  if (isForAll && !isBound(viewer, granted)) outcomes.push(always('unconditional'))
  if (item.sharing !== 'WITHHELD') {
    for (const grant of held) {
      const masked = entry.mask !== null && !grant.full && !isForAll
      outcomes.push({
        effect: masked ? 'MASK' : 'ALLOW',
        rule: `grant:${grant.id}`,
        filter: { divisions: grant.divisions, mandate: grant.requiresMandate },
        mask: masked ? entry.mask : null,
        grant: grant.id,
        quota: grant.dailySubjects,
      })
    }
    if (entry.mask !== null && item.maskedFor === undefined && isDepartmentId(viewer.department)) {
      outcomes.push({ ...always('masked'), effect: 'MASK', mask: entry.mask })
    }
  }
  return outcomes.flatMap((outcome) => narrowed(outcome, viewer))
}

/** Of what holds for everybody the closest comes first. */
const closest = ['masked', 'own', 'unconditional', 'open']

/** What both of two catalogues allow. */
function inBoth(run: readonly Outcome[], reviewed: readonly Outcome[]): Outcome[] {
  return run.flatMap((one) =>
    reviewed.flatMap((other): Outcome[] => {
      // Two grants would both have to stand and to count; how a field was masked before, the catalogue does not say.
      if (one.grant !== null && other.grant !== null && one.grant !== other.grant) return []
      if (one.effect === 'ALLOW' && other.effect === 'MASK') return []
      const divisions = bothDivisions(one.filter?.divisions ?? [], other.filter?.divisions ?? [])
      if (divisions === null) return []
      const mandate = one.filter?.mandate === true || other.filter?.mandate === true
      const held = one.grant !== null ? one : other.grant !== null ? other : null
      const rule = held?.rule ?? closest.find((name) => name === one.rule || name === other.rule) ?? one.rule
      const filter = divisions.length === 0 && !mandate ? null : { divisions, mandate }
      return [{ ...one, rule, filter, grant: held?.grant ?? null, quota: held?.quota ?? null }]
    }),
  )
}

/** Of the denials below a container the one that the least is missing for: it says what would help. */
const nearest = (beneath: readonly Decision[]): Denial | undefined =>
  beneath.find(({ denial }) => denial.rule === 'row')?.denial ??
  beneath.find(({ denial }) => denial.rule === 'other-purpose')?.denial ??
  beneath[0]?.denial

/** The viewer's grants for a field, for whichever purpose, in whichever state and mode. */
export const grantsFor = (entry: Entry, viewer: ViewerClass, grants: readonly Grant[]): Grant[] =>
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

/**
 * The outcome that holds for one enterprise, or null for a denial.
 * @param uscc its credit code; undefined where the subject is not known, which no filter admits
 */
export function outcomeFor(decision: Decision, uscc: string | undefined, holds: Holds): Outcome | null {
  if (closedInput(decision, uscc, holds) !== null) return null
  for (const outcome of decision.outcomes) {
    if (!admits(outcome.filter, uscc, holds.mandate)) continue
    if (outcome.grant === null || holds.lapseOf(outcome.grant, uscc) === null) return outcome
  }
  return null
}

/** The first of what a decision is worked out from that is not shown in full for the enterprise; null where all are. */
const closedInput = ({ inputs }: Decision, uscc: string | undefined, holds: Holds): Decision | null =>
  inputs?.find((input) => outcomeFor(input, uscc, holds)?.effect !== 'ALLOW') ?? null

/** Whether a row filter lets an enterprise through. */
export function admits(filter: RowFilter | null, uscc: string | undefined, mandate: ReadonlySet<string>): boolean {
  if (filter === null) return true
  if (uscc === undefined || (filter.mandate && !mandate.has(uscc))) return false
  return filter.divisions.length === 0 || divisionMatches(filter.divisions, divisionOf(uscc))
}

/** The outcome that would hold for some enterprise: a record found by its own number is not known to be anyone's yet. */
export const outcomeForSome = ({ outcomes, inputs }: Decision, holds: Holds): Outcome | null =>
  inputs?.some((input) => outcomeForSome(input, holds)?.effect !== 'ALLOW') === true
    ? null
    : (outcomes.find(({ grant }) => grant === null || holds.lapseOf(grant, undefined) === null) ?? null)

/** A decision as it stands for an enterprise it denies: a grant that lapsed says more than the decision could foresee. */
export function denied(decision: Decision, uscc: string | undefined, holds: Holds): Decision {
  const input = closedInput(decision, uscc, holds)
  if (input !== null && decision.outcomes.length > 0) {
    const { denial, remedy } = denied(input, uscc, holds)
    return { ...decision, remedy, denial: ofInput(denial, input.coordinate) }
  }
  for (const { grant, filter } of decision.outcomes) {
    if (grant === null || !admits(filter, uscc, holds.mandate)) continue
    const lapse = holds.lapseOf(grant, uscc)
    if (lapse !== null) return { ...decision, denial: lapses[lapse](grant, decision.remedy) }
  }
  return decision
}
