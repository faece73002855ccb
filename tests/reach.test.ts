/** Enterprises that an answer leads on to: on record, and counted, under the root that they were reached from. */
import { buildSchema, execute, parse, type OperationDefinitionNode } from 'graphql'
import { expect, test } from 'vitest'
import { coordinateOf, type Catalogue, type Entry } from '../auth/catalogue.ts'
import { guardSchema, type Guarded } from '../auth/guard.ts'
import { createPlan } from '../auth/plan.ts'
import type { Root } from '../auth/reach.ts'
import { createExecutor, type Executor } from '../hub/executor.ts'

const schema = buildSchema(`
  type Query { enterprise(uscc: ID!): Enterprise record: Record }
  type Enterprise { uscc: ID! partner: Enterprise branches: [Enterprise] shares: Shares }
  type Shares { nodes: [Enterprise!]! }
  type Record { uscc: ID owner: Enterprise }
`)
/** Whoever a code stands for has a partner, branches and shares of its own. */
const made = (uscc: string): object => ({
  uscc,
  get partner() {
    return made(`${uscc}p`)
  },
  get branches() {
    return [made(`${uscc}1`), null, made(uscc)]
  },
  get shares() {
    return { nodes: [made(`${uscc}s`)] }
  },
})
const named = (root: Root, { uscc }: { uscc: string }): object => {
  root.subjects.add(uscc)
  return made(uscc)
}
const { enterprise, record } = schema.getQueryType()?.getFields() ?? {}
if (enterprise === undefined || record === undefined) throw new Error('The schema has lost its roots.')
enterprise.resolve = named
record.resolve = () => ({ uscc: 'r', owner: made('r') })

const entries = ['Query', 'Enterprise', 'Shares', 'Record'].flatMap((name) => {
  const type = schema.getType(name)
  if (type === undefined || !('getFields' in type)) return []
  return Object.keys(type.getFields()).map((field): Entry => {
    const kind = name === 'Query' ? 'door' : 'follows'
    const coordinate = coordinateOf(name, field)
    return { coordinate, owner: 'hub', kind, item: null, mask: null, beneath: [], isWhole: false }
  })
})
const catalogue: Catalogue = {
  published: null,
  entries: new Map(entries.map((entry) => [entry.coordinate, entry])),
  items: new Map(),
}
guardSchema(schema, catalogue)

const reference: Executor = async ({ document, given, context }) =>
  execute({ schema, document, variableValues: given, contextValue: context })

test.each([
  ["the hub's own", createExecutor(schema)],
  ['graphql-js', reference],
])('by the executor that is %s', async (_which, executor) => {
  const document = parse(`{
    a: enterprise(uscc: "A") { uscc partner { partner { uscc } } }
    b: enterprise(uscc: "B") { branches { uscc } ... on Enterprise { shares { nodes { partner { uscc } } } } }
    c: enterprise(uscc: "A") { uscc }
    d: record { owner { uscc } }
  }`)
  const operation = document.definitions[0] as OperationDefinitionNode
  const viewer = { department: 'tax', reads: true, purpose: null, divisions: [] } as const
  const plan = createPlan({ schema, catalogue, grants: [], viewer, document, operation, variables: {} })
  const touched = new Map<string, Set<string>>()
  const counted: string[] = []
  const context: Guarded = {
    plan,
    mandate: new Set(),
    lapseOf: () => null,
    shown: null,
    subjectOf: new WeakMap(),
    touched: (root) => touched.get(root) ?? touched.set(root, new Set()).get(root) ?? new Set(),
    count: (usccs, root) => {
      counted.push(...usccs.map((uscc) => `${root} ${uscc}`))
      return Promise.resolve()
    },
  }
  const { errors } = await executor({
    document,
    operation,
    operationName: undefined,
    plan,
    context,
    given: {},
    variables: {},
  })
  expect(errors).toBeUndefined()
  expect([...touched].map(([root, usccs]) => [root, [...usccs].sort()]).sort()).toEqual([
    ['a', ['A', 'Ap', 'App']],
    ['b', ['B', 'B1', 'Bs', 'Bsp']],
    ['c', ['A']],
    ['d', ['r']],
  ])
  expect([...new Set(counted)].sort()).toEqual(
    [...['A', 'Ap', 'App'].map((uscc) => `a ${uscc}`), ...['B', 'B1', 'Bs', 'Bsp'].map((uscc) => `b ${uscc}`)].concat([
      'c A',
      'd r',
    ]),
  )
})
