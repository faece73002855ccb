/** Changes of what is stored: until customs looks at the list, and not after; and numbers that are given out again. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { keyOf } from '../../store/trade/arrivals.ts'
import { made, type SampleKind } from './documents.ts'
import { openStored, receiptFor } from './stored.ts'

const stored = await openStored()
const { database, one, other, states, settled, failures } = stored
afterAll(() => stored.close())
beforeEach(() => stored.clear())

const kinds = ['311', '411', '511', '621'] as const
const whole = (change: Record<string, string> = {}): TradeDocument[] => kinds.map((kind) => made(kind, change))
const later = (second: number, ...of: SampleKind[]): TradeDocument[] =>
  of.map((kind) => made(kind, { appType: '2', appTime: `202611200931${String(second).padStart(2, '0')}` }))
const list = made('621')

async function arrivals(documents: readonly TradeDocument[]): Promise<string[]> {
  return (await one.intake.receive(documents)).map(({ arrival }) => arrival)
}

describe('a change', () => {
  test('is taken while customs has not begun, refused with all that was matched once it has, taken again when sent back', async () => {
    await one.intake.receive(whole())
    const at = (minute: number) => ({ at: `202611210${minute}0000000` })
    await other.receipts.receive([
      { ...receiptFor(list, '2'), ...at(1) },
      { ...receiptFor(list, '120'), ...at(2) },
    ])
    expect(await arrivals(later(1, ...kinds))).toEqual(['newer', 'newer', 'newer', 'newer'])
    await other.receipts.receive([{ ...receiptFor(list, '300'), ...at(3) }])
    expect(await arrivals([...later(2, ...kinds), ...later(1, ...kinds), ...whole()])).toEqual([
      ...['closed', 'closed', 'closed', 'closed'],
      ...['repeated', 'repeated', 'repeated', 'repeated'],
      ...['stale', 'stale', 'stale', 'stale'],
    ])
    // Nothing else of the order, of the carrier or of the declarant is held back.
    const apart = { orderNo: 'SL2', copNo: 'QD2', logisticsNo: 'YD2', payTransactionId: 'ZF2' }
    expect(await arrivals(whole(apart))).toEqual(['new', 'new', 'new', 'new'])
    await other.receipts.receive([{ ...receiptFor(list, '100'), ...at(4) }])
    expect(await arrivals(later(3, ...kinds))).toEqual(['newer', 'newer', 'newer', 'newer'])
    await other.receipts.receive([
      { ...receiptFor(list, '2'), guid: 'again', ...at(5) },
      { ...receiptFor(list, '800'), ...at(6) },
    ])
    expect(await arrivals(later(4, ...kinds))).toEqual(['closed', 'closed', 'closed', 'closed'])
    await settled()
    expect(failures).toEqual([])
  })

  test('is refused as well where the list came after its receipts', async () => {
    await other.receipts.receive([receiptFor(list, '399')])
    await one.intake.receive(whole())
    await settled()
    expect(await arrivals(later(1, ...kinds))).toEqual(['closed', 'closed', 'closed', 'closed'])
  })

  test('is taken of what was matched with a list whose cancellation customs has granted', async () => {
    const cancellation = made('623')
    await one.intake.receive([...whole(), cancellation])
    await other.receipts.receive([
      { ...receiptFor(list, '399'), invtNo: cancellation.invtNo },
      receiptFor(cancellation, '399'),
    ])
    await settled()
    expect(await arrivals(later(1, ...kinds))).toEqual(['newer', 'newer', 'newer', 'closed'])
  })

  test('that is a list of another declarant, dated earlier, takes nothing from the list that customs looks at', async () => {
    const rival = made('621', { copNo: 'QD2', appTime: '20261120092900' })
    const steps = [
      () => one.intake.receive(whole()),
      () => other.receipts.receive([receiptFor(list, '800')]),
      () => one.intake.receive([rival], 'DXPENT0000000002'),
    ]
    const found: Record<string, string>[] = []
    for (const order of [
      [0, 1, 2],
      [0, 2, 1],
      [1, 0, 2],
      [1, 2, 0],
      [2, 0, 1],
      [2, 1, 0],
    ]) {
      for (const step of order) await steps[step]?.()
      await settled()
      found.push(await states([list, rival]))
      await stored.clear()
    }
    expect(found).toEqual(Array.from({ length: 6 }, () => ({ QD20261120000001: 'MATCHED', QD2: 'REJECTED' })))
    expect(failures).toEqual([])
  })

  test('of another list or direction is held to its own', async () => {
    const exported = [made('303'), made('403'), made('505'), made('603')]
    await one.intake.receive([...whole(), ...exported])
    await other.receipts.receive([receiptFor(made('603'), '399')])
    expect(await arrivals(later(1, '303', '403', '505', '603', ...kinds))).toEqual([
      ...['closed', 'closed', 'closed', 'closed'],
      ...['newer', 'newer', 'newer', 'newer'],
    ])
  })

  test('that comes with the receipt is taken or refused, and after it refused, by whichever process', async () => {
    for (let round = 0; round < 20; round += 1) {
      const mine = made('621', { copNo: `QD-${round}` })
      const change = (second: number) =>
        made('621', { copNo: `QD-${round}`, appType: '2', appTime: `202611200931${String(second).padStart(2, '0')}` })
      await one.intake.receive([mine])
      const [[first], said] = await Promise.all([
        one.intake.receive([change(1)]),
        other.receipts.receive([receiptFor(mine, '399')]),
      ])
      expect(['newer', 'closed']).toContain(first?.arrival)
      expect(said).toEqual(['new'])
      expect(await arrivals([change(2)])).toEqual(['closed'])
    }
    await settled()
    expect(failures).toEqual([])
  })
})

describe('the number of a waybill', () => {
  const again = { appTime: '20270521000000', logisticsNo: made('511').head.logisticsNo ?? '' }
  const second = made('511', again)
  const next = made('621', { copNo: 'QD-NEXT', orderNo: 'SL-NEXT', appTime: '20270601000000' })
  const forNext = [
    made('311', { orderNo: 'SL-NEXT', payTransactionId: 'ZF-NEXT' }),
    made('411', { orderNo: 'SL-NEXT', payTransactionId: 'ZF-NEXT' }),
    next,
  ]

  test.each([['in their order'], ['the later one first']])(
    'is another one’s after six months: each list keeps its own, %s',
    async (order) => {
      const parts = [[...whole(), made('511')], [second, ...forNext], [second]]
      for (const part of order === 'in their order' ? parts : parts.toReversed()) await one.intake.receive(part)
      await settled()
      expect(await states([list, next])).toEqual({ QD20261120000001: 'MATCHED', 'QD-NEXT': 'MATCHED' })
      const { rows } = await database.pool.query(`select versions from trade_head where role = 'waybill'`)
      expect(rows).toEqual([{ versions: 1 }, { versions: 1 }])
    },
  )

  test('is the same one’s within six months, and may not be changed once its list is concluded', async () => {
    await one.intake.receive(whole())
    const change = made('511', { appTime: '20270520235959' })
    await other.receipts.receive([receiptFor(list, '800')])
    expect(await arrivals([change, second, second, made('511', { ...again, appTime: '20270521000001' })])).toEqual([
      'closed',
      'new',
      'repeated',
      'newer',
    ])
    const { rows } = await database.pool.query(`select 1 from trade_head where key = $1 and versions = 1`, [
      keyOf(made('511').key),
    ])
    expect(rows).toHaveLength(1)
  })

  test('is not given out without end', async () => {
    const years = Array.from({ length: 11 }, (_, index) => made('511', { appTime: `${2000 + index}0101000000` }))
    const said = await arrivals(years)
    expect(said.filter((arrival) => arrival === 'new')).toHaveLength(9)
    expect(said.slice(9)).toEqual(['stale', 'stale'])
  })
})

test('of documents that come together, only the one that the database cannot keep is refused', async () => {
  const many = Array.from({ length: 40 }, (_, index) => made('311', { orderNo: `SL-${index}` }))
  const poisoned = made('311', { orderNo: 'SL-\u0000', preNo: '\u0000' })
  const [said, alone] = await Promise.all([
    arrivals([...many.slice(0, 20), poisoned, ...many.slice(20)]),
    arrivals([made('411')]),
  ])
  expect(said).toEqual([...many.slice(0, 20).map(() => 'new'), 'unstorable', ...many.slice(20).map(() => 'new')])
  expect(alone).toEqual(['new'])
})
