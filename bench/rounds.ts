/** Loads in turns, so that what else the machine does falls on all alike. */

/** The order of a round: it begins with another each time, and every second one runs backwards. */
export function ordered<T>(items: readonly T[], round: number): T[] {
  const at = Math.floor(round / 2) % Math.max(1, items.length)
  const turned = [...items.slice(at), ...items.slice(0, at)]
  return round % 2 === 0 ? turned : turned.reverse()
}

/** How long is measured. */
export interface Length {
  rounds: number
  /** Of each load. */
  seconds: number
  /** Before the first round, each once. */
  warmUp: number
}

/** What was measured of each item, by round. */
export async function inRounds<T, R>(
  items: readonly T[],
  { rounds, seconds, warmUp }: Length,
  measure: (item: T, seconds: number) => Promise<R>,
): Promise<R[][]> {
  const measured = items.map((): R[] => [])
  for (const item of items) await measure(item, warmUp)
  for (let round = 0; round < rounds; round += 1) {
    for (const item of ordered(items, round)) measured[items.indexOf(item)]?.push(await measure(item, seconds))
  }
  return measured
}
