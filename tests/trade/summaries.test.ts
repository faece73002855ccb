/** Summaries of what was cleared: a partition, stored with their applications, by one of two processes. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { keyOf } from '../../store/trade/arrivals.ts'
import { createTradeLife } from '../../store/trade/life.ts'
import { createTradeSummaries, type Summarized } from '../../store/trade/summaries.ts'
import { made } from './documents.ts'
import { now, openStored, receiptFor } from './stored.ts'

const stored = await openStored()
const { database, vault, one, other, settled, failures } = stored
const life = createTradeLife(database.pool, vault)
const [mine, theirs] = [1, 2].map(() => createTradeSummaries(database.pool, vault, now))
const summaries = mine ?? expect.fail('there are two')
afterAll(() => stored.close())
beforeEach(() => stored.clear())

const month = '2026-11'
const invtNoOf = (number: number): string => `35002026E${String(number).padStart(9, '0')}`
const listOf = (number: number, head: Record<string, string> = {}): TradeDocument =>
  made('603', { copNo: `CK${number}`, orderNo: `SO${number}`, logisticsNo: `YD${number}`, ...head })

/** Hands lists in, and has customs clear them. */
async function clear(lists: readonly TradeDocument[], at = '20261130235959999', isNumbered = true): Promise<void> {
  await one.intake.receive(lists)
  await other.receipts.receive(
    lists.map((list) => ({
      ...receiptFor(list, '899'),
      at,
      invtNo: isNumbered ? invtNoOf(Number(list.head.copNo?.slice(2))) : null,
    })),
  )
  await settled()
}

/** What a run comes to that finds nothing to do. */
const nothing = { summaries: 0, lists: 0, waiting: 0, sentBack: 0, contested: [] }

async function stateOf(): Promise<{ lists: string[]; sizes: number[] }> {
  const { rows } = await database.pool.query<{ list: string; summary: string }>(
    `select replace(list::text, '-', '') as list, summary from trade_summary_list order by list`,
  )
  const sizes = [...Map.groupBy(rows, ({ summary }) => summary).values()].map((each) => each.length)
  return { lists: rows.map(({ list }) => list), sizes: sizes.sort() }
}

const keysOf = (lists: readonly TradeDocument[]): string[] => lists.map(({ key }) => keyOf(key)).sort()

describe('a month', () => {
  test('is summarised by consignor, transport, producer, country and office of exit, and once', async () => {
    const alike = [listOf(1), listOf(2)]
    const apart = [
      listOf(3, { country: '110' }),
      listOf(4, { customsCode: '3502' }),
      listOf(5, { ownerCode: '3501960E1A' }),
    ]
    await clear([...alike, ...apart])
    const kept = [listOf(6, { statisticsFlag: 'A' }), listOf(7, { appType: '3' }), listOf(8, { appStatus: '1' })]
    await clear(kept)
    await clear([listOf(9)], '20261201000000000')
    await one.intake.receive([listOf(10)])
    expect(await summaries.summarize(month)).toEqual({ ...nothing, summaries: 4, lists: 5 })
    expect(await stateOf()).toEqual({ lists: keysOf([...alike, ...apart]), sizes: [1, 1, 1, 2] })
    expect(await summaries.summarize(month)).toEqual(nothing)
    expect(await summaries.summarize('2026-12')).toEqual({ ...nothing, summaries: 1, lists: 1 })
    const both = (await summaries.of(month)).find(({ group }) => group.lists.length === 2)
    expect(both?.group).toMatchObject({
      ebcCode: '91350102MYE0000341',
      grossWeight: '2.4',
      netWeight: '2',
      lines: [{ gcode: '6911101900', qty: { '011': '6' }, totalPrice: '123.0' }],
    })
    const [application] = (await life.documentsOf(both?.applications ?? [])).values()
    expect(application).toMatchObject({
      sender: 'DXPENT0000000001',
      preNo: expect.stringMatching(/^B20261121\d{9}$/) as string,
      document: {
        kind: '701',
        head: { copNo: expect.stringMatching(/^HZ202611[0-9A-F]{20}$/) as string, msgCount: '1', msgSeqNo: '1' },
        lines: [{ invtNo: invtNoOf(1) }, { invtNo: invtNoOf(2) }],
      },
    })
    expect(failures).toEqual([])
  })

  test('adds what was cleared late, and what had no number yet', async () => {
    await clear([listOf(1)])
    await clear([listOf(2)], '20261101000000000', false)
    expect(await summaries.summarize(month)).toEqual({ ...nothing, summaries: 1, lists: 1, waiting: 1 })
    await other.receipts.receive([{ ...receiptFor(listOf(2), '800'), invtNo: invtNoOf(2) }])
    expect(await summaries.summarize(month)).toEqual({ ...nothing, summaries: 1, lists: 1 })
    expect((await stateOf()).sizes).toEqual([1, 1])
  })

  test('is summarised by one of two processes that do so at once', async () => {
    const lists = Array.from({ length: 60 }, (_, index) => listOf(index + 1, { country: `${110 + (index % 3)}` }))
    await clear(lists)
    const runs = await Promise.all([mine, theirs, mine].map(async (each) => each?.summarize(month)))
    expect(runs.map((run) => run?.lists ?? 0).sort()).toEqual([0, 0, 60])
    expect(await stateOf()).toEqual({ lists: keysOf(lists), sizes: [20, 20, 20] })
    const { rows } = await database.pool.query(`select from trade_head where role = 'summary'`)
    expect(rows).toHaveLength(3)
  })

  test('a list is not taken into a second summary, whoever tries', async () => {
    await clear([listOf(1)])
    await summaries.summarize(month)
    const again = database.pool.query(`insert into trade_summary_list select list, summary from trade_summary_list`)
    await expect(again).rejects.toThrow('trade_summary_list_pkey')
  })

  test('nothing of a list whose cancellation was granted', async () => {
    const list = listOf(1, { invtNo: invtNoOf(1) })
    await clear([list])
    const cancellation = made('605', { invtNo: invtNoOf(1) })
    await one.intake.receive([cancellation])
    await one.receipts.receive([receiptFor(cancellation, '399')])
    await settled()
    expect(await summaries.summarize(month)).toEqual(nothing)
  })
})

describe('a summary that customs sends back', () => {
  const lists = [listOf(1), listOf(2)]

  /** Applies for what is to be summarised; says how the applications are named, those before too. */
  async function apply(): Promise<{ run: Summarized; applications: TradeDocument[]; stands: boolean[] }> {
    const run = await summaries.summarize(month)
    const all = (await summaries.of(month)).toSorted((a, b) => (a.run < b.run ? -1 : 1))
    const documents = await life.documentsOf(all.flatMap(({ applications }) => applications))
    const applications = all.flatMap((each) => each.applications.flatMap((key) => documents.get(key)?.document ?? []))
    return { run, applications, stands: all.map(({ stands }) => stands) }
  }
  /** What customs says of an application, each a minute after the one before. */
  const say = (application: TradeDocument | undefined, ...statuses: string[]): (() => Promise<unknown>)[] =>
    statuses.map((status, minute) => async () => {
      if (application === undefined) return expect.unreachable('there is an application')
      return one.receipts.receive([receiptFor(application, status, '', `202612011${minute}0000000`)])
    })
  const inOrder = async (steps: (() => Promise<unknown>)[]): Promise<void> => {
    for (const step of steps) await step()
  }

  test('lets its lists go into another, under a name of its own, once', async () => {
    await clear([...lists, listOf(3, { country: '110' })])
    const first = await apply()
    expect([first.run, first.stands]).toEqual([{ ...nothing, summaries: 2, lists: 3 }, [true, true]])
    const both = first.applications.find(({ lines }) => lines.length === 2)
    await inOrder(say(both, '2', '3', '100'))
    const second = await apply()
    expect([second.run, second.stands.toSorted()]).toEqual([
      { ...nothing, summaries: 1, lists: 2, sentBack: 1 },
      [false, true, true],
    ])
    expect(new Set(second.applications.map(({ key }) => key)).size).toBe(3)
    expect(second.applications.at(-1)?.lines).toEqual(both?.lines)
    expect(await stateOf()).toEqual({ lists: keysOf([...lists, listOf(3, { country: '110' })]), sizes: [1, 2] })
    expect((await apply()).run).toEqual(nothing)
  })

  test('is one whose last word is 100, in whatever order that came', async () => {
    const cases: [statuses: string[], sentBack: number][] = [
      [['2', '100', '3'], 1],
      [['100', '399'], 0],
      [['100', '2'], 0],
      [['3', '-0001', '4'], 0],
    ]
    for (const [statuses, sentBack] of cases) {
      for (const turn of [
        (all: (() => Promise<unknown>)[]) => all,
        (all: (() => Promise<unknown>)[]) => all.toReversed(),
      ]) {
        await clear(lists)
        const { applications } = await apply()
        await inOrder(turn(say(applications[0], ...statuses)))
        const { run, stands } = await apply()
        expect([statuses, run, stands]).toEqual([
          statuses,
          { ...nothing, summaries: sentBack, lists: 2 * sentBack, sentBack },
          sentBack === 1 ? [false, true] : [true],
        ])
        await stored.clear()
      }
    }
  })

  test('of several parts lets them go once all are', { timeout: 60_000 }, async () => {
    await clear(Array.from({ length: 1001 }, (_, index) => listOf(index + 1)))
    const { applications } = await apply()
    expect(applications.map(({ lines }) => lines.length)).toEqual([1000, 1])
    await inOrder(say(applications[1], '100'))
    expect((await apply()).run).toEqual(nothing)
    await inOrder(say(applications[0], '100'))
    expect((await apply()).run).toEqual({ ...nothing, summaries: 1, lists: 1001, sentBack: 1 })
  })

  test('and concluded after all is told of, and stands again once no other has its lists', async () => {
    await clear(lists)
    const [first] = (await apply()).applications
    await inOrder(say(first, '100'))
    const [, second] = (await apply()).applications
    await inOrder(say(first, '100', '399'))
    const [key] = (await summaries.of(month)).map((each) => each.key)
    const contested = { run: { ...nothing, contested: [key] }, stands: [false, true] }
    expect(await apply()).toMatchObject(contested)
    expect(await apply()).toMatchObject(contested)
    await inOrder(say(second, '100'))
    expect(await apply()).toMatchObject({ run: { ...nothing, sentBack: 1 }, stands: [true, false] })
    expect((await stateOf()).sizes).toEqual([2])
  })

  test('cannot be declared again once its lists are let go, and is not let go where that came first', async () => {
    const again = (application: TradeDocument | undefined, appTime: string): TradeDocument =>
      made('701', { ...application?.head, appType: '2', appTime })
    await clear(lists)
    const [first] = (await apply()).applications
    await inOrder(say(first, '100'))
    await apply()
    expect(await one.intake.receive([again(first, '20261202000000')])).toMatchObject([{ arrival: 'closed' }])
    await stored.clear()
    await clear(lists)
    const [other] = (await apply()).applications
    await inOrder(say(other, '100'))
    expect(await one.intake.receive([again(other, '20261202000000')])).toMatchObject([{ arrival: 'newer' }])
    expect(await apply()).toMatchObject({ run: nothing, stands: [true] })
  })

  test('is declared again or lets its lists go, where both are under way', async () => {
    const found = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      await clear(lists)
      const [first] = (await apply()).applications
      await inOrder(say(first, '100'))
      const again = made('701', { ...first?.head, appType: '2', appTime: '20261202000000' })
      const [arrived, { run }] = await Promise.all([one.intake.receive([again]), apply()])
      found.add(`${arrived.map(({ arrival }) => arrival).join(' ')} ${run.sentBack}`)
      await stored.clear()
    }
    expect([...found].filter((each) => !['closed 1', 'newer 0'].includes(each))).toEqual([])
  })
})
