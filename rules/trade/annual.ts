/**
 * The limits of retail imports for one buyer: 5,000 yuan for a purchase, 26,000 yuan for a calendar year (财关税〔2018〕49号,
 * items 1 and 2, in force since 2019-01-01). A single item of more than 5,000 and less than 26,000 yuan may still come in
 * this way, with its taxes in full, and counts for the year; what goes beyond the year's limit is general trade 一般贸易.
 * Before 2019 it was 2,000 and 20,000 yuan, without that exception (财关税〔2016〕18号, item 3).
 * The value is what is paid for goods, freight and insurance 完税价格 (财关税〔2016〕18号), and goods sent back give
 * back what they took (the same; that they were sent back within 30 days of release is for who grants the return to see).
 */
import { addDecimals, compareDecimals } from '../decimal.ts'
import type { TradeDocument } from './document.ts'
import { keptOf } from './returns.ts'

/** In yuan, and whether a single item above the limit of a purchase may still come in. */
export interface Limits {
  single: string
  annual: string
  isItemSpared: boolean
}

const since2019: Limits = { single: '5000', annual: '26000', isItemSpared: true }
const before2019: Limits = { single: '2000', annual: '20000', isItemSpared: false }

/** What holds for purchases of a calendar year. */
export const limitsIn = (year: number): Limits => (year < 2019 ? before2019 : since2019)

/** The calendar year that a list counts for, by its appTime; what is no time counts for no year that there was. */
export const yearOf = ({ head: { appTime = '' } }: Pick<TradeDocument, 'head'>): number =>
  /^\d{4}/.test(appTime) ? Number(appTime.slice(0, 4)) : 0

/** A list that matches in all else, and what became of it. */
export interface Purchase {
  list: TradeDocument
  /** Its cancellation was granted. */
  cancelled: boolean
  /** Quantities of granted returns, by gnum. */
  returned: ReadonlyMap<string, string>
}

export interface Verdict {
  /** What was bought for, in yuan; the single limit looks at this. */
  value: string
  /** What it takes of the year, in yuan: nothing where it is cancelled, sent back whole, or beyond a limit. */
  takes: string
  /** `reduced` within the limits, `full` for a single item above that of a purchase, null for what does not come in so. */
  taxed: 'reduced' | 'full' | null
  exceeded: 'single-limit' | 'annual-limit' | null
}

/**
 * What the limits say of each list, by its key. Lists are walked by (appTime, key), each year and buyer apart, whenever
 * they came: the answer belongs to the set, and a list that came late can take the place of one that stood. A list beyond
 * a limit takes nothing, so a smaller one after it may still pass. A list without a buyer is not judged.
 */
export function limitsOf(purchases: readonly Purchase[]): Map<string, Verdict> {
  const verdicts = new Map<string, Verdict>()
  const used = new Map<string, string>()
  for (const purchase of [...purchases].sort(byTime)) {
    const { buyer, key, head } = purchase.list
    if (buyer === null || verdicts.has(key)) continue
    const account = JSON.stringify([buyer, (head.appTime ?? '').slice(0, 4)])
    const before = used.get(account) ?? '0'
    const verdict = verdictOf(purchase, before)
    verdicts.set(key, verdict)
    used.set(account, addDecimals(before, verdict.takes))
  }
  return verdicts
}

function byTime({ list: one }: Purchase, { list: other }: Purchase): number {
  const [a, b] = [one.head.appTime ?? '', other.head.appTime ?? '']
  if (a !== b) return a < b ? -1 : 1
  return one.key < other.key ? -1 : one.key > other.key ? 1 : 0
}

function verdictOf(purchase: Purchase, before: string): Verdict {
  const { lines } = purchase.list
  const value = valueOf(purchase.list)
  const limits = limitsIn(yearOf(purchase.list))
  const isAbove = compareDecimals(value, limits.single) > 0
  const taxed = isAbove ? 'full' : 'reduced'
  if (purchase.cancelled) return { value, takes: '0', taxed: null, exceeded: null }
  if (isAbove && !(limits.isItemSpared && isOneItem(lines) && compareDecimals(value, limits.annual) < 0))
    return { value, takes: '0', taxed: null, exceeded: 'single-limit' }
  if (compareDecimals(addDecimals(before, value), limits.annual) > 0)
    return { value, takes: '0', taxed: null, exceeded: 'annual-limit' }
  return { value, takes: takenBy(purchase), taxed, exceeded: null }
}

/** What a list's goods were bought for, in yuan. */
export const valueOf = ({ lines, head }: Pick<TradeDocument, 'lines' | 'head'>): string =>
  addDecimals(...lines.map(({ totalPrice }) => counted(totalPrice)), ...beside(head))

const beside = ({ freight, insuredFee }: TradeDocument['head']): string[] => [counted(freight), counted(insuredFee)]

/** An amount below nothing makes no room for other purchases. */
const counted = (amount: string | null | undefined): string => (amount?.startsWith('-') === false ? amount : '0')

/** 订单下仅一件商品: one line and one piece of it. */
const isOneItem = (lines: TradeDocument['lines']): boolean =>
  lines.length === 1 && compareDecimals(lines[0]?.qty ?? '0', '1') === 0

/** Freight and insurance are given back with the last of the goods; the notices do not say how they would be divided. */
function takenBy({ list, returned }: Purchase): string {
  const kept = list.lines.map((line) => keptOf(line, returned.get(line.gnum ?? '') ?? '0'))
  if (kept.every((amount) => amount === null)) return '0'
  return addDecimals(...kept.map(counted), ...beside(list.head))
}
