import { chanceOf } from '../world/random.ts'

/** A UUID of version 4 in capitals, the same for the same seed and topic. */
export function guidOf(seed: number, topic: string): string {
  const chance = chanceOf(seed, topic)
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => chance.whole(0, 15).toString(16).toUpperCase()).join('')
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${'89AB'.charAt(chance.whole(0, 3))}${hex(3)}-${hex(12)}`
}
