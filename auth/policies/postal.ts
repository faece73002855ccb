import type { Policy } from '../vocabulary.ts'

const policy: Policy = {
  owner: 'postal',
  doors: ['Enterprise.postal'],
  follows: ['ShipmentConnection', 'PageInfo'],
  defaults: {
    dataFormat: 'XML',
    updateFrequency: 'REAL_TIME',
    sharingModes: ['API'],
    classification: 'THEME',
    grade: 'GENERAL_3',
  },
  items: [
    {
      id: 'postal.monthlyVolumes',
      zh: '月度业务量',
      en: 'Volumes by month',
      sharing: 'UNCONDITIONAL',
      updateFrequency: 'MONTHLY',
      grade: 'GENERAL_2',
      data: ['MonthlyVolume.*'],
      containers: ['PostalRecord.monthlyVolumes'],
      developmentGrants: [{ reader: 'commerce', purpose: 'statistics' }],
    },
    {
      id: 'postal.shipments',
      zh: '寄递邮件信息',
      en: 'Parcels',
      sharing: 'CONDITIONAL',
      conditions:
        'Departments that supervise the goods in the parcels 监管寄递货物的部门: clearance and tracing of single parcels',
      data: ['Shipment.*', 'ShipmentEvent.*'],
      containers: ['Query.shipment', 'PostalRecord.shipments', 'Shipment.events'],
      developmentGrants: [{ reader: 'customs', purpose: 'clearance' }],
    },
  ],
}

export default policy
