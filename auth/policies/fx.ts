import type { Policy } from '../vocabulary.ts'

const policy: Policy = {
  owner: 'fx',
  doors: ['Enterprise.fx'],
  follows: ['SettlementConnection', 'PageInfo', 'Money'],
  defaults: {
    dataFormat: 'JSON',
    updateFrequency: 'DAILY',
    sharingModes: ['API'],
    classification: 'THEME',
    grade: 'GENERAL_3',
  },
  items: [
    {
      id: 'fx.registered',
      zh: '贸易外汇收支企业名录',
      en: 'Registry of goods traders',
      sharing: 'UNCONDITIONAL',
      updateFrequency: 'ON_CHANGE',
      grade: 'GENERAL_2',
      data: ['ForeignExchangeRecord.registered'],
    },
    {
      id: 'fx.class',
      zh: '货物贸易外汇管理分类',
      en: 'Class of goods-trade management',
      sharing: 'UNCONDITIONAL',
      updateFrequency: 'ON_CHANGE',
      grade: 'GENERAL_2',
      data: ['ForeignExchangeRecord.class'],
      developmentGrants: [{ reader: 'bank', purpose: 'authenticity-review', requiresMandate: true }],
    },
    {
      id: 'fx.receipts',
      zh: '年度收汇',
      en: 'Receipts of a year',
      sharing: 'CONDITIONAL',
      conditions:
        'Departments that keep statistics or review refunds 统计和退税审核部门: sums of a year, no single receipt',
      data: ['ForeignExchangeRecord.receipts'],
      developmentGrants: [{ reader: 'commerce', purpose: 'statistics' }],
    },
    {
      id: 'fx.payments',
      zh: '年度付汇',
      en: 'Payments of a year',
      sharing: 'CONDITIONAL',
      conditions:
        'Departments that keep statistics or supervise imports 统计和进口监管部门: sums of a year, no single payment',
      data: ['ForeignExchangeRecord.payments'],
    },
    {
      id: 'fx.settlements',
      zh: '结汇信息',
      en: 'Settlements',
      sharing: 'CONDITIONAL',
      conditions:
        'Tax authorities that review the refund of the same export 办理退税审核的税务机关, within their divisions',
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
      updateFrequency: 'ON_CHANGE',
      conditions: 'Departments to which the sums of a year may be shared 可共享年度收付汇的部门: the same uses',
      data: ['ForeignExchangeRecord.exemptFromRegistration'],
    },
    {
      id: 'fx.suspiciousTransactionReports',
      zh: '可疑交易报告',
      en: 'Suspicious transaction reports',
      sharing: 'WITHHELD',
      legalBasis: 'Anti-Money-Laundering Law 反洗钱法: reports are confidential to whoever must receive them',
      sharingModes: [],
      reason: 'A report that becomes known warns whoever is reported 泄露报告将惊动被报告人',
      classification: 'DEPARTMENT',
      grade: 'GENERAL_4',
      data: ['SuspiciousTransactionReport.*'],
      containers: ['ForeignExchangeRecord.suspiciousTransactionReports'],
    },
  ],
}

export default policy
