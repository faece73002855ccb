/** Every number that the schema can answer, and of what it is one: a new one is judged here before it comes in. */
import { getNamedType } from 'graphql'
import { describe, expect, test } from 'vitest'
import { objectTypes } from '../../auth/catalogue.ts'
import { buildView } from '../../hub/schema.ts'

const numbers = objectTypes(buildView().schema)
  .flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({ coordinate: `${type.name}.${field.name}`, field })),
  )
  .filter(({ field }) => ['Int', 'Float'].includes(getNamedType(field.type).name))
  .map(({ coordinate }) => coordinate)

/** Numbers of enterprises or persons, over more than one: a group of fewer than 5 would have to be suppressed. */
const overEnterprises = [
  // Of a search by name and division, which are OPEN: whoever asks may read each of those it counts.
  'EnterpriseConnection.totalCount',
]

/** Over enterprises, without groups of fewer than 5 but for who may read every list (tests/trade/statistics-view.test.ts). */
const suppressed = [
  'TradeGroup.lists',
  // How many groups are left out of a year, whichever they are.
  'TradeStatistics.suppressed',
  'TradeZoneProgress.percent',
]

/** Of one enterprise each, for who may read every list. */
const ofEachEnterprise = ['TradeSeller.lists']

/** What the plans of the zones say in public. */
const published = ['TradeZoneTarget.year']

/** Of one person over all enterprises: whoever may read every buyer and every amount, of all of them, and nobody else. */
const ofOnePerson = ['TradeBuyerYear.lists', 'TradeBuyerYear.year']

/** Of one enterprise, and shown to whoever may read the list itself. */
const ofOneEnterprise = [
  'CustomsTotals.exportCount',
  'CustomsTotals.importCount',
  'CustomsTotals.year',
  'DeclarationConnection.totalCount',
  'DeclarationLine.gnum',
  'InspectionConnection.totalCount',
  'MonthlyVolume.express',
  'MonthlyVolume.parcels',
  'PenaltyConnection.totalCount',
  'QualityInspectionConnection.totalCount',
  'RefundConnection.totalCount',
  'SettlementConnection.totalCount',
  'ShipmentConnection.totalCount',
]

/** The hub's own: of matters that the viewer has a part in and may read each of, of law, of a department's health. */
const ofTheHub = [
  'Application.dailySubjects',
  'Application.extensionDays',
  'ApplicationConnection.totalCount',
  'CatalogueChange.extensionDays',
  'CatalogueChangeConnection.totalCount',
  'CatalogueConnection.totalCount',
  'CatalogueItem.freshFor',
  'CatalogueItem.staleFor',
  'CorrectionConnection.totalCount',
  'Department.latencyMs',
  'Grant.dailySubjects',
  'GrantConnection.totalCount',
  'MatterStep.article',
  'UseRecordConnection.totalCount',
]

describe('what the schema counts', () => {
  test('attack 9: every number is judged, and over enterprises small groups are suppressed but in an open search', () => {
    const judged = [overEnterprises, suppressed, ofEachEnterprise, published, ofOnePerson, ofOneEnterprise, ofTheHub]
    expect(numbers.sort()).toEqual(judged.flat().sort())
  })

  test('attack 9: the ledger says how many entries there are to nobody', () => {
    expect(numbers.filter((coordinate) => coordinate.startsWith('Ledger'))).toEqual([])
  })
})
