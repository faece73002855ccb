/** Attack 1: protected fields through fragments of both kinds, nested, spread twice, merged, and by variables. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildView } from '../../hub/schema.ts'
import { runHub, type Answer } from '../support/harness.ts'
import { castOf, knownToAll } from './askers.ts'
import { lawfulSight, ownersSight, protectedBelow, type Protected, type Step, type Tree } from './coordinates.ts'

const view = buildView()
const running = await runHub({
  config: { limits: { tokens: 50_000, directives: 5000, aliases: 1000, depth: 60, fields: 20_000, cost: 1_000_000 } },
})
afterAll(() => running.stop())

const fields = protectedBelow(view, 'Enterprise')
const { uscc } = knownToAll(running, '3501')
let truth: Tree
beforeAll(async () => {
  truth = await ownersSight(running, fields, uscc)
})

/** Writes the steps of a field with something around every selection. */
const around =
  (wrap: (type: string, inner: string) => string) =>
  ({ steps, below }: Protected): string => {
    const write = ([step, ...rest]: readonly Step[]): string => {
      if (step === undefined) return below
      const [next] = rest
      const inner = next === undefined ? below : wrap(next.type, write(rest))
      return inner === '' ? step.written : `${step.written} { ${inner} }`
    }
    return write(steps)
  }

interface Form {
  name: string
  /** The document for these fields, each under its alias. */
  write: (fields: readonly Protected[]) => string
}

const document = (body: string, fragments: readonly string[] = []): string =>
  `query ($uscc: USCC!, $yes: Boolean!, $no: Boolean!) { enterprise(uscc: $uscc) { ${body} __typename @include(if: $no) @skip(if: $yes) } } ${fragments.join(' ')}`
const each = (held: readonly Protected[], write: (field: Protected) => string): string =>
  held.map((field) => `${field.alias}: ${write(field)}`).join(' ')

/** A named fragment for every selection; spread twice, since a second spread must change nothing. */
function inNamedFragments(held: readonly Protected[]): string {
  const fragments: string[] = []
  const body = each(
    held,
    around((type, inner) => {
      const name = `F${fragments.length}`
      fragments.push(`fragment ${name} on ${type} { ${inner} }`)
      return `...${name} ...${name}`
    }),
  )
  return document(body, fragments)
}

const forms: Form[] = [
  {
    name: 'plainly',
    write: (held) =>
      document(
        each(
          held,
          around((_type, inner) => inner),
        ),
      ),
  },
  {
    name: 'inline, without a type',
    write: (held) =>
      document(
        each(
          held,
          around((_type, inner) => `... { ${inner} }`),
        ),
      ),
  },
  {
    name: 'inline, on the type',
    write: (held) =>
      document(
        each(
          held,
          around((type, inner) => `... on ${type} { ${inner} }`),
        ),
      ),
  },
  {
    name: 'inline, three deep',
    write: (held) =>
      document(
        each(
          held,
          around((type, inner) => `... { ... on ${type} { ... @include(if: true) { ${inner} } } }`),
        ),
      ),
  },
  { name: 'named', write: inNamedFragments },
  {
    name: 'by a variable',
    write: (held) =>
      document(
        each(
          held,
          around((_type, inner) => `... @include(if: $yes) @skip(if: $no) { ${inner} }`),
        ),
      ),
  },
  {
    name: 'the enterprise itself in a fragment of a fragment',
    write: (held) =>
      document('...Outer', [
        'fragment Outer on Enterprise { ... on Enterprise { ...Inner } }',
        `fragment Inner on Enterprise { ${each(
          held,
          around((_type, inner) => inner),
        )} }`,
      ]),
  },
  {
    name: 'merged with what is open',
    write: (held) => {
      const open = held.map(
        ({ alias, steps }) => `${alias}: ${steps[0]?.name ?? ''}${steps.length > 1 ? ' { __typename }' : ''}`,
      )
      return document(
        `${open.join(' ')} ... { ${each(
          held,
          around((_type, inner) => inner),
        )} }`,
      )
    },
  },
]

const told = ({ data, errors }: Pick<Answer, 'data' | 'errors'>) => ({
  data,
  errors: (errors ?? [])
    .map(({ message, path, extensions }) => ({ message, path: path?.join('.') ?? '', extensions }))
    .sort((a, b) => (a.path < b.path ? -1 : 1)),
})

/** A section's own __typename says nothing of a record, and is not compared. */
const withoutTypename = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(withoutTypename)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([name]) => name !== '__typename')
            .map(([name, item]) => [name, withoutTypename(item)]),
        )
      : value

describe('every field of the view, in every form of writing it', () => {
  test.each(castOf([uscc]).map((cast) => [cast.name, cast] as const))(
    'attack 1: %s',
    async (_name, { persona, asker }) => {
      const { data, denied } = lawfulSight(fields, truth, asker, uscc)
      const [plain, ...others] = await Promise.all(
        forms.map(async ({ write }) => {
          const answer = told(await running.ask(persona, write(fields), { uscc, yes: true, no: false }))
          return { ...answer, data: withoutTypename(answer.data) }
        }),
      )
      expect(plain?.data).toEqual({ enterprise: data })
      expect(plain?.errors.map(({ path }) => path)).toEqual(denied.map((name) => `enterprise.${name}`).sort())
      expect(others.length).toBe(forms.length - 1)
      for (const [index, other] of others.entries()) expect(other, forms[index + 1]?.name).toEqual(plain)
    },
  )
})
