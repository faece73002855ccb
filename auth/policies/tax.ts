import type { Policy } from '../vocabulary.ts'

const policy: Policy = {
  owner: 'tax',
  doors: ['Enterprise.tax'],
  follows: ['RefundConnection', 'PageInfo', 'Money'],
  defaults: {
    dataFormat: 'JSON',
    updateFrequency: 'DAILY',
    sharingModes: ['API'],
    classification: 'THEME',
    grade: 'GENERAL_3',
  },
  items: [
    {
      id: 'tax.listedGradeA',
      zh: 'A级纳税人名单',
      en: 'Published list of A-grade taxpayers',
      sharing: 'OPEN',
      legalBasis: 'The list is published every year (纳税信用管理办法)',
      updateFrequency: 'YEARLY',
      sharingModes: ['API', 'FILE'],
      grade: 'GENERAL_1',
      data: ['TaxRecord.listedGradeA'],
    },
    {
      id: 'tax.exportRefundClass',
      zh: '出口退税分类管理类别',
      en: 'Export refund class',
      sharing: 'UNCONDITIONAL',
      updateFrequency: 'ON_CHANGE',
      grade: 'GENERAL_2',
      data: ['TaxRecord.exportRefundClass'],
    },
    {
      id: 'tax.taxpayer',
      zh: '纳税人基本信息',
      en: 'Kind of taxpayer and method of levy',
      sharing: 'CONDITIONAL',
      updateFrequency: 'ON_CHANGE',
      conditions:
        'Departments that verify how an enterprise is taxed 须核实征收方式的部门: clearance, filing, statistics',
      data: ['TaxRecord.taxpayerKind', 'TaxRecord.levyMethod'],
    },
    {
      id: 'tax.creditGrade',
      zh: '纳税信用级别',
      en: 'Tax credit grade',
      sharing: 'CONDITIONAL',
      updateFrequency: 'YEARLY',
      conditions:
        'Departments that grade enterprises themselves 实施信用分级监管的部门: clearance and joint incentives',
      data: ['TaxRecord.creditGrade'],
      developmentGrants: [{ reader: 'customs', purpose: 'clearance' }],
    },
    {
      id: 'tax.refunds',
      zh: '出口退税信息',
      en: 'Export refunds',
      sharing: 'CONDITIONAL',
      conditions:
        'Departments that review the same export 审核同一出口业务的部门: authenticity of receipts and declarations',
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
      updateFrequency: 'MONTHLY',
      conditions: 'Departments that apply the exemption of the pilot zones 落实综试区无票免税政策的部门',
      data: ['TaxExemption.*'],
      containers: ['TaxRecord.exemptions'],
    },
    {
      id: 'tax.arrears',
      zh: '欠税信息',
      en: 'Tax in arrears',
      sharing: 'CONDITIONAL',
      conditions:
        'Departments that a law makes check arrears first 依法须先核查欠税的部门: licences, subsidies, exit control',
      data: ['TaxRecord.arrears'],
    },
  ],
}

export default policy
