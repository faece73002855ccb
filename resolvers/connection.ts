import { pageOf, usualPage, type Cursors, type Page } from '../rules/page.ts'
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
