import type { Policy } from '../vocabulary.ts'

const policy: Policy = {
  owner: 'tax',
  doors: ['Enterprise.tax'],
  follows: ['RefundConnection', 'PageInfo', 'Money'],
  items: [
    {
      id: 'tax.listedGradeA',
      zh: 'A级纳税人名单',
      en: 'Published list of A-grade taxpayers',
      sharing: 'OPEN',
      legalBasis: 'The list is published every year (纳税信用管理办法)',
      data: ['TaxRecord.listedGradeA'],
    },
    {
      id: 'tax.exportRefundClass',
      zh: '出口退税分类管理类别',
      en: 'Export refund class',
      sharing: 'UNCONDITIONAL',
      data: ['TaxRecord.exportRefundClass'],
    },
    {
      id: 'tax.taxpayer',
      zh: '纳税人基本信息',
      en: 'Kind of taxpayer and method of levy',
      sharing: 'CONDITIONAL',
      data: ['TaxRecord.taxpayerKind', 'TaxRecord.levyMethod'],
    },
    {
      id: 'tax.creditGrade',
      zh: '纳税信用级别',
      en: 'Tax credit grade',
      sharing: 'CONDITIONAL',
      data: ['TaxRecord.creditGrade'],
      developmentGrants: [{ reader: 'customs', purpose: 'clearance' }],
    },
    {
      id: 'tax.refunds',
      zh: '出口退税信息',
      en: 'Export refunds',
      sharing: 'CONDITIONAL',
      data: ['Refund.*'],
      containers: ['TaxRecord.refunds'],
      developmentGrants: [
        { reader: 'fx', purpose: 'authenticity-review', coordinates: ['Refund.amount', 'Refund.status'] },
      ],
    },
    {
      id: 'tax.exemptions',
      zh: '无票免税信息',
      en: 'Sales exempt without input invoices',
      sharing: 'CONDITIONAL',
      data: ['TaxExemption.*'],
      containers: ['TaxRecord.exemptions'],
    },
    {
      id: 'tax.arrears',
      zh: '欠税信息',
      en: 'Tax in arrears',
      sharing: 'CONDITIONAL',
      data: ['TaxRecord.arrears'],
    },
  ],
}

export default policy
