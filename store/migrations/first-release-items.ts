/** The catalogue item of each coordinate as the first release had it, whose records name coordinates alone. */
const coordinates: Readonly<Record<string, string>> = {
  'customs.creditGrade': 'CustomsRecord.creditGrade',
  'customs.registration':
    'CustomsRegistration.code CustomsRegistration.district CustomsRegistration.filedOn ' +
    'CustomsRegistration.validUntil CustomsRecord.registration',
  'customs.declarations':
    'Declaration.number Declaration.enterprise Declaration.tradeMode Declaration.direction ' +
    'Declaration.declaredAt Declaration.status Declaration.declarationDistrict Declaration.portDistrict ' +
    'Declaration.country Declaration.orderNo Declaration.logisticsNo Declaration.value Declaration.weight ' +
    'DeclarationLine.gnum DeclarationLine.hsCode DeclarationLine.name DeclarationLine.quantity ' +
    'DeclarationLine.unit DeclarationLine.price DeclarationLine.currency DeclarationLine.country ' +
    'Query.declaration CustomsRecord.declarations Declaration.lines',
  'customs.inspections':
    'Inspection.number Inspection.declarationNumber Inspection.inspectedAt Inspection.kind ' +
    'Inspection.result CustomsRecord.inspections',
  'customs.totals':
    'CustomsTotals.year CustomsTotals.exportCount CustomsTotals.importCount CustomsTotals.exportValue ' +
    'CustomsTotals.importValue CustomsRecord.totals',
  'tax.listedGradeA': 'TaxRecord.listedGradeA',
  'tax.exportRefundClass': 'TaxRecord.exportRefundClass',
  'tax.taxpayer': 'TaxRecord.taxpayerKind TaxRecord.levyMethod',
  'tax.creditGrade': 'TaxRecord.creditGrade',
  'tax.refunds':
    'Refund.number Refund.period Refund.amount Refund.status Refund.filedOn Refund.paidOn ' +
    'Refund.declarationNumbers TaxRecord.refunds',
  'tax.exemptions': 'TaxExemption.period TaxExemption.amount TaxRecord.exemptions',
  'tax.arrears': 'TaxRecord.arrears',
  'fx.registered': 'ForeignExchangeRecord.registered',
  'fx.class': 'ForeignExchangeRecord.class',
  'fx.receipts': 'ForeignExchangeRecord.receipts',
  'fx.payments': 'ForeignExchangeRecord.payments',
  'fx.settlements':
    'Settlement.number Settlement.kind Settlement.amount Settlement.account Settlement.settledOn ' +
    'ForeignExchangeRecord.settlements',
  'fx.exemption': 'ForeignExchangeRecord.exemptFromRegistration',
  'fx.suspiciousTransactionReports':
    'SuspiciousTransactionReport.number SuspiciousTransactionReport.reportedOn ' +
    'SuspiciousTransactionReport.reason ForeignExchangeRecord.suspiciousTransactionReports',
  'market.registration':
    'Query.searchEnterprises Enterprise.name Enterprise.status MarketRegistration.name ' +
    'MarketRegistration.kind MarketRegistration.status MarketRegistration.capital ' +
    'MarketRegistration.establishedOn MarketRegistration.address MarketRegistration.scope ' +
    'MarketRegistration.authority MarketRecord.registration',
  'market.abnormalListings': 'MarketRecord.abnormalListings',
  'market.seriousViolations': 'MarketRecord.seriousViolations',
  'market.penalties':
    'Penalty.number Penalty.decidedOn Penalty.kind Penalty.amount Penalty.reason Penalty.authority ' +
    'MarketRecord.penalties',
  'market.licences':
    'Licence.number Licence.name Licence.validFrom Licence.validTo Licence.authority ' + 'MarketRecord.licences',
  'market.qualityInspections':
    'QualityInspection.number QualityInspection.product QualityInspection.stage ' +
    'QualityInspection.startedOn QualityInspection.qualified MarketRecord.qualityInspections',
  'market.legalRepresentative':
    'LegalRepresentative.name LegalRepresentative.idNumber MarketRecord.legalRepresentative',
  'postal.monthlyVolumes':
    'MonthlyVolume.month MonthlyVolume.parcels MonthlyVolume.express PostalRecord.monthlyVolumes',
  'postal.shipments':
    'Shipment.trackingNumber Shipment.service Shipment.acceptedAt Shipment.deliveredAt ' +
    'Shipment.destination Shipment.weight ShipmentEvent.at ShipmentEvent.place ShipmentEvent.code ' +
    'ShipmentEvent.text Query.shipment PostalRecord.shipments Shipment.events',
  'commerce.filing':
    'CommerceFiling.number CommerceFiling.zone CommerceFiling.roles CommerceFiling.filedOn ' +
    'CommerceFiling.status CommerceRecord.filing',
  'commerce.overseasWarehouses':
    'OverseasWarehouse.name OverseasWarehouse.country OverseasWarehouse.area OverseasWarehouse.public ' +
    'CommerceRecord.overseasWarehouses',
  'commerce.parks': 'Park.name Park.division CommerceRecord.parks',
}

export const itemsOfFirstRelease: ReadonlyMap<string, string> = new Map(
  Object.entries(coordinates).flatMap(([item, named]) => named.split(' ').map((coordinate) => [coordinate, item])),
)
