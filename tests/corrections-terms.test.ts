/** The clock of corrections (政务数据共享条例 arts. 26, 39 no. 6), with the clock held: what is overdue, and what was late. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createCorrections, type Corrections, type CorrectionView } from '../store/sharing/correction-service.ts'
import type { Caller } from '../store/sharing/matters.ts'
import type { List } from '../rules/page.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { listed } from './support/listed.ts'

let database: FreshDatabase
let now: Date
const at = (text: string): void => void (now = new Date(text))
beforeEach(async () => {
  database = await freshDatabase()
  // Ten working days from here end on 22 October, with Saturday the 11th made up for the holidays before.
  at('2025-10-09T10:00:00+08:00')
})
afterEach(() => database.drop())
const [lastInstant, over] = ['2025-10-22T23:59:59.999+08:00', '2025-10-23T00:00:00+08:00']

const customs: Caller = { department: 'customs', subject: 'customs-1', roles: ['officer'] }
const tax: Caller = { department: 'tax', subject: 'tax-steward', roles: ['steward'] }
const authority: Caller = { department: 'authority', subject: 'authority-1', roles: ['authority'] }
const of = (caller: Caller): Corrections =>
  createCorrections({ db: database.db, refresh: async () => undefined, now: () => now })(
    caller,
    () => undefined,
    () => ({ item: 'tax.creditGrade', provider: 'tax' }),
  )
const key = () => ({ clientMutationId: randomUUID() })

let next = 0
const disputed = async (): Promise<string> => {
  const dispute = {
    coordinate: 'TaxRecord.creditGrade',
    uscc: `u-${(next += 1)}`,
    reason: '与公示不一致',
    evidence: null,
  }
  return (await of(customs).disputeField({ ...key(), ...dispute })).id
}
const settle = (who: Caller, action: 'correct' | 'confirm' | 'withdraw', correction: string) =>
  of(who).settle(action, action, { ...key(), correction, reason: '经核实' })
type Wanted = Parameters<Corrections['corrections']>[0]
const ids = async (wanted: Wanted) => (await listed(of(authority).corrections(wanted))).map(({ id }) => id).toSorted()

describe('a reply', () => {
  test('on the last day is in time, whichever it is, and one after it says so ever after (art. 39 no. 6)', async () => {
    const [inTime, corrected, confirmed, withdrawn, open] = [
      await disputed(),
      await disputed(),
      await disputed(),
      await disputed(),
      await disputed(),
    ]
    at(lastInstant)
    const { answeredAt, answeredLate } = await settle(tax, 'confirm', inTime)
    expect([answeredAt, answeredLate]).toEqual([now.toISOString(), false])
    at(over)
    expect(await ids({ overdue: true })).toEqual([corrected, confirmed, withdrawn, open].toSorted())
    expect((await settle(tax, 'correct', corrected)).answeredLate).toBe(true)
    expect((await settle(tax, 'confirm', confirmed)).answeredLate).toBe(true)
    // Nobody replied to what its consumer took back.
    expect((await settle(customs, 'withdraw', withdrawn)).answeredLate).toBe(null)
    at('2026-06-30T00:00:00+08:00')
    expect([
      await ids({ answeredLate: true }),
      await ids({ answeredLate: false }),
      await ids({ overdue: true }),
      await ids({ overdue: false, answeredLate: true }),
    ]).toEqual([[corrected, confirmed].toSorted(), [inTime], [open], [corrected, confirmed].toSorted()])
  })

  test('is in time or late only where the working days are known', async () => {
    at('2026-12-25T10:00:00+08:00')
    const id = await disputed()
    expect((await settle(tax, 'confirm', id)).answeredLate).toBe(null)
  })
})

test('what is listed as overdue is what its own term says, whatever its state and its day', async () => {
  await database.pool.query(
    `insert into correction (id, consumer, provider, item, coordinate, uscc, reason, state, disputed_at)
     select concat_ws(' ', n, state), 'customs', 'tax', 'tax.creditGrade', 'TaxRecord.creditGrade', 'u-' || n, 'r', state,
       '2025-11-20T12:00:00+08:00'::timestamptz - n * interval '7 hours'
     from generate_series(0, 150) as n, unnest(array['DISPUTED', 'CORRECTED', 'CONFIRMED', 'WITHDRAWN']) as state`,
  )
  at('2025-11-20T12:00:00+08:00')
  const all = async (list: List<CorrectionView>): Promise<CorrectionView[]> => {
    const found: CorrectionView[] = []
    for (let after: string | null = null, more = true; more; after = found.at(-1)?.id ?? null) {
      const page = await list.page(100, after)
      found.push(...page.items.map(({ item }) => item))
      more = page.more
    }
    return found
  }
  const [every, late, rest] = await Promise.all(
    [null, true, false].map((overdue) => all(of(authority).corrections({ overdue }))),
  )
  const isOver = ({ term }: CorrectionView): boolean => term?.state === 'OVERDUE'
  const named = (those: CorrectionView[] = []): string[] => those.map(({ id }) => id).sort()
  expect(named(late)).toEqual(named(every?.filter(isOver)))
  expect(named(rest)).toEqual(named(every?.filter((one) => !isOver(one))))
  expect([every?.length, (late?.length ?? 0) > 50, (rest?.length ?? 0) > 500]).toEqual([604, true, true])
})
