/** What a list names is shown to readers of its seller as far as evidence of that seller is there, and no further. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Values } from '../../rules/ceb/message.ts'
import { grantOf, runGrantedHub } from '../attacks/granted-hub.ts'
import type { Persona, Running } from '../support/harness.ts'
import { samples, type SampleKind } from './documents.ts'
import { elsewhere, handIn, platform, seller } from './handed.ts'
import { messageOf, purchase, receiptOf } from './messages.ts'

const other = { ebcCode: elsewhere, ebcName: '金华示例贸易有限公司' }
const items = [
  ...['customs.tradeMatches', 'customs.tradeLists', 'commerce.tradeOrders', 'commerce.tradeOrderPersons'],
  ...['fx.tradePayments', 'fx.tradePayers', 'postal.tradeWaybills', 'postal.tradeConsignees'],
]
/** Reads all that is of sellers in the division of the other one, in full. */
const theirs: Persona = { as: 'tax', purpose: 'theirs', purposes: ['theirs'] }

let running: Running
beforeAll(async () => {
  const grants = items.map((item) => ({ ...grantOf('tax', item, 'theirs'), divisions: ['3307'], full: true }))
  running = await runGrantedHub(grants)
})
afterAll(() => running.stop())

const ask = async (query: string, persona = theirs) => {
  const { data, errors } = await running.ask(persona, `{ ${query} }`)
  return { data, errors }
}
/** A document of a purchase by its number, as messageOf makes it, of the other seller where it names one. */
const rogue = (kind: SampleKind, number: string, change: Values = {}): string => {
  const names = {
    orderNo: `SO${number}`,
    logisticsNo: `YD${number}`,
    payTransactionId: `ZF${number}`,
    copNo: `QD${number}-X`,
  }
  const known = Object.entries({ ...names, ...other }).filter(([name]) => name in samples[kind].head)
  return messageOf(kind, { ...Object.fromEntries(known), ...change })
}
const ofList = (copNo: string, below: string, direction = 'IMPORT') =>
  `tradeList(copNo: "${copNo}", agent: "3501980F2B", direction: ${direction}) { match { ${below} } }`
const evidence = 'order { number } payments { amount payerName } waybill { number consignee }'
const waybill = (number: string, below: string, direction = 'IMPORT') =>
  `waybill(direction: ${direction}, carrier: "${samples['511'].head.logisticsCode}", number: "${number}") { ${below} }`

describe('a list that names documents whose seller has not declared the rest', () => {
  test('shows none of them: neither payments and waybill in its match, nor each by itself', async () => {
    const { 411: payment, 511: carried } = purchase('10')
    await handIn(running, [payment, carried, rogue('621', '10')])
    expect(await ask(ofList('QD10-X', `state ${evidence}`))).toEqual({
      data: { tradeList: { match: { state: 'PENDING', order: null, payments: [], waybill: null } } },
      errors: undefined,
    })
    expect(await ask(waybill('YD10', 'number consignee'))).toEqual({ data: { waybill: null }, errors: undefined })
    const paid = `payments(platform: "${platform}", number: "SO10") { amount payerName }`
    expect(await ask(paid)).toEqual({ data: { payments: [] }, errors: undefined })
    const owner: Persona = { as: 'postal' }
    expect(await ask(waybill('YD10', 'number'), owner)).toEqual({
      data: { waybill: { number: 'YD10' } },
      errors: undefined,
    })
  })

  test('nor with an order of its own before all is alike; then they are its own', async () => {
    await handIn(running, [purchase('11')['511'], rogue('311', '11', { consignee: '演别人' }), rogue('621', '11')])
    const asked = `${ofList('QD11-X', `state ${evidence}`)} ${waybill('YD11', 'consignee')}`
    const found = (state: string, payments: unknown[], consignee: string | null) => ({
      data: {
        tradeList: {
          match: {
            state,
            order: { number: 'SO11' },
            payments,
            waybill: consignee === null ? null : { number: 'YD11', consignee },
          },
        },
        waybill: consignee === null ? null : { consignee },
      },
      errors: undefined,
    })
    expect(await ask(asked)).toEqual(found('PENDING', [], null))
    await handIn(running, [purchase('11')['411']])
    const payments = [{ amount: '262.34', payerName: '演示订购人' }]
    expect(await ask(asked)).toEqual(found('REJECTED', payments, null))
    await handIn(running, [rogue('311', '11', { appTime: '20261120093001' })])
    expect(await ask(asked)).toEqual(found('MATCHED', payments, '演示订购人'))
  })

  test.each([
    ['12', seller, null],
    ['13', elsewhere, { number: 'CY13' }],
  ])('shows a waybill of exports where that says itself who sold (%s)', async (number, sold, shown) => {
    const names = { orderNo: `CK${number}`, logisticsNo: `CY${number}`, copNo: `CKQD${number}` }
    await handIn(running, [
      messageOf('505', { logisticsNo: names.logisticsNo, ebcCode: sold }),
      messageOf('603', { ...names, ...other }),
    ])
    const asked = `${ofList(names.copNo, 'state waybill { number }', 'EXPORT')} ${waybill(`CY${number}`, 'number', 'EXPORT')}`
    expect(await ask(asked)).toEqual({
      data: { tradeList: { match: { state: 'PENDING', waybill: shown } }, waybill: shown },
      errors: undefined,
    })
  })
})

describe('findings', () => {
  const findings = (copNo: string) => ofList(copNo, 'state missing findings { rule left { value } right { value } }')
  const match = (state: string, missing: string[], rules: string[], values: unknown[] = [elsewhere, null]) => ({
    data: {
      tradeList: {
        match: {
          state,
          missing,
          findings: rules.map((rule) => ({ rule, left: { value: values[0] }, right: { value: values[1] } })),
        },
      },
    },
    errors: undefined,
  })

  test("of a list that names another's order say whose it is not, whatever it guesses of the buyer; nor what has come", async () => {
    const { 311: order, 411: payment, 511: carried } = purchase('20')
    await handIn(running, [rogue('621', '20')])
    expect(await ask(findings('QD20-X'))).toEqual(match('PENDING', ['ORDER'], []))
    await handIn(running, [order, carried])
    expect(await ask(findings('QD20-X'))).toEqual(match('PENDING', ['ORDER'], []))
    await handIn(running, [payment])
    expect(await ask(findings('QD20-X'))).toEqual(match('REJECTED', [], ['order-enterprise']))
    await handIn(running, [rogue('621', '20', { buyerTelephone: '19900009009', appTime: '20261120093001' })])
    expect(await ask(findings('QD20-X'))).toEqual(match('REJECTED', [], ['order-enterprise']))
  })

  test('say of a consignee where no other seller names the waybill, and without its values', async () => {
    const guess = rogue('311', '21', { consignee: '演别人' })
    await handIn(running, [guess, purchase('21')['411'], purchase('21')['511'], rogue('621', '21')])
    expect(await ask(findings('QD21-X'))).toEqual(match('REJECTED', [], ['consignee'], ['演别人', null]))
    await handIn(running, [messageOf('621', { orderNo: 'SO22', logisticsNo: 'YD21', copNo: 'QD22' })])
    expect(await ask(findings('QD21-X'))).toEqual(match('REJECTED', [], []))
  })

  test('quote what was paid in, as the messages say it', async () => {
    const paid = rogue('411', '24', { currency: '502' })
    await handIn(running, [rogue('311', '24'), paid, rogue('511', '24'), rogue('621', '24')])
    const { data, errors } = await ask(findings('QD24-X'))
    const sides = (left: string, right: string) => ({ left: { value: left }, right: { value: right } })
    expect(errors).toBeUndefined()
    expect(data?.tradeList).toMatchObject({
      match: {
        findings: [
          { rule: 'amount-paid', ...sides('142', '502') },
          { rule: 'payment-fixed', ...sides('502', '142') },
        ],
      },
    })
  })

  test('say what is missing where the order is its own', async () => {
    await handIn(running, [rogue('311', '23'), rogue('621', '23')])
    expect(await ask(findings('QD23-X'))).toEqual(match('PENDING', ['PAYMENT', 'WAYBILL'], []))
  })
})

describe('a waybill number that was given out again', () => {
  // Several, since it is their hashes that could tell which is read first.
  test.each(['30', '31', '32'])('is the waybill of its own time, in a match and by itself (%s)', async (number) => {
    const names = { logisticsNo: `YD${number}`, orderNo: `SO${number}` }
    const old = messageOf('511', { ...names, appTime: '20260320093000', consignee: '演旧人' })
    const { 311: order, 411: payment } = purchase(number)
    const sent = [order, payment].map((body) => body.replaceAll(seller, elsewhere))
    await handIn(running, [old, messageOf('511', names), ...sent, rogue('621', number)])
    const asked = `${ofList(`QD${number}-X`, 'state waybill { consignee }')} ${waybill(names.logisticsNo, 'consignee')}`
    const shown = { consignee: '演示订购人' }
    expect(await ask(asked)).toEqual({
      data: { tradeList: { match: { state: 'MATCHED', waybill: shown } }, waybill: shown },
      errors: undefined,
    })
  })

  test('is nobody’s where only lists of the one before are matched', async () => {
    const times = { appTime: '20260320093000' }
    await handIn(running, [
      rogue('311', '33', times),
      messageOf('411', { orderNo: 'SO33', payTransactionId: 'ZF33', ...times }),
      messageOf('511', { orderNo: 'SO33', logisticsNo: 'YD33', ...times }),
      rogue('621', '33', times),
    ])
    const asked = `${ofList('QD33-X', 'state waybill { declaredAt }')} ${waybill('YD33', 'declaredAt')}`
    const shown = { declaredAt: '2026-03-20T09:30:00+08:00' }
    const match = { state: 'MATCHED', waybill: shown }
    expect(await ask(asked)).toEqual({ data: { tradeList: { match }, waybill: shown }, errors: undefined })
    await handIn(running, [purchase('33')['511']])
    expect(await ask(asked)).toEqual({ data: { tradeList: { match }, waybill: null }, errors: undefined })
  })
})

describe('many lists of one order or waybill', () => {
  const many = (count: number, change: Values): string =>
    messageOf(
      '621',
      ...Array.from({ length: count }, (_none, at) => ({ ...change, copNo: `QD-${at}${change.orderNo}` })),
    )

  test('that are drafts or deleted keep nothing from being told', async () => {
    // By the hash of its key the list of this number comes behind the others.
    const { 411: payment, 511: carried } = purchase('258')
    const names = { orderNo: 'SO258', logisticsNo: 'YD258' }
    await handIn(running, [
      many(100, { ...names, appStatus: '1' }),
      many(100, { ...names, orderNo: 'SO41', appType: '3' }),
      ...[rogue('311', '258'), payment, carried, rogue('621', '258')],
    ])
    const asked = `match(platform: "${platform}", number: "SO258") { state list { copNo } }`
    expect(await ask(`${asked} ${waybill('YD258', 'number')}`)).toEqual({
      data: { match: { state: 'MATCHED', list: { copNo: 'QD258-X' } }, waybill: { number: 'YD258' } },
      errors: undefined,
    })
  })

  test.each([
    [49, { number: 'YD42' }],
    [50, null],
  ])('more than are looked at leave it open who sold: %s others', async (count, shown) => {
    const { 411: payment, 511: carried } = purchase('42')
    await handIn(running, [rogue('311', '42'), payment, carried, rogue('621', '42')])
    await handIn(running, [many(count, { orderNo: 'SO43', logisticsNo: 'YD42' })])
    expect(await ask(waybill('YD42', 'number'))).toEqual({ data: { waybill: shown }, errors: undefined })
    expect(await ask(ofList('QD42-X', 'state waybill { number }'))).toEqual({
      data: { tradeList: { match: { state: 'MATCHED', waybill: { number: 'YD42' } } } },
      errors: undefined,
    })
  })
})

describe('returns', () => {
  const sides = 'left { role element gnum value } right { role element gnum value }'
  const asked = ofList('QD70-X', `returns { copNo findings { rule code text ${sides} } }`)
  const returned = (copNo: string, minute: number, change: Values = {}): string =>
    rogue('625', '70', { copNo, appTime: `20261120${minute}0000`, ...change })
  const finding = (rule: string, code: string, words: string, element: string) => ({
    rule,
    code,
    text: `${words}[InvtRefundList[1].${element},InventoryList[1].${element}]`,
    left: { role: 'RETURN', element, gnum: '1', value: null },
    right: { role: 'LIST', element, gnum: '1', value: null },
  })
  const goods = finding('returned-goods', '-625209', '在关联的清单中未找到表体序号、商品编号相符的数据', 'unit')
  const tooMuch = finding('returned-quantity', '-625001', '退货申请单报文校验失败，退货数量大于原清单数量', 'qty')
  const shown = (...returns: [copNo: string, ...findings: unknown[]][]) => ({
    data: { tradeList: { match: { returns: returns.map(([copNo, ...findings]) => ({ copNo, findings })) } } },
    errors: undefined,
  })

  test('are shown with what does not fit the list; of another seller they are not, nor does it show how much they are of', async () => {
    const { 411: payment } = purchase('70')
    await handIn(running, [rogue('311', '70'), payment, rogue('511', '70'), rogue('621', '70')])
    const { invtNo = '' } = samples['625'].head as Values
    await handIn(running, [receiptOf('QD70-X', '120', { invtNo })], { as: 'customs' })
    expect(await ask(asked)).toEqual(shown())
    const unlike = returned('TH0', 10).replace('<ceb:unit>122<', '<ceb:unit>011<')
    // The list is of two, and each of one.
    await handIn(running, [returned('TH3', 13), returned('TH2', 12), unlike, returned('TH1', 11)])
    expect(await ask(asked)).toEqual(shown(['TH0', goods], ['TH1'], ['TH2'], ['TH3', tooMuch]))
    await handIn(running, [returned('TH4', 14, { ebcCode: seller })])
    expect(await ask(asked)).toEqual(shown(['TH0', goods], ['TH1'], ['TH2'], ['TH3']))
    await handIn(running, [returned('TH4', 14, { ebcCode: seller, appType: '3' })])
    expect(await ask(asked)).toEqual(shown(['TH0', goods], ['TH1'], ['TH2'], ['TH3', tooMuch]))
  })

  test('are no more than 20', async () => {
    const copNos = Array.from({ length: 21 }, (_, index) => `TH5${String(index).padStart(2, '0')}`)
    const at = (index: number): string => `202611201600${String(index).padStart(2, '0')}`
    const names = { ...other, orderNo: 'SO70', logisticsNo: 'YD70' }
    await handIn(running, [
      messageOf('625', ...copNos.map((copNo, index) => ({ ...names, copNo, appTime: at(index) }))),
    ])
    const { data } = await ask(ofList('QD70-X', 'returns { copNo }'))
    const all = ['TH0', 'TH1', 'TH2', 'TH3', ...copNos].map((copNo) => ({ copNo }))
    expect(data).toEqual({ tradeList: { match: { returns: all.slice(0, 20) } } })
  })
})
