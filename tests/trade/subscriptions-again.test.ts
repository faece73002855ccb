/** What of an event could not be read comes by itself once it can, without another change. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { Again, missedOf, type Missed } from '../../hub/again.ts'
import type { Said } from '../../hub/subscriptions.ts'
import { keyNamed } from '../../rules/trade/document.ts'
import { waitUntil } from '../../store/engine/process.ts'
import { keyOf } from '../../store/trade/arrivals.ts'
import { createTradeChanges, type Watch } from '../../store/trade/changes.ts'
import { recordsOf } from '../support/audit.ts'
import { runHub, type Persona, type Running } from '../support/harness.ts'
import { subscribe, ways } from '../support/subscribed.ts'
import { elsewhere, handIn, platform } from './handed.ts'
import { messageOf, purchase } from './messages.ts'

let running: Running
beforeAll(async () => {
  running = await runHub()
})
afterAll(() => running.stop())

const customs: Persona = { as: 'customs' }
const failed = (...path: (string | number)[]) => ({
  message: 'The hub failed on this field; the operators have the details.',
  locations: expect.any(Array) as unknown,
  path,
  extensions: { code: 'INTERNAL_SERVER_ERROR' },
})
const listed = (copNo: string): string => `'${keyOf(keyNamed('621', { copNo, agentCode: '3501980F2B' }))}'`

/** In one commit: matches change, which is told of and cannot be read. */
const changeUnread = (...copNos: string[]): Promise<unknown> => {
  const keys = copNos.map(listed).join(', ')
  return running.database.pool.query(`
    begin;
    update trade_match set state = 'CANCELLED' where list in (${keys});
    insert into trade_change (documents, orders, numbers) values (array[${keys}]::uuid[], '{}', '{}');
    alter table trade_match rename to trade_match_away;
    commit`)
}
const bringBack = (table: string): Promise<unknown> =>
  running.database.pool.query(`alter table ${table}_away rename to ${table}`)

describe.each(ways)('%s', (way) => {
  test('a match, which is on record each time', async () => {
    const [number, copNo] = [`SO${way}1`, `QD${way}1`]
    await handIn(running, [purchase(`${way}1`)['621']])
    const asked = `subscription Away_${way} { matchChanged(platform: "${platform}", number: "${number}") { state } }`
    const told = await subscribe(running, way, customs, asked)
    expect(await told.nth(0)).toEqual({ data: { matchChanged: { state: 'PENDING' } } })
    await changeUnread(copNo)
    expect(await told.nth(1)).toEqual({ data: { matchChanged: null }, errors: [failed('matchChanged')] })
    const records = async () =>
      (await recordsOf(running.database.db)).filter(({ operation }) => operation === `Away_${way}`)
    // It is tried again, and told once that it fails.
    expect(await waitUntil(async () => (await records()).length >= 4, 10_000)).toBe(true)
    await bringBack('trade_match')
    expect(await told.nth(2)).toEqual({ data: { matchChanged: { state: 'CANCELLED' } } })
    await told.leave()
    expect(told.events).toHaveLength(3)
    expect((await records()).slice(0, 4).map(({ action, outcome, errors }) => [action, outcome, errors])).toEqual([
      ['subscription', 'answered', []],
      ['subscription', 'failed', ['INTERNAL_SERVER_ERROR']],
      ['watch', 'failed', ['INTERNAL_SERVER_ERROR']],
      ['watch', 'failed', ['INTERNAL_SERVER_ERROR']],
    ])
  })

  test("a seller's lists that changed", async () => {
    const copNos = ['a', 'b'].map((name) => `QD${way}${name}`)
    const other = { ebcCode: elsewhere, ebcName: '金华示例贸易有限公司' }
    const lists = copNos.map((copNo) => ({ orderNo: `SO${copNo}`, logisticsNo: `YD${copNo}`, copNo, ...other }))
    await handIn(running, [messageOf('621', ...lists)])
    const asked = `subscription { tradeListsChanged(uscc: "${elsewhere}") { copNo match { state } } }`
    const told = await subscribe(running, way, customs, asked)
    await told.nth(0)
    const [first = '', second = ''] = copNos
    await changeUnread(first, second)
    // What changed just before it began may come again before that.
    const away = (): number => told.events.findIndex(({ errors }) => errors !== undefined)
    expect(await waitUntil(() => away() > 0, 10_000)).toBe(true)
    const at = away()
    const unread = (copNo: string) => ({ copNo, match: null })
    expect(await told.nth(at)).toEqual({
      data: { tradeListsChanged: expect.toSatisfy(isOf([unread(first), unread(second)])) as unknown },
      errors: [failed('tradeListsChanged', 0, 'match'), failed('tradeListsChanged', 1, 'match')],
    })
    await bringBack('trade_match')
    const cancelled = (copNo: string) => ({ copNo, match: { state: 'CANCELLED' } })
    expect(await told.nth(at + 1)).toEqual({
      data: { tradeListsChanged: expect.toSatisfy(isOf([cancelled(first), cancelled(second)])) as unknown },
    })
    await told.leave()
    expect(told.events).toHaveLength(at + 2)
  })

  test('the first event: what there is, and after it what has changed meanwhile', async () => {
    const uscc = '91350404MY900022X6'
    const asked = `subscription { tradeListsChanged(uscc: "${uscc}") { copNo } }`
    await running.database.pool.query('alter table trade_head rename to trade_head_away')
    const told = await subscribe(running, way, customs, asked)
    expect(await told.nth(0)).toEqual({ data: { tradeListsChanged: null }, errors: [failed('tradeListsChanged')] })
    await bringBack('trade_head')
    expect(await told.nth(1)).toEqual({ data: { tradeListsChanged: [] } })
    await told.leave()
  })
})

/** In whatever order. */
const isOf = (wanted: unknown[]) => (lists: unknown) => {
  expect(lists).toHaveLength(wanted.length)
  expect(lists).toEqual(expect.arrayContaining(wanted))
  return true
}

describe('what is tried again', () => {
  const error = (code: string, ...path: (string | number)[]) => ({ message: '', path, extensions: { code } })
  const event = { watch: null, changed: ['a', 'b', 'c'], lists: ['c', 'a'] }
  test.each<[string, Said, Missed | null]>([
    ['nothing where all was read', { data: { one: [{}, {}] } }, null],
    [
      'nothing where the viewer may not see it',
      { data: { one: null }, errors: [error('UNAUTHORIZED_FIELD_OR_TYPE', 'one')] },
      null,
    ],
    [
      'the lists of which something failed',
      { data: { one: [{}, {}] }, errors: [error('INTERNAL_SERVER_ERROR', 'one', 1, 'match')] },
      { isAll: false, lists: ['a'] },
    ],
    [
      'all where nothing is left',
      { data: { one: null }, errors: [error('INTERNAL_SERVER_ERROR', 'one', 0, 'copNo')] },
      { isAll: true, lists: ['a', 'b', 'c'] },
    ],
    [
      'what rests on grants that cannot be read',
      { data: { one: null }, errors: [error('POLICY_UNAVAILABLE', 'one')] },
      { isAll: true, lists: ['a', 'b', 'c'] },
    ],
    [
      'what is not of lists',
      { data: { one: { state: null } }, errors: [error('INTERNAL_SERVER_ERROR', 'one', 'state')] },
      { isAll: false, lists: [] },
    ],
  ])('%s', (_what, said, missed) => {
    expect(missedOf(said, event)).toEqual(missed)
  })

  describe('and when', () => {
    afterEach(() => vi.useRealTimers())
    const missed = { isAll: false, lists: ['a'] }

    /** A watch that says when it was woken, in ms from now on. */
    const woken = (): { watch: Watch; at: number[]; back: string[] } => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 0 })
      const [at, back]: [number[], string[]] = [[], []]
      const watch = { wake: () => at.push(Date.now()), putBack: (lists: string[]) => back.push(...lists) }
      return { watch: watch as unknown as Watch, at, back }
    }

    test('ever later, up to half a minute; at once after it went well; never once it is over', () => {
      const { watch, at } = woken()
      const again = new Again(watch, missed)
      for (let nth = 1; nth <= 9; nth += 1) {
        vi.advanceTimersToNextTimer()
        again.note([], missed)
      }
      const waits = at.map((one, nth) => one - (at[nth - 1] ?? 0))
      expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
      again.note(['b'], null)
      expect(vi.getTimerCount()).toBe(0)
      const before = Date.now()
      again.note(['b'], missed)
      vi.advanceTimersToNextTimer()
      expect(at.at(-1)).toBe(before + 500)
      again.note(['b'], missed)
      again.end()
      expect(vi.getTimerCount()).toBe(0)
    })

    test('what changed before the first event could be read comes after it', () => {
      const { watch, at, back } = woken()
      const again = new Again(watch, { isAll: true, lists: [] })
      expect([again.isFirst, back]).toEqual([true, []])
      again.note(['b'], { isAll: true, lists: [] })
      expect([again.isFirst, back, at]).toEqual([true, ['b'], []])
      again.note(['b', 'c'], null)
      expect([again.isFirst, back, at]).toEqual([false, ['b', 'b', 'c'], [0]])
    })
  })

  test('lists that were taken come again with the next, and do not end the wait by themselves', async () => {
    const changes = createTradeChanges(running.database.pool, () => undefined)
    const watch = await changes.watch(['seller x'])
    watch.putBack(['a'])
    let isTaken = false
    const next = watch.next().then((taken) => {
      isTaken = true
      return taken
    })
    await running.database.pool.query('select 1')
    expect(isTaken).toBe(false)
    watch.wake()
    expect(await next).toEqual({ done: false, value: ['a'] })
    await changes.close()
  })
})
