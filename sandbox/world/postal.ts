import { beginning, day, hour, isoMonth, months, spacedTime, today } from './calendar.ts'
import { type Declared, handedInBefore, waybill } from './declarations.ts'
import { type Country, countries, decimal } from './goods.ts'
import type { Enterprise } from './identity.ts'

export type Trace = { acceptTime: string; acceptAddress: string; remark: string; code: string }

/** A parcel as the post keeps it. */
export type Shipment = {
  mailNo: string
  product: string
  acceptTime: string
  deliveredTime?: string
  /** ISO alpha-3; `destinationNumber` is the same country in customs' numbers. */
  destination: string
  destinationNumber: string
  weight: string
  traces: Trace[]
}

export type Volume = { month: string; parcels: string; express: string }

/** All that the post holds on one enterprise. */
export interface PostalFile {
  readonly uscc: string
  readonly volumes: readonly Volume[]
  readonly shipments: readonly Shipment[]
}

interface Parcel {
  readonly number: string
  readonly accepted: number
  readonly country: Country
  readonly weight: string
  readonly fate: 'delivered' | 'sent back' | 'under way'
}

/** The way of a parcel in the event codes of the UPU (EMSEVT): code, remark, hours after it was handed in. */
const way = [
  ['EMA', '收寄', 0],
  ['EMB', '到达出口互换局', 9],
  ['EMC', '离开出口互换局', 30],
  ['EMD', '到达进口互换局', 150],
  ['EMF', '离开进口互换局', 190],
  ['EMI', '妥投', 250],
] as const

const back = [
  ['EMA', '收寄', 0],
  ['EMB', '到达出口互换局', 9],
  ['EME', '海关暂扣', 14],
  ['EMS', '退回寄件人', 90],
] as const

const tracesOf = (enterprise: Enterprise, parcel: Parcel): Trace[] => {
  const home = `${enterprise.zone.province}省${enterprise.zone.name}市${enterprise.county[1]}`
  // Sorting centres' names as they really come: padded, with signs that must be escaped and a rare character.
  const places = [`${home} 示例营业部`, `  ${enterprise.zone.name}R&D互换局 <东区>`, `${home} 䶮港处理中心`]
  const abroad = `${parcel.country.alpha3} OFFICE OF EXCHANGE`
  const steps = parcel.fate === 'sent back' ? back : parcel.fate === 'delivered' ? way : way.slice(0, 3)
  return steps
    .filter(([, , after]) => after === 0 || parcel.accepted + after * hour < today)
    .map(([code, remark, after], i) => ({
      acceptTime: spacedTime(parcel.accepted + after * hour),
      acceptAddress: after >= 150 ? abroad : (places[i] ?? home),
      remark,
      code,
    }))
}

const shipmentOf = (enterprise: Enterprise, parcel: Parcel): Shipment => {
  const traces = tracesOf(enterprise, parcel)
  const delivered = traces.find((trace) => trace.code === 'EMI')
  return {
    mailNo: parcel.number,
    product: parcel.number.startsWith('DEV')
      ? '国际快件'
      : enterprise.chance(parcel.number).pick(['国际小包', 'e邮宝', 'EMS']),
    acceptTime: spacedTime(parcel.accepted),
    ...(delivered ? { deliveredTime: delivered.acceptTime } : {}),
    destination: parcel.country.alpha3,
    destinationNumber: parcel.country.number,
    weight: parcel.weight,
    traces,
  }
}

/** The parcels that were declared one by one (9610): the waybill number stands on the declaration. */
const declaredParcels = (declared: readonly Declared[]): Parcel[] =>
  declared.flatMap(({ record, lodged, country, outcome, repeatsWaybill }) => {
    if (record.logisticsNo === null || repeatsWaybill) return []
    const fate = outcome === 'released' ? 'delivered' : outcome === 'returned' ? 'sent back' : 'under way'
    return { number: record.logisticsNo, accepted: lodged - handedInBefore, country, weight: record.grossWeight, fate }
  })

/** Parcels that no declaration of the enterprise names; some of them express, with numbers that are not S10. */
const otherParcels = (enterprise: Enterprise): Parcel[] => {
  const chance = enterprise.chance('postal/others')
  return Array.from({ length: chance.whole(1, 4) }, (_, n) => ({
    number: chance.is(0.3)
      ? `DEV-${enterprise.zone.city}-${String(enterprise.index * 10 + n).padStart(8, '0')}`
      : waybill(enterprise, 5000 + n),
    accepted: beginning + chance.whole(1, 660) * day + chance.whole(8, 18) * hour,
    country: chance.pick(countries),
    weight: decimal(chance.whole(5, 2900)),
    fate: 'delivered' as const,
  }))
}

/** A month's volumes count every shipment on file and those of which the post keeps no more than the number. */
const volumesOf = (enterprise: Enterprise, parcels: readonly Parcel[]): Volume[] =>
  months.map((month) => {
    const chance = enterprise.chance(`postal/${month}`)
    const posted = parcels.filter((parcel) => isoMonth(parcel.accepted) === month)
    const express = posted.filter((parcel) => parcel.number.startsWith('DEV')).length
    return {
      month,
      parcels: String(posted.length - express + chance.whole(0, 400)),
      express: String(express + chance.whole(0, 60)),
    }
  })

/** What the post holds on an enterprise, or nothing where it posts nothing. */
export const postalFileOf = (enterprise: Enterprise, declared: readonly Declared[]): PostalFile | undefined => {
  if (!enterprise.onFile.postal) return undefined
  const parcels = [...declaredParcels(declared), ...otherParcels(enterprise)].sort((a, b) => b.accepted - a.accepted)
  return {
    uscc: enterprise.uscc,
    volumes: volumesOf(enterprise, parcels),
    shipments: parcels.map((parcel) => shipmentOf(enterprise, parcel)),
  }
}
