/** Applications for sharing 共享申请 and their clocks (政务数据共享条例 arts. 20–22). */
import type { SharingClass } from './sharing.ts'
import type { Step } from './transition.ts'

export const applicationStates = ['DRAFTED', 'SUBMITTED', 'INCOMPLETE', 'APPROVED', 'REFUSED', 'WITHDRAWN'] as const
export type ApplicationState = (typeof applicationStates)[number]

export const applicationActions = [
  'draft',
  'submit',
  'requestMaterial',
  'requestExtension',
  'consentToExtension',
  'approve',
  'refuse',
  'withdraw',
] as const
export type ApplicationAction = (typeof applicationActions)[number]

/**
 * More time is asked for and given, and material is named, while the term to answer runs: afterwards that would only hide
 * that the answer is late (arts. 21, 39 no. 4).
 */
export const applicationSteps: readonly Step<ApplicationState, ApplicationAction>[] = [
  { action: 'draft', from: [], to: 'DRAFTED', by: ['consumer:officer', 'consumer:steward'], article: 20 },
  // The head of the sharing office consents by submitting.
  { action: 'submit', from: ['DRAFTED', 'INCOMPLETE'], to: 'SUBMITTED', by: ['consumer:steward'], article: 20 },
  {
    action: 'requestMaterial',
    from: ['SUBMITTED'],
    to: 'INCOMPLETE',
    by: ['provider:steward'],
    article: 21,
    needs: 'reason',
    once: true,
    beforeTerm: true,
  },
  {
    action: 'requestExtension',
    from: ['SUBMITTED'],
    to: 'SUBMITTED',
    by: ['provider:steward'],
    article: 21,
    needs: 'reason',
    once: true,
    beforeTerm: true,
  },
  {
    action: 'consentToExtension',
    from: ['SUBMITTED'],
    to: 'SUBMITTED',
    by: ['authority:authority'],
    article: 21,
    once: true,
    after: 'requestExtension',
    beforeTerm: true,
  },
  { action: 'approve', from: ['SUBMITTED'], to: 'APPROVED', by: ['provider:steward'], article: 21 },
  { action: 'refuse', from: ['SUBMITTED'], to: 'REFUSED', by: ['provider:steward'], article: 21, needs: 'reason' },
  {
    action: 'withdraw',
    from: ['DRAFTED', 'SUBMITTED', 'INCOMPLETE'],
    to: 'WITHDRAWN',
    by: ['consumer:steward'],
    article: 20,
  },
]

/** Working days to answer in; null where there is nothing to apply for. */
export const answerDays: Readonly<Record<SharingClass, number | null>> = {
  OPEN: null,
  UNCONDITIONAL: 1,
  CONDITIONAL: 10,
  WITHHELD: null,
}

/** Most working days that an extension adds (art. 21); conditional sharing only. */
export const longestExtension = 10

/** Working days from the consent until the data flows (art. 22). */
export const deliveryDays = 20
