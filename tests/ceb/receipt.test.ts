/** Receipts: what each message is answered with, and what is said of one that cannot be read. */
import { describe, expect, test } from 'vitest'
import { moreOf } from '../../rules/ceb/findings.ts'
import { accepted, malformedReceipt, receiptFor, refused } from '../../rules/ceb/receipt.ts'
import { MessageError, writeMessage } from '../../rules/ceb/write.ts'
import {
  base,
  buyer,
  guid,
  identityNumber,
  list,
  listHead,
  lists,
  message,
  order,
  orderHead,
  orderLines,
  orders,
  read,
  said,
} from './messages.ts'

const time = '20261120093000123'
const stamp = { time, guid: () => guid }

describe('a receipt', () => {
  test('to a list that is taken over', () => {
    const numbers = { preNo: 'B20261120000000001' }
    const { receipt, unnamed } = receiptFor(
      '621',
      '202205',
      [{ head: listHead, outcome: accepted('621', listHead, numbers) }],
      stamp,
    )
    expect(unnamed).toEqual([])
    expect(writeMessage(receipt)).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<ceb:CEB622Message guid="${guid}" version="1.0" xmlns:ceb="http://www.chinaport.gov.cn/ceb"><ceb:InventoryReturn><ceb:guid>${guid}</ceb:guid><ceb:customsCode>3500</ceb:customsCode><ceb:ebpCode>3501960E1A</ceb:ebpCode><ceb:ebcCode>91350102MYE0000341</ceb:ebcCode><ceb:agentCode>3501980F2B</ceb:agentCode><ceb:copNo>QD20261120000001</ceb:copNo><ceb:preNo>B20261120000000001</ceb:preNo><ceb:returnStatus>2</ceb:returnStatus><ceb:returnTime>${time}</ceb:returnTime><ceb:returnInfo>新增申报成功[${guid}]</ceb:returnInfo></ceb:InventoryReturn></ceb:CEB622Message>`,
    )
  })

  test.each([
    [
      'a draft that is new',
      { given: { appStatus: '1', appType: '1' }, want: { returnStatus: '1', returnInfo: '新增暂存成功[G]' } },
    ],
    [
      'a change',
      { given: { appStatus: '2', appType: '2' }, want: { returnStatus: '2', returnInfo: '变更申报成功[G]' } },
    ],
    [
      'a deletion',
      { given: { appStatus: '2', appType: '3' }, want: { returnStatus: '2', returnInfo: '删除申报成功[G]' } },
    ],
  ])('says of %s what the e-port says', (_name, { given, want }) => {
    expect(accepted('621', { ...given, guid: 'G' })).toEqual(want)
  })

  test('says of an export that is declared, which is its type 2, that and no more', () => {
    const said = ['1', '2', '3'].map((appType) => accepted('603', { appStatus: '2', appType, guid: 'G' }).returnInfo)
    expect(said).toEqual(['新增申报成功[G]', '申报成功[G]', '删除申报成功[G]'])
  })

  test('to an export has the number that customs gives later, without a value, where the schema takes it so', () => {
    const names = { ebpCode: '无', ebcCode: '91350102MYE0000341', agentCode: '无', copNo: 'CKQD1', orderNo: 'CK1' }
    const head = { ...names, statisticsFlag: 'B' }
    const xml = (['202205', '2018-113'] as const).map((standard) => {
      const outcome = accepted('603', { ...head, appType: '1', appStatus: '2' }, { preNo: 'B20261120000000001' })
      return writeMessage(receiptFor('603', standard, [{ head, outcome }], stamp).receipt)
    })
    expect(xml.map((text) => /<ceb:preNo>.*<\/ceb:preNo>(<ceb:invtNo><\/ceb:invtNo>)?/.exec(text)?.[0])).toEqual([
      '<ceb:preNo>B20261120000000001</ceb:preNo><ceb:invtNo></ceb:invtNo>',
      '<ceb:preNo>B20261120000000001</ceb:preNo>',
    ])
    const nameless = { ...head, copNo: '' }
    const { receipt } = receiptFor('603', '202205', [{ head: nameless, outcome: accepted('603', nameless) }], stamp)
    expect(writeMessage(receipt)).toContain('<ceb:copNo></ceb:copNo><ceb:invtNo></ceb:invtNo>')
  })

  test('to a document that is taken over says what is wrong in it, then what was read as it is meant', () => {
    const reading = read(
      orders(
        order({ ...orderHead, guid: guid.toLowerCase(), goodsValue: '1', acturalPaid: '13.34' }, [
          { ...orderLines[0], country: 'HKG' },
        ]),
      ),
    )
    if (!reading.read) throw new Error('The message is not read.')
    expect(accepted('311', { ...orderHead, guid: 'G' }, {}, reading.violations)).toEqual({
      returnStatus: '2',
      returnInfo:
        '新增申报成功[G]，[311, document 1: goodsValue 商品价格: arithmetic: expected the sum of totalPrice = 200, found 1; ' +
        '311, document 1: guid 系统唯一序号: guid: expected 36 characters of a UUID in capitals (tolerated); ' +
        '311, document 1, line 1: country 国（地区）: country: expected a 3-digit code of 国别（地区）代码 (JGS-20), found HKG (tolerated)]',
    })
  })

  test('to a document that is refused says why, and nothing of a person', () => {
    const reading = read(
      orders(
        order({
          ...orderHead,
          orderType: '',
          buyerName: `${buyer.name}${'x'.repeat(60)}`,
          buyerIdNumber: '1'.repeat(61),
        }),
      ),
    )
    if (!reading.read) throw new Error('The message is not read.')
    const [first] = reading.refused
    const outcome = refused('311', reading.violations)
    expect(outcome).toEqual({
      returnStatus: '-301008',
      returnInfo:
        '参数校验不通过，[311, document 1: orderType 订单类型: empty: expected a value of the form C1; 311, document 1: buyerName 订购人姓名: length: expected C1..60 characters, found 65; 311, document 1: buyerIdNumber 订购人证件号码: length: expected C1..60 characters, found 61]',
    })
    const { receipt } = receiptFor('311', '202205', [{ head: first?.head ?? {}, outcome }], stamp)
    expect(receipt.documents).toEqual([
      {
        head: {
          guid,
          ebpCode: orderHead.ebpCode,
          ebcCode: orderHead.ebcCode,
          orderNo: orderHead.orderNo,
          returnTime: time,
          ...outcome,
        },
        lines: [],
      },
    ])
    expect(said(read(writeMessage(receipt)))).toEqual([])
  })

  test('to a document that is refused says what refuses it, not what is tolerated', () => {
    const lines = Array.from({ length: 99 }, (_, index) => ({ gnum: `${index + 1}`, ...orderLines[0], country: 'HKG' }))
    const reading = read(orders(order({ ...orderHead, guid: guid.toLowerCase(), currency: '' }, lines)))
    expect(reading.violations.length).toBeGreaterThan(99)
    expect(refused('311', reading.violations, moreOf(reading.more, ['refused'], 1)).returnInfo).toBe(
      '参数校验不通过，[311, document 1: currency 币制: empty: expected a value of the form C3]',
    )
  })

  test.each(['508', '510'] as const)('%s is given also where the document leaves out what may be', (kind) => {
    const names = { customsCode: '3500', copNo: 'YD1', operatorCode: '3501980C3C', logisticsCode: '3501980F2B' }
    const head = { ...names, msgSeqNo: '1' }
    const declared = kind === '508' ? '507' : '509'
    const { receipt, unnamed } = receiptFor(declared, '202205', [{ head, outcome: accepted(declared, head) }], stamp)
    expect([unnamed, receipt.documents.map((document) => document.head.copNo)]).toEqual([[], ['YD1']])
    expect(read(writeMessage(receipt))).toMatchObject({ read: true, message: receipt, refused: [] })
  })

  test('is not given to a document that does not say which it is', () => {
    const { orderNo, ...nameless } = orderHead
    const documents = [orderHead, nameless].map((head) => ({ head, outcome: accepted('311', head) }))
    const { receipt, unnamed } = receiptFor('311', '202205', documents, stamp)
    expect([unnamed, receipt.documents.map(({ head }) => head.orderNo)]).toEqual([[1], [orderNo]])
  })

  test('is no longer than it may be', () => {
    const outcome = { returnStatus: '100', returnInfo: '😀'.repeat(1001) }
    const { receipt } = receiptFor('621', '202205', [{ head: listHead, outcome }], stamp)
    expect(receipt.documents[0]?.head.returnInfo).toBe('😀'.repeat(1000))
    expect(said(read(writeMessage(receipt)))).toEqual([
      'tolerated 622, document 1: preNo 预录入编号: missing-element: expected the element, of the form C18',
    ])
  })
})

test('a message that cannot be read is answered as a whole, without what stood in it', () => {
  const reading = read(message('311', order() + base() + base()))
  if (reading.read) throw new Error('The message is read.')
  const receipt = malformedReceipt(reading, '202205', stamp)
  expect(receipt.documents[0]?.head).toEqual({
    guid,
    returnStatus: '-0002',
    returnInfo: '311: BaseTransfer 基础报文传输实体节点: duplicate-element: expected it once, found 2',
    returnTime: time,
    oriCopMsgId: '',
    oriMessageType: 'CEB311Message',
    oriBizMessage: '',
  })
  const xml = writeMessage(receipt)
  expect(read(xml)).toMatchObject({ read: true, message: receipt, refused: [] })
  expect([buyer.name, identityNumber].filter((value) => xml.includes(value))).toEqual([])
  const unknown = read('<x>')
  expect(unknown.read ? null : malformedReceipt(unknown, '202205', stamp).documents[0]?.head.oriMessageType).toBe(
    'Unknown',
  )
})

describe('what does not fit the schema is not written', () => {
  const reading = read(lists(list()))
  if (!reading.read || reading.message.kind !== '621') throw new Error('The message is not read.')
  const good = reading.message
  const [document] = good.documents
  if (document === undefined) throw new Error('There is no document.')
  const withHead = (head: object) => ({ ...good, documents: [{ ...document, head: { ...document.head, ...head } }] })

  test.each<[string, { given: typeof good; want: string }]>([
    [
      'a number in another form',
      {
        given: withHead({ freight: '1.50000000' }),
        want: '621, document 1: freight 运杂费: number: expected the plain form of N19,5, found 1.50000000',
      },
    ],
    [
      'space around a value',
      {
        given: withHead({ orderNo: ' 1' }),
        want: '621, document 1: orderNo 订单编号: white-space: expected no white space around the value',
      },
    ],
    [
      'a character that XML does not have',
      {
        given: withHead({ note: 'a\0' }),
        want: '621, document 1: note 备注: value: expected characters that XML can hold',
      },
    ],
    [
      'a guid of another length',
      {
        given: withHead({ guid: 'A' }),
        want: '621, document 1: guid 系统唯一序号: length: expected C36 characters, found 1',
      },
    ],
    ['no document', { given: { ...good, documents: [] }, want: '621: Inventory: count: expected 1 to 100, found 0' }],
    [
      'no carrier',
      {
        given: { ...good, transfer: null },
        want: '621: BaseTransfer 基础报文传输实体节点: count: expected 1 to 1, found 0',
      },
    ],
    [
      'more than a signature',
      {
        given: { ...good, signature: `${good.signature}<x/>` },
        want: '621: Signature 签名节点: structure: expected the element Signature and nothing else',
      },
    ],
  ])('%s', (_name, { given, want }) => {
    expect(() => writeMessage(given)).toThrow(new MessageError([]).message + want)
  })
})
