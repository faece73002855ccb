/**
 * Which groups of a statistic are kept from viewers who may not read the lists themselves: few lists, or lists of few
 * enterprises, and what could be worked out of other answers.
 *
 * Answers to different questions can be subtracted from each other: a year less its other months, a country less its
 * exports, a city less its other countries. So not single answers are looked at but families of them, from coarse to fine:
 * by the year, by quarters, by months, and by months and one dimension that a question narrows (level, direction, mode,
 * logistics time or category). In a family a group is told throughout the year or not at all. It is told where all of its
 * parts, one for each month or quarter and each class of the dimension, are large enough or empty, and what is left out of a
 * family is left out of every finer one. So what is told of a group are sums of parts that are large enough. What remains
 * of a whole when those that are told are taken away is in each part large enough, too, and of more than one group where
 * there is another.
 */

/** Fewer lists than these are told to nobody who may not read the lists themselves. */
export const fewestLists = 5
/** A number over fewer enterprises would tell one of them the other's. */
export const fewestEnterprises = 3
/** Dimensions that a question narrows beside time: two together would tell of parts that are in no family. */
export const mostNarrowed = 1

/** How fine a family tells time. */
export type Fineness = 'year' | 'quarter' | 'month'

/** What a group, or its amount in one currency, has in one month and in one class of the dimension that is narrowed. */
export interface Share {
  unit: string
  /** Of what the unit is a part, with others that come to its sum. */
  whole: string
  /** Of which enterprises are counted. */
  scope: string
  /** Its first day, YYYY-MM-DD. */
  month: string
  /** Empty where nothing is narrowed. */
  class: string
  lists: number
}

/** An enterprise that trades in a scope. */
export type Trader = Pick<Share, 'scope' | 'month' | 'class'> & { enterprise: string }

export interface Sharing {
  shares: readonly Share[]
  traders: readonly Trader[]
  /** From coarse to fine. Where something is narrowed a last family follows, of months and classes. */
  fineness: readonly Fineness[]
  isNarrowed: boolean
  /** First day of the first month that has not ended: quarters that reach into it are not told. */
  ended: string
}

type Family = Fineness | 'class'

/** The first day after the quarter of a month. */
function endOfQuarter(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return new Date(Date.UTC(year, Math.ceil(number / 3) * 3)).toISOString().slice(0, 10)
}

/** In which part of a family something lies; null where it is not in the family. */
function partOf(
  { month, class: of }: Pick<Share, 'month' | 'class'>,
  family: Family,
  { ended }: Sharing,
): string | null {
  if (family === 'class') return `${month}/${of} `
  if (family === 'month') return `${month} `
  if (family === 'year') return 'year '
  const end = endOfQuarter(month)
  return end > ended ? null : `before ${end} `
}

/**
 * The units that are left out, for each family.
 * @param also units that are left out of a family, by its place, whatever they have, such as those of a group that is
 * @param coarser what is left out of a family that is coarser than all of these
 */
export function suppressed(
  sharing: Sharing,
  also: (share: Share, family: number) => boolean = () => false,
  coarser: ReadonlySet<string> = new Set(),
): Set<string>[] {
  const families: Family[] = [...sharing.fineness, ...(sharing.isNarrowed ? ['class' as const] : [])]
  const left: Set<string>[] = []
  for (const [at, family] of families.entries()) {
    const enterprises = new Map<string, Set<string>>()
    for (const trader of sharing.traders) {
      const part = partOf(trader, family, sharing)
      if (part !== null) entry(enterprises, part + trader.scope, () => new Set<string>()).add(trader.enterprise)
    }
    const hidden = new Set(left.at(-1) ?? coarser)
    const parts = new Map<string, Map<string, Piece>>()
    for (const share of sharing.shares) {
      const part = partOf(share, family, sharing)
      if (part === null) continue
      if (also(share, at)) hidden.add(share.unit)
      const units = entry(parts, part + share.whole, () => new Map<string, Piece>())
      entry(units, share.unit, () => ({ lists: 0, trade: part + share.scope })).lists += share.lists
    }
    for (const units of parts.values()) {
      for (const [unit, { lists, trade }] of units) {
        if (lists < fewestLists || (enterprises.get(trade)?.size ?? 0) < fewestEnterprises) hidden.add(unit)
      }
    }
    complete(hidden, parts)
    left.push(hidden)
  }
  return left
}

/** What a unit has in one part of a whole, and where its enterprises are counted. */
interface Piece {
  lists: number
  trade: string
}

/** Adds to what is left out the smallest others, until in no part of a whole they leave little, or one unit alone. */
function complete(hidden: Set<string>, parts: ReadonlyMap<string, ReadonlyMap<string, Piece>>): void {
  const sizes = new Map<string, number>()
  const partsOf = new Map<string, string[]>()
  for (const [name, units] of parts) {
    for (const [unit, { lists }] of units) {
      sizes.set(unit, (sizes.get(unit) ?? 0) + lists)
      entry(partsOf, unit, () => []).push(name)
    }
  }
  const bySize = (one: string, other: string): number =>
    (sizes.get(one) ?? 0) - (sizes.get(other) ?? 0) || (one < other ? -1 : 1)
  const waiting = [...parts.keys()]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const units = parts.get(name) ?? new Map<string, Piece>()
    const out = [...units].filter(([unit]) => hidden.has(unit))
    if (out.length === 0) continue
    const lists = out.reduce((sum, [, piece]) => sum + piece.lists, 0)
    if (out.length > 1 && lists >= fewestLists) continue
    const [smallest] = [...units.keys()].filter((unit) => !hidden.has(unit)).sort(bySize)
    if (smallest === undefined) continue
    hidden.add(smallest)
    waiting.push(...(partsOf.get(smallest) ?? []))
  }
}

function entry<T>(map: Map<string, T>, name: string, make: () => T): T {
  const found = map.get(name)
  if (found !== undefined) return found
  const made = make()
  map.set(name, made)
  return made
}
