/** Applications for sharing 共享申请 and their clocks (政务数据共享条例 arts. 20–22). */
import type { SharingMode } from './application-request.ts'
import type { GrantState } from './grant-life.ts'
import type { SharingClass } from './sharing.ts'
import type { Step } from './transition.ts'
import { dayOf, termOf, type Term } from './working-day.ts'

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
  'recordDelivery',
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
  {
    action: 'recordDelivery',
    from: ['APPROVED'],
    to: 'APPROVED',
    by: ['provider:steward'],
    article: 22,
    once: true,
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

/** Working days from the consent until the data flows, or has been delivered (art. 22). */
export const deliveryDays = 20

/** What was consented to, as far as sharing it in time hangs on it. */
export interface Consented {
  mode: SharingMode
  /** When it was consented to; null where it was not. */
  consentedAt: Date | null
  /** When the provider said that batches or files were delivered. */
  deliveredAt: Date | null
  /** From when on data can flow by its grant; null where nobody said. */
  flowsFrom: Date | null
  /** Of its grant, as it was left by whoever acted on it; its term plays no part. */
  grantState: GrantState | null
}

/** Nothing is delivered by a grant that was suspended or ended (art. 27); what ran out undelivered was owed all the same. */
export const deliveryStops: readonly GrantState[] = ['SUSPENDED', 'TERMINATED', 'GIVEN_UP']

/** By when what was consented to must be shared (art. 22); null before the consent, and once nothing is owed. */
export function deliveryTerm(
  { mode, consentedAt, deliveredAt, flowsFrom, grantState }: Consented,
  at: Date,
): Term | null {
  if (consentedAt === null || deliveredAt !== null) return null
  // By the interface it flows through the hub; whether batches and files came, nobody sees but the two sides.
  const isOwed =
    mode === 'API' ? flowsFrom === null || flowsFrom > at : grantState === null || !deliveryStops.includes(grantState)
  return isOwed ? termOf(consentedAt, deliveryDays, at) : null
}

/** What stands against saying that data was delivered, in a sentence; null where nothing does. */
export function checkDelivery({ mode, flowsFrom, grantState }: Consented, at: Date): string | null {
  if (mode === 'API')
    return 'What is shared by API flows through the hub: batches and files alone are delivered (art. 22).'
  if (grantState !== null && deliveryStops.includes(grantState)) {
    return `Nothing is delivered by a grant that is ${grantState} (art. 27).`
  }
  return flowsFrom !== null && flowsFrom > at
    ? `The grant begins on ${dayOf(flowsFrom)}: nothing is delivered before.`
    : null
}
