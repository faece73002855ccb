/** Why a field is denied, in words, and what can be done about it. */
import { isDepartmentId, isPartnerId, partners } from '../departments.ts'
import { reviewDays } from '../rules/catalogue-change.ts'
import type { Grant } from '../rules/grant.ts'
import type { GrantState } from '../rules/grant-life.ts'
import { stricter } from '../rules/sharing.ts'
import type { Entry } from './catalogue.ts'
import { differenceOf } from './published.ts'
import type { Coordinate, Owner, ViewerClass } from './vocabulary.ts'

/** Why a field is denied and what to do about it. */
export interface Denial {
  rule:
    | 'role'
    | 'withheld'
    | 'not-a-department'
    | 'no-grant'
    | 'other-purpose'
    | 'suspended'
    | 'unreviewed'
    | 'unknown'
    | 'quota'
    | 'row'
    | 'unplanned'
  reason: string
  advice: string
}

/** What an application names (政务数据共享条例 art. 20): an item, and single fields of it; null for all of them. */
export interface Remedy {
  item: string
  fields: readonly Coordinate[] | null
}

/** Denials that a consent to an application would have prevented, where there is something to apply for. */
const helpedByApplying: ReadonlySet<Denial['rule']> = new Set([
  'no-grant',
  'other-purpose',
  'row',
  'quota',
  'unreviewed',
])

/** What to apply for to undo a denial; null where applying does not help. */
export const applyFor = ({ denial, remedy }: { denial: Denial; remedy: Remedy | null }): Remedy | null =>
  helpedByApplying.has(denial.rule) ? remedy : null

/**
 * Only departments apply, and only for what is shared conditionally and not theirs (arts. 14, 20): by the stricter of the
 * two classes that an item runs with and was published with. What moved between items is in none to ask for yet.
 * @param reviewed the field as it was published otherwise; null where it was not, undefined where there is no difference
 */
export function remedyOf(
  { coordinate, owner, item }: Entry,
  reviewed: Entry | null | undefined,
  viewer: ViewerClass,
): Remedy | null {
  const stood = reviewed === undefined ? item : (reviewed?.item ?? null)
  if (item === null || stood?.id !== item.id || stricter(item.sharing, stood.sharing) !== 'CONDITIONAL') return null
  return viewer.department === owner || !isDepartmentId(viewer.department)
    ? null
    : { item: item.id, fields: [coordinate] }
}

/** What to apply for to read something of what a container leads to. */
export function remedyAbove({ isWhole }: Entry, beneath: readonly (Remedy | null)[]): Remedy | null {
  const [first, ...others] = beneath.filter((remedy) => remedy !== null)
  if (first === undefined) return null
  return { item: first.item, fields: isWhole ? null : [first, ...others].flatMap(({ fields }) => fields ?? []) }
}

/** To whom a partner turns, which cannot apply: the department that it asks for, else the one that provides the data. */
function partnerTurnsTo(viewer: string, owner: Owner): string {
  const behalf = isPartnerId(viewer) ? partners[viewer].asksFor : null
  return behalf === null ? `${owner}, which provides it` : `${behalf}, on whose behalf a ${viewer} asks`
}

export const role: Denial = {
  rule: 'role',
  reason: "the token's roles do not include officer, and no other reads the data of departments",
  advice: 'Ask with the token of an officer.',
}

/** What is worked out from a field that is denied is denied for the same reason. */
export const ofInput = (denial: Denial, coordinate: Coordinate): Denial => ({
  ...denial,
  reason: `it is worked out from ${coordinate}, of which ${denial.reason}`,
})

export const unplanned = (coordinate: Coordinate): Denial => ({
  rule: 'unplanned',
  reason: `${coordinate} was not decided before execution`,
  advice: 'Report this to the operators of the hub.',
})

/**
 * A field that policies open further than the published catalogue does.
 * @param reviewed as it was published; null where it was not
 * @param meanwhile what to do by the catalogue as it was published; null where nothing helps
 */
export function unreviewed(entry: Entry, reviewed: Entry | null, meanwhile: string | null): Denial {
  const later = `Ask again once it has published them; it has ${reviewDays} working days to review what was submitted.`
  return {
    rule: 'unreviewed',
    reason: `${differenceOf(entry, reviewed)}: the authority has not reviewed the policies that run here (政务数据共享条例 art. 17)`,
    advice: meanwhile === null ? later : `${later} Until then: ${meanwhile}`,
  }
}

/**
 * What a viewer who may apply can do to read a field as it was published; null where applying does not help.
 * @param granted its grants for the field as it was published, for whichever purpose, in whichever state and mode
 */
export function meanwhileOf(
  entry: Entry,
  reviewed: Entry,
  viewer: ViewerClass,
  granted: readonly Grant[],
): string | null {
  const { rule, advice } = denialOf(reviewed, viewer, granted)
  if (!helpedByApplying.has(rule)) return null
  // A field that was published masked and runs in full is read by a grant that opens it in full alone.
  return reviewed.mask !== null && entry.mask === null && rule !== 'other-purpose'
    ? applyTo(reviewed, ' in full (full: true)')
    : advice
}

const applyTo = ({ item, owner }: Entry, how = ''): string =>
  `Apply to ${owner} for ${item?.id ?? ''}${how}, stating basis, scenario and scope (政务数据共享条例 art. 20).`

const stoppedStates: ReadonlySet<GrantState> = new Set(['SUSPENDED', 'TERMINATED'])

/**
 * Whether a viewer lost what every department may read: its grant for the stated purpose was suspended or ended by others
 * (art. 27), and no other is in force. Who states no purpose may be asking for that one. It lasts as long as the grant
 * would have.
 * @param held the viewer's grants for the field, in whichever state and mode
 */
const isStopped = (viewer: ViewerClass, held: readonly Grant[]): boolean =>
  held.some(
    ({ state, purpose }) =>
      stoppedStates.has(state) &&
      (viewer.purpose === null || viewer.purpose === purpose) &&
      !held.some((other) => other.state === 'ACTIVE' && other.purpose === purpose && other.mode === 'API'),
  )

/**
 * Whether a department reads what is shared with all of them by its grants alone: within what was agreed on while one is in
 * force for the stated purpose, and not at all once that was stopped. Art. 27 para. 2 takes the permission to share,
 * whatever the class.
 */
export const isBound = (viewer: ViewerClass, held: readonly Grant[]): boolean =>
  isStopped(viewer, held) ||
  held.some(({ state, purpose, mode }) => state === 'ACTIVE' && purpose === viewer.purpose && mode === 'API')

/** @param granted the viewer's grants for the field, for whichever purpose, in whichever state and mode */
export function denialOf(entry: Entry, viewer: ViewerClass, granted: readonly Grant[]): Denial {
  const { item, owner } = entry
  const held = granted.filter(({ mode }) => mode === 'API')
  const mayApply = isDepartmentId(viewer.department)
  const turnsTo = partnerTurnsTo(viewer.department, owner)
  const cannotApply = `Only departments apply (政务数据共享条例 art. 20): turn to ${turnsTo}.`
  const what = `${item?.id ?? entry.coordinate} (${item?.zh ?? ''})`
  const isForAll = item?.sharing === 'UNCONDITIONAL' && mayApply
  if (viewer.department !== owner && isForAll && isStopped(viewer, granted)) {
    return {
      rule: 'suspended',
      reason: `the grant of ${viewer.department} for ${what} is suspended or ended, and with it what every department may read (art. 27)`,
      advice: `Ask the sharing office of ${viewer.department} to settle it with ${owner}.`,
    }
  }
  const isNarrowed = held.some(({ state, purpose, divisions }) => {
    return state === 'ACTIVE' && purpose === viewer.purpose && divisions.length > 0
  })
  if (viewer.department === owner || (isForAll && !isNarrowed)) {
    return {
      rule: 'row',
      reason: `the token of ${viewer.department} is limited to divisions that do not hold this enterprise`,
      advice: 'Ask with a token that reaches its division.',
    }
  }
  if (item?.sharing === 'WITHHELD') {
    return {
      rule: 'withheld',
      reason: `${what} is not shared 不予共享: ${item.legalBasis ?? ''}`,
      advice: `Only ${owner} itself may read it; there is nothing to apply for.`,
    }
  }
  if (held.some(({ state, purpose }) => state === 'SUSPENDED' && purpose === viewer.purpose)) {
    return {
      rule: 'suspended',
      reason: `the grant of ${viewer.department} for ${what} is suspended (art. 27)`,
      advice: mayApply
        ? `Ask the sharing office of ${viewer.department} to settle it with ${owner}.`
        : `Turn to ${turnsTo}, to have it settled.`,
    }
  }
  const purposes = [...new Set(held.filter(({ state }) => state === 'ACTIVE').map((grant) => grant.purpose))]
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
        : mayApply
          ? `Apply to ${owner} for a wider scope 使用范围.`
          : cannotApply,
    }
  }
  if (item?.sharing === 'UNCONDITIONAL') {
    return {
      rule: 'not-a-department',
      reason: `${what} is shared with departments only, and ${viewer.department} is none`,
      advice: `Turn to ${turnsTo}.`,
    }
  }
  return {
    rule: 'no-grant',
    reason: `${viewer.department} holds no grant for ${what}, which is shared conditionally 有条件共享`,
    advice: mayApply ? applyTo(entry) : cannotApply,
  }
}

/** How a grant can cease to hold while its request is under way. */
export type Lapse = 'ended' | 'unknown' | 'quota'

/** A grant that lapsed while its request was under way; a viewer without a remedy is no department and cannot apply. */
export const lapses: Record<Lapse, (grant: string, remedy: Remedy | null) => Denial> = {
  ended: (grant, remedy) => ({
    rule: 'suspended',
    reason: `the grant ${grant} was suspended or ended (art. 27)`,
    advice: remedy === null ? 'Turn to whoever gave it.' : 'Ask the sharing office of your department.',
  }),
  unknown: (grant) => ({
    rule: 'unknown',
    reason: `whether the grant ${grant} is still in force cannot be read at the moment`,
    advice: 'Try again shortly.',
  }),
  quota: (grant, remedy) => ({
    rule: 'quota',
    reason: `the grant ${grant} has reached the number of enterprises that it allows a day`,
    advice: remedy === null ? 'Ask again tomorrow.' : 'Ask again tomorrow, or apply for more.',
  }),
}
