/**
 * Who may see what, written down a second time from the design's own tables and sharing no code with the policies: if
 * the two ever differ, random queries find it.
 */
export interface Asker {
  as: string
  purpose: string | null
  divisions: readonly string[]
  mandate: readonly string[]
}

interface Item {
  owner: string
  sharing: 'open' | 'every department' | 'by grant' | 'nobody'
  /** `Type.field`, or `Type` for all of its fields. */
  fields: readonly string[]
}

const departments = ['customs', 'tax', 'fx', 'market', 'postal', 'commerce']

const items: Record<string, Item> = {
  registration: {
    owner: 'market',
    sharing: 'open',
    fields: ['Query.searchEnterprises', 'Enterprise.name', 'Enterprise.status', 'MarketRegistration'],
  },
  lists: {
    owner: 'market',
    sharing: 'open',
    fields: ['MarketRecord.abnormalListings', 'MarketRecord.seriousViolations', 'Penalty'],
  },
  licences: { owner: 'market', sharing: 'every department', fields: ['Licence', 'QualityInspection'] },
  legalRepresentative: { owner: 'market', sharing: 'by grant', fields: ['LegalRepresentative'] },
  creditGrade: { owner: 'customs', sharing: 'open', fields: ['CustomsRecord.creditGrade'] },
  customsRegistration: { owner: 'customs', sharing: 'every department', fields: ['CustomsRegistration'] },
  declarations: { owner: 'customs', sharing: 'by grant', fields: ['Declaration', 'DeclarationLine'] },
  inspections: { owner: 'customs', sharing: 'by grant', fields: ['Inspection'] },
  totals: { owner: 'customs', sharing: 'by grant', fields: ['CustomsTotals'] },
  listOfA: { owner: 'tax', sharing: 'open', fields: ['TaxRecord.listedGradeA'] },
  refundClass: { owner: 'tax', sharing: 'every department', fields: ['TaxRecord.exportRefundClass'] },
  taxGrade: { owner: 'tax', sharing: 'by grant', fields: ['TaxRecord.creditGrade'] },
  refunds: { owner: 'tax', sharing: 'by grant', fields: ['Refund'] },
  taxpayer: {
    owner: 'tax',
    sharing: 'by grant',
    fields: ['TaxRecord.taxpayerKind', 'TaxRecord.levyMethod', 'TaxRecord.arrears', 'TaxExemption'],
  },
  fxClass: { owner: 'fx', sharing: 'every department', fields: ['ForeignExchangeRecord.class'] },
  fxRegistered: { owner: 'fx', sharing: 'every department', fields: ['ForeignExchangeRecord.registered'] },
  receipts: { owner: 'fx', sharing: 'by grant', fields: ['ForeignExchangeRecord.receipts'] },
  settlements: { owner: 'fx', sharing: 'by grant', fields: ['Settlement'] },
  money: {
    owner: 'fx',
    sharing: 'by grant',
    fields: ['ForeignExchangeRecord.payments', 'ForeignExchangeRecord.exemptFromRegistration'],
  },
  suspicions: { owner: 'fx', sharing: 'nobody', fields: ['SuspiciousTransactionReport'] },
  volumes: { owner: 'postal', sharing: 'every department', fields: ['MonthlyVolume'] },
  shipments: { owner: 'postal', sharing: 'by grant', fields: ['Shipment', 'ShipmentEvent'] },
  tradeLists: { owner: 'customs', sharing: 'by grant', fields: ['TradeList', 'TradeListLine'] },
  tradeListBuyers: {
    owner: 'customs',
    sharing: 'by grant',
    fields: ['TradeList.buyerName', 'TradeList.buyerIdNumber', 'TradeList.buyerTelephone'],
  },
  tradeMatches: {
    owner: 'customs',
    sharing: 'by grant',
    fields: ['TradeMatch', 'TradeReturn', 'TradeFinding', 'TradeFindingSide'],
  },
  tradeStatuses: { owner: 'customs', sharing: 'by grant', fields: ['TradeStatus'] },
  tradeOrders: { owner: 'commerce', sharing: 'by grant', fields: ['TradeOrder', 'TradeOrderLine'] },
  tradeOrderPersons: {
    owner: 'commerce',
    sharing: 'by grant',
    fields: [
      'TradeOrder.buyerName',
      'TradeOrder.buyerIdNumber',
      'TradeOrder.buyerTelephone',
      'TradeOrder.consignee',
      'TradeOrder.consigneeTelephone',
      'TradeOrder.consigneeAddress',
    ],
  },
  tradePayments: { owner: 'fx', sharing: 'by grant', fields: ['TradePayment'] },
  tradePayers: { owner: 'fx', sharing: 'by grant', fields: ['TradePayment.payerName', 'TradePayment.payerIdNumber'] },
  tradeWaybills: { owner: 'postal', sharing: 'by grant', fields: ['TradeWaybill'] },
  tradeConsignees: {
    owner: 'postal',
    sharing: 'by grant',
    fields: ['TradeWaybill.consignee', 'TradeWaybill.consigneeTelephone', 'TradeWaybill.consigneeAddress'],
  },
  commerce: { owner: 'commerce', sharing: 'every department', fields: ['CommerceFiling', 'OverseasWarehouse', 'Park'] },
}

interface Given {
  reader: string
  item: string
  purpose: string
  only?: readonly string[]
  but?: readonly string[]
  divisions?: readonly string[]
  inFull?: boolean
  mandate?: boolean
}

const of = (type: string, ...names: string[]) => names.map((name) => `${type}.${name}`)

const grants: Given[] = [
  { reader: 'customs', item: 'taxGrade', purpose: 'clearance' },
  { reader: 'customs', item: 'shipments', purpose: 'clearance' },
  { reader: 'customs', item: 'legalRepresentative', purpose: 'clearance', inFull: true },
  {
    reader: 'tax',
    item: 'declarations',
    purpose: 'refund-review',
    but: ['DeclarationLine.name'],
    divisions: ['3501', '3504'],
  },
  { reader: 'tax', item: 'settlements', purpose: 'refund-review', divisions: ['3501', '3504'] },
  {
    reader: 'fx',
    item: 'declarations',
    purpose: 'authenticity-review',
    only: of('Declaration', 'number', 'tradeMode', 'declaredAt', 'status', 'value'),
  },
  { reader: 'fx', item: 'refunds', purpose: 'authenticity-review', only: of('Refund', 'amount', 'status') },
  {
    reader: 'market',
    item: 'declarations',
    purpose: 'quality-tracing',
    only: [...of('Declaration', 'number'), ...of('DeclarationLine', 'hsCode', 'name', 'country')],
  },
  {
    reader: 'postal',
    item: 'declarations',
    purpose: 'delivery',
    only: of('Declaration', 'number', 'status', 'logisticsNo'),
  },
  { reader: 'commerce', item: 'totals', purpose: 'statistics' },
  { reader: 'commerce', item: 'receipts', purpose: 'statistics' },
  {
    reader: 'bank',
    item: 'declarations',
    purpose: 'authenticity-review',
    only: of('Declaration', 'number', 'status', 'value'),
    mandate: true,
  },
  { reader: 'bank', item: 'fxClass', purpose: 'authenticity-review', mandate: true },
]

const tradeDocuments = ['tradeOrders', 'tradeOrderPersons', 'tradePayments', 'tradePayers', 'tradeWaybills']
grants.push(
  ...[...tradeDocuments, 'tradeConsignees'].map((item) => ({ reader: 'customs', item, purpose: 'clearance' })),
  {
    reader: 'tax',
    item: 'tradeLists',
    purpose: 'refund-review',
    divisions: ['3501', '3504'],
    only: [
      ...of('TradeList', 'number', 'direction', 'tradeMode', 'seller', 'declaredAt'),
      ...of('TradeListLine', 'gnum', 'hsCode', 'quantity', 'unit', 'price', 'total', 'currency'),
    ],
  },
  { reader: 'tax', item: 'tradeMatches', purpose: 'refund-review', divisions: ['3501', '3504'] },
  { reader: 'tax', item: 'tradeStatuses', purpose: 'refund-review', divisions: ['3501', '3504'] },
  { reader: 'fx', item: 'tradeMatches', purpose: 'authenticity-review' },
  {
    reader: 'market',
    item: 'tradeOrders',
    purpose: 'quality-tracing',
    only: [...of('TradeOrder', 'number', 'seller'), 'TradeOrderLine.name'],
  },
  { reader: 'market', item: 'tradeOrderPersons', purpose: 'quality-tracing' },
)

/** The purposes any grant is for. */
export const purposes = [...new Set(grants.map(({ purpose }) => purpose))]

/** Fields that lead to data of an item and show no more than whether there is any: they need one readable field below. */
export const containers: Record<string, readonly string[]> = {
  'MarketRecord.registration': ['MarketRegistration'],
  'MarketRecord.legalRepresentative': ['LegalRepresentative'],
  'MarketRecord.licences': ['Licence'],
  'MarketRecord.penalties': ['Penalty'],
  'MarketRecord.qualityInspections': ['QualityInspection'],
  'CustomsRecord.registration': ['CustomsRegistration'],
  'CustomsRecord.declarations': ['Declaration', 'DeclarationLine'],
  'CustomsRecord.inspections': ['Inspection'],
  'CustomsRecord.totals': ['CustomsTotals'],
  'Declaration.lines': ['DeclarationLine'],
  'Query.declaration': ['Declaration', 'DeclarationLine'],
  'TaxRecord.refunds': ['Refund'],
  'TaxRecord.exemptions': ['TaxExemption'],
  'ForeignExchangeRecord.settlements': ['Settlement'],
  'ForeignExchangeRecord.suspiciousTransactionReports': ['SuspiciousTransactionReport'],
  'PostalRecord.monthlyVolumes': ['MonthlyVolume'],
  'PostalRecord.shipments': ['Shipment', 'ShipmentEvent'],
  'Shipment.events': ['ShipmentEvent'],
  'Query.shipment': ['Shipment', 'ShipmentEvent'],
  'CommerceRecord.filing': ['CommerceFiling'],
  'CommerceRecord.overseasWarehouses': ['OverseasWarehouse'],
  'CommerceRecord.parks': ['Park'],
  'TradeRecord.lists': ['TradeList', 'TradeListLine'],
  'TradeList.lines': ['TradeListLine'],
  'TradeMatch.list': ['TradeList', 'TradeListLine'],
  'TradeList.match': ['TradeMatch', 'TradeReturn', 'TradeFinding', 'TradeFindingSide'],
  'TradeOrder.match': ['TradeMatch', 'TradeReturn', 'TradeFinding', 'TradeFindingSide'],
  'TradeMatch.findings': ['TradeFinding', 'TradeFindingSide'],
  'TradeMatch.returns': ['TradeReturn', 'TradeFinding', 'TradeFindingSide'],
  'TradeReturn.findings': ['TradeFinding', 'TradeFindingSide'],
  'TradeFinding.left': ['TradeFindingSide'],
  'TradeFinding.right': ['TradeFindingSide'],
  'TradeMatch.order': ['TradeOrder', 'TradeOrderLine'],
  'TradeOrder.lines': ['TradeOrderLine'],
  'TradeMatch.payments': ['TradePayment'],
  'TradeMatch.waybill': ['TradeWaybill'],
  'TradeList.statuses': ['TradeStatus'],
  'TradeList.refusals': ['TradeStatus'],
  'TradeWaybill.statuses': ['TradeStatus'],
  'TradeWaybill.refusals': ['TradeStatus'],
  'TradePayment.statuses': ['TradeStatus'],
  'TradePayment.refusals': ['TradeStatus'],
  'TradeOrder.statuses': ['TradeStatus'],
  'TradeOrder.refusals': ['TradeStatus'],
}

const typeOf = (field: string): string => field.split('.')[0] ?? ''

const itemOf = (field: string): [string, Item] | undefined =>
  Object.entries(items).find(([, { fields }]) => fields.includes(field)) ??
  Object.entries(items).find(([, { fields }]) => fields.includes(typeOf(field)))

/** True where the field itself carries data that the table speaks of. */
export const isData = (field: string): boolean => !(field in containers) && itemOf(field) !== undefined

export type Sight = 'full' | 'masked' | 'none'

/**
 * What an asker sees of a data field.
 * @param uscc whose record; null asks whether there could be any enterprise of which it sees the field
 */
export function sightOf(field: string, asker: Asker, uscc: string | null): Sight {
  const found = itemOf(field)
  if (found === undefined) return 'full'
  const [name, { owner, sharing }] = found
  if (sharing === 'open') return 'full'
  const within = (prefixes: readonly string[]): boolean =>
    prefixes.length === 0 || uscc === null || prefixes.some((prefix) => uscc.slice(2, 8).startsWith(prefix))
  if (!within(asker.divisions)) return 'none'
  const isDepartment = departments.includes(asker.as)
  if (asker.as === owner || (sharing === 'every department' && isDepartment)) return 'full'
  if (sharing === 'nobody') return 'none'
  const held = grants.some(
    ({ reader, item, purpose, only, but, divisions = [], mandate }) =>
      reader === asker.as &&
      item === name &&
      purpose === asker.purpose &&
      (only === undefined || only.includes(field)) &&
      but?.includes(field) !== true &&
      within(divisions) &&
      (uscc !== null ||
        divisions.length === 0 ||
        asker.divisions.length === 0 ||
        overlap(divisions, asker.divisions)) &&
      (mandate !== true || uscc === null || asker.mandate.includes(uscc)),
  )
  if (held) return 'full'
  return name === 'legalRepresentative' && isDepartment ? 'masked' : 'none'
}

const overlap = (one: readonly string[], other: readonly string[]): boolean =>
  one.some((a) => other.some((b) => a.startsWith(b) || b.startsWith(a)))

/** True where a container may be reached: one of the data fields it leads to may be seen. */
export const isReachable = (
  container: string,
  allFields: readonly string[],
  asker: Asker,
  uscc: string | null,
): boolean =>
  allFields.some(
    (field) =>
      (containers[container] ?? []).includes(typeOf(field)) && isData(field) && sightOf(field, asker, uscc) !== 'none',
  )

/** Masks, as the design words them: the first character of a name; three first and two last of a number. */
export const masked = (field: string, value: string): string =>
  field.endsWith('.name')
    ? [...value].map((character, at) => (at === 0 && value.length > 1 ? character : '*')).join('')
    : `${value.slice(0, 3)}${'*'.repeat(value.length - 5)}${value.slice(-2)}`
