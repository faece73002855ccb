/** What breaks the schema: the document alone, or the whole message where that is to blame. */
import { describe, expect, test } from 'vitest'
import {
  base,
  guid,
  list,
  lists,
  message,
  order,
  orderHead,
  orderLines,
  orders,
  read,
  said,
  signature,
  transfer,
} from './messages.ts'

type Values = Record<string, string>
const without = (values: Values, name: string): Values =>
  Object.fromEntries(Object.entries(values).filter(([key]) => key !== name))
const spoiledOrder = (change: Values): string => orders(order({ ...orderHead, ...change }))
const spoiledLine = (change: Values): string =>
  orders(order(orderHead, [{ ...orderLines[0], ...change }, ...orderLines.slice(1)]))

test('what is as it should be has nothing said of it', () => {
  expect([said(read(orders(order(), order()))), said(read(lists(list())))]).toEqual([[], []])
})

test('a message is read as it stands', () => {
  expect(read(orders(order()))).toEqual({
    read: true,
    message: {
      standard: '202205',
      kind: '311',
      guid,
      version: '1.0',
      envelope: null,
      transfer,
      subscriptions: [],
      documents: [{ head: orderHead, lines: orderLines }],
      signature: null,
      extension: null,
    },
    places: [1],
    refused: [],
    violations: [],
    more: new Map(),
  })
})

describe('what breaks the schema is refused', () => {
  test.each<[string, { given: string; want: string[] }]>([
    [
      'an element that is missing',
      {
        given: orders(order(without(orderHead, 'orderNo'))),
        want: ['refused 311, document 1: orderNo 订单编号: missing-element: expected the element, of the form C1..60'],
      },
    ],
    [
      'an element that is twice',
      {
        given: orders(order()).replace('<ceb:freight>', '<ceb:goodsValue>1</ceb:goodsValue><ceb:freight>'),
        want: ['refused 311, document 1: goodsValue 商品价格: duplicate-element: expected the element once'],
      },
    ],
    [
      'an element out of order',
      {
        given: orders(order({ ...without(orderHead, 'appType'), appType: '1' })),
        want: ['refused 311, document 1: appType 报送类型: order: expected it right after guid'],
      },
    ],
    [
      'an element that no one knows',
      {
        given: orders(order({ ...orderHead, appSenderId: '1' })),
        want: [
          'refused 311, document 1: unknown-element: expected only elements of the standard, e.g. note, found element 26',
        ],
      },
    ],
    [
      'a value that is too long',
      {
        given: spoiledOrder({ orderNo: 'x'.repeat(61) }),
        want: ['refused 311, document 1: orderNo 订单编号: length: expected C1..60 characters, found 61'],
      },
    ],
    [
      'what is not to be done with any document, though the schema takes it',
      {
        given: spoiledOrder({ appType: '9' }),
        want: ['refused 311, document 1: appType 报送类型: value: expected 1 or 2 or 3, found 9'],
      },
    ],
    [
      'a value of another length',
      {
        given: spoiledOrder({ appTime: '2026112009' }),
        want: ['refused 311, document 1: appTime 报送时间: length: expected C14 characters, found 10'],
      },
    ],
    [
      'no value',
      {
        given: spoiledOrder({ orderNo: '' }),
        want: ['refused 311, document 1: orderNo 订单编号: empty: expected a value of the form C1..60'],
      },
    ],
    [
      'no number',
      {
        given: spoiledLine({ qty: '1,5' }),
        want: ['refused 311, document 1, line 1: qty 数量: number: expected a decimal number of the form N19,5'],
      },
    ],
    [
      'too many digits',
      {
        given: spoiledLine({ qty: '1.123456' }),
        want: [
          'refused 311, document 1, line 1: qty 数量: number: expected a decimal number of the form N19,5, found 1.123456',
        ],
      },
    ],
    [
      'elements in a value',
      {
        given: spoiledOrder({ orderNo: '<b>1</b>' }),
        want: ['refused 311, document 1: orderNo 订单编号: structure: expected a value and nothing else'],
      },
    ],
    [
      'no lines',
      {
        given: orders(order(orderHead, [])),
        want: ['refused 311, document 1: OrderList: count: expected 1 to 99, found 0'],
      },
    ],
    [
      'more lines than there may be',
      {
        given: orders(
          order(
            orderHead,
            Array.from({ length: 100 }, () => orderLines[0] ?? {}),
          ),
        ),
        want: ['refused 311, document 1: OrderList: count: expected 1 to 99, found 100'],
      },
    ],
  ])('%s: the document, and it alone', (_name, { given, want }) => {
    const reading = read(given.replace('<ceb:BaseTransfer>', `${order()}<ceb:BaseTransfer>`))
    expect(said(reading).filter((line) => line.startsWith('refused'))).toEqual(want)
    expect(reading).toMatchObject({
      read: true,
      places: [2],
      refused: [{ document: 1 }],
      message: { documents: [{ head: orderHead }] },
    })
  })

  test.each<[string, { given: string; want: string[] }]>([
    [
      'another root',
      {
        given: orders(order()).replaceAll('CEB311Message', 'CEB311'),
        want: ['refused message: root: expected CEB311Message, found CEB311'],
      },
    ],
    [
      'a kind that there is not',
      {
        given: orders(order()).replaceAll('CEB311Message', 'CEB999Message'),
        want: ['refused message: root: expected CEB…Message of the specification, found CEB999Message'],
      },
    ],
    [
      'another namespace',
      {
        given: orders(order()).replace('chinaport.gov.cn/ceb', 'example.org/ceb'),
        want: ['refused 311: namespace: expected http://www.chinaport.gov.cn/ceb'],
      },
    ],
    [
      'no carrier',
      {
        given: message('311', order()),
        want: ['refused 311: BaseTransfer 基础报文传输实体节点: missing-element: expected it once, found 0'],
      },
    ],
    [
      'two carriers',
      {
        given: message('311', order() + base() + base()),
        want: ['refused 311: BaseTransfer 基础报文传输实体节点: duplicate-element: expected it once, found 2'],
      },
    ],
    [
      'a document after the carrier',
      {
        given: message('311', order() + base() + order()),
        want: ['refused 311: Order: order: expected it before BaseTransfer'],
      },
    ],
    [
      '101 documents',
      {
        given: orders(...Array.from({ length: 101 }, () => order())),
        want: ['refused 311: Order: count: expected 1 to 100, found 101'],
      },
    ],
    [
      'a list that is not signed',
      {
        given: message('621', list() + base()),
        want: ['refused 621: Signature 签名节点: signature: expected a signature'],
      },
    ],
    [
      'no version',
      {
        given: message('311', order() + base(), `guid="${guid}"`),
        want: ['refused 311: version 版本号: length: expected the attribute version, C1..10, found 0'],
      },
    ],
  ])('%s: the message', (_name, { given, want }) => {
    const reading = read(given)
    expect([reading.read, said(reading)]).toEqual([false, want])
  })

  test('a signature is not asked for where the caller does without', () => {
    expect(read(message('621', list() + base()), { signed: false })).toMatchObject({ read: true, violations: [] })
    expect(read(lists(list()))).toMatchObject({ message: { signature } })
  })

  test('what only one edition has', () => {
    const returned = message('214', '')
    expect(said(read(returned, { standard: '2018-113' }))).toEqual([
      'refused 214: standard: expected a message of 2018-113',
    ])
  })
})
