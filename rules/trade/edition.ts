/**
 * What an edition 版 of the statistics tells of a city's year: to who may not read the lists themselves, and only what
 * suppression.ts leaves. It is made as a whole, as of one moment, so that what its answers come to agrees.
 */
import { addDecimals, withoutZeros } from '../decimal.ts'
import type { ToldPeriod, ToldYear } from './period.ts'
import type { Subject } from './statistics.ts'
import { suppressed, type Share, type Trader } from './suppression.ts'

/** A dimension that a question narrows. */
export type Dimension = 'level' | 'direction' | 'mode' | 'time' | 'category'
export const dimensions: readonly Dimension[] = ['level', 'direction', 'mode', 'time', 'category']

/** What a key has in one month, in one currency, in one class of a dimension. */
export interface StatisticsCell {
  key: string
  /** Its first day. */
  month: string
  /** Of the level `L` for local, `D` for the rest of the district, `N` for all else; empty for all together. */
  class: string
  currency: string
  lists: number
  amount: string
}

/** An enterprise that has lists in a month, class and currency, before which the chapter stands where it is of goods. */
export type StatisticsTrader = Pick<StatisticsCell, 'key' | 'month' | 'class' | 'currency'>

/** A group of which amounts in a currency may be left out. */
export interface ToldGroup {
  key: string
  lists: number
  /** By customs' number of the currency; exact, without zeros at the end. */
  amounts: { currency: string; amount: string }[]
}

/** What is told of a period. */
export interface Told {
  /** By class of the dimension, in the order of their keys; the class is empty where nothing is narrowed. */
  groups: Record<string, ToldGroup[]>
  /** How many groups of the year are left out, whichever part of it they are of; of goods by their chapter. */
  suppressed: Record<string, number>
}

/** What is left out of families of answers, from coarse to fine. */
export interface Left {
  keys: readonly ReadonlySet<string>[]
  amounts: readonly ReadonlySet<string>[]
}

/** What of one subject is held against the rules. */
export interface Question {
  subject: Subject
  /** Null where nothing is narrowed. */
  dimension: Dimension | null
  year: ToldYear
  cells: readonly StatisticsCell[]
  traders: readonly StatisticsTrader[]
  /** What is left out of the same subject where nothing is narrowed; null for that itself. */
  coarser: Left | null
  /** What is left out of the subject that this one is a part of; null where it is a part of none. */
  above: Left | null
}

export const isOfGoods = (subject: Subject): boolean =>
  subject === 'chapter' || subject === 'heading' || subject === 'code'

/** What a group of goods is a part of, since sums of each are told. */
export const above: Partial<Record<Subject, Subject>> = { heading: 'chapter', code: 'heading' }
const digitsOf: Partial<Record<Subject, number>> = { heading: 2, code: 4 }
const wholeOf = (subject: Subject, key: string): string => key.slice(0, digitsOf[subject] ?? 0)
const chapterOf = (subject: Subject, key: string): string => (isOfGoods(subject) ? key.slice(0, 2) : '')

const amountOf = (key: string, currency: string): string => `${key} ${currency}`
const keyOfAmount = (amount: string): string => amount.slice(0, amount.lastIndexOf(' '))

/** What is left out of answers about one subject, of each family. */
export function leftOf({ subject, dimension, year, cells, traders, coarser, above }: Question): Left {
  const common = {
    fineness: coarser === null ? year.families : [],
    isNarrowed: dimension !== null,
    ended: year.months.until,
  }
  const keys = suppressed(
    {
      ...common,
      shares: cells.map((cell): Share => ({
        ...cell,
        unit: cell.key,
        whole: wholeOf(subject, cell.key),
        scope: chapterOf(subject, cell.key),
      })),
      traders: traders.map(({ key, currency, ...cell }): Trader => ({
        ...cell,
        enterprise: key,
        scope: chapterOf(subject, currency),
      })),
    },
    ({ whole }, family) => above?.keys[family]?.has(whole) === true,
    coarser?.keys.at(-1),
  )
  const amounts = suppressed(
    {
      ...common,
      shares: cells.map(({ key, currency, ...cell }): Share => ({
        ...cell,
        unit: amountOf(key, currency),
        whole: amountOf(wholeOf(subject, key), currency),
        scope: isOfGoods(subject) ? amountOf(chapterOf(subject, key), currency) : currency,
      })),
      traders: traders.map(({ key, currency, ...cell }): Trader => ({ ...cell, enterprise: key, scope: currency })),
    },
    ({ unit, whole }, family) =>
      keys[family]?.has(keyOfAmount(unit)) === true || above?.amounts[family]?.has(whole) === true,
    coarser?.amounts.at(-1),
  )
  return { keys, amounts }
}

/** What of one subject is told of each period, in their order. */
export function toldOf({ subject, dimension, year, cells }: Question, left: Left): Told[] {
  return year.periods.map((period) => {
    // What is narrowed is told by months and classes, whichever the period is.
    const family = dimension === null ? year.families.indexOf(period.family) : left.keys.length - 1
    const [keys, amounts] = [left.keys[family], left.amounts[family]]
    if (keys === undefined || amounts === undefined) throw new TypeError('A period is of no family.')
    const suppressed: Record<string, number> = {}
    for (const key of keys) {
      const chapter = chapterOf(subject, key)
      suppressed[chapter] = (suppressed[chapter] ?? 0) + 1
    }
    return { groups: groupsOf(cells, period, keys, amounts), suppressed }
  })
}

function groupsOf(
  cells: readonly StatisticsCell[],
  { from, until }: ToldPeriod,
  keys: ReadonlySet<string>,
  amounts: ReadonlySet<string>,
): Told['groups'] {
  const byClass = new Map<string, Sums>()
  for (const cell of cells) {
    if (cell.month < from || cell.month >= until || keys.has(cell.key)) continue
    let sums = byClass.get(cell.class)
    if (sums === undefined) {
      sums = new Sums()
      byClass.set(cell.class, sums)
    }
    sums.add(cell.key, cell.lists, amounts.has(amountOf(cell.key, cell.currency)) ? [] : [cell])
  }
  return Object.fromEntries([...byClass].map(([name, sums]) => [name, sums.groups()]))
}

/** Groups that are summed up. */
class Sums {
  readonly #groups = new Map<string, { lists: number; amounts: Map<string, string> }>()

  add(key: string, lists: number, amounts: readonly ToldGroup['amounts'][number][]): void {
    let group = this.#groups.get(key)
    if (group === undefined) {
      group = { lists: 0, amounts: new Map() }
      this.#groups.set(key, group)
    }
    group.lists += lists
    for (const { currency, amount } of amounts) {
      const before = group.amounts.get(currency)
      group.amounts.set(currency, before === undefined ? amount : addDecimals(before, amount))
    }
  }

  groups(): ToldGroup[] {
    return [...this.#groups].sort(byKey).map(([key, { lists, amounts }]) => ({
      key,
      lists,
      amounts: [...amounts].sort(byKey).map(([currency, amount]) => ({ currency, amount: withoutZeros(amount) })),
    }))
  }
}

/** Groups of several classes, together. */
export function together(told: readonly (readonly ToldGroup[])[]): readonly ToldGroup[] {
  const [only] = told
  if (only !== undefined && told.length === 1) return only
  const sums = new Sums()
  for (const { key, lists, amounts } of told.flat()) sums.add(key, lists, amounts)
  return sums.groups()
}

const byKey = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : one > other ? 1 : 0
