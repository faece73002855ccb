import { identityCheck, organizationCheck, usccCheck } from './check-digits.ts'
import { compactDay, dayAt, day } from './calendar.ts'
import { type Planted, plantedOn } from './planted.ts'
import { type Chance, chanceOf } from './random.ts'
import { type Zone, zones } from './zones.ts'

/** Where the registration of an enterprise stands at market supervision. */
export type RegistrationStatus = '存续' | '吊销' | '注销' | '迁出'

/** Who an invented enterprise is, and how busy; from this all of its records follow. */
export interface Enterprise {
  readonly index: number
  readonly uscc: string
  readonly name: string
  readonly zone: Zone
  readonly county: readonly [code: string, name: string]
  /** Self-employed household (个体工商户) instead of a company. */
  readonly household: boolean
  readonly status: RegistrationStatus
  readonly planted: readonly Planted[]
  readonly representative: { readonly name: string; readonly idNumber: string }
  /** How many declarations it has lodged. */
  readonly declarations: number
  /** Whether a department of the development set has it on file. */
  readonly onFile: Readonly<Record<'customs' | 'tax' | 'fx' | 'market' | 'postal' | 'commerce', boolean>>
  /** A stream of chance for one topic of this enterprise. */
  chance(topic: string): Chance
}

/** A multiple of the number of zones, so that every zone has as many. */
export const population = 640

const words = '云帆 海丝 闽风 东屿 星洋 茉香 榕桥 远潮 青屿 金帆 山海 北斗 南珠 锦程 晨光 天禾'.split(' ')
const trades = ['贸易', '电子商务', '进出口', '跨境供应链', '国际货运', '工贸', '数字科技', '食品']
const surnames = [...'林陈黄郑王吴周方何徐']
const givenNames = ['示例', '样本', '演示', '测试', '虚构']

const sequence = '0123456789ABCDEFGHJKLMNPQRTUWXY'

/**
 * A code with both check digits right. The organization code starts with MY, a series that has not been issued, so that
 * none of these is the code of a real enterprise.
 */
const usccOf = (index: number, household: boolean, county: string, chance: Chance): string => {
  const serial = String(index).padStart(4, '0')
  const body = `MY${sequence.charAt(chance.whole(0, 30))}${serial}${sequence.charAt(chance.whole(0, 30))}`
  const start = `${household ? '92' : '91'}${county}${body}${organizationCheck(body)}`
  return start + usccCheck(start)
}

/** An identity number under the city's own digits (xxxx00), which no county issues: nobody's, but well-formed. */
const representativeOf = (zone: Zone, chance: Chance) => {
  const born = dayAt(1965, 1, 1) + chance.whole(0, 35 * 365) * day
  const body = `${zone.city}00${compactDay(born)}${String(chance.whole(0, 999)).padStart(3, '0')}`
  return { name: chance.pick(surnames) + chance.pick(givenNames), idNumber: body + identityCheck(body) }
}

const nameOf = (index: number, zone: Zone, household: boolean): string => {
  const place = Math.floor(index / zones.length)
  const word = words[place % words.length] ?? ''
  const trade = trades[Math.floor(place / words.length) % trades.length] ?? ''
  return `${zone.name}示例${word}${trade}${household ? '商行' : '有限公司'}（开发数据）`
}

const volumeOf = (chance: Chance): number => {
  const share = chance.unit()
  if (share < 0.12) return 0
  if (share < 0.6) return chance.whole(1, 8)
  if (share < 0.88) return chance.whole(9, 20)
  return chance.whole(21, 40)
}

/** How many declarations the five of the demonstration have: the first has more than a page of twenty. */
const demonstration: readonly number[] = [26, 12, 8, 33, 15]

/** The enterprise with this index, from 0 to `population` − 1; index 0 … 4 are the demonstration's, one of each zone. */
export const enterpriseAt = (seed: number, index: number): Enterprise => {
  const zone = zones[index % zones.length]
  if (!zone) throw new RangeError('There is no zone.')
  const chance = chanceOf(seed, `${index}/identity`)
  const planted = plantedOn(index)
  const volume = demonstration[index]
  // Whoever is demonstrated or carries a discrepancy is known everywhere: otherwise there is nothing to compare.
  const complete = volume !== undefined || planted.length > 0
  const household = !complete && chance.is(0.1)
  const county = volume === undefined ? chance.pick(zone.counties) : (zone.counties[0] ?? chance.pick(zone.counties))
  const gone = chance.is(0.06) ? chance.pick(['吊销', '注销', '迁出'] as const) : '存续'
  const known = (share: number) => chance.is(share) || complete
  return {
    index,
    uscc: usccOf(index, household, county[0], chance),
    name: nameOf(index, zone, household),
    zone,
    county,
    household,
    status: planted.includes('filing-outlives-registration') ? '注销' : complete ? '存续' : gone,
    planted,
    representative: representativeOf(zone, chance),
    declarations: volume ?? Math.max(volumeOf(chance), complete ? 8 : 0),
    onFile: {
      customs: known(0.8),
      tax: known(0.85),
      fx: known(0.7),
      market: known(0.97),
      postal: known(0.6),
      commerce: known(0.7),
    },
    chance: (topic) => chanceOf(seed, `${index}/${topic}`),
  }
}
