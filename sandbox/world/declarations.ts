import { beginning, compactTime, day, hour, minute, today, yearOf } from './calendar.ts'
import { s10Check } from './check-digits.ts'
import { type Article, articles, type Country, countries, decimal, inFen } from './goods.ts'
import type { Enterprise } from './identity.ts'
import { live, type LifeName, lifeFor, type Outcome, type Receipt } from './lives.ts'
import type { Chance } from './random.ts'

export type TradeMode = '0110' | '1210' | '9610' | '9710' | '9810'

/** One line of a declaration, as customs keeps it. */
export type Goods = {
  gnum: number
  gcode: string
  gname: string
  qty: string
  unit: string
  price: string
  currency: string
  country: string
}

/** A declaration list (清单) as customs keeps it. */
export type DeclarationRecord = {
  invtNo: string
  uscc: string
  ieFlag: 'E' | 'I'
  tradeMode: TradeMode
  appTime: string
  customsCode: string
  portCode: string
  country: string
  orderNo: string | null
  logisticsNo: string | null
  currency: string
  goodsValue: string
  grossWeight: string
  returns: Receipt[]
  goods: Goods[]
}

/** A declaration together with what the world, but no single department, knows about it. */
export interface Declared {
  readonly record: DeclarationRecord
  /** The moment it was lodged. */
  readonly lodged: number
  readonly outcome: Outcome
  readonly inspected: boolean
  /** Its value in fen of yuan at the world's rates. */
  readonly fen: number
  readonly country: Country
  /** A second declaration of a parcel already declared: planted, and not a parcel of its own. */
  readonly repeatsWaybill: boolean
}

/** The tracking number of an enterprise's n-th parcel (UPU S10), none of which any post has issued. */
export const waybill = (enterprise: Enterprise, n: number): string => {
  const serial = `${String(enterprise.index).padStart(4, '0')}${String(n).padStart(4, '0')}`
  return `LY${serial}${s10Check(serial)}CN`
}

/** What the planted discrepancies ask of an enterprise's first declarations; chance decides the others. */
const staged = (enterprise: Enterprise, n: number): { mode?: TradeMode; life?: LifeName } => {
  const has = (kind: Enterprise['planted'][number]) => enterprise.planted.includes(kind)
  if (n === 0) return { mode: '9710', life: has('inspected-as-different') ? 'inspected' : 'reviewed' }
  if (n === 1 && has('refund-for-returned-declaration')) return { mode: '9710', life: 'returned' }
  if ((n === 2 || n === 3) && enterprise.onFile.postal) return { mode: '9610', life: 'plain' }
  if (n === 4 && enterprise.index === 0) return { mode: '9610', life: 'inspected' }
  return {}
}

const modeFor = (enterprise: Enterprise, chance: Chance): TradeMode => {
  const share = chance.unit()
  // A parcel declared under 9610 has a waybill at the post; whoever posts nothing declares nothing so.
  if (share < 0.45 && enterprise.onFile.postal) return '9610'
  if (share < 0.7) return '9710'
  if (share < 0.82) return '9810'
  return share < 0.9 ? '0110' : '1210'
}

/** An enterprise that is gone lodged its last declaration well before today; one in eight of the others is very recent. */
const lodgedAt = (enterprise: Enterprise, settled: boolean, chance: Chance): number => {
  const office = chance.whole(8 * 60, 18 * 60) * minute + chance.whole(0, 59) * 1000
  const recent = chance.is(0.12)
  if (enterprise.status !== '存续') return beginning + chance.whole(0, 360) * day + office
  // One in four of those has only just been sent, so that the first states are seen as well.
  if (recent && !settled) return today - chance.whole(2, chance.is(0.25) ? 18 : 70 * 60) * minute
  return beginning + chance.whole(0, 640) * day + office
}

const lineOf = (gnum: number, article: Article, small: boolean, country: Country, chance: Chance) => {
  const quantity = small ? chance.whole(1, 6) : chance.whole(50, 1200)
  const price = Math.round((article.dollars * 100 * 710) / country.currency.fen)
  const goods: Goods = {
    gnum,
    gcode: article.code,
    gname: article.name,
    qty: String(quantity),
    unit: article.unit,
    price: decimal(price),
    currency: country.currency.number,
    // Both code systems travel in the lines of real messages.
    country: chance.is(0.25) ? country.alpha3 : country.number,
  }
  return { goods, value: price * quantity, weight: Math.round(article.kilograms * 105) * quantity }
}

const declare = (enterprise: Enterprise, n: number, before: readonly Declared[]): Declared => {
  const chance = enterprise.chance(`declaration/${n}`)
  const stage = staged(enterprise, n)
  const tradeMode = stage.mode ?? modeFor(enterprise, chance)
  const life = stage.life ?? lifeFor(chance)
  const lodged = lodgedAt(enterprise, stage.life !== undefined, chance)
  const country = chance.pick(countries)
  const importing = tradeMode === '1210' || (tradeMode === '0110' && chance.is(0.4))
  const district = chance.pick(enterprise.zone.districts)
  const serial = `${String(enterprise.index).padStart(4, '0')}${String(n).padStart(5, '0')}`
  const direction = importing ? 'I' : 'E'
  // Exports have 9 to 11 digits since May 2022, imports 9.
  const invtNo = `${district}${yearOf(lodged)}${direction}${importing ? '' : chance.pick(['', '0', '00'])}${serial}`
  const small = tradeMode === '9610' || tradeMode === '1210'
  const count = enterprise.index === 0 && n === 5 ? 20 : small ? chance.whole(1, 3) : chance.whole(1, 8)
  const lines = Array.from({ length: count }, (_, i) => lineOf(i + 1, chance.pick(articles), small, country, chance))
  const value = lines.reduce((sum, line) => sum + line.value, 0)
  const repeatsWaybill = n === 3 && enterprise.planted.includes('waybill-on-two-declarations')
  const { receipts, outcome, inspected } = live(life, invtNo, lodged, n === 0 ? enterprise.planted : [])
  return {
    lodged,
    outcome,
    inspected,
    country,
    repeatsWaybill,
    fen: inFen(value, country.currency),
    record: {
      invtNo,
      uscc: enterprise.uscc,
      ieFlag: direction,
      tradeMode,
      appTime: compactTime(lodged),
      customsCode: district,
      portCode: chance.pick(enterprise.zone.districts),
      country: country.number,
      orderNo: small ? `DEV${serial}` : null,
      logisticsNo:
        tradeMode !== '9610' ? null : (repeatsWaybill && before[2]?.record.logisticsNo) || waybill(enterprise, n),
      currency: country.currency.number,
      goodsValue: decimal(value),
      grossWeight: decimal(lines.reduce((sum, line) => sum + line.weight, 0)),
      returns: receipts,
      goods: lines.map((line) => line.goods),
    },
  }
}

/** All declarations of an enterprise, newest first as customs answers them. */
export const declarationsOf = (enterprise: Enterprise): readonly Declared[] => {
  const all: Declared[] = []
  if (enterprise.onFile.customs) for (let n = 0; n < enterprise.declarations; n++) all.push(declare(enterprise, n, all))
  return all.sort((a, b) => b.lodged - a.lodged || (a.record.invtNo < b.record.invtNo ? 1 : -1))
}

/** Half a working day: how long before its declaration a parcel is handed in. */
export const handedInBefore = 4 * hour
