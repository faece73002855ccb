import { describe, expect, test } from 'vitest'
import { correctionTerm, type CorrectionState } from '../../rules/correction.ts'

describe('the ten working days to reply (政务数据共享条例 art. 26)', () => {
  const disputedAt = new Date('2025-09-29T10:00:00+08:00')
  test.each<[string, { state?: CorrectionState; at: string; want: unknown }]>([
    // 1 to 8 October are off; Saturday 11 October is made up for them.
    [
      'run to the end of the last',
      { at: '2025-10-20T23:59:59+08:00', want: { lastDay: '2025-10-20', state: 'running' } },
    ],
    ['are over with the next', { at: '2025-10-21T00:00:00+08:00', want: { lastDay: '2025-10-20', state: 'overdue' } }],
    ['ask nothing of a correction', { state: 'CORRECTED', at: '2025-12-01T00:00:00+08:00', want: null }],
    ['ask nothing of a confirmation', { state: 'CONFIRMED', at: '2025-12-01T00:00:00+08:00', want: null }],
    ['ask nothing of what was taken back', { state: 'WITHDRAWN', at: '2025-12-01T00:00:00+08:00', want: null }],
  ])('%s', (_what, { state = 'DISPUTED', at, want }) => {
    expect(correctionTerm(state, disputedAt, new Date(at))).toEqual(want)
  })

  test('are not guessed beyond the calendar that is known', () => {
    const [began, at] = [new Date('2026-12-25T10:00:00+08:00'), new Date('2026-12-26T10:00:00+08:00')]
    expect(correctionTerm('DISPUTED', began, at)).toEqual({ lastDay: null, state: 'unknown' })
  })
})
