/** A receipt can be written whatever is to be said: the document is stored by then, and its sender must hear of it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { accepted, malformedReceipt, receiptFor, refused } from '../../rules/ceb/receipt.ts'
import type { Violation } from '../../rules/ceb/violation.ts'
import { writeMessage } from '../../rules/ceb/write.ts'
import { guid, listHead, orderHead, read } from './messages.ts'

const stamp = { time: '20261120093000123', guid: () => guid }
/** Words of any length, so that a text is cut at white space as well as within a word. */
const text = (most: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(' ', '\n', '\t', '\u3000', 'a', '号', '😀', '&'), { maxLength: most, size: 'max' })
    .map((all) => all.join(''))
const violation = (expected: string): Violation => ({
  severity: 'wrong',
  message: '311',
  document: 1,
  line: '1',
  element: 'totalPrice',
  rule: 'arithmetic',
  expected,
  found: null,
  at: null,
})

test('of any outcome', () => {
  fc.assert(
    fc.property(text(1300), text(40), fc.nat(60), fc.nat(5), (returnInfo, expected, many, more) => {
      const violations = Array.from({ length: many }, (_, index) => violation(`${index} ${expected}`))
      const outcomes = [
        accepted('311', orderHead, {}, violations, more),
        refused('311', violations, more),
        { returnStatus: '2', returnInfo: `x${returnInfo}` },
      ]
      for (const outcome of outcomes) {
        for (const [kind, head] of [
          ['311', orderHead],
          ['621', listHead],
        ] as const) {
          const { receipt, unnamed } = receiptFor(kind, '202205', [{ head, outcome }], stamp)
          expect(unnamed).toEqual([])
          expect(read(writeMessage(receipt))).toMatchObject({ read: true, message: receipt, refused: [] })
        }
      }
    }),
    { numRuns: 100, endOnFailure: true },
  )
})

test('that is cut at any place, before and behind the white space in it', () => {
  for (let length = 900; length <= 1100; length += 1) {
    for (const space of [' ', '\n ', '\u3000']) {
      const outcome = { returnStatus: '2', returnInfo: `${'a'.repeat(length)}${space}${'😀'.repeat(200)}` }
      const { receipt } = receiptFor('621', '202205', [{ head: listHead, outcome }], stamp)
      expect(() => writeMessage(receipt)).not.toThrow()
      const [said = ''] = receipt.documents.map(({ head }) => head.returnInfo)
      expect([...said].length).toBeGreaterThanOrEqual(1000 - space.length)
    }
  }
})

test('of a message that cannot be read, whatever it calls itself', () => {
  fc.assert(
    fc.property(text(300), text(400), fc.nat(200), (expected, CopMsgId, many) => {
      const violations = Array.from({ length: many }, () => ({ ...violation(expected), severity: 'refused' as const }))
      const envelope = { CopMsgId, SenderId: 'S', ReceiverIds: ['R'], CreatTime: '2026-11-20T09:30:00', MsgType: 'x' }
      const reading = { kind: null, envelope, violations, more: new Map() }
      const receipt = malformedReceipt(reading, '202205', stamp)
      expect(read(writeMessage(receipt))).toMatchObject({ read: true, message: receipt, refused: [] })
    }),
    { numRuns: 100, endOnFailure: true },
  )
})
