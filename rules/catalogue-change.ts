/** Changes of the catalogue 目录更新 and their clocks (政务数据共享条例 arts. 16–17). */
import type { Step } from './transition.ts'
import { termOf, type Term } from './working-day.ts'

export const catalogueChangeStates = ['ANNOUNCED', 'SUBMITTED', 'PUBLISHED', 'RETURNED'] as const
export type CatalogueChangeState = (typeof catalogueChangeStates)[number]

export const catalogueChangeActions = [
  'announce',
  'requestExtension',
  'consentToExtension',
  'submit',
  'publish',
  'return',
] as const
export type CatalogueChangeAction = (typeof catalogueChangeActions)[number]

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
  },
  {
    action: 'consentToExtension',
    from: ['ANNOUNCED'],
    to: 'ANNOUNCED',
    by: ['authority:authority'],
    article: 17,
    once: true,
    after: 'requestExtension',
  },
  // From no state: a change that is found when the hub starts, and that nobody announced.
  { action: 'submit', from: [], to: 'SUBMITTED', by: ['provider:steward'], article: 16 },
  { action: 'submit', from: ['ANNOUNCED', 'RETURNED'], to: 'SUBMITTED', by: ['provider:steward'], article: 17 },
  { action: 'publish', from: ['SUBMITTED'], to: 'PUBLISHED', by: ['authority:authority'], article: 17 },
  { action: 'return', from: ['SUBMITTED'], to: 'RETURNED', by: ['authority:authority'], article: 16, needs: 'reason' },
]

/** Working days from the change of law or duties until the catalogue is updated and submitted. */
export const updateDays = 10
/** Working days that the authority may add. */
export const updateExtension = 5
/** Working days in which the authority reviews and publishes. */
export const reviewDays = 2

/**
 * The term that runs: to update the catalogue after a change of law or duties (art. 17 para. 2), or to review what was
 * submitted (para. 3); null where none does.
 * @param occurredOn day of the change of law or duties, YYYY-MM-DD in Beijing
 */
export function changeTerm(
  change: {
    state: CatalogueChangeState
    occurredOn: string | null
    extensionDays: number | null
    submittedAt: Date | null
  },
  at: Date,
): Term | null {
  const { state, occurredOn, extensionDays, submittedAt } = change
  if (state === 'ANNOUNCED' && occurredOn !== null) {
    return termOf(new Date(`${occurredOn}T00:00:00+08:00`), updateDays + (extensionDays ?? 0), at)
  }
  return state === 'SUBMITTED' && submittedAt !== null ? termOf(submittedAt, reviewDays, at) : null
}
