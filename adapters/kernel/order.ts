/** Lists go out newest first, whatever order a department has them in; what is equally new stands by its number. */
export const newestFirst = <T>(items: readonly T[], at: (item: T) => string, number: (item: T) => string): T[] =>
  items.toSorted((a, b) => compare(at(b), at(a)) || compare(number(b), number(a)))

// By code units: all are digits and ASCII letters, and a locale must not matter.
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
