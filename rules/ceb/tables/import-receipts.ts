import type { KindTable } from '../format.ts'

/**
 * Receipts 回执 of imports: what each message is answered with, as format.ts writes them
 * (海关跨境电商统一版系统企业对接报文规范 202205, part 3, and its schema; `was` is GACC 2018 no. 113).
 */
export const importReceipts = {
  /** 3.2 进口订单回执 */
  '312': {
    zh: '进口订单回执',
    entity: 'OrderReturn',
    head: {
      guid: 'C36',
      ebpCode: 'C1..18',
      ebcCode: 'C1..18',
      orderNo: 'C1..60',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C1..1000',
    },
  },
  /** 3.4 支付单回执 */
  '412': {
    zh: '支付单回执',
    entity: 'PaymentReturn',
    head: {
      guid: 'C36',
      payCode: 'C1..18',
      payTransactionId: 'C1..60',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C1..1000',
    },
  },
  /** 3.6 进口运单回执 */
  '512': {
    zh: '进口运单回执',
    entity: 'LogisticsReturn',
    head: {
      guid: 'C36',
      logisticsCode: 'C1..18',
      logisticsNo: 'C1..60',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C1..1000',
    },
  },
  /** 3.8 运单状态回执 */
  '514': {
    zh: '运单状态回执',
    entity: 'LogisticsStatusReturn',
    head: {
      guid: 'C36',
      logisticsCode: 'C1..18',
      logisticsNo: 'C1..60',
      logisticsStatus: 'C1 S',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C1..1000',
    },
  },
  /** 3.10 进口清单回执 */
  '622': {
    zh: '进口清单回执',
    entity: 'InventoryReturn',
    head: {
      guid: 'C36',
      customsCode: '?C4',
      ebpCode: '?C1..18',
      ebcCode: '?C1..18',
      agentCode: '?C1..18',
      copNo: '~C1..20',
      preNo: '~C18',
      invtNo: '?C18',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C1..1000',
    },
  },
  /** 3.12 进口撤销申请单回执 */
  '624': {
    zh: '进口撤销申请单回执',
    entity: 'InvtCancelReturn',
    head: {
      guid: 'C36',
      customsCode: '?C4',
      agentCode: '?C1..18',
      ebpCode: '?C1..18',
      ebcCode: '?C1..18',
      copNo: '~C1..20',
      preNo: '~C18',
      invtNo: '?C18',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C1..1000',
    },
  },
  /** 3.14 进口退货申请单回执 */
  '626': {
    zh: '进口退货申请单回执',
    entity: 'InvtRefundReturn',
    head: {
      guid: 'C36',
      customsCode: '?C4',
      agentCode: '?C1..18',
      ebpCode: '?C1..18',
      ebcCode: '?C1..18',
      copNo: '~C1..20',
      preNo: '~C18',
      invtNo: '?C18',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C1..1000',
    },
  },
  /** 3.16 入库明细单回执 */
  '712': {
    zh: '入库明细单回执',
    entity: 'DeliveryReturn',
    head: {
      guid: 'C36',
      customsCode: '?C4',
      operatorCode: '?C1..18',
      copNo: '?C..20',
      preNo: '?C..18',
      rkdNo: '?C..18',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C1..1000',
    },
  },
} as const satisfies Record<string, KindTable>
