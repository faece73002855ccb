/**
 * Who may do what to a matter in which state: one table a kind of matter, one line a step, each citing its article. What
 * is in no line is not possible.
 */
import type { Role } from './roles.ts'
import { isStated } from './stated-text.ts'

/** How someone stands to a matter: as the department that asks, the one that provides, or the authority above both. */
export type Side = 'consumer' | 'provider' | 'authority'

export interface Step<State extends string, Action extends string> {
  action: Action
  /** Empty where the step begins the matter. */
  from: readonly State[]
  to: State
  by: readonly `${Side}:${Role}`[]
  /** Of the regulation 政务数据共享条例. */
  article: number
  /** Text that must come with it. */
  needs?: 'reason'
  /** The cause that must be stated for it, where there are several. */
  cause?: string
  /** Only by the side that brought the matter into its state. */
  own?: true
  /** Only once the time is over that was left when the matter came into its state. */
  afterTerm?: true
  /** Only until the term is over that runs since the matter came into its state. */
  beforeTerm?: true
  /** At most once in a matter. */
  once?: true
  /** Only after this has been done. */
  after?: Action
}

/** A matter so far; no state before it begins. */
export interface Course<State extends string, Action extends string> {
  state: State | null
  done: readonly Action[]
  /** The side that brought it into its state; null where nobody has. */
  side?: Side | null
  /** False while time is left that was set when it came into its state; left out where none was, or nobody knows how much. */
  isTermOver?: boolean
}

/** What is said with a step. */
export interface Stated {
  reason?: string | null
  cause?: string | null
}

export interface Actor {
  sides: readonly Side[]
  roles: readonly Role[]
}

export type Refusal = 'not-yours' | 'wrong-state' | 'too-early' | 'too-late' | 'once-only' | 'reason-missing'

const isOpen = <State extends string, Action extends string>(
  { from, after }: Step<State, Action>,
  { state, done }: Course<State, Action>,
): boolean =>
  (state === null ? from.length === 0 : from.includes(state)) && (after === undefined || done.includes(after))

/** Those who may make a step in this course. */
const holdersOf = <State extends string, Action extends string>(
  { by, own }: Step<State, Action>,
  { side }: Course<State, Action>,
): Step<State, Action>['by'] => (own === true ? by.filter((holder) => holder.startsWith(`${side ?? ''}:`)) : by)

const isFor = <State extends string, Action extends string>(
  step: Step<State, Action>,
  course: Course<State, Action>,
  actor: Actor,
): boolean => {
  const holders = holdersOf(step, course)
  return actor.sides.some((side) => actor.roles.some((role) => holders.includes(`${side}:${role}`)))
}

/** Why it is not the time for a step; null where it is. */
const untimely = <State extends string, Action extends string>(
  { afterTerm, beforeTerm }: Step<State, Action>,
  { isTermOver }: Course<State, Action>,
): 'too-early' | 'too-late' | null => {
  if (afterTerm === true && isTermOver === false) return 'too-early'
  return beforeTerm === true && isTermOver === true ? 'too-late' : null
}

/** The lines of the table that an action, with its cause, can mean. */
const meant = <State extends string, Action extends string>(
  steps: readonly Step<State, Action>[],
  action: Action,
  cause: string | null,
): Step<State, Action>[] =>
  steps.filter((step) => step.action === action && (step.cause === undefined || step.cause === cause))

/** Who may take an action, in whichever state, for a refusal to say whose it is. */
export const holders = <State extends string, Action extends string>(
  steps: readonly Step<State, Action>[],
  course: Course<State, Action>,
  action: Action,
  { cause = null }: Stated = {},
): `${Side}:${Role}`[] => [...new Set(meant(steps, action, cause).flatMap((step) => holdersOf(step, course)))]

/** The state after an action, or why it is refused. Who has no part in a step learns nothing about the state. */
export function transition<State extends string, Action extends string>(
  steps: readonly Step<State, Action>[],
  course: Course<State, Action>,
  action: Action,
  actor: Actor,
  { reason = null, cause = null }: Stated = {},
): { to: State; article: number } | { refused: Refusal } {
  const mine = meant(steps, action, cause).filter((step) => isFor(step, course, actor))
  if (mine.length === 0) return { refused: 'not-yours' }
  const step = mine.find((candidate) => isOpen(candidate, course))
  if (step === undefined) return { refused: 'wrong-state' }
  const refused = untimely(step, course)
  if (refused !== null) return { refused }
  if (step.once === true && course.done.includes(action)) return { refused: 'once-only' }
  // What need not be stated may be left blank, and otherwise says something too.
  const isBlank = reason === null || reason.trim() === ''
  if (isBlank ? step.needs === 'reason' : !isStated(reason)) return { refused: 'reason-missing' }
  return { to: step.to, article: step.article }
}

/** What an actor may do next, for screens and refusals. */
export const actionsOf = <State extends string, Action extends string>(
  steps: readonly Step<State, Action>[],
  course: Course<State, Action>,
  actor: Actor,
): Action[] => {
  const possible = steps.filter(
    (step) =>
      isOpen(step, course) &&
      isFor(step, course, actor) &&
      untimely(step, course) === null &&
      !(step.once === true && course.done.includes(step.action)),
  )
  return [...new Set(possible.map(({ action }) => action))]
}
