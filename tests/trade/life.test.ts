/** The life of stored documents: receipts with what they speak of, whatever came first, and what is looked up. */
import fc from 'fast-check'
import type pg from 'pg'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { orderNamed, type TradeDocument } from '../../rules/trade/document.ts'
import type { TradeReceipt } from '../../rules/trade/receipt.ts'
import { keyOf } from '../../store/trade/arrivals.ts'
import { createTradeIntake } from '../../store/trade/intake.ts'
import { createTradeLife, type DocumentLife } from '../../store/trade/life.ts'
import { createTradeReceipts } from '../../store/trade/receipts.ts'
import { made, withLine } from './documents.ts'
import { inAnyOrder, now, openStored, receiptFor } from './stored.ts'

const stored = await openStored()
const { database, vault, one, other, settled, failures } = stored
const life = createTradeLife(database.pool, vault)
afterAll(() => stored.close())
beforeEach(() => stored.clear())

const list = made('621')
const key = keyOf(list.key)

/** A receipt that names nothing but numbers. */
const numbered = (status: string, numbers: Partial<TradeReceipt>, of: TradeDocument = list): TradeReceipt => ({
  ...receiptFor(of, status),
  guid: `${status} ${Object.values(numbers).join(' ')}`,
  document: null,
  ...numbers,
})

const guids = (lives: ReadonlyMap<string, DocumentLife>, of = key): string[] =>
  (lives.get(of)?.receipts ?? []).map(({ guid }) => guid).sort()

describe('receipts that do not name their document', () => {
  const preNo = 'B20261120000000001'
  const invtNo = '35002026I000000001'
  const brought = made('621', { preNo })
  const receipts = [
    numbered('120', { preNo }),
    numbered('300', { preNo, invtNo }),
    numbered('399', { invtNo }),
    { ...receiptFor(list, '2'), preNo },
  ]
  const rival = made('621', { copNo: 'QD-RIVAL', invtNo })

  test('join it, whatever comes first and to which process; a number that another claims is not the other’s', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat()), async (stream) => {
        await stored.clear()
        const choose = (count: number): number => Number(stream.next().value) % count
        const process = () => [one, other][choose(2)] ?? one
        const steps: (() => Promise<unknown>)[] = [
          ...[brought, rival].map((document) => () => process().intake.receive([document])),
          ...receipts.map((receipt) => () => process().receipts.receive([receipt])),
          () => process().receipts.receive(receipts.slice(0, 2)),
        ]
        await inAnyOrder(steps, choose)
        await settled()
        expect(failures).toEqual([])
        expect(guids(await life.statusesOf([key]))).toEqual(receipts.map(({ guid }) => guid).sort())
        const lives = await life.statusesOf([key, keyOf(rival.key), keyOf('nothing')])
        expect(guids(lives)).toEqual(receipts.map(({ guid }) => guid).sort())
        const { chain, invtNo: told } = lives.get(key) ?? expect.fail('it is there')
        expect(chain.steps.map(({ returnStatus }) => returnStatus)).toEqual(['2', '120', '300', '399'])
        expect([chain.current?.returnStatus, chain.final, told]).toEqual(['399', false, invtNo])
        expect([guids(lives, keyOf(rival.key)), lives.size]).toEqual([[], 2])
        const { rows } = await database.pool.query(
          `select replace(key::text, '-', '') as key, status, status_at from trade_head`,
        )
        expect(new Map(rows.map((row: { key: string }) => [row.key, row]))).toEqual(
          new Map([
            [key, { key, status: '399', status_at: '20261121120000000' }],
            [keyOf(rival.key), { key: keyOf(rival.key), status: null, status_at: null }],
          ]),
        )
        const [byNumber, byPreNo] = await life.find([
          { role: 'list', direction: 'import', invtNo },
          { role: 'list', direction: 'import', preNo },
        ])
        expect([byNumber, byPreNo].map((found) => found?.map((each) => each.key))).toEqual([[key], [key]])
      }),
      { numRuns: 30 },
    )
  }, 60_000)

  test('who claims a number later takes nothing away: what is closed stays closed', async () => {
    await one.intake.receive([brought])
    await one.receipts.receive([numbered('800', { preNo })])
    await settled()
    const rivals = ['1', '2', '3'].map((copNo) => made('621', { copNo, preNo, logisticsNo: 'YD-RIVAL' }))
    await other.intake.receive(rivals, 'DXPENT0000000002')
    await other.receipts.receive([numbered('899', { preNo })])
    await settled()
    const { rows } = await database.pool.query(
      `select replace(key::text, '-', '') as key, status from trade_head where status is not null`,
    )
    expect(rows).toEqual([{ key, status: '899' }])
    const [change] = await one.intake.receive([made('621', { preNo, appTime: '20261120093001' })])
    expect(change?.arrival).toBe('closed')
    expect(failures).toEqual([])
  })

  test('by a number that only its sender says a list has come nowhere', async () => {
    await one.intake.receive([rival])
    await other.receipts.receive([numbered('899', { invtNo })])
    await settled()
    const { rows } = await database.pool.query('select status from trade_head')
    expect(rows).toEqual([{ status: null }])
    const [found] = await life.find([{ role: 'list', direction: 'import', invtNo }])
    expect(found?.map((each) => each.key)).toEqual([keyOf(rival.key)])
  })

  test('the number that the hub gave out is enough', async () => {
    const [{ preNo: given } = { preNo: '' }] = await one.intake.receive([list])
    await other.receipts.receive([numbered('800', { preNo: given })])
    expect(guids(await life.statusesOf([key]))).toEqual([`800 ${given}`])
    const { rows } = await database.pool.query('select status from trade_head')
    expect(rows).toEqual([{ status: '800' }])
  })

  test('a cancellation that only its number names is granted, also where customs says later whose number it is', async () => {
    const documents = [made('311'), made('411'), made('511'), list, made('623')]
    const cancellation = documents[4] ?? expect.fail('there are five')
    await one.intake.receive(documents)
    await one.receipts.receive([{ ...receiptFor(list, '120'), invtNo: cancellation.invtNo }])
    await one.receipts.receive([numbered('399', { preNo: 'P-OTHER', invtNo: '1' }, cancellation)])
    await settled()
    expect(await stored.states(documents)).toEqual({ QD20261120000001: 'MATCHED' })
    await other.receipts.receive([{ ...receiptFor(cancellation, '2'), preNo: 'P-OTHER' }])
    await settled()
    expect(await stored.states(documents)).toEqual({ QD20261120000001: 'CANCELLED' })
  })

  test('a list that comes while its receipt is taken over has come as far', async () => {
    const sink = { take: () => undefined, room: async () => undefined }
    const intake = createTradeIntake(database.pool, vault, sink, now)
    // Between what the receipt has looked for, and its end.
    let come = 0
    const connect = async (): Promise<pg.PoolClient> => {
      const client = await database.pool.connect()
      return new Proxy(client, {
        get: (_client, name) =>
          name === 'query'
            ? async (...given: [string]) => {
                if (given[0] === 'commit' && come++ === 0) await intake.receive([list], 'DXPENT0000000001')
                return client.query(...given)
              }
            : name === 'release'
              ? client.release.bind(client)
              : (Reflect.get(client, name) as unknown),
      })
    }
    const slow = createTradeReceipts({ connect } as unknown as pg.Pool, vault, sink)
    await slow.receive([receiptFor(list, '399')])
    const { rows } = await database.pool.query('select status from trade_head')
    expect(rows).toEqual([{ status: '399' }])
  })

  test('a payment of exports is told by its order', async () => {
    const payment = made('403')
    await one.intake.receive([payment])
    await one.receipts.receive([
      { ...numbered('120', {}, payment), guid: 'told', order: orderNamed('403', payment.head) },
    ])
    expect(guids(await life.statusesOf([keyOf(payment.key)]), keyOf(payment.key))).toEqual(['told'])
  })
})

describe('what is looked up', () => {
  test('documents by their names, orders and waybills; what is personal stays closed until it is asked for', async () => {
    const documents = [made('311'), made('411'), made('511'), list]
    await one.intake.receive(documents)
    const [order = expect.fail('there are four')] = documents
    const { orderNo = '', ebpCode = '', copNo = '', agentCode = '' } = { ...order.head, ...list.head }
    const found = await life.find([
      { kind: '311', names: { orderNo, ebpCode } },
      { kind: '621', names: { copNo, agentCode } },
      { role: 'payment', order: list.order ?? '' },
      { role: 'list', order: list.order ?? '' },
      { role: 'waybill', waybill: list.waybill ?? '' },
      { kind: '621', names: { copNo: 'none', agentCode } },
      { role: 'list', direction: 'import', invtNo: 'none' },
    ])
    expect(found.map((each) => each.map(({ document }) => document.role))).toEqual([
      ['order'],
      ['list'],
      ['payment'],
      ['list'],
      ['waybill'],
      [],
      [],
    ])
    expect(found[1]).toEqual([
      {
        key,
        document: { ...list, personal: {} },
        preNo: expect.stringMatching(/^B20261121\d{9}$/) as string,
        sender: 'DXPENT0000000001',
        versions: 1,
      },
    ])
    expect(await life.personalOf([key, keyOf('nothing')])).toEqual(new Map([[key, list.personal]]))
    expect(list.personal).toMatchObject({ buyerName: '演示订购人' })
    expect(await life.find([])).toEqual([])
  })

  test('what a list was matched with, and what receipts say in words', async () => {
    await one.intake.receive([list])
    await one.receipts.receive([receiptFor(list, '120', '逻辑校验通过'), receiptFor(list, '3', '发送海关成功')])
    await settled()
    expect(await life.matchesOf([key, keyOf('nothing')])).toEqual(
      new Map([
        [
          key,
          {
            state: 'PENDING',
            match: { state: 'PENDING', missing: ['order', 'payment', 'waybill'] },
            cancellation: null,
            returns: [],
            decidedAt: expect.any(Date) as Date,
          },
        ],
      ]),
    )
    const { receipts = [] } = (await life.statusesOf([key])).get(key) ?? {}
    const words = await life.infosOf(receipts)
    expect(receipts.map(({ returnStatus }, place) => `${returnStatus} ${words[place]}`).sort()).toEqual([
      '120 逻辑校验通过',
      '3 发送海关成功',
    ])
  })
})

describe('what carries an export', () => {
  const exported = made('603')
  const nothing = { arrival: [], departure: [], bill: [] }
  const carriers = [made('507'), made('509'), made('607')]
  const carriage = async () => Object.fromEntries(await life.carriageOf([keyOf(exported.key), keyOf('nothing')]))
  const [arrival = '', departure = '', bill = ''] = carriers.map(({ key: name }) => keyOf(name))

  test.each([[[exported, ...carriers]], [[...carriers, exported]]])(
    'is told by its waybill, whatever comes first',
    async (all) => {
      for (const document of all) await one.intake.receive([document])
      expect(await carriage()).toEqual({
        [keyOf(exported.key)]: { arrival: [arrival], departure: [departure], bill: [bill] },
      })
    },
  )

  test('as far as its current version says so, is declared, and is of the time of the list', async () => {
    const elsewhere = made('507', { appTime: '20261120093001' }, withLine(0, { logisticsNo: 'CY2' }))
    const deleted = made('509', { appTime: '20261120093001', appType: '3' })
    const old = made('607', { appTime: '20260519235959' })
    await one.intake.receive([exported, ...carriers.slice(0, 2), elsewhere, deleted, old])
    expect(await carriage()).toEqual({ [keyOf(exported.key)]: nothing })
    await one.intake.receive([made('607', { appTime: '20260520000000' }), made('509', { copNo: 'LJ2' })])
    expect(await carriage()).toEqual({
      [keyOf(exported.key)]: { ...nothing, departure: [keyOf(made('509', { copNo: 'LJ2' }).key)], bill: [bill] },
    })
  })

  test('a draft carries nothing, nor does what names other waybills', async () => {
    await one.intake.receive([
      exported,
      made('507', { appStatus: '1' }),
      made('509', {}, withLine(0, { logisticsNo: 'CY2' })),
    ])
    expect(await carriage()).toEqual({ [keyOf(exported.key)]: nothing })
  })
})
