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
  /** At most once in a matter. */
  once?: true
  /** Only after this has been done. */
  after?: Action
}

/** A matter so far; no state before it begins. */
export interface Course<State extends string, Action extends string> {
  state: State | null
  done: readonly Action[]
}

export interface Actor {
  sides: readonly Side[]
  roles: readonly Role[]
}

export type Refusal = 'not-yours' | 'wrong-state' | 'once-only' | 'reason-missing'

const isOpen = <State extends string, Action extends string>(
  { from, after }: Step<State, Action>,
  { state, done }: Course<State, Action>,
): boolean =>
  (state === null ? from.length === 0 : from.includes(state)) && (after === undefined || done.includes(after))

const isFor = <State extends string, Action extends string>({ by }: Step<State, Action>, actor: Actor): boolean =>
  actor.sides.some((side) => actor.roles.some((role) => by.includes(`${side}:${role}`)))

/** The state after an action, or why it is refused. Who has no part in a step learns nothing about the state. */
export function transition<State extends string, Action extends string>(
  steps: readonly Step<State, Action>[],
  course: Course<State, Action>,
  action: Action,
  actor: Actor,
  reason: string | null = null,
): { to: State } | { refused: Refusal } {
  const mine = steps.filter((step) => step.action === action && isFor(step, actor))
  if (mine.length === 0) return { refused: 'not-yours' }
  const step = mine.find((candidate) => isOpen(candidate, course))
  if (step === undefined) return { refused: 'wrong-state' }
  if (step.once === true && course.done.includes(action)) return { refused: 'once-only' }
  // What need not be stated may be left blank, and otherwise says something too.
  const isBlank = reason === null || reason.trim() === ''
  if (isBlank ? step.needs === 'reason' : !isStated(reason)) return { refused: 'reason-missing' }
  return { to: step.to }
}

/** What an actor may do next, for screens and refusals. */
export const actionsOf = <State extends string, Action extends string>(
  steps: readonly Step<State, Action>[],
  course: Course<State, Action>,
  actor: Actor,
): Action[] =>
  steps
    .filter(
      (step) =>
        isOpen(step, course) && isFor(step, actor) && !(step.once === true && course.done.includes(step.action)),
    )
    .map(({ action }) => action)
