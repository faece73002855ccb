/** Corrections 校核: a consumer disputes a value, the provider verifies, corrects and replies (政务数据共享条例 art. 26). */
import type { Step } from './transition.ts'
import { termOf, type Term } from './working-day.ts'

export const correctionStates = ['DISPUTED', 'CORRECTED', 'CONFIRMED', 'WITHDRAWN'] as const
export type CorrectionState = (typeof correctionStates)[number]

export const correctionActions = ['dispute', 'correct', 'confirm', 'withdraw'] as const
export type CorrectionAction = (typeof correctionActions)[number]

export const correctionSteps: readonly Step<CorrectionState, CorrectionAction>[] = [
  {
    action: 'dispute',
    from: [],
    to: 'DISPUTED',
    by: ['consumer:officer', 'consumer:steward'],
    article: 26,
    needs: 'reason',
  },
  { action: 'correct', from: ['DISPUTED'], to: 'CORRECTED', by: ['provider:steward'], article: 26, needs: 'reason' },
  { action: 'confirm', from: ['DISPUTED'], to: 'CONFIRMED', by: ['provider:steward'], article: 26, needs: 'reason' },
  {
    action: 'withdraw',
    from: ['DISPUTED'],
    to: 'WITHDRAWN',
    by: ['consumer:officer', 'consumer:steward'],
    article: 26,
  },
]

/** Working days to verify, correct and reply. */
export const correctionDays = 10

/** By when the provider must have replied; null once it has, or once the dispute was withdrawn. */
export const correctionTerm = (state: CorrectionState, disputedAt: Date, at: Date): Term | null =>
  state === 'DISPUTED' ? termOf(disputedAt, correctionDays, at) : null
