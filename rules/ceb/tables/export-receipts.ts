import type { KindTable } from '../format.ts'

/**
 * Receipts 回执 of exports: what each message is answered with, as format.ts writes them
 * (海关跨境电商统一版系统企业对接报文规范 202205, part 2, and its schema; `was` is GACC 2018 no. 113).
 */
export const exportReceipts = {
  /** 2.2 出口订单回执 */
  '304': {
    zh: '出口订单回执',
    entity: 'OrderReturn',
    head: {
      guid: 'C36',
      ebpCode: 'C..18 was C..50',
      ebcCode: 'C..18',
      orderNo: 'C..60',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C..1000',
    },
  },
  /** 2.4 收款单回执 */
  '404': {
    zh: '收款单回执',
    entity: 'ReceiptsReturn',
    head: {
      guid: 'C36',
      ebcCode: 'C..18',
      orderNo: 'C..60',
      payNo: '?C..60',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C..1000',
    },
  },
  /** 2.6 出口运单回执 */
  '506': {
    zh: '出口运单回执',
    entity: 'LogisticsReturn',
    head: {
      guid: 'C36',
      logisticsCode: 'C..18',
      logisticsNo: 'C..32 was C..80',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C..1000',
    },
  },
  /** 2.8 运抵单回执 */
  '508': {
    zh: '运抵单回执',
    entity: 'ArrivalReturn',
    head: {
      guid: 'C36',
      operatorCode: 'C..18',
      logisticsCode: 'C..18',
      preNo: '~C18',
      copNo: 'C..30',
      billNo: 'C..37',
      msgSeqNo: 'I9',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C..1000',
    },
  },
  /** 2.10 离境单回执 */
  '510': {
    zh: '离境单回执',
    entity: 'DepartureReturn',
    head: {
      guid: 'C36',
      logisticsCode: 'C..18',
      copNo: 'C..30',
      preNo: '~C18',
      msgSeqNo: 'I9',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C..1000',
    },
  },
  /** 2.12 出口清单回执 */
  '604': {
    zh: '出口清单回执',
    entity: 'InventoryReturn',
    head: {
      guid: 'C36',
      agentCode: 'C..18',
      copNo: '~C..30',
      preNo: '~C18',
      invtNo: '~C..20 was C18',
      ebcCode: 'C..18',
      ebpCode: 'C..18 was C..50',
      orderNo: 'C..60',
      statisticsFlag: 'C1 A|B',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C..1000',
    },
  },
  /** 2.14 出口撤销申请单回执 */
  '606': {
    zh: '出口撤销申请单回执',
    entity: 'InvtCancelReturn',
    head: {
      guid: 'C36',
      agentCode: 'C..18',
      copNo: '~C..30',
      preNo: '~C18',
      invtNo: 'C..20 was C18',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C..1000',
    },
  },
  /** 2.16 清单总分单回执 */
  '608': {
    zh: '清单总分单回执',
    entity: 'WayBillReturn',
    head: {
      guid: 'C36',
      agentCode: 'C..18',
      logisticsCode: 'C..18',
      copNo: 'C..30',
      preNo: '~C18',
      billNo: 'C..37',
      msgSeqNo: 'I9',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C..1000',
    },
  },
  /** 2.18 出口退货申请单回执 */
  '214': {
    zh: '出口退货申请单回执',
    entity: 'RefundReturn',
    head: {
      guid: 'C36',
      ebpCode: '?C..18',
      ebcCode: '?C..18',
      agentCode: 'C..18',
      coElNo: 'C..30',
      preNo: '?C..18',
      invtNo: 'C..20',
      returnStatus: 'C..10',
      returnTime: 'C17',
      returnInfo: 'C..1000',
    },
  },
  /** 2.20 退货理货明细单回执 */
  '216': {
    zh: '退货理货明细单回执',
    entity: 'InvtRefundDetailReturn',
    head: {
      guid: 'C36',
      operatorCode: 'C..18',
      logisticsCode: 'C..18',
      logisticsNo: 'C..80',
      coElNo: 'C..30',
      preNo: '?C..18',
      returnStatus: 'C..10',
      returnTime: 'C17',
      returnInfo: 'C..1000',
    },
  },
  /** 2.22 汇总申请单回执 */
  '702': {
    zh: '汇总申请单回执',
    entity: 'SummaryReturn',
    head: {
      guid: 'C36',
      agentCode: 'C..18',
      ebcCode: 'C..18',
      copNo: 'C..30',
      preNo: '~C18',
      sumNo: '?C18',
      msgSeqNo: 'I9',
      returnStatus: 'C1..10',
      returnTime: 'C17',
      returnInfo: 'C..1000',
    },
  },
} as const satisfies Record<string, KindTable>
