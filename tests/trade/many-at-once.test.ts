/** What comes in bulk is matched as if it came by itself, however much of it is matched together. */
import { afterAll, beforeEach, expect, test } from 'vitest'
import { inTransaction } from '../../store/transaction.ts'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { holdGroup, savepoint, TooManyTogether } from '../../store/trade/groups.ts'
import { createTradeIntake } from '../../store/trade/intake.ts'
import { createMatcher } from '../../store/trade/matcher.ts'
import type { Touched } from '../../store/trade/arrivals.ts'
import { made } from './documents.ts'
import { now, openStored } from './stored.ts'

const stored = await openStored()
const { database, vault, failures } = stored
afterAll(() => stored.close())
beforeEach(() => stored.clear())

/** Takes over, and leaves matching to whoever comes later. */
const intake = createTradeIntake(database.pool, vault, { take: () => undefined, room: () => Promise.resolve() }, now)
afterAll(() => intake.close())

async function takeOver(documents: readonly TradeDocument[]): Promise<void> {
  for (let at = 0; at < documents.length; at += 100)
    await intake.receive(documents.slice(at, at + 100), 'DXPENT0000000001')
}

/** Matches all that has been taken over, as many arrivals together as a process ever does. */
async function matchAll(): Promise<void> {
  const matcher = createMatcher(database.pool, (error) => failures.push(error), { patience: 60_000 })
  await matcher.idle()
  await matcher.close()
}

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${String(at).padStart(6, '0')}`)

/** How many lists are in which state, by what their number begins with. */
async function statesOf(lists: readonly TradeDocument[]): Promise<Record<string, number>> {
  const states = await stored.states(lists)
  const named = Object.entries(states).map(([copNo, state]) => `${copNo.slice(0, 2)} ${state}`)
  return Object.fromEntries([...Map.groupBy(named, (name) => name)].map(([name, all]) => [name, all.length]))
}

test('of two lists of an order one has it, whatever else comes at once and in which order', async () => {
  const orderNos = numbered('CK', 260)
  const listsOf = (copNo: string, waybill: string, appTime: string): TradeDocument[] =>
    orderNos.map((orderNo) =>
      made('603', {
        orderNo,
        copNo: orderNo.replace('CK', copNo),
        logisticsNo: orderNo.replace('CK', waybill),
        appTime,
      }),
    )
  const [firsts, seconds] = [listsOf('L1', 'W1', '20261120100000'), listsOf('L2', 'W2', '20261120110000')]
  const orders = orderNos.map((orderNo) => made('303', { orderNo }))
  const payments = orderNos.map((orderNo) => made('403', { orderNo, payNo: orderNo.replace('CK', 'SK') }))
  const waybillsOf = (prefix: string): TradeDocument[] =>
    orderNos.map((orderNo) => made('505', { logisticsNo: orderNo.replace('CK', prefix) }))
  const [one, other] = [waybillsOf('W1'), waybillsOf('W2')]
  const lists = [...firsts, ...seconds]
  for (const arriving of [
    [firsts, seconds, orders, payments, one, other],
    [firsts, orders, payments, other, one, seconds],
    [one, other, payments, orders, seconds, firsts],
  ]) {
    await stored.clear()
    for (const some of arriving) {
      await takeOver(some)
      await matchAll()
    }
    expect(await statesOf(lists)).toEqual({ 'L1 MATCHED': 260, 'L2 REJECTED': 260 })
  }
  expect(failures).toEqual([])
})

test('a chain is followed so far and no further, and arrivals that hang together with too much have their turns', async () => {
  // Each list shares its order with the one before and its waybill with the one after.
  const chain = numbered('KL', 120).map((copNo, at) =>
    made('603', {
      copNo,
      orderNo: `KO${String(Math.floor((at + 1) / 2))}`,
      logisticsNo: `KW${String(Math.floor(at / 2))}`,
    }),
  )
  // Each order is of more lists than anybody declares.
  const orderNos = numbered('CK', 56)
  const fans = orderNos.flatMap((orderNo) =>
    numbered(orderNo.replace('CK', 'F'), 90).map((copNo) => made('603', { orderNo, copNo, logisticsNo: copNo })),
  )
  await takeOver([...chain, ...fans])
  await matchAll()
  await takeOver([made('303', { orderNo: 'KO0' })])
  await takeOver(orderNos.slice(0, 28).map((orderNo) => made('303', { orderNo })))
  await takeOver(orderNos.slice(28).map((orderNo) => made('303', { orderNo })))
  const { rows } = await database.pool.query<Touched>(
    'select id::text, orders, waybills, numbers from trade_arrival order by id',
  )
  const held = (touched: readonly Touched[]): Promise<number | 'too many'> =>
    inTransaction(
      database.pool,
      async (client) => (await holdGroup(client, touched))?.lists.length ?? 0,
      `begin; savepoint ${savepoint}`,
    ).catch((error: unknown) => {
      if (error instanceof TooManyTogether) return 'too many'
      throw error
    })
  expect(rows.length).toBe(3)
  expect(await Promise.all(rows.map((touched) => held([touched])))).toEqual([50, 28 * 90, 28 * 90])
  expect(await held(rows)).toBe('too many')
  await matchAll()
  expect((await database.pool.query('select from trade_arrival')).rowCount).toBe(0)
  expect(await statesOf([...chain, ...fans])).toEqual({ 'KL PENDING': 120, 'F0 PENDING': 56 * 90 })
  expect(failures).toEqual([])
})
