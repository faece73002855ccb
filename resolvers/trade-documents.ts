/**
 * Trade documents as the view shows them: under its names, with ISO codes, and times with their zone.
 * It is longer than 300 lines: what stands under which name is read side by side.
 */
import { alpha3Of } from '../rules/country.ts'
import { isoCurrencyOf } from '../rules/currency.ts'
import { isDateTime } from '../rules/date.ts'
import { isDecimal } from '../rules/decimal.ts'
import { checkHsCode } from '../rules/hs-code.ts'
import type { Values } from '../rules/ceb/message.ts'
import type { Direction, Role } from '../rules/trade/document.ts'
import { isClosed } from '../rules/trade/personal.ts'
import type { StatusReceipt } from '../rules/trade/status.ts'
import type { Target } from '../rules/trade/zone-targets.ts'
import type { TradeReader } from '../store/trade/reader.ts'
import { declarationStatusOf } from '../rules/declaration-status.ts'
import type { Place } from '../rules/trade/finding.ts'
import { checkUscc } from '../rules/uscc.ts'
import type { Quotation } from '../auth/quotation.ts'
import type { Coordinate } from '../auth/vocabulary.ts'
import type { StoredDocument } from '../store/trade/life.ts'

/** Whose it is: the seller 电商企业; null where it is not named by its credit code, which no grant of some rows reaches. */
interface Sold {
  uscc: string | null
}

/** What a seller's documents are found by. */
export interface TradeRecord {
  uscc: string
}

export type TradeOrder = Sold & ReturnType<typeof orderFields> & { stored: StoredDocument }
export type TradePayment = Sold & ReturnType<typeof paymentFields> & { stored: StoredDocument }
export type TradeWaybill = Sold & ReturnType<typeof waybillFields> & { stored: StoredDocument }
export type TradeList = Sold & ReturnType<typeof listFields> & { stored: StoredDocument }
export type TradeOrderLine = ReturnType<typeof orderLine>
export type TradeListLine = ReturnType<typeof listLine>

/** Roles that the view has a name for. */
export type ShownRole = 'ORDER' | 'PAYMENT' | 'WAYBILL' | 'LIST' | 'RETURN'

export interface TradeFindingSide extends Quotation {
  role: ShownRole | null
  element: string
  gnum: string | null
}

export interface TradeFinding {
  rule: string
  code: string
  text: string
  left: TradeFindingSide
  right: TradeFindingSide
}

/** A return as its list's match shows it. */
export interface TradeReturn extends Sold {
  copNo: string | null
  findings: TradeFinding[]
}

/** What a list is held against, as far as it is its seller's. */
export interface Evidence {
  list: StoredDocument
  order: StoredDocument | null
  payments: readonly StoredDocument[]
  waybill: TradeWaybill | null
}

/** What a match is made of; documents of other sellers are not among it. */
export interface TradeMatch extends Sold {
  state: 'MATCHED' | 'PENDING' | 'REJECTED' | 'CANCELLED'
  missing: ShownRole[]
  decidedAt: string | null
  list: TradeList | null
  order: TradeOrder | null
  payments: TradePayment[]
  waybill: TradeWaybill | null
  findings: TradeFinding[]
  /** What its returns are held against; null where no list has come. */
  evidence: Evidence | null
}

export interface TradeGroup {
  key: string | null
  lists: number
  amounts: { currency: string; amount: string }[]
}

export interface TradeStatistics {
  total: TradeGroup | null
  suppressed: number
  /** All that are told, in the order of the view. */
  told: readonly TradeGroup[]
}

/** A number of a plan, of which progress is looked for where it is asked. */
export interface TradeZoneTarget {
  target: Target
}

const text = (value: string | undefined): string | null => (value === undefined || value === '' ? null : value)
const decimal = (value: string | undefined): string | null => (value !== undefined && isDecimal(value) ? value : null)
const currency = (value: string | undefined): string | null => isoCurrencyOf(value ?? '')
const country = (value: string | undefined): string | null => alpha3Of(value ?? '')
const hsCode = (value: string | undefined): string | null =>
  value !== undefined && checkHsCode(value).valid ? value : null

/** Of a time YYYYMMDDhhmmss in China; null for what is none. */
export function momentOf(stamp: string | undefined): string | null {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(stamp ?? '') ?? []
  const [year, month, day, hour, minute, second] = parts
  const moment = `${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`
  return isDateTime(moment) ? moment : null
}

export const directionOf = (direction: Direction) => (direction === 'import' ? 'IMPORT' : 'EXPORT')

const roles: Partial<Record<Role, ShownRole>> = {
  order: 'ORDER',
  payment: 'PAYMENT',
  waybill: 'WAYBILL',
  list: 'LIST',
  return: 'RETURN',
}
export const roleOf = (role: Role): ShownRole | null => roles[role] ?? null

/** The seller of a document, or of what it belongs to. */
export function sellerOf(stored: StoredDocument | null): string | null {
  const code = stored?.document.head.ebcCode ?? ''
  return checkUscc(code).valid ? code : null
}

const orderFields = ({ document: { head, direction, lines } }: StoredDocument) => ({
  number: text(head.orderNo),
  direction: directionOf(direction),
  orderType: text(head.orderType),
  platform: text(head.ebpCode),
  seller: text(head.ebcCode),
  declaredAt: momentOf(head.appTime),
  goodsValue: decimal(head.goodsValue),
  freight: decimal(head.freight),
  discount: decimal(head.discount),
  tax: decimal(head.taxTotal),
  paid: decimal(head.acturalPaid),
  currency: currency(head.currency),
  payCompany: text(head.payCode),
  transactionId: text(head.payTransactionId),
  lines: lines.map(orderLine),
})

const orderLine = (line: Values) => ({
  gnum: text(line.gnum),
  name: text(line.itemName),
  quantity: decimal(line.qty),
  unit: text(line.unit),
  price: decimal(line.price),
  total: decimal(line.totalPrice),
})

const paymentFields = ({ document: { head } }: StoredDocument) => ({
  transactionId: text(head.payTransactionId ?? head.payNo),
  payCompany: text(head.payCode),
  amount: decimal(head.amountPaid ?? head.charge),
  currency: currency(head.currency),
  paidAt: momentOf(head.payTime ?? head.accountingDate),
})

const waybillFields = ({ document: { head } }: StoredDocument) => ({
  number: text(head.logisticsNo),
  carrier: text(head.logisticsCode),
  declaredAt: momentOf(head.appTime),
  freight: decimal(head.freight),
  insurance: decimal(head.insuredFee),
  weight: decimal(head.weight ?? head.grossWeight),
})

const listFields = ({ document: { head, direction, lines }, preNo }: StoredDocument) => ({
  copNo: text(head.copNo),
  preNo,
  direction: directionOf(direction),
  tradeMode: text(head.tradeMode),
  platform: text(head.ebpCode),
  seller: text(head.ebcCode),
  agent: text(head.agentCode),
  orderNo: text(head.orderNo),
  carrier: text(head.logisticsCode),
  waybillNo: text(head.logisticsNo),
  declaredAt: momentOf(head.appTime),
  declarationDistrict: text(head.customsCode),
  portDistrict: text(head.portCode),
  country: country(head.country),
  // Of exports they may be rates, in currencies of their own.
  freight: direction === 'import' ? decimal(head.freight) : null,
  insurance: direction === 'import' ? decimal(head.insuredFee) : null,
  grossWeight: decimal(head.grossWeight),
  netWeight: decimal(head.netWeight),
  lines: lines.map(listLine),
})

const listLine = (line: Values) => ({
  gnum: text(line.gnum),
  hsCode: hsCode(line.gcode),
  name: text(line.gname),
  quantity: decimal(line.qty),
  unit: text(line.unit),
  price: decimal(line.price),
  total: decimal(line.totalPrice),
  currency: currency(line.currency),
  country: country(line.country),
})

export const orderOf = (stored: StoredDocument): TradeOrder => ({
  uscc: sellerOf(stored),
  stored,
  ...orderFields(stored),
})
export const listOf = (stored: StoredDocument): TradeList => ({ uscc: sellerOf(stored), stored, ...listFields(stored) })
/** @param uscc of the seller whose order it pays */
export const paymentOf = (stored: StoredDocument, uscc: string | null): TradePayment => ({
  uscc,
  stored,
  ...paymentFields(stored),
})
/** @param uscc of the seller whose goods it carries */
export const waybillOf = (stored: StoredDocument, uscc: string | null): TradeWaybill => ({
  uscc,
  stored,
  ...waybillFields(stored),
})

/** @param uscc of the seller whose list it is of */
export const returnOf = (
  { document: { head } }: StoredDocument,
  uscc: string | null,
  findings: TradeFinding[],
): TradeReturn => ({ uscc, copNo: text(head.copNo ?? head.coElNo), findings })

/** Under which field of the view an element stands that a finding may quote: of the head, and of a line. */
const shownAs: Partial<Record<ShownRole, { head: Record<string, Coordinate>; line: Record<string, Coordinate> }>> = {
  LIST: {
    head: {
      ebcCode: 'TradeList.seller',
      tradeMode: 'TradeList.tradeMode',
      orderNo: 'TradeList.orderNo',
      logisticsNo: 'TradeList.waybillNo',
      country: 'TradeList.country',
      freight: 'TradeList.freight',
      insuredFee: 'TradeList.insurance',
      appTime: 'TradeList.declaredAt',
      buyerName: 'TradeList.buyerName',
      buyerIdNumber: 'TradeList.buyerIdNumber',
      buyerTelephone: 'TradeList.buyerTelephone',
    },
    line: {
      gnum: 'TradeListLine.gnum',
      gname: 'TradeListLine.name',
      qty: 'TradeListLine.quantity',
      unit: 'TradeListLine.unit',
      price: 'TradeListLine.price',
      totalPrice: 'TradeListLine.total',
      currency: 'TradeListLine.currency',
    },
  },
  ORDER: {
    head: {
      ebcCode: 'TradeOrder.seller',
      orderNo: 'TradeOrder.number',
      orderType: 'TradeOrder.orderType',
      payCode: 'TradeOrder.payCompany',
      goodsValue: 'TradeOrder.goodsValue',
      freight: 'TradeOrder.freight',
      taxTotal: 'TradeOrder.tax',
      discount: 'TradeOrder.discount',
      acturalPaid: 'TradeOrder.paid',
      currency: 'TradeOrder.currency',
      buyerName: 'TradeOrder.buyerName',
      buyerIdNumber: 'TradeOrder.buyerIdNumber',
      buyerTelephone: 'TradeOrder.buyerTelephone',
      consignee: 'TradeOrder.consignee',
      consigneeTelephone: 'TradeOrder.consigneeTelephone',
      consigneeAddress: 'TradeOrder.consigneeAddress',
    },
    line: {
      gnum: 'TradeOrderLine.gnum',
      itemName: 'TradeOrderLine.name',
      qty: 'TradeOrderLine.quantity',
      unit: 'TradeOrderLine.unit',
      price: 'TradeOrderLine.price',
      totalPrice: 'TradeOrderLine.total',
    },
  },
  PAYMENT: {
    head: {
      payCode: 'TradePayment.payCompany',
      amountPaid: 'TradePayment.amount',
      currency: 'TradePayment.currency',
      payerName: 'TradePayment.payerName',
      payerIdNumber: 'TradePayment.payerIdNumber',
    },
    line: {},
  },
  WAYBILL: {
    head: {
      consignee: 'TradeWaybill.consignee',
      consigneeTelephone: 'TradeWaybill.consigneeTelephone',
      consigneeAddress: 'TradeWaybill.consigneeAddress',
    },
    line: {},
  },
}

/** The field of the view that a place stands under; null where it has none. */
export function fieldAt({ role, element, gnum }: Place): Coordinate | null {
  const names = shownAs[roleOf(role) ?? 'RETURN']
  return names?.[gnum === undefined ? 'head' : 'line'][element] ?? null
}

/** What stands at a place of a document; null where nothing does, or a text of a line that is not kept in clear. */
export async function valueAt(
  { key, document }: StoredDocument,
  { element, gnum }: Place,
  trade: TradeReader,
): Promise<string | null> {
  if (gnum !== undefined) return text(document.lines.find((line) => line.gnum === gnum)?.[element])
  return text(isClosed(element) ? (await trade.personal(key))[element] : document.head[element])
}

export type TradeStatus = ReturnType<typeof statusOf>

/** A status with the receipt 回执 that caused it. */
export function statusOf({ returnStatus, returnTime, guid }: StatusReceipt) {
  const known = declarationStatusOf(returnStatus)
  return {
    code: returnStatus,
    zh: known?.zh ?? null,
    en: known?.en ?? null,
    at: momentOf(returnTime),
    receipt: text(guid),
  }
}
