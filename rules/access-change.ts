/** Whether a change of access is a gain or a loss for the reader. Access is written as in a snapshot of policies. */

/** `changes` is both or neither: other rows, another quota. */
export type Verdict = 'gains' | 'loses' | 'changes'

/** In full, in full for some enterprises, masked, not at all. */
function rankOf(access: string): number {
  const ways = access.split('; ')
  const ranks = ways.map((way) =>
    way.startsWith('ALLOW') ? (way.includes(', only for ') ? 2 : 3) : way.startsWith('MASK') ? 1 : 0,
  )
  return Math.max(...ranks)
}

/** The part of each way that says for whom it is, without the rule that says so. */
const rowsOf = (access: string): string =>
  access
    .split('; ')
    .map((way) => `${way.replace(/ .*$/, '')} ${/, only for (.*)$/.exec(way)?.[1] ?? ''}`)
    .sort()
    .join('; ')

/** What a change of access means; null where the reader may read as before, be it by another rule. */
export function verdictOf(before: string | undefined, after: string | undefined): Verdict | null {
  const [was, is] = [before ?? 'DENY', after ?? 'DENY']
  const [low, high] = [rankOf(was), rankOf(is)]
  if (low !== high) return high > low ? 'gains' : 'loses'
  return rowsOf(was) === rowsOf(is) ? null : 'changes'
}
