/** Messages of invented enterprises, whole and as the specification wants them, to be spoiled by the tests. */
import { identityNumberCheckDigit } from '../../rules/identity-number.ts'
import { readMessage, type ReadOptions, type Reading } from '../../rules/ceb/read.ts'
import { violationText } from '../../rules/ceb/violation.ts'

/** Nobody's: the serial number of the day is one that was given to no one. */
export const identityNumber = `35010219900101999${identityNumberCheckDigit('35010219900101999')}`
export const buyer = { name: '演示订购人', telephone: '19900009001', address: '福州市示例路一号' }
export const guid = '0A1B2C3D-0A1B-4C2D-8E3F-0123456789AB'

type Values = Record<string, string>

const parties = {
  ebpCode: '3501960E1A',
  ebpName: '福州示例平台有限公司',
  ebcCode: '91350102MYE0000341',
  ebcName: '福州示例云帆贸易有限公司',
}
const sent = { guid, appType: '1', appTime: '20261120093000', appStatus: '2' }

export const orderHead: Values = {
  ...sent,
  orderType: 'I',
  orderNo: 'SL202611200001',
  ...parties,
  goodsValue: '250',
  freight: '10.5',
  discount: '20',
  taxTotal: '21.84',
  acturalPaid: '262.34',
  currency: '142',
  buyerRegNo: 'u-1',
  buyerName: buyer.name,
  buyerTelephone: buyer.telephone,
  buyerIdType: '1',
  buyerIdNumber: identityNumber,
  consignee: buyer.name,
  consigneeTelephone: buyer.telephone,
  consigneeAddress: buyer.address,
  consigneeDistrict: '350102',
}
export const orderLines: Values[] = [
  {
    gnum: '1',
    itemName: '示例奶粉',
    gmodel: '900g',
    unit: '122',
    qty: '2',
    price: '100',
    totalPrice: '200',
    currency: '142',
    country: '601',
  },
  {
    gnum: '2',
    itemName: '示例面霜',
    gmodel: '50ml',
    unit: '142',
    qty: '1',
    price: '50',
    totalPrice: '50',
    currency: '142',
    country: '305',
  },
]
export const listHead: Values = {
  ...sent,
  orderNo: 'SL202611200001',
  ...parties,
  logisticsNo: 'YD0000000001',
  logisticsCode: '3501980F2B',
  logisticsName: '福州示例速运有限公司',
  copNo: 'QD20261120000001',
  assureCode: '91350102MYE0000341',
  ieFlag: 'I',
  declTime: '20261120',
  customsCode: '3500',
  portCode: '3500',
  buyerIdType: '1',
  buyerIdNumber: identityNumber,
  buyerName: buyer.name,
  buyerTelephone: buyer.telephone,
  consigneeAddress: buyer.address,
  agentCode: '3501980F2B',
  agentName: '福州示例报关有限公司',
  tradeMode: '9610',
  trafMode: '5',
  trafNo: 'MF0001',
  voyageNo: '20261119',
  billNo: '99900000001',
  country: '601',
  freight: '10.5',
  insuredFee: '0',
  currency: '142',
  packNo: '1',
  grossWeight: '2.1',
  netWeight: '1.85',
}
export const listLines: Values[] = [
  {
    gnum: '1',
    gcode: '1901101000',
    gname: '示例奶粉',
    gmodel: '900g',
    country: '601',
    currency: '142',
    qty: '2',
    unit: '122',
    qty1: '1.8',
    unit1: '035',
    price: '100',
    totalPrice: '200',
  },
  {
    gnum: '2',
    gcode: '3304990039',
    gname: '示例面霜',
    gmodel: '50ml',
    country: '305',
    currency: '142',
    qty: '1',
    unit: '142',
    qty1: '0.05',
    unit1: '035',
    price: '50',
    totalPrice: '50',
  },
]
export const transfer: Values = {
  copCode: '3501980F2B',
  copName: '福州示例报关有限公司',
  dxpMode: 'DXP',
  dxpId: 'DXPENT0000000001',
}

/** Elements of one level, values as they stand, so that a test may put anything there. */
export const elements = (values: Values): string =>
  Object.entries(values)
    .map(([name, value]) => `<ceb:${name}>${value}</ceb:${name}>`)
    .join('')

export const order = (head = orderHead, lines = orderLines): string =>
  `<ceb:Order><ceb:OrderHead>${elements(head)}</ceb:OrderHead>${lines.map((line) => `<ceb:OrderList>${elements(line)}</ceb:OrderList>`).join('')}</ceb:Order>`
export const list = (head = listHead, lines = listLines): string =>
  `<ceb:Inventory><ceb:InventoryHead>${elements(head)}</ceb:InventoryHead>${lines.map((line) => `<ceb:InventoryList>${elements(line)}</ceb:InventoryList>`).join('')}</ceb:Inventory>`
export const signature =
  '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo/><ds:SignatureValue>AA==</ds:SignatureValue></ds:Signature>'
export const base = (values = transfer): string => `<ceb:BaseTransfer>${elements(values)}</ceb:BaseTransfer>`

/** A message around what stands in it. */
export const message = (kind: string, inner: string, attributes = `guid="${guid}" version="1.0"`): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<ceb:CEB${kind}Message ${attributes} xmlns:ceb="http://www.chinaport.gov.cn/ceb">${inner}</ceb:CEB${kind}Message>`
export const orders = (...documents: string[]): string => message('311', documents.join('') + base())
export const lists = (...documents: string[]): string => message('621', documents.join('') + base() + signature)

export const read = (xml: string, options?: ReadOptions): Reading => readMessage(Buffer.from(xml), options)

/** What is said of a message, a line each. */
export const said = (reading: Reading): string[] =>
  reading.violations.map((violation) => `${violation.severity} ${violationText(violation)}`)
