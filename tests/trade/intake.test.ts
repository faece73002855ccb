/** Trade documents in a real database: what becomes of each that is handed in, and of the lists that are matched. */
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { keyOf } from '../../store/trade/arrivals.ts'
import { createTradeIntake, type TradeIntake } from '../../store/trade/intake.ts'
import { createMatcher } from '../../store/trade/matcher.ts'
import { createPersonalVault } from '../../store/trade/personal-vault.ts'
import { made } from './documents.ts'
import { now, openStored, receiptFor } from './stored.ts'

const stored = await openStored()
const { database, vault, one, other, states, settled } = stored
afterAll(() => stored.close())
beforeEach(() => stored.clear())

const whole = (): TradeDocument[] => [made('311'), made('411'), made('511'), made('621')]

describe('documents that are handed in', () => {
  test('each is told what became of it, and keeps its number', async () => {
    const [order, payment] = [made('311'), made('411')]
    const later = made('311', { appTime: '20261120093001', appType: '2' })
    const first = await one.intake.receive([order, payment])
    expect(first).toEqual([
      { arrival: 'new', preNo: expect.stringMatching(/^B20261121\d{9}$/) as string },
      { arrival: 'new', preNo: expect.stringMatching(/^B20261121\d{9}$/) as string },
    ])
    const [{ preNo } = { preNo: '' }] = first
    expect(await other.intake.receive([order])).toEqual([{ arrival: 'repeated', preNo }])
    expect(await one.intake.receive([later])).toEqual([{ arrival: 'newer', preNo }])
    expect(await other.intake.receive([order, later])).toEqual([
      { arrival: 'stale', preNo },
      { arrival: 'repeated', preNo },
    ])
    const { rows } = await database.pool.query('select version from trade_document where key = $1 order by id', [
      keyOf(order.key),
    ])
    // Every version that ever counted is kept.
    expect(rows).toEqual([{ version: order.version }, { version: later.version }])
  })

  test('the same document twice in one message is taken over once', async () => {
    const [order, later] = [made('311'), made('311', { appTime: '20261120093001' })]
    const arrivals = await one.intake.receive([order, order, later, order])
    expect(arrivals.map(({ arrival }) => arrival)).toEqual(['new', 'repeated', 'newer', 'stale'])
  })

  test('of another sender than the first changes nothing, however late it says it is', async () => {
    const mine = made('311')
    await one.intake.receive([mine])
    const theirs = made('311', { appType: '3', appTime: '20261120235959' })
    expect(await other.intake.receive([theirs, mine], 'DXPENT0000000002')).toEqual([
      { arrival: 'foreign', preNo: '' },
      { arrival: 'foreign', preNo: '' },
    ])
    const { rows } = await database.pool.query('select version, sender from trade_head')
    expect(rows).toEqual([{ version: mine.version, sender: 'DXPENT0000000001' }])
  })

  test('what changes nothing leaves nothing to be matched', async () => {
    const documents = whole()
    await one.intake.receive(documents)
    await settled()
    const gone = createTradeIntake(
      database.pool,
      vault,
      { take: () => expect.fail(), room: async () => undefined },
      now,
    )
    await gone.receive(documents, 'DXPENT0000000001')
    const { rows } = await database.pool.query('select from trade_arrival')
    expect(rows).toEqual([])
  })

  test('nothing is handed in, nothing is stored', async () => {
    expect(await one.intake.receive([])).toEqual([])
    const { rows } = await database.pool.query('select count(*)::int as count from trade_arrival')
    expect(rows).toEqual([{ count: 0 }])
  })

  test('of persons nothing stands in the database that could be read without the key', async () => {
    const personal = ['350102', '演示订购人', '19900009001', '福州市示例路一号']
    const documents = whole()
    await one.intake.receive(documents)
    await one.receipts.receive([receiptFor(made('621'), '120', '订购人演示订购人 19900009001')])
    await settled()
    const kept: string[] = []
    for (const table of ['trade_document', 'trade_head', 'trade_arrival', 'trade_match', 'trade_receipt']) {
      const { rows } = await database.pool.query<{ text: string }>(
        `select row_to_json(each)::text as text from ${table} each`,
      )
      kept.push(...rows.map(({ text }) => text))
    }
    expect(kept.length).toBeGreaterThan(9)
    // The division of an order is no person's.
    for (const value of personal.slice(1)) expect(kept.join('\n')).not.toContain(value)
    const { rows } = await database.pool.query<{ key: string; sealed: Buffer }>(
      `select replace(key::text, '-', '') as key, sealed from trade_document where kind = '311'`,
    )
    const [{ key, sealed } = { key: '', sealed: Buffer.alloc(0) }] = rows
    expect(vault.open(key, sealed)).toMatchObject({ buyerName: '演示订购人', consigneeTelephone: '19900009001' })
    expect(() => vault.open(keyOf('another'), sealed)).toThrow()
    // Nor is a document made to have had nothing.
    const nothing = vault.seal(keyOf('another'), {})
    expect(vault.open(keyOf('another'), nothing)).toEqual({})
    for (const made of [nothing, Buffer.alloc(0)]) expect(() => vault.open(key, made)).toThrow()
    expect(() => createPersonalVault(Buffer.alloc(32, 8)).open(key, sealed)).toThrow()
  })
})

describe('matching', () => {
  test('what a process that is gone took over, another one matches', async () => {
    const gone: TradeIntake = createTradeIntake(
      database.pool,
      vault,
      { take: () => undefined, room: async () => undefined },
      now,
    )
    const documents = whole()
    await gone.receive(documents, 'DXPENT0000000001')
    expect(await states(documents)).toEqual({})
    await other.matcher.idle()
    expect(await states(documents)).toEqual({ QD20261120000001: 'MATCHED' })
    const { rows } = await database.pool.query('select count(*)::int as count from trade_arrival')
    expect(rows).toEqual([{ count: 0 }])
  })

  test('one that cannot be matched is set aside, and keeps nobody waiting', async () => {
    const bad = made('621', { copNo: 'QD-BAD', orderNo: 'SO-BAD', logisticsNo: 'YD-BAD' })
    await one.intake.receive([bad])
    await settled()
    // A body that no reader can make sense of, as nothing that is handed in has.
    await database.pool.query(`update trade_document set body = 'null' where body like '%QD-BAD%'`)
    await other.intake.receive([made('511', { logisticsNo: 'YD-BAD' })])
    await other.intake.receive(whole())
    await other.matcher.idle()
    expect(await states([...whole(), bad])).toEqual({ QD20261120000001: 'MATCHED', 'QD-BAD': 'PENDING' })
    const { rows } = await database.pool.query('select failures from trade_arrival')
    expect(rows).toEqual([{ failures: 5 }])
    expect(stored.failures.length).toBeGreaterThanOrEqual(5)
    await one.matcher.idle()
  })

  test('all that was left behind is matched, also by one sweep', async () => {
    const leave = (): Promise<unknown> =>
      database.pool.query(`
        insert into trade_arrival (orders, waybills, numbers, received_at)
        select '{}', '{}', '{}', now() - interval '1 hour' from generate_series(1, 250)`)
    const left = async (): Promise<number | null> => (await database.pool.query('select from trade_arrival')).rowCount
    await leave()
    await other.matcher.idle()
    expect(await left()).toBe(0)
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    const sweeping = createMatcher(database.pool, (error) => stored.failures.push(error), { patience: 60_000 })
    try {
      await leave()
      vi.advanceTimersByTime(30_000)
      while ((await left()) !== 0);
    } finally {
      await sweeping.close()
      vi.useRealTimers()
    }
    expect(stored.failures).toEqual([])
  })

  test.each(['57014', '55P03'])('what ended by %s, for want of time, is tried until it is matched', async (code) => {
    await database.pool.query(`
      create sequence tries;
      create function take_long() returns trigger language plpgsql as $$ begin
        if nextval('tries') <= 7 then raise exception using errcode = '${code}'; end if;
        return null;
      end $$;
      create trigger take_long after delete on trade_arrival for each statement execute function take_long()`)
    await one.intake.receive(whole())
    await one.matcher.idle()
    await database.pool.query('drop function take_long cascade; drop sequence tries')
    expect(await states(whole())).toEqual({ QD20261120000001: 'MATCHED' })
    expect(stored.failures).toHaveLength(7)
  })

  test('a list that is deleted frees what it used of its buyer’s year', async () => {
    const purchases = Array.from({ length: 6 }, (_, nth) =>
      (['311', '411', '511', '621'] as const).map((kind) =>
        made(
          kind,
          { orderNo: `SO-${nth}`, logisticsNo: `YD-${nth}`, copNo: `QD-${nth}`, payTransactionId: `ZF-${nth}` },
          (lines) => lines.map((line) => ({ ...line, price: '2400', qty: '1', totalPrice: '2400' })),
        ),
      ),
    )
    await one.intake.receive(purchases.flat())
    await settled()
    const before = await states(purchases.flat())
    const [kept, last] = ['MATCHED', 'REJECTED'].map((state) =>
      Object.keys(before).filter((copNo) => before[copNo] === state),
    )
    expect([kept?.length, last?.length]).toEqual([5, 1])
    const [gone = ''] = kept ?? []
    await other.intake.receive([
      made('621', { copNo: gone, orderNo: gone.replace('QD', 'SO'), appType: '3', appTime: '20261120093001' }),
    ])
    await settled()
    const { [gone]: _gone, ...others } = before
    expect(await states(purchases.flat())).toEqual(
      Object.fromEntries(Object.keys(others).map((copNo) => [copNo, 'MATCHED'])),
    )
  })

  test('prices and times that are none keep nobody from the buyer’s limits', async () => {
    const odd = made('621', { copNo: 'QD-ODD', appTime: '0.500101000000' }, (lines) =>
      lines.map((line) => ({ ...line, price: '-5' })),
    )
    await one.intake.receive([made('311'), made('411'), made('511'), odd])
    await settled()
    expect(stored.failures).toEqual([])
    expect(Object.keys(await states([odd]))).toEqual(['QD-ODD'])
  })

  test('a document that moves to another order is missed where it was', async () => {
    const documents = whole()
    await one.intake.receive(documents)
    await settled()
    await other.intake.receive([made('411', { orderNo: 'SO-OTHER', appTime: '20261120093001' })])
    await settled()
    expect(await states(documents)).toEqual({ QD20261120000001: 'PENDING' })
  })

  test('a list that is deleted has no match, and one that comes back has one again', async () => {
    const documents = whole()
    const deleted = made('621', { appType: '3', appTime: '20261120093001' })
    await one.intake.receive([...documents, deleted])
    await settled()
    expect(await states(documents)).toEqual({})
    await one.intake.receive([made('621', { appTime: '20261120093002' })])
    await settled()
    expect(await states(documents)).toEqual({ QD20261120000001: 'MATCHED' })
  })

  test('what was granted by receipt is undone, whichever came first', async () => {
    const documents = whole()
    const cancellation = made('623')
    await one.receipts.receive([receiptFor(cancellation, '399')])
    await other.intake.receive([cancellation, ...documents])
    await settled()
    expect(await states(documents)).toEqual({ QD20261120000001: 'MATCHED' })
    const list = documents.find(({ role }) => role === 'list') ?? cancellation
    await one.receipts.receive([{ ...receiptFor(list, '120'), invtNo: cancellation.invtNo }])
    await settled()
    expect(await states(documents)).toEqual({ QD20261120000001: 'CANCELLED' })
  })
})
