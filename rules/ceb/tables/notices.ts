import type { KindTable } from '../format.ts'

/**
 * What customs and the e-port say unasked: tax bills 电子税单, and that a message cannot be read 报文格式校验, as format.ts
 * writes them (海关跨境电商统一版系统企业对接报文规范 202205, 3.17 to 3.19, and its schema).
 */
export const notices = {
  /** 3.17 电子税单 */
  '816': {
    zh: '电子税单',
    entity: 'Tax',
    documents: '1..',
    headElement: 'TaxHeadRd',
    head: {
      guid: 'C36',
      returnTime: 'C17',
      invtNo: 'C1..18',
      taxNo: 'C1..50',
      customsTax: 'N19,5',
      valueAddedTax: 'N19,5',
      consumptionTax: 'N19,5',
      status: 'C1 1|2|3',
      entDutyNo: '?C..50',
      note: '?C..1000',
      assureCode: '?C..64',
      ebcCode: '?C..64',
      logisticsCode: '?C..64',
      agentCode: '?C1..18',
      customsCode: '?C4',
    },
    besides: ['orderNo', 'logisticsNo'],
    lineElement: 'TaxListRd',
    lineCount: '1..99',
    line: {
      gnum: 'I9',
      gcode: 'C10',
      taxPrice: 'N19,5',
      customsTax: 'N19,5',
      valueAddedTax: 'N19,5',
      consumptionTax: 'N19,5',
    },
  },
  /** 3.18 电子税单状态 */
  '818': {
    zh: '电子税单状态',
    entity: 'Tax',
    documents: '1..',
    headElement: 'TaxHeadStatus',
    head: {
      guid: 'C36',
      returnTime: 'C17',
      invtNo: 'C1..18',
      taxNo: 'C1..50',
      status: 'C1 1|2|3',
      entDutyNo: '?C..50',
      assureCode: '?C..64',
    },
  },
  /** 3.19 报文格式校验回执 */
  '900': {
    zh: '报文格式校验回执',
    entity: 'MessageReturn',
    documents: '1..1',
    head: {
      guid: 'C36',
      returnStatus: 'C1..10',
      returnInfo: 'C..5000',
      returnTime: 'C17',
      oriCopMsgId: 'C..255',
      oriMessageType: 'C..15',
      oriBizMessage: 'C..',
    },
  },
} as const satisfies Record<string, KindTable>
