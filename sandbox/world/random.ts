/**
 * Chance that is the same on every machine.
 *
 * A topic (for example `12/customs`) is hashed with FNV-1a (32 bits) together with the seed, and the hash starts a
 * mulberry32 generator. Every topic has a stream of its own, so that a change in how one department's records are
 * invented leaves all the others as they were.
 */

/** A stream of chance. */
export interface Chance {
  /** A number in [0, 1). */
  unit(): number
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number
  /** One of the list, all equally likely. */
  pick<T>(list: readonly T[]): T
  /** True in `share` of all cases (0 … 1). */
  is(share: number): boolean
}

/** FNV-1a, 32 bits, over the UTF-16 code units. */
const fnv1a = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, one multiplication chain a number. */
const mulberry32 = (start: number) => {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000
  }
}

/** The stream of chance of one topic under one seed. */
export const chanceOf = (seed: number, topic: string): Chance => {
  const unit = mulberry32(fnv1a(`${seed}/${topic}`))
  const whole = (low: number, high: number) => low + Math.floor(unit() * (high - low + 1))
  return {
    unit,
    whole,
    pick: (list) => {
      const chosen = list[whole(0, list.length - 1)]
      if (chosen === undefined) throw new RangeError('There is nothing to pick from an empty list.')
      return chosen
    },
    is: (share) => unit() < share,
  }
}
