/** One page of a list, as the GraphQL Cursor Connections Specification describes it, with `nodes` for `edges`. */
export interface Page<T> {
  nodes: T[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
  totalCount: number
}

/** The most items of one page: `first` is at most 100, like the documents of one CEB message. */
export const longestPage = 100

/** The cursor of a key: base64url (RFC 4648, 5), opaque to callers (Cursor Connections Specification). */
export const encodeCursor = (key: string): string => Buffer.from(key, 'utf8').toString('base64url')

/**
 * The key that a cursor stands for (RFC 4648, 5). What `encodeCursor` cannot have made gives the empty string, which is
 * no key: null would read as “no cursor” in callers and start the list over without a word.
 */
export function decodeCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8')
  return encodeCursor(key) === cursor ? key : ''
}

/**
 * The page of a list after a cursor (Cursor Connections Specification), or the reason why there is none.
 * @param keyOf what tells items apart and stays the same while the list grows, never empty
 */
export function pageOf<T>(
  items: readonly T[],
  { first, after }: { first: number; after: string | null },
  keyOf: (item: T) => string,
): Page<T> | { reason: string } {
  if (!Number.isInteger(first) || first < 1 || first > longestPage) {
    return { reason: `first must be a whole number from 1 to ${longestPage}, not ${first}.` }
  }
  const start = after === null ? 0 : startAfter(items, decodeCursor(after), keyOf)
  if (start === null) return { reason: 'after is not a cursor of this list; start again without it.' }
  const nodes = items.slice(start, start + first)
  const [head, last] = [nodes[0], nodes.at(-1)]
  return {
    nodes,
    pageInfo: {
      hasNextPage: start + nodes.length < items.length,
      hasPreviousPage: start > 0,
      startCursor: head === undefined ? null : encodeCursor(keyOf(head)),
      endCursor: last === undefined ? null : encodeCursor(keyOf(last)),
    },
    totalCount: items.length,
  }
}

function startAfter<T>(items: readonly T[], key: string, keyOf: (item: T) => string): number | null {
  // The last of equal keys: were a key to stand twice, the first would send its reader round in a circle.
  const index = key === '' ? -1 : items.findLastIndex((item) => keyOf(item) === key)
  return index < 0 ? null : index + 1
}
