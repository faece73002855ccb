import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pageOf, type Cursors } from '../../rules/page.ts'

const items = ['a', 'b', 'c', 'd', 'e']
const itself = (item: string): string => item
const cursors: Cursors = {
  seal: (key) => `<${key}>`,
  open: (cursor) => /^<(.*)>$/su.exec(cursor)?.[1] ?? null,
}
const [a, b, c, d, e] = items.map(cursors.seal)
const notOurs = { reason: 'after is not a cursor of this list; start again without it.' }

const info = (
  hasPreviousPage: boolean,
  hasNextPage: boolean,
  startCursor: unknown = null,
  endCursor: unknown = null,
) => ({
  hasNextPage,
  hasPreviousPage,
  startCursor,
  endCursor,
})

describe('pageOf', () => {
  it.each<[string, { given: { first: number; after: string | null }; want: unknown }]>([
    [
      'the first page',
      {
        given: { first: 2, after: null },
        want: { nodes: ['a', 'b'], pageInfo: info(false, true, a, b), totalCount: 5 },
      },
    ],
    [
      'a page within',
      {
        given: { first: 2, after: b ?? '' },
        want: { nodes: ['c', 'd'], pageInfo: info(true, true, c, d), totalCount: 5 },
      },
    ],
    [
      'the last page',
      { given: { first: 2, after: d ?? '' }, want: { nodes: ['e'], pageInfo: info(true, false, e, e), totalCount: 5 } },
    ],
    [
      'after the end',
      { given: { first: 2, after: e ?? '' }, want: { nodes: [], pageInfo: info(true, false), totalCount: 5 } },
    ],
    [
      'everything',
      { given: { first: 100, after: null }, want: { nodes: items, pageInfo: info(false, false, a, e), totalCount: 5 } },
    ],
    [
      'none',
      { given: { first: 0, after: null }, want: { reason: 'first must be a whole number from 1 to 100, not 0.' } },
    ],
    [
      'too many',
      { given: { first: 101, after: null }, want: { reason: 'first must be a whole number from 1 to 100, not 101.' } },
    ],
    [
      'a part',
      { given: { first: 1.5, after: null }, want: { reason: 'first must be a whole number from 1 to 100, not 1.5.' } },
    ],
    ['an empty cursor', { given: { first: 1, after: '' }, want: notOurs }],
    ['a cursor of another list', { given: { first: 1, after: '<z>' }, want: notOurs }],
    ['a cursor that is none', { given: { first: 1, after: 'z' }, want: notOurs }],
  ])('%s', (_name, { given, want }) => {
    expect(pageOf(items, given, itself, cursors)).toEqual(want)
  })

  it('an empty list has one empty page', () => {
    const want = { nodes: [], pageInfo: info(false, false), totalCount: 0 }
    expect(pageOf([], { first: 20, after: null }, itself, cursors)).toEqual(want)
  })

  it('the pages of a list are the list', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1, unit: 'grapheme' })),
        fc.integer({ min: 1, max: 9 }),
        (list, first) => {
          const seen: string[] = []
          let after: string | null = null
          do {
            const page: ReturnType<typeof pageOf<string>> = pageOf(list, { first, after }, itself, cursors)
            if ('reason' in page) throw new Error(page.reason)
            seen.push(...page.nodes)
            after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
          } while (after !== null)
          expect(seen).toEqual(list)
        },
      ),
    )
  })
})
