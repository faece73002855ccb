/** A whole document of each kind of imports; together they match. */
import type { DeclaredKind } from '../../rules/ceb/kinds.ts'
import type { AnyDocument, Values } from '../../rules/ceb/message.ts'
import { buyer, guid, identityNumber, listHead, listLines, orderHead, orderLines } from '../ceb/messages.ts'

const sent = { guid, appType: '1', appTime: '20261120093000', appStatus: '2' }
const { ebpCode = '', ebpName = '', ebcCode = '', ebcName = '', orderNo = '' } = orderHead
const { logisticsCode = '', logisticsName = '', logisticsNo = '' } = listHead
const payer = {
  payCode: '3501960P4Y',
  payName: '福州示例支付有限公司',
  payTransactionId: 'ZF202611200001',
}

const paymentHead: Values = {
  ...sent,
  ...payer,
  orderNo,
  ebpCode,
  ebpName,
  payerIdType: '1',
  payerIdNumber: identityNumber,
  payerName: buyer.name,
  amountPaid: '262.34',
  currency: '142',
  payTime: '20261120092900',
}
const waybillHead: Values = {
  ...sent,
  logisticsCode,
  logisticsName,
  logisticsNo,
  orderNo,
  freight: '10.5',
  insuredFee: '0',
  currency: '142',
  weight: '2.1',
  packNo: '1',
  consignee: buyer.name,
  consigneeAddress: buyer.address,
  consigneeTelephone: buyer.telephone,
}
const invtNo = '35002026I000000001'
const { agentCode = '', agentName = '', customsCode = '' } = listHead
const after: Values = {
  ...sent,
  customsCode,
  orderNo,
  ebpCode,
  ebpName,
  ebcCode,
  ebcName,
  logisticsNo,
  logisticsCode,
  logisticsName,
  invtNo,
  buyerIdType: '1',
  buyerIdNumber: identityNumber,
  buyerName: buyer.name,
  buyerTelephone: buyer.telephone,
  agentCode,
  agentName,
  reason: '订购人不再需要',
}

export const importSamples = {
  '311': { head: { ...orderHead, ...payer }, lines: orderLines },
  '411': { head: paymentHead, lines: [] },
  '511': { head: waybillHead, lines: [] },
  '621': { head: listHead, lines: listLines },
  '623': { head: { ...after, copNo: 'CX20261120000001' }, lines: [] },
  '625': {
    head: { ...after, copNo: 'TH20261120000001' },
    lines: [{ gnum: '1', gcode: '1901101000', gname: '示例奶粉', qty: '1', unit: '122' }],
  },
} satisfies Partial<Record<DeclaredKind, AnyDocument>>
