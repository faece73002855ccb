/** Changes of the catalogue 目录更新 and their clocks (政务数据共享条例 arts. 16–17). */
import type { Step } from './transition.ts'
import { isLate, termOf, type Term } from './working-day.ts'

export const catalogueChangeStates = ['ANNOUNCED', 'SUBMITTED', 'PUBLISHED', 'RETURNED', 'WITHDRAWN'] as const
export type CatalogueChangeState = (typeof catalogueChangeStates)[number]

export const catalogueChangeActions = [
  'announce',
  'requestExtension',
  'consentToExtension',
  'submit',
  'publish',
  'return',
  'withdraw',
] as const
export type CatalogueChangeAction = (typeof catalogueChangeActions)[number]

/** More time is asked for and given while the term to update runs; afterwards it would only hide that it is over. */
export const catalogueChangeSteps: readonly Step<CatalogueChangeState, CatalogueChangeAction>[] = [
  { action: 'announce', from: [], to: 'ANNOUNCED', by: ['provider:steward'], article: 17, needs: 'reason' },
  {
    action: 'requestExtension',
    from: ['ANNOUNCED'],
    to: 'ANNOUNCED',
    by: ['provider:steward'],
    article: 17,
    needs: 'reason',
    once: true,
    beforeTerm: true,
  },
  {
    action: 'consentToExtension',
    from: ['ANNOUNCED'],
    to: 'ANNOUNCED',
    by: ['authority:authority'],
    article: 17,
    once: true,
    after: 'requestExtension',
    beforeTerm: true,
  },
  // From no state: a change that is found when the hub starts, and that nobody announced.
  { action: 'submit', from: [], to: 'SUBMITTED', by: ['provider:steward'], article: 16 },
  { action: 'submit', from: ['ANNOUNCED', 'RETURNED'], to: 'SUBMITTED', by: ['provider:steward'], article: 17 },
  { action: 'publish', from: ['SUBMITTED'], to: 'PUBLISHED', by: ['authority:authority'], article: 17 },
  { action: 'return', from: ['SUBMITTED'], to: 'RETURNED', by: ['authority:authority'], article: 16, needs: 'reason' },
  // What turns out to need no change; a catalogue that differs all the same is submitted anew when the hub starts.
  {
    action: 'withdraw',
    from: ['ANNOUNCED', 'RETURNED'],
    to: 'WITHDRAWN',
    by: ['provider:steward'],
    article: 17,
    needs: 'reason',
  },
]

/** Working days from the change of law or duties until the catalogue is updated and submitted. */
export const updateDays = 10
/** Working days that the authority may add. */
export const updateExtension = 5
/** Working days in which the authority reviews and publishes. */
export const reviewDays = 2

interface ChangeDates {
  state: CatalogueChangeState
  /** Day of the change of law or duties, YYYY-MM-DD in Beijing; null where the hub found the change by itself. */
  occurredOn: string | null
  extensionDays: number | null
  submittedAt: Date | null
  /** When it was published or returned. */
  reviewedAt: Date | null
}

/**
 * The term that runs: to update the catalogue after a change of law or duties (art. 17 para. 2), or to review what was
 * submitted (para. 3); null where none does. Giving it back gives no new term; only where no day of a change is known, the
 * days count from the return.
 */
export function changeTerm(change: ChangeDates, at: Date): Term | null {
  const { state, submittedAt, reviewedAt } = change
  if (state === 'SUBMITTED') return submittedAt === null ? null : termOf(submittedAt, reviewDays, at)
  if (state !== 'ANNOUNCED' && state !== 'RETURNED') return null
  return updateTerm(change, at) ?? (reviewedAt === null ? null : termOf(reviewedAt, updateDays, at))
}

const updateTerm = ({ occurredOn, extensionDays }: ChangeDates, at: Date): Term | null =>
  occurredOn === null ? null : termOf(new Date(`${occurredOn}T00:00:00+08:00`), updateDays + (extensionDays ?? 0), at)

/** Whether it was last submitted after its term; null where it was not submitted, or has no term that is known. */
export function isSubmittedLate(change: ChangeDates): boolean | null {
  return change.submittedAt === null ? null : isLate(updateTerm(change, change.submittedAt))
}
