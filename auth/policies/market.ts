import type { Policy } from '../vocabulary.ts'

const policy: Policy = {
  owner: 'market',
  doors: ['Enterprise.market'],
  follows: ['EnterpriseConnection', 'Listing', 'PenaltyConnection', 'QualityInspectionConnection', 'PageInfo', 'Money'],
  items: [
    {
      id: 'market.registration',
      zh: '企业登记信息',
      en: 'Business registration',
      sharing: 'OPEN',
      legalBasis: 'Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例',
      data: ['Query.searchEnterprises', 'Enterprise.name', 'Enterprise.status', 'MarketRegistration.*'],
      containers: ['MarketRecord.registration'],
    },
    {
      id: 'market.abnormalListings',
      zh: '经营异常名录',
      en: 'List of abnormal operations',
      sharing: 'OPEN',
      legalBasis: 'Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例',
      data: ['MarketRecord.abnormalListings'],
    },
    {
      id: 'market.seriousViolations',
      zh: '严重违法失信名单',
      en: 'List of serious violations',
      sharing: 'OPEN',
      legalBasis: 'Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例',
      data: ['MarketRecord.seriousViolations'],
    },
    {
      id: 'market.penalties',
      zh: '行政处罚信息',
      en: 'Administrative penalties',
      sharing: 'OPEN',
      legalBasis: 'Interim Regulations on Enterprise Information Disclosure 企业信息公示暂行条例',
      data: ['Penalty.*'],
      containers: ['MarketRecord.penalties'],
    },
    {
      id: 'market.licences',
      zh: '行政许可信息',
      en: 'Administrative licences',
      sharing: 'UNCONDITIONAL',
      data: ['Licence.*'],
      containers: ['MarketRecord.licences'],
    },
    {
      id: 'market.qualityInspections',
      zh: '质量监督抽查信息',
      en: 'Product quality inspections',
      sharing: 'UNCONDITIONAL',
      data: ['QualityInspection.*'],
      containers: ['MarketRecord.qualityInspections'],
    },
    {
      id: 'market.legalRepresentative',
      zh: '法定代表人信息',
      en: 'Legal representative',
      sharing: 'CONDITIONAL',
      legalBasis: 'Personal Information Protection Law 个人信息保护法: no more than the purpose needs',
      data: ['LegalRepresentative.*'],
      containers: ['MarketRecord.legalRepresentative'],
      masks: { 'LegalRepresentative.name': 'name', 'LegalRepresentative.idNumber': 'identityNumber' },
      developmentGrants: [{ reader: 'customs', purpose: 'clearance', full: true }],
    },
  ],
}

export default policy
