/** One page of a list, as the GraphQL Cursor Connections Specification describes it, with `nodes` for `edges`. */
export interface Page<T> {
  nodes: T[]
  pageInfo: PageInfo
  totalCount: number
}

export interface PageInfo {
  hasNextPage: boolean
  hasPreviousPage: boolean
  readonly startCursor: string | null
  readonly endCursor: string | null
}

/** A list that is read page by page, and counted where somebody wants to know. */
export interface List<T> {
  /** At most `first` items after the one with that key, and whether there are more. */
  page(first: number, after: string | null): Promise<{ items: { key: string; item: T }[]; more: boolean }>
  count(): Promise<number>
}

/** The most items of one page: `first` is at most 100, like the documents of one CEB message. */
export const longestPage = 100
/** The items of a page where `first` is left out, as the schema's default says. */
export const usualPage = 20

/** How the key of an item becomes a cursor, opaque to callers (Cursor Connections Specification), and comes back. */
export interface Cursors {
  seal: (key: string) => string
  /** The key that a cursor stands for; null for what `seal` has not made. */
  open: (cursor: string) => string | null
}

/**
 * The page of a list after a cursor (Cursor Connections Specification), or the reason why there is none.
 * @param keyOf what tells items apart and stays the same while the list grows, never empty
 */
export function pageOf<T>(
  items: readonly T[],
  { first, after }: { first: number; after: string | null },
  keyOf: (item: T) => string,
  cursors: Cursors,
): Page<T> | { reason: string } {
  if (!Number.isInteger(first) || first < 1 || first > longestPage) {
    return { reason: `first must be a whole number from 1 to ${longestPage}, not ${first}.` }
  }
  const start = after === null ? 0 : startAfter(items, cursors.open(after), keyOf)
  if (start === null) return { reason: 'after is not a cursor of this list; start again without it.' }
  const nodes = items.slice(start, start + first)
  const [hasNextPage, hasPreviousPage] = [start + nodes.length < items.length, start > 0]
  return {
    nodes,
    pageInfo: pageInfo({ hasNextPage, hasPreviousPage }, nodes, keyOf, cursors),
    totalCount: items.length,
  }
}

/** Where a page stands in its list. Cursors are sealed when they are asked for, for most callers ask for none. */
export function pageInfo<T>(
  more: { hasNextPage: boolean; hasPreviousPage: boolean },
  nodes: readonly T[],
  keyOf: (item: T) => string,
  cursors: Pick<Cursors, 'seal'>,
  end?: string | null,
): PageInfo {
  const sealed = (item: T | undefined): string | null => (item === undefined ? null : cursors.seal(keyOf(item)))
  return {
    hasNextPage: more.hasNextPage,
    hasPreviousPage: more.hasPreviousPage,
    get startCursor() {
      return sealed(nodes[0])
    },
    get endCursor() {
      return end == null ? sealed(nodes.at(-1)) : cursors.seal(end)
    },
  }
}

function startAfter<T>(items: readonly T[], key: string | null, keyOf: (item: T) => string): number | null {
  // The last of equal keys: were a key to stand twice, the first would send its reader round in a circle.
  const index = key === null ? -1 : items.findLastIndex((item) => keyOf(item) === key)
  return index < 0 ? null : index + 1
}
