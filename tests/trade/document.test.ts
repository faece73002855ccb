import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kindTables, type DeclaredKind } from '../../rules/ceb/kinds.ts'
import type { KindTable } from '../../rules/ceb/format.ts'
import { elementClasses, isClosed } from '../../rules/trade/personal.ts'
import { supersedes, tradeDocument, waybillsOf } from '../../rules/trade/document.ts'
import type { Message } from '../../rules/ceb/message.ts'
import { readMessage } from '../../rules/ceb/read.ts'
import { writeMessage } from '../../rules/ceb/write.ts'
import { buyer, guid, identityNumber, listHead, said, signature } from '../ceb/messages.ts'
import { made, print, samples, type SampleKind } from './documents.ts'

const elements = new Set(
  Object.values(kindTables).flatMap((table: KindTable) => Object.keys({ ...table.head, ...table.line })),
)

describe('what is personal', () => {
  test('every element of every kind is classified, and nothing else is', () => {
    expect([...elements].sort()).toEqual(Object.keys(elementClasses).sort())
  })

  test('what is closed is that and no more', () => {
    expect([...elements].filter(isClosed).sort()).toEqual([
      'buyerIdNumber',
      'buyerName',
      'buyerRegNo',
      'buyerTelephone',
      'consignee',
      'consigneeAddress',
      'consigneeTelephone',
      'ebcTelephone',
      'note',
      'oriBizMessage',
      'payerIdNumber',
      'payerName',
      'reason',
      'returnInfo',
      'telephone',
    ])
  })

  test.each(Object.keys(samples) as SampleKind[])('nothing of a person stands open in %s', (kind) => {
    const { personal, ...open } = made(kind, { note: `致${buyer.name}` }, (lines) =>
      lines.map((line) => ({ ...line, note: buyer.telephone })),
    )
    const told = JSON.stringify(open)
    for (const value of [identityNumber, ...Object.values(buyer)]) expect(told).not.toContain(value)
    expect(personal.note).toBe(`致${buyer.name}`)
    expect(Object.keys(personal).filter((name) => !isClosed(name))).toEqual([])
  })
})

describe('what names a document', () => {
  test.each<[SampleKind, object]>([
    [
      '311',
      {
        role: 'order',
        direction: 'import',
        key: '["order","import","ebpCode","3501960E1A","SL202611200001"]',
        order: '["import","3501960E1A","SL202611200001"]',
        waybill: null,
        invtNo: null,
        buyer: print(identityNumber),
        draft: false,
        removed: false,
      },
    ],
    [
      '411',
      {
        role: 'payment',
        key: '["payment","import","payTransactionId","ZF202611200001","3501960P4Y"]',
        order: '["import","3501960E1A","SL202611200001"]',
        waybill: null,
        buyer: null,
      },
    ],
    [
      '511',
      {
        role: 'waybill',
        key: '["waybill","import","logisticsCode","3501980F2B","YD0000000001"]',
        order: null,
        waybill: '["import","3501980F2B","YD0000000001"]',
      },
    ],
    [
      '621',
      {
        role: 'list',
        key: '["list","import","copNo","QD20261120000001","3501980F2B"]',
        order: '["import","3501960E1A","SL202611200001"]',
        waybill: '["import","3501980F2B","YD0000000001"]',
        invtNo: null,
        buyer: print(identityNumber),
      },
    ],
    ['623', { role: 'cancellation', invtNo: '35002026I000000001', buyer: null }],
    ['625', { role: 'return', invtNo: '35002026I000000001', order: '["import","3501960E1A","SL202611200001"]' }],
    [
      '303',
      {
        role: 'order',
        direction: 'export',
        key: '["order","export","ebcCode","91350102MYE0000341","CK202611200001"]',
        order: '["export","91350102MYE0000341","CK202611200001"]',
        buyer: null,
      },
    ],
    ['403', { role: 'payment', key: '["payment","export","orderNo","CK202611200001","91350102MYE0000341","SK1"]' }],
    ['505', { role: 'waybill', order: null, waybill: '["export","3501980F2B","CY0000000001"]' }],
    ['507', { role: 'arrival', waybill: null, order: null }],
    ['509', { role: 'departure', waybill: null, order: null }],
    [
      '603',
      {
        role: 'list',
        key: '["list","export","copNo","CKQD20261120000001","3501980F2B"]',
        order: '["export","91350102MYE0000341","CK202611200001"]',
        waybill: '["export","3501980F2B","CY0000000001"]',
        buyer: null,
      },
    ],
    ['605', { role: 'cancellation', order: null }],
    ['607', { role: 'bill' }],
    ['213', { role: 'return', direction: 'export', waybill: null, invtNo: '35002026E000000001' }],
    ['701', { role: 'summary' }],
  ])('%s', (kind, want) => {
    expect(made(kind)).toMatchObject(want)
  })

  test.each<[DeclaredKind, string]>([
    ['215', 'tally'],
    ['513', 'status'],
    ['711', 'delivery'],
  ])('%s is kept as %s, and joins nothing', (kind, role) => {
    const document = tradeDocument(kind, { head: {}, lines: [] }, print)
    expect(document).toMatchObject({ role, order: null, waybill: null, invtNo: null })
  })

  test('a list without copNo is named by what it joins', () => {
    expect(made('621', { copNo: undefined }).key).toBe(
      '["list","import","ebpCode","3501960E1A","SL202611200001","3501980F2B","YD0000000001","3501980F2B"]',
    )
    expect(made('621', { copNo: '' }).key).toBe(made('621', { copNo: undefined }).key)
  })

  test('no two codes and numbers join to the same key', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '"', ',', '[', '\\', '中', ' '), maxLength: 4 })
    fc.assert(
      fc.property(part, part, part, part, (code, number, otherCode, otherNumber) => {
        const [one, other] = [
          made('311', { ebpCode: code, orderNo: number }),
          made('311', { ebpCode: otherCode, orderNo: otherNumber }),
        ]
        expect(one.key === other.key).toBe(code === otherCode && number === otherNumber)
        expect(one.order === other.order).toBe(code === otherCode && number === otherNumber)
      }),
    )
  })

  test('what carries many waybills names them in its lines', () => {
    expect(made('507').waybill).toBeNull()
    expect(waybillsOf(made('507'))).toEqual([made('505').waybill])
    expect(waybillsOf(made('603'))).toEqual([])
  })
})

describe('which version counts', () => {
  const above = (later: Record<string, string>, earlier: Record<string, string>): void => {
    const [one, other] = [made('621', later), made('621', earlier)]
    expect([supersedes(one.version, other.version), supersedes(other.version, one.version)]).toEqual([true, false])
  }

  test('the later by appTime', () => {
    above({ appTime: '20261120093001' }, { appTime: '20261120093000', appType: '3' })
  })
  test('of one second a change after what is new, and a deletion after both', () => {
    above({ appType: '2' }, { appType: '1' })
    above({ appType: '3' }, { appType: '2' })
  })
  test('a draft never takes the place of what was declared', () => {
    above({ appTime: '20261120093000' }, { appTime: '20261121093000', appStatus: '1' })
  })
  test('the same again takes no place, in whatever order its values came', () => {
    const { version } = made('621')
    expect(supersedes(version, version)).toBe(false)
    const reversed = Object.fromEntries(Object.entries(listHead).reverse())
    expect(tradeDocument('621', { head: reversed, lines: samples['621'].lines }, print)?.version).toBe(version)
  })
  test('two of one second that differ in anything are told apart, personal values too', () => {
    const versions = [
      made('621'),
      made('621', { buyerName: '另一人' }),
      made('621', { netWeight: '1.8' }),
      made('621', {}, (lines) => lines.slice(0, 1)),
      made('621', {}, (lines) => lines.toReversed()),
    ].map(({ version }) => version)
    expect(new Set(versions).size).toBe(versions.length)
    expect(versions.filter((version) => !/^120261120093000[123][0-9a-f]{32}$/.test(version))).toEqual([])
  })
  test('draft and deletion are said', () => {
    expect(made('603', { appType: '2' })).toMatchObject({ removed: false, draft: false })
    expect(made('603', { appType: '3', appStatus: '1' })).toMatchObject({ removed: true, draft: true })
  })
  test('an identity number has one print, however its X is written', () => {
    const number = '11010519491231002'
    expect(made('621', { buyerIdNumber: `${number}x` }).buyer).toBe(made('621', { buyerIdNumber: `${number}X` }).buyer)
  })
})

test.each(Object.keys(samples) as SampleKind[])('the sample of %s is as the standard wants it', (kind) => {
  const carried = { copCode: '3501980F2B', copName: '福州示例报关有限公司', dxpMode: 'DXP', dxpId: 'DXPENT0000000001' }
  const message = {
    standard: '202205',
    kind,
    guid,
    version: '1.0',
    envelope: null,
    transfer: carried,
    subscriptions: [],
    documents: [samples[kind]],
    signature,
    extension: null,
  } as unknown as Message
  expect(said(readMessage(Buffer.from(writeMessage(message))))).toEqual([])
})
