/** How a grant ends before its time: suspension for misuse, termination, giving up (政务数据共享条例 arts. 22, 27). */
import type { Step } from './transition.ts'

export const grantStates = ['ACTIVE', 'SUSPENDED', 'TERMINATED', 'GIVEN_UP'] as const
export type GrantState = (typeof grantStates)[number]

export const grantActions = ['grant', 'suspend', 'resume', 'terminate', 'giveUp'] as const
export type GrantAction = (typeof grantActions)[number]

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
  { action: 'resume', from: ['SUSPENDED'], to: 'ACTIVE', by: ['provider:steward', 'authority:authority'], article: 27 },
  // A service does not end without cause: the reason is recorded and filed with the authority.
  {
    action: 'terminate',
    from: ['ACTIVE', 'SUSPENDED'],
    to: 'TERMINATED',
    by: ['provider:steward', 'authority:authority'],
    article: 27,
    needs: 'reason',
  },
  { action: 'giveUp', from: ['ACTIVE', 'SUSPENDED'], to: 'GIVEN_UP', by: ['consumer:steward'], article: 27 },
]
