/** What is said of messages that fit the schema and do not say what the specification wants; never anything personal. */
import { describe, expect, test } from 'vitest'
import {
  buyer,
  identityNumber,
  list,
  listHead,
  lists,
  order,
  orderHead,
  orderLines,
  orders,
  read,
  said,
} from './messages.ts'

type Values = Record<string, string>
const without = (values: Values, name: string): Values =>
  Object.fromEntries(Object.entries(values).filter(([key]) => key !== name))
const spoiledOrder = (change: Values): string => orders(order({ ...orderHead, ...change }))
const spoiledLine = (change: Values): string =>
  orders(order(orderHead, [{ ...orderLines[0], ...change }, ...orderLines.slice(1)]))
const spoiledList = (change: Values): string => lists(list({ ...listHead, ...change }))

describe('what the text of the specification does not allow is said', () => {
  test.each<[string, { given: string; want: string[] }]>([
    [
      'a sum that is not paid',
      {
        given: spoiledOrder({ acturalPaid: '262.33' }),
        want: [
          'acturalPaid 实际支付金额: arithmetic: expected goodsValue + freight + taxTotal − discount = 262.34, found 262.33',
        ],
      },
    ],
    [
      'a total that is not price × qty, nor then the value of the goods',
      {
        given: spoiledLine({ totalPrice: '200.01' }),
        want: [
          'line 1: totalPrice 总价: arithmetic: expected price × qty = 200, found 200.01',
          'goodsValue 商品价格: arithmetic: expected the sum of totalPrice = 250.01, found 250',
        ],
      },
    ],
    [
      'lines that are not counted',
      {
        given: spoiledLine({ gnum: '3' }),
        want: ['line 1: gnum 商品序号: sequence: expected 1, since lines are numbered from 1, found 3'],
      },
    ],
    [
      'a currency that import does not have',
      { given: spoiledOrder({ currency: '502' }), want: ['currency 币制: value: expected 142, found 502'] },
    ],
    [
      'a currency that there is not',
      {
        given: spoiledOrder({ currency: '999' }),
        want: [
          'currency 币制: value: expected 142, found 999',
          'currency 币制: currency: expected a 3-digit code of 货币代码 (JGS-20), found 999',
        ],
      },
    ],
    [
      'a unit that there is not',
      {
        given: spoiledLine({ unit: 'aaa' }),
        want: ['line 1: unit 计量单位: unit: expected a 3-digit code of 计量单位代码 (JGS-20), found aaa'],
      },
    ],
    [
      'a country that there is not',
      {
        given: spoiledLine({ country: '000' }),
        want: ['line 1: country 国（地区）: country: expected a 3-digit code of 国别（地区）代码 (JGS-20), found 000'],
      },
    ],
    [
      'a day that there is not',
      {
        given: spoiledOrder({ appTime: '20260230093000' }),
        want: ['appTime 报送时间: time: expected a time YYYYMMDDhhmmss, found 20260230093000'],
      },
    ],
    [
      'a credit code with a wrong check digit',
      {
        given: spoiledOrder({ ebcCode: '91350102MYE0000342' }),
        want: [
          'ebcCode 电商企业代码: enterprise-code: expected a customs code of 10 characters or a credit code of 18',
        ],
      },
    ],
    [
      'a quantity of none',
      {
        given: spoiledLine({ qty: '0', totalPrice: '0' }),
        want: [
          'line 1: qty 数量: amount: expected a number above 0, found 0',
          'goodsValue 商品价格: arithmetic: expected the sum of totalPrice = 50, found 250',
        ],
      },
    ],
    ['two parcels', { given: spoiledList({ packNo: '2' }), want: ['packNo 件数: value: expected 1, found 2'] }],
    [
      'more net than gross',
      { given: spoiledList({ netWeight: '2.2' }), want: ['netWeight 净重: weight: expected no more than grossWeight'] },
    ],
    [
      'a transport that there is not',
      {
        given: spoiledList({ trafMode: 'Q' }),
        want: ['trafMode 运输方式: transport-mode: expected a code of 运输方式代码 (JGS-20), found Q'],
      },
    ],
    [
      'a direct import without its flight',
      {
        given: lists(list(without(listHead, 'voyageNo'))),
        want: ['voyageNo 航班航次号: trade-mode: expected a value, since tradeMode is 9610'],
      },
    ],
    [
      'a bonded import without its account and from abroad',
      {
        given: spoiledList({ tradeMode: '1210' }),
        want: [
          'emsNo 账册编号: trade-mode: expected a value, since tradeMode is 1210',
          'areaCode 区内企业代码: trade-mode: expected a value, since tradeMode is 1210',
          'areaName 区内企业名称: trade-mode: expected a value, since tradeMode is 1210',
          'line 1: itemRecordNo 账册备案料号: trade-mode: expected a value, since tradeMode is 1210',
          'line 2: itemRecordNo 账册备案料号: trade-mode: expected a value, since tradeMode is 1210',
          'country 国（地区）: trade-mode: expected 142, since tradeMode is 1210, found 601',
        ],
      },
    ],
  ])('%s', (_name, { given, want }) => {
    const reading = read(given)
    const kind = reading.read ? reading.message.kind : null
    expect(said(reading)).toEqual(
      want.map((line) => `wrong ${kind}, document 1${line.startsWith('line') ? ', ' : ': '}${line}`),
    )
    expect(reading.read && reading.refused).toEqual([])
  })

  test('a sender that is not the carrier', () => {
    const data = Buffer.from(orders(order())).toString('base64')
    const envelope = (sender: string, type: string): string =>
      `<DxpMsg xmlns="http://www.chinaport.gov.cn/dxp" ver="1.0"><TransInfo><CopMsgId>m-1</CopMsgId><SenderId>${sender}</SenderId><ReceiverIds><ReceiverId>DXPEDCCEB0000002</ReceiverId></ReceiverIds><CreatTime>2026-11-20T09:30:00</CreatTime><MsgType>${type}</MsgType></TransInfo><Data>${data}</Data></DxpMsg>`
    expect(read(envelope('DXPENT0000000001', 'CEB311Message'))).toMatchObject({
      read: true,
      violations: [],
      message: { envelope: { CopMsgId: 'm-1', SenderId: 'DXPENT0000000001', ReceiverIds: ['DXPEDCCEB0000002'] } },
    })
    expect(said(read(envelope('DXPENT0000000002', 'CEB621Message')))).toEqual([
      'wrong 311: dxpId 报文传输编号: sender: expected the SenderId of the envelope',
      'wrong 311: MsgType 报文类型: sender: expected CEB311Message, found CEB621Message',
    ])
  })
})

describe('nothing that could be personal is said', () => {
  const personal = [
    buyer.name,
    buyer.telephone,
    buyer.address,
    identityNumber,
    '059187654321',
    '13900001111',
    '6222020200099999999',
  ]
  const places = [...Object.keys(orderHead), ...Object.keys(listHead)]
  test.each(personal)('%s, wherever it stands', (value) => {
    const texts = places.flatMap((name) => [
      ...said(read(spoiledOrder({ [name]: value }))),
      ...said(read(spoiledList({ [name]: value }))),
      ...said(read(spoiledLine({ [name]: value }))),
      ...said(read(spoiledLine({ price: value, qty: value, totalPrice: value }))),
      ...said(read(orders(order(), `<ceb:${name}>${value}</ceb:${name}>`))),
      ...said(read(orders(order()).replace('<ceb:freight>', `<ceb:x${/^\d/.test(value) ? value : ''}/><ceb:freight>`))),
    ])
    expect(texts.length).toBeGreaterThan(100)
    expect(texts.filter((text) => text.includes(value))).toEqual([])
  })

  test('an identity number that cannot be is not told, nor what is wrong with it', () => {
    const wrong = `${identityNumber.slice(0, 17)}${identityNumber.endsWith('1') ? '2' : '1'}`
    expect(said(read(spoiledOrder({ buyerIdNumber: wrong })))).toEqual([
      'wrong 311, document 1: buyerIdNumber 订购人证件号码: identity-number: expected a number that GB 11643 allows',
    ])
  })
})
