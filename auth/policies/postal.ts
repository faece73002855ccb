import type { Policy } from '../vocabulary.ts'

const policy: Policy = {
  owner: 'postal',
  doors: ['Enterprise.postal'],
  follows: ['ShipmentConnection', 'PageInfo'],
  items: [
    {
      id: 'postal.monthlyVolumes',
      zh: '月度业务量',
      en: 'Volumes by month',
      sharing: 'UNCONDITIONAL',
      data: ['MonthlyVolume.*'],
      containers: ['PostalRecord.monthlyVolumes'],
      developmentGrants: [{ reader: 'commerce', purpose: 'statistics' }],
    },
    {
      id: 'postal.shipments',
      zh: '寄递邮件信息',
      en: 'Parcels',
      sharing: 'CONDITIONAL',
      data: ['Shipment.*', 'ShipmentEvent.*'],
      containers: ['Query.shipment', 'PostalRecord.shipments', 'Shipment.events'],
      developmentGrants: [{ reader: 'customs', purpose: 'clearance' }],
    },
  ],
}

export default policy
