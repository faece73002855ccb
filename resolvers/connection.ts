import { longestPage, pageInfo, pageOf, usualPage, type Cursors, type List, type Page } from '../rules/page.ts'
import { InvalidArgument } from './invalid-argument.ts'

/** A Relay page of a list that came whole with its record. Throws InvalidArgument for a cursor that is none. */
export function connection<T>(
  items: readonly T[],
  args: { first?: number | null; after?: string | null },
  keyOf: (item: T) => string,
  cursors: Cursors,
): Page<T> {
  const page = pageOf(items, { first: args.first ?? usualPage, after: args.after ?? null }, keyOf, cursors)
  if ('reason' in page) throw new InvalidArgument(page.reason)
  return page
}

/** A page of a list that can say how many there are. */
export interface CountedPage<T> extends Omit<Page<T>, 'totalCount'> {
  count: () => Promise<number>
}

/** A Relay page of a list that is read and counted where it lies. Throws InvalidArgument for a cursor that is none. */
export const countedPage = async <T>(
  list: List<T>,
  args: Parameters<typeof readPage>[1],
  cursors: Cursors,
): Promise<CountedPage<T>> => ({
  ...(await readPage((first, after) => list.page(first, after), args, cursors)),
  count: () => list.count(),
})

/** Counts where it is asked for. */
export const totalCount = { totalCount: ({ count }: CountedPage<unknown>) => count() }

/** A Relay page of a list that is read page by page, which may say where to go on. Throws InvalidArgument for a cursor that is none. */
export async function readPage<T>(
  read: (
    first: number,
    after: string | null,
  ) => Promise<{ items: readonly { key: string; item: T }[]; more: boolean; end?: string | null }>,
  args: { first?: number | null | undefined; after?: string | null | undefined },
  cursors: Cursors,
): Promise<Omit<Page<T>, 'totalCount'>> {
  const { first, after } = { first: args.first ?? usualPage, after: args.after ?? null }
  if (first < 1 || first > longestPage) {
    throw new InvalidArgument(`first must be a whole number from 1 to ${longestPage}, not ${first}.`)
  }
  const key = after === null ? null : cursors.open(after)
  if (after !== null && key === null) {
    throw new InvalidArgument('after is not a cursor of this list; start again without it.')
  }
  const { items, more, end } = await read(first, key)
  const where = { hasNextPage: more, hasPreviousPage: after !== null }
  return { nodes: items.map(({ item }) => item), pageInfo: pageInfo(where, items, (item) => item.key, cursors, end) }
}
