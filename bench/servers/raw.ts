/**
 * The documents of this bench for a server that gives departments' records as they are, and what its answers come to in
 * the view.
 */
import type { DepartmentId } from '../../departments.ts'
import type { Said } from './departments.ts'
import * as sections from './sections.ts'

/** Types and roots of a department's contract are named after it. */
export const prefixOf = (id: DepartmentId): string => `${id}_`

const fields = {
  market: `list { uscc name status establishedOn authority legalRepresentative { name } licences { number name validTo } }`,
  keptMarket: `list { uscc licences { number name validTo } abnormalListings { listedOn reason removedOn } penalties { number decidedOn kind } }`,
  customs: 'enterprises { uscc creditGrade tradeCo customsCode filedOn }',
  declarations: `pages { uscc total declarations { invtNo appTime goodsValue currency returns { guid returnStatus returnTime } } }`,
  fx: 'data { uscc registered class }',
  tax: 'creditGrade listedGradeA exportRefundClass',
  postal: `... on postal_EnterpriseDocument { enterprise { shipments { shipment { mailNo destination acceptTime } } volumes { volume { month parcels express } } } }`,
  keptPostal: '... on postal_EnterpriseDocument { enterprise { volumes { volume { month parcels express } } } }',
  commerce: 'filing { number zone roles status } overseasWarehouses { name country }',
} as const

/** @param kept what may be answered from copies alone */
function rawDocument(usccs: readonly string[], kind: 'one' | 'list' | 'kept'): string {
  const codes = JSON.stringify(usccs)
  const parts = [
    `market: market_listEnterprises(usccs: ${codes}) { ${kind === 'kept' ? fields.keptMarket : fields.market} }`,
    `customs: customs_queryEnterprises(input: { usccs: ${codes} }) { ${fields.customs} }`,
    `fx: fx_listEnterprises(uscc: ${codes}) { ${fields.fx} }`,
    ...(kind === 'one'
      ? [`declarations: customs_queryDeclarations(input: { usccs: ${codes}, first: 3 }) { ${fields.declarations} }`]
      : []),
    ...usccs.flatMap((uscc, at) => [
      `tax${at}: tax_getTaxpayer(uscc: "${uscc}") { ${fields.tax} }`,
      `postal${at}: postal_enterprise(uscc: "${uscc}") { ${kind === 'kept' ? fields.keptPostal : fields.postal} }`,
      `commerce${at}: commerce_getFiling(uscc: "${uscc}") { ${fields.commerce} }`,
    ]),
  ]
  return JSON.stringify({ query: `{ ${parts.join('\n')} }` })
}

type Raw = {
  market: { list: Said['market'][] }
  customs: { enterprises: Said['customs'][] }
  fx: { data: Said['fx'][] }
  declarations?: { pages: Said['declarations'][] }
} & Record<`tax${number}`, Said['tax']> &
  Record<`postal${number}`, { enterprise: Said['postal'] }> &
  Record<`commerce${number}`, Said['commerce']>

/** The same questions as others are asked, in its words. */
export interface RawQuestion {
  bodies: readonly string[]
  /** What the answer to one of them comes to in the view. */
  view(answer: unknown, at: number): unknown
}

/** @param lists of codes, one for each request @param isList whether enterprises are asked for together */
export function rawQuestion(
  lists: readonly (readonly string[])[],
  kind: 'one' | 'list' | 'kept',
  isList = kind === 'list',
): RawQuestion {
  const of = (uscc: string, at: number, raw: Raw): object => {
    const its = <T extends { uscc: string }>(list: readonly T[]): T => list.find((said) => said.uscc === uscc) as T
    const records = {
      market: its(raw.market.list),
      customs: its(raw.customs.enterprises),
      fx: its(raw.fx.data),
      tax: raw[`tax${at}`] as Said['tax'],
      postal: (raw[`postal${at}`] as { enterprise: Said['postal'] }).enterprise,
      commerce: raw[`commerce${at}`] as Said['commerce'],
    }
    if (kind === 'kept') return sections.kept(uscc, records)
    const whole = sections.enterprise(uscc, records)
    if (raw.declarations === undefined) return whole
    const page = raw.declarations.pages.find((said) => said.uscc === uscc)
    return { ...whole, customs: { ...whole.customs, declarations: sections.declarationPage(page) } }
  }
  return {
    bodies: lists.map((usccs) => rawDocument(usccs, kind)),
    view(answer, at) {
      const all = (lists[at] ?? []).map((uscc, nth) => of(uscc, nth, answer as Raw))
      return isList
        ? { enterprises: all.map((one, nth) => ({ uscc: lists[at]?.[nth], ...one })) }
        : { enterprise: all[0] }
    },
  }
}
