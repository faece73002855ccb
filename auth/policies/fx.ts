import type { Policy } from '../vocabulary.ts'

const policy: Policy = {
  owner: 'fx',
  doors: ['Enterprise.fx'],
  follows: ['SettlementConnection', 'PageInfo', 'Money'],
  items: [
    {
      id: 'fx.registered',
      zh: '贸易外汇收支企业名录',
      en: 'Registry of goods traders',
      sharing: 'UNCONDITIONAL',
      data: ['ForeignExchangeRecord.registered'],
    },
    {
      id: 'fx.class',
      zh: '货物贸易外汇管理分类',
      en: 'Class of goods-trade management',
      sharing: 'UNCONDITIONAL',
      data: ['ForeignExchangeRecord.class'],
      developmentGrants: [{ reader: 'bank', purpose: 'authenticity-review', requiresMandate: true }],
    },
    {
      id: 'fx.receipts',
      zh: '年度收汇',
      en: 'Receipts of a year',
      sharing: 'CONDITIONAL',
      data: ['ForeignExchangeRecord.receipts'],
      developmentGrants: [{ reader: 'commerce', purpose: 'statistics' }],
    },
    {
      id: 'fx.payments',
      zh: '年度付汇',
      en: 'Payments of a year',
      sharing: 'CONDITIONAL',
      data: ['ForeignExchangeRecord.payments'],
    },
    {
      id: 'fx.settlements',
      zh: '结汇信息',
      en: 'Settlements',
      sharing: 'CONDITIONAL',
      data: ['Settlement.*'],
      containers: ['ForeignExchangeRecord.settlements'],
      developmentGrants: [{ reader: 'tax', purpose: 'refund-review', divisions: ['3501', '3504'] }],
    },
    {
      id: 'fx.exemption',
      zh: '小微跨境电商企业免于名录登记',
      en: 'Exemption of small traders from registration',
      sharing: 'CONDITIONAL',
      legalBasis: 'It tells that the yearly sum is under the limit, hence shared like the sums',
      data: ['ForeignExchangeRecord.exemptFromRegistration'],
    },
    {
      id: 'fx.suspiciousTransactionReports',
      zh: '可疑交易报告',
      en: 'Suspicious transaction reports',
      sharing: 'WITHHELD',
      legalBasis: 'Anti-Money-Laundering Law 反洗钱法: reports are confidential to whoever must receive them',
      data: ['SuspiciousTransactionReport.*'],
      containers: ['ForeignExchangeRecord.suspiciousTransactionReports'],
    },
  ],
}

export default policy
