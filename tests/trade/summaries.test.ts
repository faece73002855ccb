/** Summaries of what was cleared: a partition, stored with their applications, by one of two processes. */
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { readMessage } from '../../rules/ceb/read.ts'
import { writeMessage } from '../../rules/ceb/write.ts'
import type { Message } from '../../rules/ceb/message.ts'
import { applicationsOf } from '../../rules/trade/application.ts'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { keyOf } from '../../store/trade/arrivals.ts'
import { createTradeLife } from '../../store/trade/life.ts'
import { createTradeSummaries } from '../../store/trade/summaries.ts'
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
    expect(await summaries.summarize(month)).toEqual({ summaries: 4, lists: 5, waiting: 0 })
    expect(await stateOf()).toEqual({ lists: keysOf([...alike, ...apart]), sizes: [1, 1, 1, 2] })
    expect(await summaries.summarize(month)).toEqual({ summaries: 0, lists: 0, waiting: 0 })
    expect(await summaries.summarize('2026-12')).toEqual({ summaries: 1, lists: 1, waiting: 0 })
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
    expect(await summaries.summarize(month)).toEqual({ summaries: 1, lists: 1, waiting: 1 })
    await other.receipts.receive([{ ...receiptFor(listOf(2), '800'), invtNo: invtNoOf(2) }])
    expect(await summaries.summarize(month)).toEqual({ summaries: 1, lists: 1, waiting: 0 })
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
    expect(await summaries.summarize(month)).toEqual({ summaries: 0, lists: 0, waiting: 0 })
  })
})

describe('an application', () => {
  const applications = (lists: number) =>
    applicationsOf(
      Array.from({ length: lists }, (_, index) => ({
        list: listOf(index + 1, { loctNo: '3501A' }),
        status: '899',
        invtNo: invtNoOf(index + 1),
        sender: 'DXPENT0000000001',
      })),
      month,
      '20261201090000',
      () => '4CDE1CFD-EDED-46B1-946C-B8022E42FC94',
    )
  const written = (documents: Message['documents']): string =>
    writeMessage({
      standard: '202205',
      kind: '701',
      guid: '4CDE1CFD-EDED-46B1-946C-B8022E42FC94',
      version: '1.0',
      envelope: null,
      transfer: { copCode: '3501980D4D', copName: '福州示例报关有限公司', dxpMode: 'DXP', dxpId: 'DXPENT0000000001' },
      subscriptions: [],
      documents,
      signature: null,
      extension: null,
    } as Message)

  test('of many lists is split into parts that are numbered without a gap', () => {
    const [{ documents } = { documents: [] }, ...none] = applications(2001)
    expect(none).toEqual([])
    expect(documents.map(({ head, lines }) => [head.msgSeqNo, head.msgCount, lines.length])).toEqual([
      ['1', '3', 1000],
      ['2', '3', 1000],
      ['3', '3', 1],
    ])
    const numbers = documents.flatMap(({ lines }) => lines.map(({ invtNo }) => invtNo))
    expect(new Set(numbers).size).toBe(2001)
    expect(numbers).toEqual(numbers.toSorted())
  })

  test('is as the specification wants it', () => {
    const [{ documents } = { documents: [] }] = applications(2)
    const reading = readMessage(Buffer.from(written(documents as Message['documents'])), { standard: '202205' })
    expect(reading.violations).toEqual([])
  })

  const schema = new URL(
    '../../../shared/domain/ceb/xsd-202205/海关跨境出口业务节点报文定义202205.xsd',
    import.meta.url,
  )
  const isHere = existsSync(schema)
  if (!isHere) console.info('The schemas of the specification are absent: nothing is held against them.')
  test('has the elements of the official schema, in its order', () => {
    if (!isHere) return expect(isHere).toBe(false)
    const text = readFileSync(schema, 'utf8')
    const elementsOf = (name: string): string[] => {
      const [, body = ''] = new RegExp(`<xs:element name="${name}">([\\s\\S]*?)\\n\\t</xs:element>`).exec(text) ?? []
      return [...body.matchAll(/<xs:element name="(\w+)"( minOccurs="0")?/g)].map(([, each = '']) => each)
    }
    const [{ documents } = { documents: [] }] = applications(1)
    const xml = written(documents as Message['documents'])
    for (const name of ['SummaryApplyHead', 'SummaryApplyList', 'BaseTransfer']) {
      const [, body = ''] = new RegExp(`<ceb:${name}>([\\s\\S]*?)</ceb:${name}>`).exec(xml) ?? []
      const said = [...body.matchAll(/<ceb:(\w+)>/g)].map(([, each = '']) => each)
      const allowed = elementsOf(name)
      expect(allowed.length).toBeGreaterThan(0)
      expect(allowed.filter((each) => said.includes(each))).toEqual(said)
    }
  })
})
