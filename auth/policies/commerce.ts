import type { Policy } from '../vocabulary.ts'

const policy: Policy = {
  owner: 'commerce',
  doors: ['Enterprise.commerce'],
  follows: [],
  defaults: {
    dataFormat: 'JSON',
    updateFrequency: 'WEEKLY',
    sharingModes: ['API'],
    classification: 'THEME',
    grade: 'GENERAL_2',
  },
  items: [
    {
      id: 'commerce.filing',
      zh: '跨境电商企业备案',
      en: 'Filing as a cross-border e-commerce enterprise',
      sharing: 'UNCONDITIONAL',
      updateFrequency: 'ON_CHANGE',
      data: ['CommerceFiling.*'],
      containers: ['CommerceRecord.filing'],
    },
    {
      id: 'commerce.overseasWarehouses',
      zh: '海外仓信息',
      en: 'Overseas warehouses',
      sharing: 'UNCONDITIONAL',
      data: ['OverseasWarehouse.*'],
      containers: ['CommerceRecord.overseasWarehouses'],
    },
    {
      id: 'commerce.parks',
      zh: '产业园区信息',
      en: 'Industrial parks',
      sharing: 'UNCONDITIONAL',
      updateFrequency: 'QUARTERLY',
      data: ['Park.*'],
      containers: ['CommerceRecord.parks'],
    },
  ],
}

export default policy
