/** Statistics that were kept up with what came are those of the set, and those that are counted from the start. */
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { openStatuses } from '../../rules/trade/change.ts'
import { clearanceOf } from '../../rules/trade/logistics-time.ts'
import type { TradeReceipt } from '../../rules/trade/receipt.ts'
import { chainOf } from '../../rules/trade/status.ts'
import { stands } from '../../rules/trade/match.ts'
import { Tally, type PlacedCells } from '../../rules/trade/statistics.ts'
import { readStatistics } from '../../store/trade/statistics-query.ts'
import { rebuildStatistics } from '../../store/trade/statistics-rebuild.ts'
import { startSumming } from '../../store/trade/summing.ts'
import { anyDocuments, decidedOf, numberOf } from './any-documents.ts'
import { everythingIn, grantOf, inAnyOrder, openStored, receiptFor, type Process } from './stored.ts'

/** What the rules count of everything together. */
function expected(all: readonly TradeDocument[], receipts: readonly TradeReceipt[]): PlacedCells[] {
  const granted = new Set(
    receipts.flatMap(({ role, document }) => (role === 'cancellation' || role === 'return' ? (document ?? []) : [])),
  )
  const numbered = new Set(receipts.flatMap(({ document, invtNo }) => (invtNo === null ? [] : (document ?? []))))
  const toldOf = (key: string) =>
    receipts
      .filter(({ document }) => document === key)
      .map(({ guid, status, at }) => ({ guid, returnStatus: status, returnTime: at }))
  const isClosed = ({ key, kind, version }: TradeDocument): boolean => {
    const status = chainOf(kind, version, toldOf(key)).current?.returnStatus
    return status !== undefined && !openStatuses.includes(status)
  }
  const closed = new Set(all.filter((one) => one.role === 'list' && isClosed(one)).map(({ key }) => key))
  const { versions, effect, returned } = decidedOf(all, granted, { closed, numbered })
  const tally = new Tally()
  for (const { key, state } of effect.lists) {
    const list = versions.get(key)
    if (list === undefined || state !== 'MATCHED') continue
    const waybill = [...versions.values()].find(
      (one) => one.role === 'waybill' && stands(one) && one.waybill === list.waybill,
    )
    const clearance = clearanceOf(list, waybill, toldOf(key))
    if (clearance !== null) tally.add({ list, clearance, returned: returned.get(key) ?? new Map<string, string>() })
  }
  return tally.cells()
}

/** Sums by day, month and year, by all that tells them apart; all is of one day. */
function sumsOf(placed: readonly PlacedCells[]): Record<string, string> {
  const sums: Record<string, string> = {}
  for (const { day, subject, cells, city, office, district, direction, mode, time } of placed) {
    for (const { category, key, currency, lists, seconds, amount } of cells) {
      for (const [grain, first] of [
        ['D', day],
        ['M', `${day.slice(0, 7)}-01`],
        ['Y', `${day.slice(0, 4)}-01-01`],
      ]) {
        const where = [grain, first, subject, category, city, key, office, district, direction, mode, time, currency]
        sums[where.join('|')] = `${lists} ${seconds} ${amount}`
      }
    }
  }
  return sums
}

const stored = await openStored()
const { one, other, settled, failures } = stored
const { pool } = stored.database
// Two processes that never begin by themselves.
const summing = [
  startSumming(pool, (error) => failures.push(error), 3_600_000),
  startSumming(pool, () => undefined, 3_600_000),
]
afterAll(async () => {
  for (const each of summing) await each.close()
  await stored.close()
})

async function found(): Promise<Record<string, string>> {
  const { rows } = await pool.query<{ name: string; value: string }>(`
    select concat_ws('|', grain, day, subject, category, city, key, office, district, direction, mode, time, currency) as name,
      concat_ws(' ', lists, seconds, trim_scale(amount)) as value
    from trade_statistics where (lists, seconds, amount) <> (0, 0, 0)`)
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]))
}

const countries = everythingIn('2026', 'country')

test('statistics are those of the set, whatever comes when, how often, and whoever sums up', async () => {
  let counted = 0
  await fc.assert(
    fc.asyncProperty(anyDocuments, fc.infiniteStream(fc.nat()), async (all, stream) => {
      await stored.clear()
      const choose = (count: number): number => Number(stream.next().value) % count
      const receipts = all.flatMap((document): TradeReceipt[] => {
        if (document.role === 'cancellation' || document.role === 'return')
          return choose(2) === 0 ? [receiptFor(document, grantOf(document))] : []
        if (document.role !== 'list' || choose(3) === 0) return []
        return Array.from({ length: 1 + choose(2) }, () => {
          const status = ['2', '120', '100', '100', '800', '800', '899', '700'][choose(8)] ?? ''
          const receipt = receiptFor(document, status, '', `202611${String(20 + choose(10))}120000000`)
          return choose(3) === 0 ? receipt : { ...receipt, invtNo: numberOf(document) }
        })
      })
      // A change of what customs looks at already is refused.
      const accepted: TradeDocument[] = []
      const receive = async (to: Process, document: TradeDocument): Promise<void> => {
        const [told] = await to.intake.receive([document])
        if (told?.arrival === 'new' || told?.arrival === 'newer') accepted.push(document)
      }
      const steps: (() => Promise<unknown>)[] = [
        ...all.map((document) => () => receive(choose(2) === 0 ? one : other, document)),
        ...all.filter(() => choose(4) === 0).map((document) => () => receive(one, document)),
        ...receipts.map((receipt) => () => [one, other][choose(2)]?.receipts.receive([receipt]) ?? Promise.resolve()),
        ...Array.from({ length: 6 }, () => () => summing[choose(2)]?.now() ?? Promise.resolve()),
      ]
      await inAnyOrder(steps, choose)
      await settled()
      const before = await readStatistics(pool, countries)
      await Promise.all(summing.map((each) => each.now()))
      const sums = sumsOf(expected(accepted, receipts))
      counted += Object.keys(sums).length
      expect(await found()).toEqual(sums)
      expect(await readStatistics(pool, countries)).toEqual(before)
      await rebuildStatistics(pool)
      expect(await found()).toEqual(sums)
      expect(failures).toEqual([])
    }),
    { numRuns: 25 },
  )
  expect(counted).toBeGreaterThan(500)
}, 120_000)
