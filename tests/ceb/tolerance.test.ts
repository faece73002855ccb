/** What real messages do that the specification does not allow: they are read as they are meant, and it is said. */
import { describe, expect, test } from 'vitest'
import { elements, guid, list, lists, message, order, orderHead, orderLines, orders, read, said } from './messages.ts'

type Values = Record<string, string>
const spoiledOrder = (change: Values): string => orders(order({ ...orderHead, ...change }))
const spoiledLine = (change: Values): string =>
  orders(order(orderHead, [{ ...orderLines[0], ...change }, ...orderLines.slice(1)]))

describe('what real messages do is tolerated', () => {
  test.each<[string, { given: string; want: string[] }]>([
    [
      'a guid in small letters',
      {
        given: spoiledOrder({ guid: guid.toLowerCase() }),
        want: ['tolerated 311, document 1: guid 系统唯一序号: guid: expected 36 characters of a UUID in capitals'],
      },
    ],
    [
      'a guid of 32 characters',
      {
        given: spoiledOrder({ guid: guid.replaceAll('-', '') }),
        want: ['tolerated 311, document 1: guid 系统唯一序号: length: expected C36 characters, found 32'],
      },
    ],
    [
      'letters of a country in a line',
      {
        given: spoiledLine({ country: 'HKG' }),
        want: [
          'tolerated 311, document 1, line 1: country 国（地区）: country: expected a 3-digit code of 国别（地区）代码 (JGS-20), found HKG',
        ],
      },
    ],
    [
      'space around a value',
      {
        given: spoiledOrder({ orderNo: ' SL1\n' }),
        want: ['tolerated 311, document 1: orderNo 订单编号: white-space: expected no white space around the value'],
      },
    ],
    [
      'an amount with more zeros than the form has',
      {
        given: spoiledOrder({ freight: '+010.5000000' }),
        want: [
          'tolerated 311, document 1: freight 运杂费: number: expected the plain form of N19,5, found +010.5000000',
        ],
      },
    ],
    [
      'an optional element without a value',
      {
        given: lists(list()).replace('</ceb:unit1>', '</ceb:unit1><ceb:qty2/>'),
        want: ['tolerated 621, document 1, line 1: qty2 第二数量: empty: expected no element, or one with a value'],
      },
    ],
    [
      'no namespace',
      {
        given: orders(order())
          .replace(/ xmlns:ceb="[^"]*"/, '')
          .replaceAll('ceb:', ''),
        want: ['tolerated 311: namespace: expected http://www.chinaport.gov.cn/ceb, found none'],
      },
    ],
  ])('%s', (_name, { given, want }) => {
    const reading = read(given)
    expect([reading.read && reading.refused, said(reading)]).toEqual([[], want])
  })

  test('the other habit of namespaces says the same', () => {
    const other = orders(order())
      .replace('xmlns:ceb=', 'xmlns=')
      .replaceAll(/(<\/?)ceb:/g, '$1')
    expect(read(other)).toEqual(read(orders(order())))
  })

  test('a tax bill that names order and waybill', () => {
    const taxes = { customsTax: '0', valueAddedTax: '37.31', consumptionTax: '0' }
    const head = {
      guid,
      returnTime: '20261120093000123',
      invtNo: '35002026I000000001',
      taxNo: 'T1',
      ...taxes,
      status: '1',
    }
    const bill = (more: Values): string => {
      const line = elements({ gnum: '1', gcode: '1901101000', taxPrice: '410', ...taxes })
      const parts = `<ceb:TaxHeadRd>${elements({ ...head, ...more })}</ceb:TaxHeadRd><ceb:TaxListRd>${line}</ceb:TaxListRd>`
      return message('816', `<ceb:Tax>${parts}</ceb:Tax>`)
    }
    const [plain, named, other] = [
      read(bill({})),
      read(bill({ orderNo: 'SL1', logisticsNo: 'YD1' })),
      read(bill({ copNo: '1' })),
    ]
    const unknown = '816, document 1: unknown-element: expected only elements of the standard, e.g. entDutyNo, found'
    expect(said(named)).toEqual([`tolerated ${unknown} orderNo`, `tolerated ${unknown} logisticsNo`])
    expect(named.read && named.message).toEqual(plain.read && plain.message)
    expect(said(other)).toEqual([`refused ${unknown} copNo`])
  })

  test('a receipt without copNo', () => {
    const receipt = message(
      '622',
      `<ceb:InventoryReturn><ceb:guid>${guid}</ceb:guid><ceb:returnStatus>-621001</ceb:returnStatus><ceb:returnTime>20261120093000123</ceb:returnTime><ceb:returnInfo>系统异常</ceb:returnInfo></ceb:InventoryReturn>`,
    )
    expect(said(read(receipt))).toEqual([
      'tolerated 622, document 1: copNo 企业内部编号: missing-element: expected the element, of the form C1..20',
      'tolerated 622, document 1: preNo 预录入编号: missing-element: expected the element, of the form C18',
    ])
  })

  test.each([
    ['604', 'InventoryReturn', 'SL1', 'B'],
    ['606', 'InvtCancelReturn', null, null],
  ] as const)('a receipt of exports without copNo: %s', (kind, entity, orderNo, statisticsFlag) => {
    const element = (name: string, value: string | null): string =>
      value === null ? '' : `<ceb:${name}>${value}</ceb:${name}>`
    const ofList = orderNo === null ? '' : element('ebcCode', '350196000A') + element('ebpCode', '3501960E1A')
    const receipt = message(
      kind,
      `<ceb:${entity}>${element('guid', guid)}${element('agentCode', '3501980F2B')}${element('preNo', 'B20261120000000001')}${element('invtNo', '35002026E000000001')}${ofList}${element('orderNo', orderNo)}${element('statisticsFlag', statisticsFlag)}${element('returnStatus', '399')}${element('returnTime', '20261120093000123')}${element('returnInfo', 'x')}</ceb:${entity}>`,
    )
    expect(said(read(receipt))).toEqual([
      `tolerated ${kind}, document 1: copNo 企业内部编号: missing-element: expected the element, of the form C..30`,
    ])
  })
})
