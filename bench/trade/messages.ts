/**
 * Messages of retail exports: orders, receipts of payment, waybills and lists, 100 documents each, which all match. Numbers
 * are put into texts that stand: whoever hands in shares the machine with the hub, and the writer of the development data
 * (sandbox/trade), which checks what it writes, would take more of it.
 */
import type { Kind } from '../../rules/ceb/kinds.ts'

/** Documents in a message, as many as the standard allows. */
export const documentsEach = 100

type Values = Readonly<Record<string, string | number>>

const elements = (values: Values): string =>
  Object.entries(values)
    .map(([name, value]) => `<ceb:${name}>${value}</ceb:${name}>`)
    .join('')

const guidOf = (number: number): string =>
  `5A7E3B90-41C2-4D8F-9A16-${number.toString(16).toUpperCase().padStart(12, '0')}`

/** Whose messages they are. */
export const dxpId = 'DXPENT0000350166'

const platform = { ebpCode: '350166K001', ebpName: '示例跨境平台' }
const merchant = { ebcCode: '350196K002', ebcName: '示例出口商贸' }
const carrier = { logisticsCode: '350198K003', logisticsName: '示例国际物流' }
const declared = (number: number): Values => ({
  guid: guidOf(number),
  appType: 1,
  appTime: '20261121090000',
  appStatus: 2,
})
const goods = [
  { itemNo: 'LX-1', name: '棉制针织T恤衫', gcode: '6109100010', price: 35, qty: 2 },
  { itemNo: 'LX-2', name: '塑料餐具套装', gcode: '3924100000', price: 18.5, qty: 4 },
  { itemNo: 'LX-3', name: '陶瓷茶杯', gcode: '6912001000', price: 22.25, qty: 1 },
]

function order(number: number): string {
  const lines = goods.map(({ itemNo, name, price, qty }, index) => {
    const line = { gnum: index + 1, itemNo, itemName: name, barCode: '6900000000000', unit: '011', currency: 142 }
    return `<ceb:OrderList>${elements({ ...line, qty, price, totalPrice: price * qty })}</ceb:OrderList>`
  })
  const head = { ...declared(number), orderType: 'E', orderNo: `SO${number}`, ...platform, ...merchant }
  const amounts = { goodsValue: 166.25, freight: 12, currency: 142 }
  return `<ceb:Order><ceb:OrderHead>${elements({ ...head, ...amounts })}</ceb:OrderHead>${lines.join('')}</ceb:Order>`
}

const payment = (number: number): string =>
  `<ceb:Receipts>${elements({
    ...declared(number),
    ...platform,
    ...merchant,
    orderNo: `SO${number}`,
    payCode: '350198K005',
    payName: '示例支付服务',
    payNo: `SK${number}`,
    charge: 178.25,
    currency: 142,
    accountingDate: '20261121090000',
  })}</ceb:Receipts>`

const waybill = (number: number): string =>
  `<ceb:Logistics>${elements({
    ...declared(number),
    ...carrier,
    logisticsNo: `YD${number}`,
    freight: 12,
    insuredFee: 0,
    currency: 142,
    grossWeight: 1.2,
    packNo: 1,
    goodsInfo: '服装、餐具',
  })}</ceb:Logistics>`

function list(number: number): string {
  const lines = goods.map(({ itemNo, name, gcode, price, qty }, index) => {
    const line = {
      gnum: index + 1,
      itemNo,
      gcode,
      gname: name,
      gmodel: '零售包装',
      barCode: '6900000000000',
      country: 502,
    }
    const amounts = { currency: 142, qty, qty1: qty, unit: '011', unit1: '011', price, totalPrice: price * qty }
    return `<ceb:InventoryList>${elements({ ...line, ...amounts })}</ceb:InventoryList>`
  })
  const head = {
    ...declared(number),
    customsCode: '3507',
    ...platform,
    orderNo: `SO${number}`,
    ...carrier,
    logisticsNo: `YD${number}`,
    copNo: `QD${number}`,
    ieFlag: 'E',
    portCode: '3507',
    ieDate: '20261121',
    statisticsFlag: 'A',
    agentCode: '350198K004',
    agentName: '示例报关服务',
    ...merchant,
    ownerCode: '350196K002',
    ownerName: '示例出口商贸',
    tradeMode: '9610',
    trafMode: 5,
    trafName: '航空',
    voyageNo: 'MF801',
    billNo: 'B2026112101',
    country: 502,
    POD: 502,
    freight: 12,
    fCurrency: 142,
    fFlag: 3,
    insuredFee: 0,
    iCurrency: 142,
    iFlag: 3,
    wrapType: 2,
    packNo: 1,
    grossWeight: 1.2,
    netWeight: 1,
  }
  return `<ceb:Inventory><ceb:InventoryHead>${elements(head)}</ceb:InventoryHead>${lines.join('')}</ceb:Inventory>`
}

/** Lists that are declared are signed; nothing here verifies it. */
const signature =
  '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/><ds:SignatureValue>AA==</ds:SignatureValue></ds:Signature>'

const makers = { '303': order, '403': payment, '505': waybill, '603': list } as const

/** The kinds that a list is matched by, the list last. */
export const tradeKinds = Object.keys(makers) as (keyof typeof makers)[]

const transfer = `<ceb:BaseTransfer>${elements({
  copCode: '350166K001',
  copName: '示例跨境平台',
  dxpMode: 'DXP',
  dxpId,
})}</ceb:BaseTransfer>`

/** A message of 100 documents, numbered from `first` on, in UTF-8. */
export function tradeMessage(kind: Extract<Kind, keyof typeof makers>, first: number): Buffer {
  const documents = Array.from({ length: documentsEach }, (_, index) => makers[kind](first + index)).join('')
  return Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?><ceb:CEB${kind}Message guid="${guidOf(first)}" version="1.0" xmlns:ceb="http://www.chinaport.gov.cn/ceb">${documents}${transfer}${signature}</ceb:CEB${kind}Message>`,
  )
}
