/** Nobody works small groups out of what is told: all answers are taken together as equations, and solved. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leftOf, type Left } from '../../rules/trade/edition.ts'
import { toldYear } from '../../rules/trade/period.ts'
import { fewestEnterprises, fewestLists, type Fineness } from '../../rules/trade/suppression.ts'

const months = ['2025-01-01', '2025-02-01', '2025-04-01'] as const
const periods: readonly (readonly [Fineness, readonly string[]])[] = [
  ['year', months],
  ['quarter', months.slice(0, 2)],
  ['quarter', months.slice(2)],
  ...months.map((month) => ['month', [month]] as const),
]
const finer: readonly Fineness[] = ['year', 'quarter', 'month']
const keys = ['a', 'b', 'c', 'd']
const [directions, modes] = [
  ['E', 'I'],
  ['9610', '9710'],
] as const

/** What one key has in a month, a direction and a mode: a variable that whoever asks does not know. */
interface Atom {
  key: string
  month: string
  direction: string
  mode: string
}
const atoms: readonly Atom[] = keys.flatMap((key) =>
  months.flatMap((month) =>
    directions.flatMap((direction) => modes.map((mode): Atom => ({ key, month, direction, mode }))),
  ),
)

type Narrowed = 'direction' | 'mode' | null

interface Question {
  fineness: readonly Fineness[]
  months: readonly string[]
  narrowed: Narrowed
  /** One class of what it is narrowed by; empty for none. */
  to: string
}
const narrowings = [
  [null, ''],
  ...directions.map((to) => ['direction', to] as const),
  ...modes.map((to) => ['mode', to] as const),
] as const
const questions = periods.flatMap(([fineness, months]) =>
  narrowings.map(([narrowed, to]): Question => {
    const fine = narrowed === null ? finer.slice(0, finer.indexOf(fineness) + 1) : finer
    return { fineness: fine, months, narrowed, to }
  }),
)
const classOf = (atom: Atom, narrowed: Narrowed): string => (narrowed === null ? '' : atom[narrowed])
const takes = ({ months, narrowed, to }: Question, atom: Atom): boolean =>
  months.includes(atom.month) && classOf(atom, narrowed) === to

type Cube = ReadonlyMap<Atom, { lists: number; enterprises: readonly string[] }>

const year = toldYear('2025', '2026-01-01')

/** What an edition leaves out: of countries, and of the city, which is one unit by itself. */
function leftOut(cube: Cube): (question: Question, isWhole: boolean) => ReadonlySet<string> {
  const held = [...cube].filter(([, { lists }]) => lists > 0)
  const common = { month: '', class: '', currency: '142' }
  const ask = (isWhole: boolean, dimension: Narrowed, coarser: Left | null): Left =>
    leftOf({
      subject: isWhole ? 'city' : 'country',
      dimension,
      year,
      cells: held.map(([atom, { lists }]) => {
        const key = isWhole ? '' : atom.key
        return { ...common, key, month: atom.month, class: classOf(atom, dimension), lists, amount: '1' }
      }),
      traders: held.flatMap(([atom, { enterprises }]) =>
        enterprises.map((key) => ({ ...common, key, month: atom.month, class: classOf(atom, dimension) })),
      ),
      coarser,
      above: null,
    })
  const [countries, city] = [false, true].map((isWhole) => {
    const plain = ask(isWhole, null, null)
    return { plain, direction: ask(isWhole, 'direction', plain), mode: ask(isWhole, 'mode', plain) }
  })
  return ({ fineness, narrowed }, isWhole) => {
    const left = (isWhole ? city : countries)?.[narrowed ?? 'plain']
    return left?.keys[narrowed === null ? fineness.length - 1 : 0] ?? new Set()
  }
}

const prime = 2_147_483_647n
const power = (base: bigint, exponent: bigint): bigint =>
  exponent === 0n ? 1n : (power((base * base) % prime, exponent / 2n) * (exponent % 2n === 0n ? 1n : base)) % prime

/** What is known: rows of an equation system in echelon form, by their first column. */
class Known {
  readonly #rows = new Map<number, bigint[]>()

  learn(row: readonly bigint[]): void {
    const { rest, first } = this.#reduced(row)
    if (first < 0) return
    const inverse = power(rest[first] ?? 0n, prime - 2n)
    this.#rows.set(
      first,
      rest.map((value) => (value * inverse) % prime),
    )
  }

  follows(row: readonly bigint[]): boolean {
    return this.#reduced(row).first < 0
  }

  #reduced(row: readonly bigint[]): { rest: bigint[]; first: number } {
    let rest = [...row]
    for (let column = 0; column < rest.length; column += 1) {
      const factor = rest[column] ?? 0n
      if (factor === 0n) continue
      const own = this.#rows.get(column)
      if (own === undefined) return { rest, first: column }
      rest = rest.map((value, at) => (((value - factor * (own[at] ?? 0n)) % prime) + prime) % prime)
    }
    return { rest, first: -1 }
  }
}

const rowOf = (isIn: (atom: Atom) => boolean): bigint[] => atoms.map((atom) => (isIn(atom) ? 1n : 0n))
const listsIn = (cube: Cube, isIn: (atom: Atom) => boolean): number =>
  [...cube].reduce((sum, [atom, { lists }]) => sum + (isIn(atom) ? lists : 0), 0)

/** All that answers tell, and how many of them tell a group that has something. */
function toldOf(cube: Cube): { known: Known; told: number } {
  const known = new Known()
  let told = 0
  const learn = (isIn: (atom: Atom) => boolean): void => {
    known.learn(rowOf(isIn))
    if (listsIn(cube, isIn) > 0) told += 1
    // Where there is nothing, there is nothing in any part of it.
    else for (const atom of atoms.filter(isIn)) known.learn(rowOf((other) => other === atom))
  }
  const leftBy = leftOut(cube)
  for (const question of questions) {
    const left = leftBy(question, false)
    for (const key of keys) if (!left.has(key)) learn((atom) => atom.key === key && takes(question, atom))
    if (leftBy(question, true).size === 0) learn((atom) => takes(question, atom))
  }
  return { known, told }
}

const traders = ['x', 'y', 'z', 'w']
/** Cubes of which much is empty or small, and such of which little is. */
const anyCube = fc.tuple(fc.nat(6), fc.nat(2)).chain(([empty, small]) =>
  fc
    .array(
      fc.record({
        lists: fc.oneof(
          { weight: empty, arbitrary: fc.constant(0) },
          { weight: small, arbitrary: fc.integer({ min: 1, max: 4 }) },
          { weight: 10, arbitrary: fc.integer({ min: 5, max: 20 }) },
        ),
        enterprises: fc.oneof(
          { weight: 9, arbitrary: fc.constant(traders) },
          { weight: 1, arbitrary: fc.constant(traders.slice(0, 2)) },
        ),
      }),
      { minLength: atoms.length, maxLength: atoms.length },
    )
    .map((cells): Cube => new Map(atoms.map((atom, at) => [atom, cells[at] ?? { lists: 0, enterprises: [] }]))),
)

test('what is told, all of it together, says of no small group how many lists it has', () => {
  let [all, small] = [0, 0]
  fc.assert(
    fc.property(anyCube, (cube) => {
      const { known, told } = toldOf(cube)
      all += told
      const worked: string[] = []
      for (const question of questions) {
        for (const key of [...keys, null]) {
          const isIn = (atom: Atom): boolean => (key === null || atom.key === key) && takes(question, atom)
          const lists = listsIn(cube, isIn)
          // Of a key alone no table holds how many there are.
          const enterprises = new Set(
            [...cube].flatMap(([atom, { lists, enterprises }]) =>
              takes(question, atom) && lists > 0 ? enterprises : [],
            ),
          )
          if (lists === 0 || (lists >= fewestLists && enterprises.size >= fewestEnterprises)) continue
          small += 1
          if (known.follows(rowOf(isIn))) worked.push(JSON.stringify({ key, ...question, lists }))
        }
      }
      expect(worked).toEqual([])
    }),
    { numRuns: 200 },
  )
  expect([all > 1000, small > 200]).toEqual([true, true])
}, 120_000)
