/**
 * How a grant ends before its time (政务数据共享条例 art. 27). For misuse it is suspended, with a term to put it right, and
 * may be ended once that has passed in vain (para. 2). Without misuse the provider ends it for a need alone, which it has
 * discussed with the reader and files with the authority (para. 3). A reader gives up what it needs no longer (para. 1).
 */
import type { Grant } from './grant.ts'
import type { Step } from './transition.ts'
import { dayOf } from './working-day.ts'

/** EXPIRED is stored nowhere: it is what a grant comes to be by its term. */
export const grantStates = ['ACTIVE', 'SUSPENDED', 'TERMINATED', 'GIVEN_UP', 'EXPIRED'] as const
export type GrantState = (typeof grantStates)[number]

export const grantActions = ['grant', 'suspend', 'resume', 'terminate', 'giveUp'] as const
export type GrantAction = (typeof grantActions)[number]

/** Why a provider or the authority ends a grant. */
export const endCauses = ['MISUSE', 'NEED'] as const
export type EndCause = (typeof endCauses)[number]

export const grantSteps: readonly Step<GrantState, GrantAction>[] = [
  { action: 'grant', from: [], to: 'ACTIVE', by: ['provider:steward'], article: 22 },
  {
    action: 'suspend',
    from: ['ACTIVE'],
    to: 'SUSPENDED',
    by: ['provider:steward', 'authority:authority'],
    article: 27,
    needs: 'reason',
  },
  // What the authority suspended the provider does not let go on.
  {
    action: 'resume',
    from: ['SUSPENDED'],
    to: 'ACTIVE',
    by: ['provider:steward'],
    article: 27,
    needs: 'reason',
    own: true,
  },
  { action: 'resume', from: ['SUSPENDED'], to: 'ACTIVE', by: ['authority:authority'], article: 27, needs: 'reason' },
  {
    action: 'terminate',
    cause: 'MISUSE',
    from: ['SUSPENDED'],
    to: 'TERMINATED',
    by: ['provider:steward', 'authority:authority'],
    article: 27,
    needs: 'reason',
    afterTerm: true,
  },
  // The provider's alone: the authority, with whom it is filed, neither provides nor discusses it with the reader.
  {
    action: 'terminate',
    cause: 'NEED',
    from: ['ACTIVE', 'SUSPENDED'],
    to: 'TERMINATED',
    by: ['provider:steward'],
    article: 27,
    needs: 'reason',
  },
  { action: 'giveUp', from: ['ACTIVE', 'SUSPENDED'], to: 'GIVEN_UP', by: ['consumer:steward'], article: 27 },
]

/** The state of a grant at an instant: past its term it is over, whatever was done to it before. */
export const stateAt = ({ state, validTo }: Pick<Grant, 'state' | 'validTo'>, at: Date): GrantState =>
  (state === 'ACTIVE' || state === 'SUSPENDED') && validTo !== null && validTo <= at ? 'EXPIRED' : state

/**
 * Most days that a suspension leaves. The law sets a term and no length (art. 27 para. 2: 限期整改); a term without end would
 * end the service in fact, which needs a reason, talks and a filing (para. 3).
 */
export const longestTimeLeft = 90

/** What is wrong with the day (YYYY-MM-DD, Beijing) until which a reader has time to put it right; null where nothing is. */
export function checkTimeLeft(putRightBy: string, now: Date): string | null {
  if (putRightBy <= dayOf(now)) {
    return 'putRightBy must be a day to come: the reader needs time to put it right (art. 27).'
  }
  const latest = dayOf(new Date(now.getTime() + longestTimeLeft * 86_400_000))
  return putRightBy > latest ? `putRightBy must be within ${longestTimeLeft} days, by ${latest} (art. 27).` : null
}
