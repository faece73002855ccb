/** The rules of matching, each by what passes it and what does not (longer than 300 lines: one table, a row or two a rule). */
import { describe, expect, test } from 'vitest'
import type { Values } from '../../rules/ceb/message.ts'
import { addDecimals } from '../../rules/decimal.ts'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { returnStatusOf } from '../../rules/trade/finding.ts'
import { matchOf, type Evidence, type Match } from '../../rules/trade/match.ts'
import { buyer } from '../ceb/messages.ts'
import { exported, found, imported, made, withLine } from './documents.ts'

type Change = Record<string, string | undefined>
const list = (head: Change, lines?: (lines: Values[]) => Values[]): Evidence => ({
  ...imported,
  list: made('621', head, lines),
})
const order = (head: Change, lines?: (lines: Values[]) => Values[]): Evidence => ({
  ...imported,
  order: made('311', head, lines),
})
const payment = (head: Change): Evidence => ({ ...imported, payments: [made('411', head)] })
const waybill = (head: Change): Evidence => ({ ...imported, waybill: made('511', head) })

const other = (document: TradeDocument, key: string, version: string): TradeDocument => ({ ...document, key, version })
const earlier = other(made('621'), 'other', '020261119')

const both = (ofOrder: Change, ofPayment: Change): Evidence => ({
  ...imported,
  order: made('311', ofOrder),
  payments: [made('411', ofPayment)],
})
/** Ten yuan more than the sample has. */
const discounted = addDecimals(made('311').head.discount ?? '0', '10')
/** Everything in one currency: the heads, and the first lines. */
const inCurrency = (currency: string): Evidence => ({
  list: made('621', { currency }, withLine(0, { currency })),
  order: made('311', { currency }, withLine(0, { currency })),
  payments: [made('411', { currency })],
  waybill: made('511', { currency }),
  rivals: [],
})
const ofBooks = { emsNo: 'H350100000001', areaCode: '3501', areaName: '福州示例保税仓储有限公司' }
const bonded = (head: Record<string, string | undefined>, change = (lines: Values[]): Values[] => lines): Evidence =>
  list({ tradeMode: '1210', ...ofBooks, country: '142', ...head }, (lines) =>
    change(lines.map((line) => ({ ...line, itemRecordNo: '1' }))),
  )

describe('rules of imports', () => {
  test.each<[rule: string, passes: Evidence, fails: Evidence, wanted: string[]]>([
    [
      'the enterprise of the order declares it',
      imported,
      list({ ebcCode: '3501960E1A' }),
      ['-301003 InventoryHead.ebcCode,OrderHead.ebcCode'],
    ],
    [
      'the payment is of the enterprise that the order names',
      order({ payCode: undefined }),
      order({ payCode: '3501960P9Z' }),
      ['13035 OrderHead.payCode,PaymentHead.payCode'],
    ],
    [
      'paid is what the order asks, exactly',
      payment({ amountPaid: '262.34000' }),
      payment({ amountPaid: '262.33999' }),
      ['1332 OrderHead.acturalPaid,PaymentHead.amountPaid'],
    ],
    [
      'paid is in the currency of the order, under either code',
      payment({ currency: 'CNY' }),
      payment({ currency: '502' }),
      ['1332 OrderHead.currency,PaymentHead.currency', '-401009 PaymentHead.currency,PaymentHead.currency'],
    ],
    [
      'paid is what the order sums up to',
      both({ acturalPaid: '252.34', discount: discounted }, { amountPaid: '252.34' }),
      both({ discount: discounted }, {}),
      ['-301008 OrderHead.acturalPaid,OrderHead.goodsValue'],
    ],
    [
      'a line of the order is price times quantity, to the digits that can be written',
      {
        ...list({}, withLine(0, { price: '33.33333', qty: '3', totalPrice: '99.99999' })),
        order: made('311', {}, withLine(0, { price: '33.33333', qty: '3.00000', totalPrice: '99.99999' })),
      },
      order({}, withLine(0, { price: '99' })),
      ['-301008 OrderList[1].totalPrice,OrderList[1].price'],
    ],
    [
      'a line of the list is price times quantity, and a gift costs nothing',
      {
        ...list({}, withLine(0, { price: '0', totalPrice: '0' })),
        order: made('311', {}, withLine(0, { price: '0', totalPrice: '0.00' })),
      },
      list({}, withLine(0, { price: '99' })),
      ['-621001 InventoryList[1].totalPrice,InventoryList[1].price'],
    ],
    [
      'the order is one of imports',
      order({ orderType: 'I' }),
      order({ orderType: 'E' }),
      ['-301008 OrderHead.orderType,OrderHead.orderType'],
    ],
    [
      'everybody has an identity card',
      imported,
      {
        ...imported,
        list: made('621', { buyerIdType: '2' }),
        order: made('311', { buyerIdType: '2' }),
        payments: [made('411', { payerIdType: '2' })],
      },
      [
        '-621001 InventoryHead.buyerIdType,InventoryHead.buyerIdType',
        '-301008 OrderHead.buyerIdType,OrderHead.buyerIdType',
        '-401009 PaymentHead.payerIdType,PaymentHead.payerIdType',
      ],
    ],
    [
      'all is in yuan',
      inCurrency('CNY'),
      inCurrency('502'),
      [
        '-621001 InventoryHead.currency,InventoryHead.currency',
        '-621001 InventoryList[1].currency,InventoryList[1].currency',
        '-301008 OrderHead.currency,OrderHead.currency',
        '-301008 OrderList[1].currency,OrderList[1].currency',
        '-401009 PaymentHead.currency,PaymentHead.currency',
        '-504011 LogisticsHead.currency,LogisticsHead.currency',
      ],
    ],
    [
      'the list is one of imports',
      list({ ieFlag: 'I' }),
      list({ ieFlag: 'E' }),
      ['-621001 InventoryHead.ieFlag,InventoryHead.ieFlag'],
    ],
    [
      'a parcel is one',
      imported,
      { ...list({ packNo: '2' }), waybill: made('511', { packNo: '2' }) },
      ['-621001 InventoryHead.packNo,InventoryHead.packNo', '-504011 LogisticsHead.packNo,LogisticsHead.packNo'],
    ],
    [
      'goods that come straight say by what',
      list({ tradeMode: '9610', trafNo: 'FZ01', voyageNo: '1', billNo: 'BL1' }),
      list({ tradeMode: '9610', trafNo: '', voyageNo: undefined, billNo: 'BL1' }),
      [
        '-621001 InventoryHead.trafNo,InventoryHead.tradeMode',
        '-621001 InventoryHead.voyageNo,InventoryHead.tradeMode',
      ],
    ],
    [
      'goods of a special area say from which books',
      bonded({}),
      bonded({ emsNo: undefined, areaName: '', country: 'HKG' }, withLine(0, { itemRecordNo: '' })),
      [
        '-621001 InventoryHead.country,InventoryHead.tradeMode',
        '-621001 InventoryHead.emsNo,InventoryHead.tradeMode',
        '-621001 InventoryHead.areaName,InventoryHead.tradeMode',
        '-621001 InventoryList[1].itemRecordNo,InventoryList[1].itemRecordNo',
      ],
    ],
    [
      'whoever bought paid, by name',
      imported,
      payment({ payerName: '另一人' }),
      ['1327 OrderHead.buyerName,PaymentHead.payerName'],
    ],
    [
      'whoever bought paid, by number',
      imported,
      payment({ payerIdNumber: '110105194912310021' }),
      ['1327 OrderHead.buyerIdNumber,PaymentHead.payerIdNumber'],
    ],
    [
      'the list names the buyer',
      imported,
      list({ buyerName: '另一人' }),
      ['13127 InventoryHead.buyerName,OrderHead.buyerName'],
    ],
    [
      'the list gives the buyer’s telephone',
      imported,
      list({ buyerTelephone: '19900009002' }),
      ['130126 InventoryHead.buyerTelephone,OrderHead.buyerTelephone'],
    ],
    [
      'the list gives the buyer’s number',
      imported,
      list({ buyerIdNumber: '110105194912310021' }),
      ['1300 InventoryHead.buyerIdNumber,OrderHead.buyerIdNumber'],
    ],
    [
      'the waybill goes to who is to receive, whoever bought',
      {
        ...imported,
        order: made('311', { consignee: '收件人' }),
        waybill: made('511', { consignee: '收件人' }),
      },
      waybill({ consignee: '收件人' }),
      ['-301008 OrderHead.consignee,LogisticsHead.consignee'],
    ],
    [
      'the waybill has the telephone of the order',
      imported,
      waybill({ consigneeTelephone: '19900009002' }),
      ['-301008 OrderHead.consigneeTelephone,LogisticsHead.consigneeTelephone'],
    ],
    [
      'the waybill has the address of the order',
      list({ consigneeAddress: '清单另写的地址' }),
      waybill({ consigneeAddress: '福州市示例路二号' }),
      ['-301008 OrderHead.consigneeAddress,LogisticsHead.consigneeAddress'],
    ],
    [
      'as many lines as the order has',
      imported,
      list({}, (lines) => lines.slice(0, 1)),
      ['1320 InventoryHead.orderNo,OrderHead.orderNo'],
    ],
    [
      'each line is one of the order, in whatever order they stand',
      list({}, (lines) => lines.toReversed()),
      list({}, withLine(1, { gnum: '3' })),
      ['1322 InventoryList[3].gnum,OrderList[3].gnum'],
    ],
    [
      'lines are numbered from 1',
      imported,
      {
        ...list({}, (lines) => lines.map((line, at) => ({ ...line, gnum: String(at) }))),
        order: made('311', {}, (lines) => lines.map((line, at) => ({ ...line, gnum: String(at) }))),
      },
      ['1322 InventoryList[0].gnum,OrderList[0].gnum'],
    ],
    [
      'no two lines are the same one of the order',
      imported,
      list({}, (lines) => [...lines.slice(0, 1), ...lines.slice(0, 1)]),
      ['1322 InventoryList[1].gnum,OrderList[1].gnum'],
    ],
    [
      'a line has the name that the order gives the goods',
      list({}, withLine(0, { itemName: '另一个名称' })),
      list({}, withLine(0, { gname: '示例米粉' })),
      ['1322 InventoryList[1].gname,OrderList[1].itemName'],
    ],
    [
      'a line has the order’s quantity and amount, however they are written',
      list({}, withLine(0, { qty: '2.0', totalPrice: '200.00' })),
      list({}, withLine(0, { qty: '1', totalPrice: '100' })),
      ['1322 InventoryList[1].qty,OrderList[1].qty', '1322 InventoryList[1].totalPrice,OrderList[1].totalPrice'],
    ],
    [
      'a line is priced in the order’s currency, under either code',
      list({}, withLine(0, { currency: 'CNY' })),
      list({}, withLine(0, { currency: '502' })),
      [
        '-621001 InventoryList[1].currency,InventoryList[1].currency',
        '1322 InventoryList[1].currency,OrderList[1].currency',
      ],
    ],
    [
      'a line counts in the order’s unit',
      imported,
      list({}, withLine(1, { unit: '011' })),
      ['1322 InventoryList[2].unit,OrderList[2].unit'],
    ],
    [
      'an order is declared once',
      { ...imported, rivals: [{ ...earlier, order: null, waybill: null }] },
      { ...imported, rivals: [{ ...earlier, waybill: null }] },
      ['-301010 InventoryHead.orderNo,InventoryHead.orderNo'],
    ],
    [
      'a waybill is declared once within six months',
      { ...imported, rivals: [{ ...earlier, order: null, head: { appTime: '20260519235959' } }] },
      { ...imported, rivals: [{ ...earlier, order: null, head: { appTime: '20260520000000' } }] },
      ['-504015 InventoryHead.logisticsNo,InventoryHead.logisticsNo'],
    ],
    [
      'the limit of one purchase',
      { ...imported, exceeded: null },
      { ...imported, exceeded: 'single-limit' },
      ['-621005 InventoryHead.totalPrice,InventoryHead.buyerIdNumber'],
    ],
    [
      'the limit of a year',
      imported,
      { ...imported, exceeded: 'annual-limit' },
      ['1313 InventoryHead.totalPrice,InventoryHead.buyerIdNumber'],
    ],
  ])('%s', (_rule, passes, fails, wanted) => {
    expect(found(matchOf(passes))).toEqual(['MATCHED'])
    expect(found(matchOf(fails))).toEqual(wanted)
  })

  test('everything that is wrong is said at once', () => {
    const match = matchOf({ ...list({ buyerName: '另一人' }), payments: [made('411', { amountPaid: '1' })] })
    expect(match).toEqual({
      state: 'REJECTED',
      findings: [
        {
          rule: 'buyer-name',
          code: '13127',
          text: '清单上的订购人姓名与订单上的订购人姓名不一致[InventoryHead.buyerName,OrderHead.buyerName]',
          left: { role: 'list', element: 'buyerName' },
          right: { role: 'order', element: 'buyerName' },
        },
        {
          rule: 'amount-paid',
          code: '1332',
          text: '支付单支付金额与订单支付金额不一致[OrderHead.acturalPaid,PaymentHead.amountPaid]',
          left: { role: 'order', element: 'acturalPaid' },
          right: { role: 'payment', element: 'amountPaid' },
        },
      ],
    })
  })

  test('nothing that is said of a person holds a value', () => {
    const stranger = { buyerName: '另一人', buyerTelephone: '19900009002', buyerIdNumber: '110105194912310021' }
    const told = JSON.stringify(matchOf(list(stranger)))
    for (const value of [...Object.values(stranger), ...Object.values(buyer)]) expect(told).not.toContain(value)
  })

  test('a code of customs is told under 100, one of the e-port as it is', () => {
    const statuses = (match: Match): string[] => (match.state === 'REJECTED' ? match.findings.map(returnStatusOf) : [])
    expect(statuses(matchOf(list({ ebcCode: 'x', buyerName: '另一人' })))).toEqual(['-301003', '100'])
  })
})

describe('rules of exports', () => {
  const exportList = (head: Change, lines?: (lines: Values[]) => Values[]): Evidence => ({
    ...exported,
    list: made('603', head, lines),
  })
  const twoLines = (lines: Values[]): Values[] => [...lines, { ...lines[0], gnum: '2' }]

  test.each<[rule: string, passes: Evidence, fails: Evidence, wanted: string[]]>([
    [
      'each line is one of the order, which may hold more',
      { ...exported, order: made('303', {}, twoLines) },
      exportList({}, twoLines),
      ['1322 InventoryList[2].gnum,OrderList[2].gnum'],
    ],
    [
      'an order to consumers is declared under 9610 or from a bonded area',
      exportList({ tradeMode: '1210' }),
      exportList({ tradeMode: '9710' }),
      ['-301008 OrderHead.orderType,InventoryHead.tradeMode'],
    ],
    [
      'an order of an enterprise under 9710',
      { ...exportList({ tradeMode: '9710' }), order: made('303', { orderType: 'B' }) },
      { ...exportList({ tradeMode: '9610' }), order: made('303', { orderType: 'B' }) },
      ['-301008 OrderHead.orderType,InventoryHead.tradeMode'],
    ],
    [
      'goods for a warehouse abroad under 9810, whatever has been paid',
      {
        ...exportList({ tradeMode: '9810' }),
        order: made('303', { orderType: 'W' }),
        payments: [made('403', { charge: '1' })],
      },
      { ...exportList({ tradeMode: '9710' }), order: made('303', { orderType: 'W' }) },
      ['-301008 OrderHead.orderType,InventoryHead.tradeMode'],
    ],
    [
      'an order is declared once',
      exported,
      { ...exported, rivals: [other(made('603', { logisticsNo: 'CY2' }), 'other', '0')] },
      ['-301010 InventoryHead.orderNo,InventoryHead.orderNo'],
    ],
    [
      'a waybill is declared once',
      exported,
      { ...exported, rivals: [other(made('603', { orderNo: 'CK2' }), 'other', '0')] },
      ['-504015 InventoryHead.logisticsNo,InventoryHead.logisticsNo'],
    ],
  ])('%s', (_rule, passes, fails, wanted) => {
    expect(found(matchOf(passes))).toEqual(['MATCHED'])
    expect(found(matchOf(fails))).toEqual(wanted)
  })

  test('the goods of an order may be named otherwise in the list', () => {
    expect(found(matchOf(exportList({}, withLine(0, { gname: '瓷器', qty: '1' }))))).toEqual(['MATCHED'])
  })
})
