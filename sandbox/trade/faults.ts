/** Faults that are planted, and what a list with each of them must come to. */
import type { AnyDocument, Values } from '../../rules/ceb/message.ts'
import type { DeclaredKind } from '../../rules/ceb/kinds.ts'
import { compactTime } from '../world/calendar.ts'
import { exportDocuments } from './exports.ts'
import { importDocuments, type ImportDocuments } from './imports.ts'
import { personAt, type Party } from './parties.ts'
import type { Item, Sale } from './sale.ts'

/** What a list comes to, as the sandbox knows it: from how it was made, not from the rules. */
export type Expected =
  { state: 'MATCHED' } | { state: 'PENDING'; missing: string[] } | { state: 'REJECTED'; codes: string[] }

/** A document and the kind of message it is sent in. */
export type Sent = readonly [kind: DeclaredKind, document: AnyDocument]

export interface Case {
  sent: readonly Sent[]
  expected: Expected
}

/** What a fault is made of: the sale, one before it of the same direction, and an enterprise that has no part in it. */
export interface Ground {
  sale: Sale
  before: Sale
  stranger: Party
}

type Fault = (ground: Ground) => Case

const rejected = (...codes: string[]): Expected => ({ state: 'REJECTED', codes })
const pending = (...missing: string[]): Expected => ({ state: 'PENDING', missing })
const matched: Expected = { state: 'MATCHED' }

const withHead = ({ head, lines }: AnyDocument, values: Values): AnyDocument => ({
  head: { ...head, ...values },
  lines,
})

type Role = keyof ImportDocuments
const importKinds = { order: '311', payment: '411', waybill: '511', list: '621' } as const
const exportKinds = { order: '303', payment: '403', waybill: '505', list: '603' } as const

export const sentOf = (kinds: Record<Role, DeclaredKind>, documents: Partial<Record<Role, AnyDocument>>): Sent[] =>
  (['order', 'payment', 'waybill', 'list'] as const).flatMap((role) => {
    const document = documents[role]
    return document === undefined ? [] : [[kinds[role], document] as const]
  })

/** An import with values of one document changed. */
const changed =
  (role: Role, code: string, values: (ground: Ground) => Values): Fault =>
  (ground) => {
    const documents = importDocuments(ground.sale)
    return {
      sent: sentOf(importKinds, { ...documents, [role]: withHead(documents[role], values(ground)) }),
      expected: rejected(code),
    }
  }

const oneCent = (amount: string): string => amount.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10))

/** An import of which one document prices its first line otherwise than its total says. */
const repriced =
  (role: 'order' | 'list', code: string): Fault =>
  ({ sale }) => {
    const documents = importDocuments(sale)
    const { head, lines } = documents[role]
    const document = {
      head,
      lines: lines.map((line, at) => (at === 0 ? { ...line, price: oneCent(line.price ?? '') } : line)),
    }
    return { sent: sentOf(importKinds, { ...documents, [role]: document }), expected: rejected(code) }
  }

/** People who buy nothing else begin here. */
const others = 50_000_000
const other = (n: number) => personAt(others + n)

/** A moment later than the other sale, so that this one loses to it. */
const after = (before: Sale): number => before.at + 120_000

const usedOrder =
  (kinds: typeof importKinds | typeof exportKinds, make: (sale: Sale) => Record<Role, AnyDocument>): Fault =>
  ({ sale, before }) => {
    const { copNo, logisticsNo, guid } = sale
    const { waybill, list } = make({ ...before, copNo, logisticsNo, guid, at: after(before) })
    return { sent: sentOf(kinds, { waybill, list }), expected: rejected('-301010') }
  }

const usedWaybill =
  (kinds: typeof importKinds | typeof exportKinds, make: (sale: Sale) => Record<Role, AnyDocument>): Fault =>
  ({ sale, before }) => {
    const { logisticsNo, buyer } = before
    const parties = { ...sale.parties, carrier: before.parties.carrier }
    const { order, payment, list } = make({ ...sale, parties, logisticsNo, buyer, at: after(before) })
    return { sent: sentOf(kinds, { order, payment, list }), expected: rejected('-504015') }
  }

const without =
  (
    role: 'order' | 'payment' | 'waybill',
    kinds: typeof importKinds | typeof exportKinds,
    make: (sale: Sale) => Record<Role, AnyDocument>,
  ): Fault =>
  ({ sale }) => {
    const documents: Partial<Record<Role, AnyDocument>> = make(sale)
    delete documents[role]
    return { sent: sentOf(kinds, documents), expected: pending(role) }
  }

/** One piece of an article for so many hundredths. */
const pieces = ([item]: readonly Item[], price: number, count: number): Item[] =>
  item === undefined ? [] : Array.from({ length: count }, () => ({ ...item, price, quantity: 1 }))

const twentyThousand = 2_000_000

/** The dear purchase of a fault of the year, or the one before it: each alone is within the limit. */
export const dearSale = (sale: Sale, buyerOf: number): Sale => ({
  ...sale,
  buyer: other(buyerOf),
  items: pieces(sale.items, twentyThousand, 1),
})

export const importFaults: Readonly<Record<string, Fault>> = {
  'order-enterprise': changed('list', '-301003', ({ stranger }) => ({
    ebcCode: stranger.code,
    ebcName: stranger.name,
  })),
  'payment-enterprise': changed('payment', '13035', ({ stranger }) => ({
    payCode: stranger.code,
    payName: stranger.name,
  })),
  'amount-paid': ({ sale }) => {
    const documents = importDocuments(sale)
    const amountPaid = oneCent(documents.payment.head.amountPaid ?? '')
    return {
      sent: sentOf(importKinds, { ...documents, payment: withHead(documents.payment, { amountPaid }) }),
      expected: rejected('1332'),
    }
  },
  // Alike in both, so that nothing but the sum is wrong.
  'order-sum': ({ sale }) => {
    const documents = importDocuments(sale)
    const paid = oneCent(documents.payment.head.amountPaid ?? '')
    const order = withHead(documents.order, { acturalPaid: paid })
    const payment = withHead(documents.payment, { amountPaid: paid })
    return { sent: sentOf(importKinds, { ...documents, order, payment }), expected: rejected('-301008') }
  },
  'order-total': repriced('order', '-301008'),
  'list-total': repriced('list', '-621001'),
  'order-fixed': changed('order', '-301008', () => ({ buyerIdType: '2' })),
  'payment-fixed': changed('payment', '-401009', () => ({ payerIdType: '2' })),
  'waybill-fixed': changed('waybill', '-504011', () => ({ packNo: '2' })),
  'list-fixed': changed('list', '-621001', () => ({ packNo: '2' })),
  'trade-mode': changed('list', '-621001', () => ({ billNo: '' })),
  'payer-name': changed('payment', '1327', () => ({ payerName: '林另人' })),
  'payer-number': changed('payment', '1327', ({ sale }) => ({ payerIdNumber: other(sale.n).idNumber })),
  'buyer-name': changed('list', '13127', () => ({ buyerName: '林另人' })),
  'buyer-telephone': changed('list', '130126', () => ({ buyerTelephone: '10099999999' })),
  'buyer-number': changed('list', '1300', ({ sale }) => ({ buyerIdNumber: other(sale.n).idNumber })),
  consignee: changed('waybill', '-301008', () => ({ consignee: '林另人' })),
  'consignee-telephone': changed('waybill', '-301008', () => ({ consigneeTelephone: '10099999999' })),
  'consignee-address': changed('waybill', '-301008', () => ({ consigneeAddress: '示例省另一处' })),
  'line-count': ({ sale }) => {
    const documents = importDocuments(sale)
    const list = { ...documents.list, lines: documents.list.lines.slice(0, -1) }
    return { sent: sentOf(importKinds, { ...documents, list }), expected: rejected('1320') }
  },
  lines: ({ sale }) => {
    const documents = importDocuments(sale)
    const lines = documents.list.lines.map((line, at) => (at === 0 ? { ...line, gname: '另一种商品' } : line))
    const list = { ...documents.list, lines }
    return { sent: sentOf(importKinds, { ...documents, list }), expected: rejected('1322') }
  },
  'order-used': usedOrder(importKinds, importDocuments),
  'waybill-used': usedWaybill(importKinds, importDocuments),
  'single-limit': ({ sale }) => ({
    sent: sentOf(importKinds, importDocuments({ ...sale, items: pieces(sale.items, 300_000, 2) })),
    expected: rejected('-621005'),
  }),
  // The one before it is made dear as well.
  'annual-limit': ({ sale, before }) => ({
    sent: sentOf(importKinds, importDocuments({ ...dearSale(sale, before.n), at: after(before) })),
    expected: rejected('1313'),
  }),
  'no-order': without('order', importKinds, importDocuments),
  'no-payment': without('payment', importKinds, importDocuments),
  'no-waybill': without('waybill', importKinds, importDocuments),
  'order-deleted': ({ sale }) => {
    const documents = importDocuments(sale)
    const deletion = withHead(documents.order, { appType: '3', appTime: compactTime(sale.at + 30_000) })
    return { sent: [['311', deletion], ...sentOf(importKinds, documents)], expected: pending('order') }
  },
  'stale-list': ({ sale }) => {
    const documents = importDocuments(sale)
    const stale = withHead(documents.list, { appTime: compactTime(sale.at), buyerName: '林另人' })
    return { sent: [...sentOf(importKinds, documents), ['621', stale]], expected: matched }
  },
}

export const exportFaults: Readonly<Record<string, Fault>> = {
  'order-lines': ({ sale }) => {
    const documents = exportDocuments(sale)
    const order = { ...documents.order, lines: documents.order.lines.slice(0, -1) }
    const goodsValue = sumOf(order.lines)
    return {
      sent: sentOf(exportKinds, { ...documents, order: withHead(order, { goodsValue }) }),
      expected: rejected('1322'),
    }
  },
  'order-type': ({ sale }) => {
    const documents = exportDocuments(sale)
    return {
      sent: sentOf(exportKinds, { ...documents, order: withHead(documents.order, { orderType: 'B' }) }),
      expected: rejected('-301008'),
    }
  },
  'order-used': usedOrder(exportKinds, exportDocuments),
  'waybill-used': usedWaybill(exportKinds, exportDocuments),
  'no-order': without('order', exportKinds, exportDocuments),
  'no-payment': without('payment', exportKinds, exportDocuments),
  'no-waybill': without('waybill', exportKinds, exportDocuments),
}

const sumOf = (lines: readonly Values[]): string => {
  const cents = lines.reduce((sum, { totalPrice }) => sum + Math.round(Number(totalPrice) * 100), 0)
  return (cents / 100).toFixed(2)
}

export const asImport = (sale: Sale): Case => ({ sent: sentOf(importKinds, importDocuments(sale)), expected: matched })
export const asExport = (sale: Sale): Case => ({ sent: sentOf(exportKinds, exportDocuments(sale)), expected: matched })
