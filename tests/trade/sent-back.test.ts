/** Which summaries customs has sent back, by the receipts of their applications. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSentBack, type AppliedFor } from '../../rules/trade/summary.ts'
import { made } from './documents.ts'

describe('a summary is sent back', () => {
  /** Minutes after the application was declared, by status; a version of the application besides. */
  const applied = (
    said: [status: string, minute: number][],
    again: Record<string, string> | null = null,
  ): AppliedFor => ({
    version: made('701', { appTime: '20261201090000', ...again }).version,
    versions: again === null ? 1 : 2,
    receipts: said.map(([returnStatus, minute]) => ({
      guid: `${returnStatus} ${minute}`,
      returnStatus,
      returnTime: `202612010900${String(minute).padStart(2, '0')}000`,
    })),
  })
  const over = applied([
    ['2', 1],
    ['3', 2],
    ['100', 3],
  ])
  const later = (appType: string, second: number) => ({
    appType,
    appTime: `202612010900${String(second).padStart(2, '0')}`,
  })

  test.each<[what: string, applications: AppliedFor[], wanted: boolean]>([
    ['by 100', [over], true],
    ['in all its parts', [over, over], true],
    ['not where a part may come further', [over, applied([['3', 2]])], false],
    ['not where nothing was said of a part', [over, applied([])], false],
    ['not where nothing is applied for', [], false],
    [
      'not where it is concluded',
      [
        applied([
          ['100', 3],
          ['399', 2],
        ]),
      ],
      false,
    ],
    [
      'not where it could not be sent, or a check refused it',
      [
        applied([
          ['4', 1],
          ['-0001', 2],
        ]),
      ],
      false,
    ],
    [
      'though a check refused it, too',
      [
        applied([
          ['100', 3],
          ['-0001', 4],
        ]),
      ],
      true,
    ],
    [
      'not where it was declared again',
      [
        applied([
          ['2', 1],
          ['100', 3],
          ['2', 4],
        ]),
      ],
      false,
    ],
    [
      'once more',
      [
        applied([
          ['100', 3],
          ['2', 4],
          ['100', 5],
        ]),
      ],
      true,
    ],
    ['not where another version was declared after that', [applied([['100', 3]], later('2', 4))], false],
    ['where another version was declared before', [applied([['100', 3]], later('2', 3))], true],
    ['where it was deleted after that', [applied([['100', 3]], later('3', 4))], true],
    [
      'by the clock of customs, where that is behind',
      [applied([['100', 3]]), { ...over, version: made('701', { appTime: '20261201090100' }).version }],
      true,
    ],
  ])('%s', (_what, applications, wanted) => expect(isSentBack(applications)).toBe(wanted))

  test('in whatever order its receipts came', () => {
    const receipt = fc.tuple(fc.constantFrom('2', '3', '4', '100', '399', '-0001'), fc.integer({ min: 1, max: 6 }))
    const shuffled = fc
      .array(receipt, { maxLength: 8 })
      .chain((said) =>
        fc.tuple(fc.constant(said), fc.shuffledSubarray([...said, ...said], { minLength: 2 * said.length })),
      )
    fc.assert(
      fc.property(shuffled, ([said, again]) => {
        expect(isSentBack([applied(again)])).toBe(isSentBack([applied(said)]))
      }),
    )
  })
})
