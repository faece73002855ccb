/** What is told of changes of trade documents, to those who wait for them: all of it, whatever order it is committed in. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type pg from 'pg'
import { createTradeChanges, noteChange, type TradeChanges, type Watch } from '../../store/trade/changes.ts'
import { keyOf } from '../../store/trade/arrivals.ts'
import { waitUntil } from '../../store/engine/process.ts'
import { made } from './documents.ts'
import { openStored, receiptFor } from './stored.ts'

const stored = await openStored()
const { one, other, settled, database } = stored
const every = 10
let changes: TradeChanges
const errors: unknown[] = []
const open = (): TradeChanges => createTradeChanges(database.pool, (error) => errors.push(error), every)
beforeEach(async () => {
  await stored.clear()
  await changes?.close()
  changes = open()
  errors.length = 0
})
afterAll(async () => {
  await changes.close()
  await stored.close()
})

/** What has been told so far. */
function heard(watch: Watch): { lists: string[]; times: number; isOver: boolean } {
  const said = { lists: [] as string[], times: 0, isOver: false }
  void (async () => {
    for await (const lists of watch) {
      said.lists.push(...lists)
      said.times += 1
    }
    said.isOver = true
  })()
  return said
}
const until = async (condition: () => boolean): Promise<void> => {
  if (!(await waitUntil(condition, 5_000))) throw new Error('It does not come.')
}

const uuid = (name: string): string => keyOf(name)
const noted = (client: pg.PoolClient | pg.Pool, order: string): Promise<void> =>
  noteChange(client as pg.PoolClient, { documents: [], orders: [uuid(order)], numbers: [] })

/** In a transaction of its own. */
async function begun(): Promise<pg.PoolClient> {
  const client = await database.pool.connect()
  await client.query('begin')
  return client
}
const ended = async (client: pg.PoolClient, how: 'commit' | 'rollback'): Promise<void> => {
  await client.query(how)
  client.release()
}

describe('what is told', () => {
  test('a change that was made before others and is committed after them', async () => {
    const watch = await changes.watch([`order ${uuid('early')}`])
    const last = await changes.watch([`order ${uuid('late')}`])
    const [early, late] = [heard(watch), heard(last)]
    const first = await begun()
    await noted(first, 'early')
    for (let nth = 1; nth <= 3; nth += 1) {
      await noted(database.pool, 'late')
      await until(() => late.times >= nth)
    }
    expect(early.times).toBe(0)
    await ended(first, 'commit')
    await until(() => early.times > 0)
    const rolledBack = await begun()
    await noted(rolledBack, 'early')
    await ended(rolledBack, 'rollback')
    await noted(database.pool, 'late')
    await until(() => late.times >= 4)
    // Each was seen once.
    expect([early.times, late.times]).toEqual([1, 4])
  })

  test('what is committed while it is waited for, and nothing from before', async () => {
    await noted(database.pool, 'mine')
    const said = heard(await changes.watch([`order ${uuid('mine')}`, `order ${uuid('beside')}`]))
    await noted(database.pool, 'beside')
    await until(() => said.times > 0)
    expect(said.times).toBe(1)
  })

  test('a thousand changes by ten at once, each of an order of its own', async () => {
    const orders = Array.from({ length: 100 }, (_, nth) => `order-${nth}`)
    const all = await Promise.all(orders.map(async (order) => heard(await changes.watch([`order ${uuid(order)}`]))))
    const write = async (lane: number): Promise<void> => {
      for (let nth = lane; nth < orders.length; nth += 10) {
        const client = await begun()
        await noted(client, orders[nth] ?? '')
        await new Promise((resolve) => setImmediate(resolve))
        await ended(client, 'commit')
      }
    }
    await Promise.all(Array.from({ length: 5 }, (_, lane) => [write(2 * lane), write(2 * lane + 1)]).flat())
    await until(() => all.every(({ times }) => times === 1))
  })

  test('lists by key, order, seller and number; waybills by the lists that name them; receipts of what is not there yet', async () => {
    const list = made('621', { orderNo: 'SO1', logisticsNo: 'YD1', copNo: 'QD1' })
    const key = keyOf(list.key)
    const names = [`list ${key}`, `order ${keyOf(list.order ?? '')}`, `seller ${list.head.ebcCode ?? ''}`] as const
    const said = await Promise.all(names.map(async (name) => heard(await changes.watch([name]))))
    const byNumber = heard(await changes.watch(['number 35002026I000000001']))
    const others = heard(await changes.watch(['list 00000000000000000000000000000000', 'seller 91350102MYE0000342']))
    await one.intake.receive([list])
    await settled()
    await until(() => said.every(({ lists }) => lists.length === 1))
    expect(said.map(({ lists }) => lists)).toEqual(names.map(() => [key]))
    const waybill = made('511', { logisticsNo: 'YD1' })
    await other.intake.receive([waybill])
    await settled()
    await until(() => said.every(({ lists }) => lists.length === 2))
    // The same again changes nothing.
    await one.intake.receive([list, waybill])
    await settled()
    await other.receipts.receive([receiptFor(waybill, '120')])
    // Whose waybill it is, nobody has said: a seller's lists do not tell of it.
    await until(() => said.slice(0, 2).every(({ lists }) => lists.length === 3))
    const receipt = receiptFor(list, '120', '', '20261120120000000')
    await other.receipts.receive([{ ...receipt, invtNo: '35002026I000000001' }])
    await settled()
    await until(() => said.every(({ lists }) => lists.length >= 3) && byNumber.times > 0)
    expect(said[2]?.lists).toHaveLength(3)
    expect([others.times, errors]).toEqual([0, []])
  })

  test('of a list nothing where only what it counts in statistics has changed', async () => {
    const list = made('621')
    const key = keyOf(list.key)
    await one.intake.receive([made('311'), made('411'), made('511'), list])
    await settled()
    const match = async () =>
      (await database.pool.query<{ counted: string }>('select state, result, counted, decided_at from trade_match'))
        .rows
    const [before] = await match()
    expect(before).toMatchObject({ state: 'MATCHED', counted: expect.any(String) as unknown })
    await database.pool.query('truncate trade_change')
    await other.receipts.receive([receiptFor(list, '899')])
    await settled()
    const [after] = await match()
    expect(after).toEqual({ ...before, counted: expect.any(String) as unknown })
    expect(after?.counted).not.toBe(before?.counted)
    const told = await database.pool.query(`select replace(unnest(documents)::text, '-', '') as list from trade_change`)
    // Of its new status, once.
    expect(told.rows).toEqual([{ list: key }])
  })

  test('many lists: a hundred at once; too many, and it ends', async () => {
    const watch = await changes.watch(['seller x'])
    const teller = watch as Watch & { tell(list: string): void }
    for (let nth = 0; nth < 150; nth += 1) teller.tell(`list-${nth}`)
    const [first, second] = [await watch.next(), await watch.next()]
    expect([first.value?.length, second.value?.length]).toEqual([100, 50])
    expect(new Set([...(first.value ?? []), ...(second.value ?? [])]).size).toBe(150)
    for (let nth = 0; nth <= 2_000; nth += 1) teller.tell(`list-${nth}`)
    expect([await watch.next(), watch.isBehind]).toEqual([{ done: true, value: undefined }, true])
  })
})

describe('looking', () => {
  test('is done while someone waits, and not else', async () => {
    const asked: string[] = []
    const counting = {
      query: (...given: unknown[]) => {
        asked.push(typeof given[0] === 'string' ? given[0] : String((given[0] as { name: string }).name))
        return (database.pool.query as (...all: unknown[]) => unknown)(...given)
      },
    } as unknown as pg.Pool
    const looking = createTradeChanges(counting, (error) => errors.push(error), every)
    expect(asked).toEqual([])
    const watch = await looking.watch(['order x'])
    await until(() => asked.filter((name) => name === 'trade-changes').length > 2)
    watch.end()
    const before = asked.length
    // Ten looks of another one later.
    const clock = heard(await changes.watch([`order ${uuid('clock')}`]))
    for (let nth = 1; nth <= 10; nth += 1) {
      await noted(database.pool, 'clock')
      await until(() => clock.times >= nth)
    }
    expect(asked.length - before).toBeLessThanOrEqual(1) // the one that was under way
    const again = await looking.watch(['order x'])
    await until(() => asked.length > before + 3)
    again.end()
    await looking.close()
  })

  test('goes on after a failure, and misses nothing of that time', async () => {
    const said = heard(await changes.watch([`order ${uuid('mine')}`]))
    await database.pool.query('alter table trade_change rename to trade_change_away')
    await until(() => errors.length > 0)
    await database.pool.query('alter table trade_change_away rename to trade_change')
    await noted(database.pool, 'mine')
    await until(() => said.times > 0)
    // It is told once that it fails, not four times a second.
    expect([said.times, errors.length]).toEqual([1, 1])
  })

  test('ends with everyone', async () => {
    const said = heard(await changes.watch([`order ${uuid('mine')}`]))
    await changes.close()
    await until(() => said.isOver)
    expect((await (await changes.watch(['order x'])).next()).done).toBe(true)
  })
})
