/** Fewer lists than these are told to nobody who may not read the lists themselves. */
export const fewestTold = 5

/**
 * Which groups of one answer are not told. The sum of all may be known from another answer, so what is left out must not be
 * what those that are told leave of it: to less than enough lists, or to a single group, the smallest of the others come.
 * @param thin keys of groups that must not be told whatever their size
 */
export function suppressed(
  groups: readonly { key: string; lists: number }[],
  thin: ReadonlySet<string> = new Set(),
): Set<string> {
  const isSmall = ({ key, lists }: { key: string; lists: number }): boolean => lists < fewestTold || thin.has(key)
  const left = groups.filter(isSmall)
  const hidden = new Set(left.map(({ key }) => key))
  if (hidden.size === 0) return hidden
  let lists = left.reduce((sum, group) => sum + group.lists, 0)
  const others = groups
    .filter((group) => !isSmall(group))
    .sort((one, other) => one.lists - other.lists || (one.key < other.key ? -1 : 1))
  for (const other of others) {
    if (hidden.size > 1 && lists >= fewestTold) break
    hidden.add(other.key)
    lists += other.lists
  }
  return hidden
}
