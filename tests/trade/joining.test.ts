import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ownersOf, type Numbered, type Numbers } from '../../rules/trade/joining.ts'

const none = { role: 'list', direction: 'import', preNo: null, invtNo: null, order: null } as const
const unnamed = (said: Partial<Numbers>): Numbers => ({ ...none, ...said })
const given = (document: string, by: Numbered['by'], said: Partial<Numbers>, place = 0): Numbered => ({
  ...none,
  ...said,
  document,
  by,
  place,
})
const owners = (numbers: readonly Numbers[], numbered: readonly Numbered[]): string[] =>
  [...ownersOf(numbers, numbered).values()].map((documents) => [...documents].sort().join(' '))

describe('of whom a receipt without a name speaks', () => {
  test.each<[what: string, unnamed: Partial<Numbers>[], numbered: Numbered[], wanted: string[]]>([
    ['nobody has the number', [{ preNo: 'P1' }], [given('A', 'hub', { preNo: 'P2' })], ['']],
    ['the hub gave it out', [{ preNo: 'P1' }], [given('A', 'hub', { preNo: 'P1' })], ['A']],
    [
      'customs has said whose it is, and the hub gave the same number to another',
      [{ preNo: 'P1' }],
      [given('A', 'hub', { preNo: 'P1' }), given('B', 'customs', { preNo: 'P1' })],
      ['B'],
    ],
    ['one claims it', [{ preNo: 'P1' }], [given('A', 'sender', { preNo: 'P1' })], ['A']],
    [
      'two claim it',
      [{ preNo: 'P1' }],
      [given('A', 'sender', { preNo: 'P1' }, 2), given('B', 'sender', { preNo: 'P1' }, 1)],
      ['B'],
    ],
    ['only its sender says the number of a list', [{ invtNo: 'I1' }], [given('A', 'sender', { invtNo: 'I1' })], ['']],
    [
      'two claim it, and customs knows better',
      [{ invtNo: 'I1' }],
      [
        given('A', 'sender', { invtNo: 'I1' }),
        given('B', 'sender', { invtNo: 'I1' }),
        given('B', 'customs', { invtNo: 'I1' }),
      ],
      ['B'],
    ],
    [
      'a claim to a number that a receipt gives together with one that the hub gave out is void',
      [{ preNo: 'P1', invtNo: 'I1' }, { invtNo: 'I1' }],
      [given('A', 'hub', { preNo: 'P1' }), given('B', 'sender', { invtNo: 'I1' })],
      ['A', 'A'],
    ],
    [
      'numbers are linked over several receipts',
      [{ invtNo: 'I1', preNo: 'P2' }, { preNo: 'P2' }, { preNo: 'P1', invtNo: 'I1' }],
      [given('A', 'hub', { preNo: 'P1' })],
      ['A', 'A', 'A'],
    ],
    ['a list is not told by its order', [{ order: 'O1' }], [given('A', 'sender', { order: 'O1' })], ['']],
    [
      'numbers of another role or direction are other numbers',
      [{ preNo: 'P1' }],
      [given('A', 'hub', { preNo: 'P1', role: 'return' }), given('B', 'hub', { preNo: 'P1', direction: 'export' })],
      [''],
    ],
    [
      'of two returns of one list the preNo tells which, and the list’s number the first',
      [
        { role: 'return', preNo: 'P1', invtNo: 'I1' },
        { role: 'return', preNo: 'P2', invtNo: 'I1' },
        { role: 'return', invtNo: 'I1' },
      ],
      [
        given('A', 'hub', { role: 'return', preNo: 'P1' }),
        given('B', 'hub', { role: 'return', preNo: 'P2' }),
        given('A', 'sender', { role: 'return', invtNo: 'I1' }),
        given('B', 'sender', { role: 'return', invtNo: 'I1' }),
      ],
      ['A', 'B', 'A'],
    ],
    [
      'the only payment of an order',
      [{ role: 'payment', direction: 'export', order: 'O1' }],
      [given('A', 'sender', { role: 'payment', direction: 'export', order: 'O1' })],
      ['A'],
    ],
    ['it says no number', [{}], [given('A', 'sender', { invtNo: 'I1' })], ['']],
  ])('%s', (_what, numbers, numbered, wanted) => {
    expect(owners(numbers.map(unnamed), numbered)).toEqual(wanted)
  })

  test('a list is looked for by the number that it says itself, too', () => {
    const asked = unnamed({ invtNo: 'I1' })
    const claims = [given('A', 'sender', { invtNo: 'I1' }, 2), given('B', 'sender', { invtNo: 'I1' }, 1)]
    expect([...ownersOf([asked], claims, 'find').values()]).toEqual([new Set(['B'])])
  })

  const number = fc.option(fc.constantFrom('1', '2', '3'), { nil: null })
  const said = fc.record({ preNo: number, invtNo: number })
  const numbered = fc
    .record({ document: fc.constantFrom('A', 'B', 'C'), by: fc.constantFrom('customs', 'hub', 'sender'), said })
    .map((one) => given(one.document, one.by, one.said, 'CAB'.indexOf(one.document)))
  test('the answer depends on what there is, not on its order or repetition', () => {
    fc.assert(
      fc.property(fc.array(said, { maxLength: 8 }), fc.array(numbered, { maxLength: 8 }), fc.nat(), (all, by, seed) => {
        const texts = (some: typeof all, numbers: readonly Numbered[]): string[] => {
          const found = owners(some.map(unnamed), numbers)
          return [...new Set(some.map((one, place) => `${JSON.stringify(one)} ${found[place]}`))].sort()
        }
        const shuffled = <T>(list: readonly T[]): T[] =>
          [...list, ...list.slice(0, seed % 3)]
            .map((one, place) => ({ one, at: (place * 7 + seed) % 11 }))
            .sort((one, other) => one.at - other.at)
            .map(({ one }) => one)
        expect(texts(shuffled(all), shuffled(by))).toEqual(texts(all, by))
      }),
    )
  })
})
