import type { Coordinate, Policy } from '../vocabulary.ts'

const declaration = (...fields: string[]): Coordinate[] => fields.map((field): Coordinate => `Declaration.${field}`)
const line = (...fields: string[]): Coordinate[] => fields.map((field): Coordinate => `DeclarationLine.${field}`)

const policy: Policy = {
  owner: 'customs',
  doors: ['Enterprise.customs'],
  follows: ['DeclarationConnection', 'DeclarationStatus', 'InspectionConnection', 'PageInfo', 'Money'],
  defaults: {
    dataFormat: 'JSON',
    updateFrequency: 'REAL_TIME',
    sharingModes: ['API'],
    classification: 'THEME',
    grade: 'GENERAL_3',
  },
  items: [
    {
      id: 'customs.creditGrade',
      zh: '海关信用等级',
      en: 'Credit grade of customs',
      sharing: 'OPEN',
      legalBasis: 'GACC Order 251 (2021): credit grades are published',
      updateFrequency: 'ON_CHANGE',
      grade: 'GENERAL_1',
      data: ['CustomsRecord.creditGrade'],
    },
    {
      id: 'customs.registration',
      zh: '海关备案信息',
      en: 'Filing with customs',
      sharing: 'UNCONDITIONAL',
      updateFrequency: 'ON_CHANGE',
      grade: 'GENERAL_2',
      data: ['CustomsRegistration.*'],
      containers: ['CustomsRecord.registration'],
    },
    {
      id: 'customs.declarations',
      zh: '跨境电商申报清单',
      en: 'Declaration lists',
      sharing: 'CONDITIONAL',
      conditions:
        'Departments that supervise the same trade 监管同一贸易的部门: refund review, authenticity of receipts, tracing of quality, delivery',
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
      conditions:
        'Departments that act on a finding 依查验结果履职的部门: quality supervision and refund review of the goods inspected',
      data: ['Inspection.*'],
      containers: ['CustomsRecord.inspections'],
    },
    {
      id: 'customs.totals',
      zh: '进出口年度合计',
      en: 'Totals of a year',
      sharing: 'CONDITIONAL',
      updateFrequency: 'YEARLY',
      conditions:
        'Departments that keep statistics of the pilot zones 综试区统计部门: totals of a year, no single declaration',
      grade: 'GENERAL_2',
      data: ['CustomsTotals.*'],
      containers: ['CustomsRecord.totals'],
      developmentGrants: [{ reader: 'commerce', purpose: 'statistics' }],
    },
  ],
}

export default policy
