/** Random numbers from a seed (SplitMix32), so that a failing run can be had again. */
export interface Random {
  /** A whole number from 0 to `below` − 1. */
  below(below: number): number
  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean
  pick<T>(from: readonly T[]): T
  /** Up to `most` of them, in random order, with repeats. */
  some<T>(from: readonly T[], most: number): T[]
}

export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  const below = (limit: number): number => next() % limit
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T
  return {
    below,
    chance: (percent) => below(100) < percent,
    pick,
    some: (from, most) => Array.from({ length: 1 + below(most) }, () => pick(from)),
  }
}
