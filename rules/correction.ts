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

/** The first thing that is wrong with what a dispute states, in a sentence; null where it can be sent. */
export function checkDispute({ reason, evidence }: { reason: string; evidence: string | null }): string | null {
  const length = reason.trim().length
  if (length < 4 || length > 4000) {
    return 'reason must say what is inaccurate or incomplete, in 4 to 4000 characters (art. 26).'
  }
  return evidence === null || evidence.length <= 4000 ? null : 'evidence must be at most 4000 characters.'
}
