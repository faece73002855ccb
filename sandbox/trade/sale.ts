/** What one list is about, before any document says it. */
import { compactTime, day, dayAt } from '../world/calendar.ts'
import { type Article, articles, type Country, countries } from '../world/goods.ts'
import { chanceOf } from '../world/random.ts'
import { guidOf } from './guid.ts'
import { personAt, type Parties, type Person } from './parties.ts'

export interface Item {
  readonly article: Article
  readonly quantity: number
  /** Hundredths of the currency. */
  readonly price: number
}

export interface Sale {
  readonly n: number
  readonly parties: Parties
  readonly buyer: Person
  readonly country: Country
  readonly items: readonly Item[]
  /** Hundredths. */
  readonly freight: number
  readonly discount: number
  /** A moment of the world's calendar. */
  readonly at: number
  readonly orderNo: string
  readonly logisticsNo: string
  readonly copNo: string
  readonly transaction: string
  /** A UUID for a document of this sale. */
  guid: (document: string) => string
}

/** Every fourth list is an export. */
export const isExport = (n: number): boolean => n % 4 === 3

const start = dayAt(2026, 1, 1)

/**
 * The sale with this number. Times are spread over 300 days of 2026; four lists in a row have one buyer, whose purchases
 * stay far below the limits.
 */
export function saleOf(seed: number, n: number, parties: Parties): Sale {
  const chance = chanceOf(seed, `trade/${n}`)
  const country = chance.pick(countries)
  const serial = String(n).padStart(9, '0')
  return {
    n,
    parties,
    buyer: personAt(Math.floor(n / 4)),
    country,
    items: Array.from({ length: chance.whole(2, 3) }, () => {
      const article = chance.pick(articles)
      const fen = Math.round(article.dollars * 710 * (0.9 + chance.unit() / 5))
      const price = isExport(n) ? Math.round((fen * 100) / country.currency.fen) : fen
      return { article, quantity: chance.whole(1, 2), price }
    }),
    freight: chance.whole(0, 40) * 50,
    discount: chance.is(0.3) ? chance.whole(1, 9) * 10 : 0,
    at: start + ((n * 7919) % 300) * day + (n % 86_400) * 1000,
    orderNo: `DEV${serial}`,
    logisticsNo: `DEVYD${serial}`,
    copNo: `DEVQD${serial}`,
    transaction: `DEVZF${serial}`,
    guid: (document) => guidOf(seed, `trade/${n}/${document}`),
  }
}

/** What every document begins with. */
export const sentBy = (sale: Sale, document: string, seconds = 0): Record<string, string> => ({
  guid: sale.guid(document),
  appType: '1',
  appTime: compactTime(sale.at + seconds * 1000),
  appStatus: '2',
})

export const valueOf = (items: readonly Item[]): number =>
  items.reduce((sum, { price, quantity }) => sum + price * quantity, 0)

/** Grams of the goods, and of the parcel. */
export function weightsOf(items: readonly Item[]): { net: number; gross: number } {
  const net = items.reduce((sum, { article, quantity }) => sum + Math.round(article.kilograms * 1000) * quantity, 0)
  return { net, gross: net + 120 }
}

/** Grams as kilograms. */
export const kilograms = (grams: number): string =>
  `${Math.floor(grams / 1000)}.${String(grams % 1000).padStart(3, '0')}`
