import type { Coordinate, Policy } from '../vocabulary.ts'

const declaration = (...fields: string[]): Coordinate[] => fields.map((field): Coordinate => `Declaration.${field}`)
const line = (...fields: string[]): Coordinate[] => fields.map((field): Coordinate => `DeclarationLine.${field}`)

const policy: Policy = {
  owner: 'customs',
  doors: ['Enterprise.customs'],
  follows: ['DeclarationConnection', 'DeclarationStatus', 'InspectionConnection', 'PageInfo', 'Money'],
  items: [
    {
      id: 'customs.creditGrade',
      zh: '海关信用等级',
      en: 'Credit grade of customs',
      sharing: 'OPEN',
      legalBasis: 'GACC Order 251 (2021): credit grades are published',
      data: ['CustomsRecord.creditGrade'],
    },
    {
      id: 'customs.registration',
      zh: '海关备案信息',
      en: 'Filing with customs',
      sharing: 'UNCONDITIONAL',
      data: ['CustomsRegistration.*'],
      containers: ['CustomsRecord.registration'],
    },
    {
      id: 'customs.declarations',
      zh: '跨境电商申报清单',
      en: 'Declaration lists',
      sharing: 'CONDITIONAL',
      data: ['Declaration.*', 'DeclarationLine.*'],
      containers: ['Query.declaration', 'CustomsRecord.declarations', 'Declaration.lines'],
      developmentGrants: [
        {
          reader: 'tax',
          purpose: 'refund-review',
          divisions: ['3501', '3504'],
          coordinates: [
            ...declaration(
              'number',
              'enterprise',
              'tradeMode',
              'direction',
              'declaredAt',
              'status',
              'declarationDistrict',
            ),
            ...declaration('portDistrict', 'country', 'orderNo', 'logisticsNo', 'value', 'weight'),
            ...line('gnum', 'hsCode', 'quantity', 'unit', 'price', 'currency', 'country'),
          ],
        },
        {
          reader: 'fx',
          purpose: 'authenticity-review',
          coordinates: declaration('number', 'tradeMode', 'declaredAt', 'status', 'value'),
        },
        {
          reader: 'market',
          purpose: 'quality-tracing',
          coordinates: [...declaration('number'), ...line('hsCode', 'name', 'country')],
        },
        { reader: 'postal', purpose: 'delivery', coordinates: declaration('number', 'status', 'logisticsNo') },
        {
          reader: 'bank',
          purpose: 'authenticity-review',
          coordinates: declaration('number', 'status', 'value'),
          requiresMandate: true,
        },
      ],
    },
    {
      id: 'customs.inspections',
      zh: '查验记录',
      en: 'Inspections',
      sharing: 'CONDITIONAL',
      data: ['Inspection.*'],
      containers: ['CustomsRecord.inspections'],
    },
    {
      id: 'customs.totals',
      zh: '进出口年度合计',
      en: 'Totals of a year',
      sharing: 'CONDITIONAL',
      data: ['CustomsTotals.*'],
      containers: ['CustomsRecord.totals'],
      developmentGrants: [{ reader: 'commerce', purpose: 'statistics' }],
    },
  ],
}

export default policy
