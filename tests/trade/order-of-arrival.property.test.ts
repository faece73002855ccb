/** Whatever comes when, how often, and to which of two processes: the matches are those of the set. */
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { TradeDocument } from '../../rules/trade/document.ts'
import type { TradeReceipt } from '../../rules/trade/receipt.ts'
import { anyDocuments, decidedOf, numberOf } from './any-documents.ts'
import { grantOf, inAnyOrder, openStored, receiptFor } from './stored.ts'

/** States as the rules say them of everything together. */
function expected(
  all: readonly TradeDocument[],
  granted: ReadonlySet<string>,
  numbered: ReadonlySet<string>,
): Record<string, string> {
  const { versions, effect } = decidedOf(all, granted, { numbered })
  return Object.fromEntries(
    effect.lists.map(({ key, state }) => [`${versions.get(key)?.kind} ${versions.get(key)?.head.copNo}`, state]),
  )
}

/** What tells the number of a list: a receipt of it, or one that says only whose numbers go together, and one that says whose. */
function numberingOf(list: TradeDocument, isNamed: boolean): TradeReceipt[] {
  const numbered = { ...receiptFor(list, '120'), invtNo: numberOf(list) }
  if (isNamed) return [numbered]
  const preNo = `P-${list.head.copNo}`
  return [
    { ...numbered, document: null, preNo },
    { ...receiptFor(list, '3'), preNo },
  ]
}

const stored = await openStored()
const { one, other, states, settled, failures } = stored
afterAll(() => stored.close())

test('the matches are those of the set, whatever comes when, how often, and to which process', async () => {
  let cancelled = 0
  await fc.assert(
    fc.asyncProperty(anyDocuments, fc.infiniteStream(fc.nat()), async (all, stream) => {
      await stored.clear()
      const choose = (count: number): number => Number(stream.next().value) % count
      const grantedOf = all.filter(({ role }) => role === 'cancellation' || role === 'return')
      const grants = grantedOf.filter(() => choose(2) === 0)
      const numbered = all.filter(({ role }) => role === 'list' && choose(3) > 0)
      const steps: (() => Promise<unknown>)[] = [
        ...all.map((document) => () => [one, other][choose(2)]?.intake.receive([document]) ?? Promise.resolve()),
        ...all.filter(() => choose(4) === 0).map((document) => () => one.intake.receive([document])),
        ...grants.map((document) => () => other.receipts.receive([receiptFor(document, grantOf(document))])),
        ...numbered
          .flatMap((list) => numberingOf(list, choose(2) === 0))
          .map((receipt) => () => one.receipts.receive([receipt])),
      ]
      await inAnyOrder(steps, choose)
      await settled()
      const found = await states(all, ({ kind, head }) => `${kind} ${head.copNo}`)
      cancelled += Object.values(found).filter((state) => state === 'CANCELLED').length
      const keysOf = (some: readonly TradeDocument[]): Set<string> => new Set(some.map(({ key }) => key))
      expect(found).toEqual(expected(all, keysOf(grants), keysOf(numbered)))
      expect(failures).toEqual([])
    }),
    { numRuns: 40 },
  )
  expect(cancelled).toBeGreaterThan(0)
}, 120_000)
