/** What a department says, as the documents of this bench ask for it: written by hand, once for every server. */
import { currentStatus } from '../../rules/declaration-status.ts'
import { divisionName } from '../../rules/division.ts'
import { divisionOf } from '../../rules/uscc.ts'
import type { Said } from './departments.ts'

const fields = `
  name
  status
  division { province city county }
  market {
    legalRepresentative { name }
    registration { establishedOn authority }
    licences { number name validTo }
  }
  customs {
    creditGrade
    registration { code district filedOn }`
const rest = `
  }
  tax { creditGrade listedGradeA exportRefundClass }
  fx { registered class }
  postal {
    shipments(first: 3) { nodes { trackingNumber destination acceptedAt } }
    monthlyVolumes { month parcels express }
  }
  commerce {
    filing { number zone roles status }
    overseasWarehouses { name country }
  }`
const declarations = `
    declarations(first: 3) {
      totalCount
      nodes { number declaredAt status { code zh } value { amount currency } }
    }`

/** What the six departments say of an enterprise. */
export type Records = Omit<Said, 'declarations'>

/** One enterprise, seven calls. */
export const one = `query One($uscc: USCC!) { enterprise(uscc: $uscc) {${fields}${declarations}${rest}\n} }`
/** Fifty enterprises, six sections. */
export const list = `query List($usccs: [USCC!]!) { enterprises(usccs: $usccs) { uscc ${fields}${rest}\n} }`

/** Of each section what may be answered from a copy: nothing that the catalogue gives out in real time alone. */
const keepable = `
  division { province city county }
  market {
    licences { number name validTo }
    abnormalListings { listedOn reason removedOn }
    penalties(first: 3) { nodes { number decidedOn kind } }
  }
  customs {
    creditGrade
    registration { code district filedOn }
  }
  tax { creditGrade listedGradeA exportRefundClass }
  fx { registered class }
  postal { monthlyVolumes { month parcels express } }
  commerce {
    filing { number zone roles status }
    overseasWarehouses { name country }
  }`

/** One enterprise, six sections, all from copies once they are there. */
export const keptOne = `query Kept($uscc: USCC!) { enterprise(uscc: $uscc) {${keepable}\n} }`
/** The same of fifty. */
export const keptList = `query KeptList($usccs: [USCC!]!) { enterprises(usccs: $usccs) { uscc ${keepable}\n} }`

const grades: Record<string, string> = {
  高级认证企业: 'ADVANCED_CERTIFIED',
  其他备案企业: 'REGISTERED',
  失信企业: 'DISCREDITED',
}
const statuses: Record<string, string> = { 存续: 'ACTIVE', 吊销: 'REVOKED', 注销: 'DEREGISTERED', 迁出: 'MOVED_OUT' }
const refundClasses: Record<string, string> = { 一类: 'CLASS_1', 二类: 'CLASS_2', 三类: 'CLASS_3', 四类: 'CLASS_4' }
const filingStatuses: Record<string, string> = { 有效: 'VALID', 变更中: 'CHANGING', 已注销: 'CANCELLED' }
const penaltyKinds: Record<string, string> = {
  警告: 'WARNING',
  罚款: 'FINE',
  没收违法所得: 'CONFISCATION',
  责令停产停业: 'SUSPENSION_OF_BUSINESS',
}
const currencies: Record<string, string> = { 142: 'CNY', 502: 'USD', 300: 'EUR', 116: 'JPY', 110: 'HKD', 303: 'GBP' }

const day = (text: string): string => `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`
const time = (text: string): string =>
  `${day(text)}T${text.slice(8, 10)}:${text.slice(10, 12)}:${text.slice(12, 14)}+08:00`

const newest = <T>(items: readonly T[], at: (item: T) => string): T[] =>
  [...items].sort((a, b) => (at(a) < at(b) ? 1 : -1))

export function division(uscc: string) {
  const found = divisionName(divisionOf(uscc))
  return found && { province: found.province, city: found.city, county: found.county }
}

export const licences = (said: Said['market']) =>
  said.licences.map(({ number, name, validTo }) => ({ number, name, validTo: validTo ?? null }))
export const abnormalListings = (said: Said['market']) =>
  said.abnormalListings.map(({ listedOn, reason, removedOn }) => ({ listedOn, reason, removedOn: removedOn ?? null }))
export const penalties = (said: Said['market'], first: number) => ({
  nodes: newest(said.penalties, ({ decidedOn }) => decidedOn)
    .slice(0, first)
    .map(({ number, decidedOn, kind }) => ({ number, decidedOn, kind: penaltyKinds[kind] })),
})
export const market = (said: Said['market']) => ({
  legalRepresentative: { name: said.legalRepresentative.name },
  registration: { establishedOn: said.establishedOn, authority: said.authority },
  licences: licences(said),
})
export const marketStatus = (said: Said['market']): string | undefined => statuses[said.status]

export const customs = (said: Said['customs']) => ({
  creditGrade: grades[said.creditGrade],
  registration: { code: said.tradeCo, district: said.customsCode, filedOn: day(said.filedOn) },
})

/** @param page undefined where customs has none of the enterprise */
export const declarationPage = (page: Said['declarations'] | undefined) => ({
  totalCount: page?.total ?? 0,
  nodes: (page?.declarations ?? []).map((said) => {
    const receipts = said.returns.map(({ guid, returnStatus, returnTime }) => ({
      id: guid,
      status: returnStatus,
      at: time(returnTime),
    }))
    const status = currentStatus(receipts)
    return {
      number: said.invtNo,
      declaredAt: time(said.appTime),
      status: { code: status?.code, zh: status?.zh },
      value: { amount: said.goodsValue, currency: currencies[said.currency] },
    }
  }),
})

export const tax = (said: Said['tax']) => ({
  creditGrade: said.creditGrade,
  listedGradeA: said.listedGradeA,
  exportRefundClass: said.exportRefundClass == null ? null : refundClasses[said.exportRefundClass],
})

export const fx = (said: Said['fx']) => ({ registered: said.registered, class: said.class ?? null })

export const shipments = (said: Said['postal'], first: number) => ({
  // An element without any within it is an empty text.
  nodes: newest(said.shipments.shipment ?? [], ({ acceptTime }) => acceptTime)
    .slice(0, first)
    .map(({ mailNo, destination, acceptTime }) => ({
      trackingNumber: mailNo,
      destination,
      acceptedAt: `${acceptTime.slice(0, 10)}T${acceptTime.slice(11)}+08:00`,
    })),
})
export const monthlyVolumes = (said: Said['postal']) =>
  newest(said.volumes.volume ?? [], ({ month }) => month).map(({ month, parcels, express }) => ({
    month,
    parcels: Number(parcels),
    express: Number(express),
  }))

export const commerce = (said: Said['commerce']) => ({
  filing: {
    number: said.filing.number,
    zone: said.filing.zone,
    roles: said.filing.roles.map((role) => role.toUpperCase()),
    status: filingStatuses[said.filing.status],
  },
  overseasWarehouses: said.overseasWarehouses.map(({ name, country }) => ({ name, country })),
})

/** Of the documents that ask for everything: an enterprise without its declarations. */
export const enterprise = (uscc: string, said: Records) => ({
  name: said.market.name,
  status: marketStatus(said.market),
  division: division(uscc),
  market: market(said.market),
  customs: customs(said.customs),
  tax: tax(said.tax),
  fx: fx(said.fx),
  postal: { shipments: shipments(said.postal, 3), monthlyVolumes: monthlyVolumes(said.postal) },
  commerce: commerce(said.commerce),
})

/** Of the documents that ask for what may be kept. */
export const kept = (uscc: string, said: Records) => ({
  division: division(uscc),
  market: {
    licences: licences(said.market),
    abnormalListings: abnormalListings(said.market),
    penalties: penalties(said.market, 3),
  },
  customs: customs(said.customs),
  tax: tax(said.tax),
  fx: fx(said.fx),
  postal: { monthlyVolumes: monthlyVolumes(said.postal) },
  commerce: commerce(said.commerce),
})
