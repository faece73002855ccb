/** Who takes part in the invented trade: enterprises of the world, and people whom there are not. */
import { compactDay, day, dayAt } from '../world/calendar.ts'
import { identityCheck } from '../world/check-digits.ts'
import { enterpriseAt, population, type Enterprise } from '../world/identity.ts'
import { type Zone, zones } from '../world/zones.ts'

export interface Person {
  readonly name: string
  readonly idNumber: string
  readonly telephone: string
  readonly address: string
}

export interface Party {
  readonly code: string
  readonly name: string
}

/** The enterprises behind one list. */
export interface Parties {
  readonly platform: Party
  readonly seller: Party
  readonly payment: Party
  readonly carrier: Party
  readonly agent: Party
  readonly zone: Zone
}

const surnames = [...'林陈黄郑王吴周方何徐']
const givenNames = ['示例', '样本', '演示', '测试', '虚构']

/** Days of birth that are used: 35 years. */
const births = 35 * 365

/**
 * The person with this index. Identity numbers are of the cities' own digits (xxxx00), which no county issues, and all
 * different up to 63 million; telephones begin with 100, as no mobile number does.
 */
export function personAt(index: number): Person {
  const zone = zones[index % zones.length]
  if (zone === undefined) throw new RangeError('There is no zone.')
  const born = Math.floor(index / zones.length)
  const serial = Math.floor(born / births)
  if (serial > 999) throw new RangeError('There are no more people.')
  const birth = compactDay(dayAt(1965, 1, 1) + (born % births) * day)
  const body = `${zone.city}00${birth}${String(serial).padStart(3, '0')}`
  const county = zone.counties[index % zone.counties.length]?.[1] ?? ''
  return {
    name: `${surnames[index % surnames.length]}${givenNames[Math.floor(index / 10) % givenNames.length]}`,
    idNumber: body + identityCheck(body),
    telephone: `100${String(index % 100_000_000).padStart(8, '0')}`,
    address: `${zone.province}省${zone.name}市${county}示例路${(index % 997) + 1}号`,
  }
}

/** Picks enterprises of a seed's world for a list; households trade through others and are left out. */
export function partiesOf(seed: number): (n: number) => Parties {
  const companies = Array.from({ length: population }, (_, index) => enterpriseAt(seed, index)).filter(
    ({ household, status }) => !household && status === '存续',
  )
  const of = (index: number): Enterprise => {
    const company = companies[index % companies.length]
    if (company === undefined) throw new RangeError('There is no company.')
    return company
  }
  const party = ({ uscc, name }: Enterprise): Party => ({ code: uscc, name })
  // A few platforms, payers and carriers serve many sellers.
  return (n) => ({
    platform: party(of(n % 7)),
    seller: party(of(100 + (n % 331))),
    payment: party(of(10 + (n % 5))),
    carrier: party(of(20 + (n % 11))),
    agent: party(of(40 + (n % 13))),
    zone: of(100 + (n % 331)).zone,
  })
}
