import { describe, expect, test } from 'vitest'
import { precedes } from '../../rules/trade/contention.ts'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { matchOf, type Evidence } from '../../rules/trade/match.ts'
import { exported, found, imported, made, type SampleKind } from './documents.ts'

type Change = Record<string, string | undefined>

describe('what is not there', () => {
  const spoiled = (kind: SampleKind, head: Change): [string, TradeDocument] => [
    `${kind} ${JSON.stringify(head)}`,
    made(kind, head),
  ]
  const gone: [string, TradeDocument][] = (['621', '311', '411', '511'] as const).flatMap((kind) => [
    spoiled(kind, { appStatus: '1' }),
    spoiled(kind, { appType: '3' }),
  ])
  const roles = { list: 'list', order: 'order', payment: 'payment', waybill: 'waybill' } as const

  test.each([
    ...gone,
    spoiled('311', { orderNo: 'SL2' }),
    spoiled('411', { orderNo: 'SL2' }),
    spoiled('411', { payTransactionId: 'ZF2' }),
    spoiled('511', { logisticsNo: 'YD2' }),
    spoiled('511', { appTime: '20260519235959' }),
    spoiled('511', { appTime: '20270521000000' }),
  ])('%s leaves the others waiting, whatever they say', (_what, document) => {
    const wrongElsewhere = { order: made('311', { buyerTelephone: '19900009002' }) }
    const { role } = document
    const evidence: Evidence = {
      ...imported,
      ...(role === 'order' ? {} : wrongElsewhere),
      ...(role === 'payment' ? { payments: [document] } : { [role]: document }),
    }
    expect(found(matchOf(evidence))).toEqual([`PENDING ${roles[role as keyof typeof roles]}`])
  })

  test('everything that is missing is said', () => {
    expect(found(matchOf({ list: null, order: null, payments: [], waybill: null, rivals: [] }))).toEqual([
      'PENDING list order payment', // which waybill, a list tells
    ])
    expect(found(matchOf({ ...imported, order: null, payments: [], waybill: null }))).toEqual([
      'PENDING order payment waybill',
    ])
    expect(found(matchOf({ ...imported, list: null }))).toEqual(['PENDING list'])
    expect(found(matchOf({ ...exported, payments: [] }))).toEqual(['PENDING payment'])
  })

  test('a waybill to the day six months before is the list’s', () => {
    const early: Evidence = { ...imported, waybill: made('511', { appTime: '20260520000000' }) }
    expect(found(matchOf(early))).toEqual(['MATCHED'])
    const day = (appTime: string): Evidence => ({
      ...imported,
      list: made('621', { appTime }),
      waybill: made('511', { appTime: '20260831090000' }),
    })
    expect(found(matchOf(day('20270228235959')))).toEqual(['MATCHED'])
    expect(found(matchOf(day('20270301000000')))).toEqual(['PENDING waybill'])
  })
})

test('of two documents of one version the lesser key comes first', () => {
  const [one, other] = [
    { ...made('621'), key: 'a' },
    { ...made('621'), key: 'b' },
  ]
  expect([precedes(one, other), precedes(other, one), precedes(one, one)]).toEqual([true, false, false])
})

describe('several payments', () => {
  const noTransaction = made('311', { payTransactionId: undefined })
  const wrong = made('411', { payTransactionId: 'ZF0', payerName: '另一人', appTime: '20261119000000' })
  const worse = made('411', { payTransactionId: 'ZF9', amountPaid: '1', appTime: '20261121000000' })

  test('the one that fits counts, in whatever order they came', () => {
    const fitting = made('411')
    for (const payments of [
      [wrong, worse, fitting],
      [fitting, worse, wrong],
    ]) {
      expect(found(matchOf({ ...imported, order: noTransaction, payments }))).toEqual(['MATCHED'])
    }
  })
  test('where none does, the earliest is told of', () => {
    for (const payments of [
      [wrong, worse],
      [worse, wrong],
    ]) {
      expect(found(matchOf({ ...imported, order: noTransaction, payments }))).toEqual([
        '1327 OrderHead.buyerName,PaymentHead.payerName',
      ])
    }
  })
  test('the transaction that the order names is the payment, even where another would fit', () => {
    const named = made('411', { payerName: '另一人' })
    const payments = [made('411', { payTransactionId: 'ZF2' }), named]
    expect(found(matchOf({ ...imported, payments }))).toEqual(['1327 OrderHead.buyerName,PaymentHead.payerName'])
  })
})
