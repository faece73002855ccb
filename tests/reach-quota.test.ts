/** Two fields that lead to the same enterprise at once: neither shows anything of it before its count is known. */
import { buildSchema, execute, parse, type OperationDefinitionNode } from 'graphql'
import { expect, test } from 'vitest'
import { coordinateOf, type Catalogue, type Entry } from '../auth/catalogue.ts'
import { guardSchema, type Guarded } from '../auth/guard.ts'
import { createPlan } from '../auth/plan.ts'
import type { Root } from '../auth/reach.ts'
import { createExecutor, type Executor } from '../hub/executor.ts'
import type { Grant } from '../rules/grant.ts'
import { conditional } from './attacks/served-view.ts'

const schema = buildSchema(`
  type Query { enterprise(uscc: ID!): Enterprise }
  type Enterprise { uscc: ID! secret: String records: [Record!] }
  type Record { enterprise: Enterprise }
`)
const found = 'B'
const { enterprise } = schema.getQueryType()?.getFields() ?? {}
if (enterprise === undefined) throw new Error('The schema has lost its root.')
enterprise.resolve = ({ subjects }: Root, { uscc }: { uscc: string }) => {
  subjects.add(uscc)
  const record = { enterprise: { uscc: found, secret: 'of B' } }
  return { uscc, secret: 'of A', records: [record, record, record] }
}

const item = {
  id: 'tax.secret' as const,
  en: 'Secret',
  zh: '秘密',
  data: ['Enterprise.secret'] as const,
  ...conditional,
  owner: 'tax' as const,
}
const entries = ['Query', 'Enterprise', 'Record'].flatMap((name) => {
  const type = schema.getType(name)
  if (type === undefined || !('getFields' in type)) return []
  return Object.keys(type.getFields()).map((field): Entry => {
    const coordinate = coordinateOf(name, field)
    const plain = { coordinate, mask: null, beneath: [], isWhole: false } as const
    return coordinate === 'Enterprise.secret'
      ? { ...plain, owner: 'tax', kind: 'data', item }
      : { ...plain, owner: 'hub', kind: name === 'Query' ? 'door' : 'follows', item: null }
  })
})
const catalogue: Catalogue = {
  published: null,
  entries: new Map(entries.map((entry) => [entry.coordinate, entry])),
  items: new Map(),
}
guardSchema(schema, catalogue)

const grant = {
  id: 'one-a-day',
  reader: 'customs',
  item: 'tax.secret',
  coordinates: null,
  purpose: 'clearance',
  divisions: [],
  full: true,
  requiresMandate: false,
  dailySubjects: 1,
  mode: 'API',
  state: 'ACTIVE',
  validFrom: null,
  validTo: null,
} as unknown as Grant

const reference: Executor = async ({ document, given, context }) =>
  execute({ schema, document, variableValues: given, contextValue: context })

test.each([
  ["the hub's own", createExecutor(schema)],
  ['graphql-js', reference],
])('by the executor that is %s', async (_which, executor) => {
  const document = parse('{ enterprise(uscc: "A") { secret records { enterprise { secret } } } }')
  const operation = document.definitions[0] as OperationDefinitionNode
  const viewer = { department: 'customs', reads: true, purpose: 'clearance', divisions: [] } as const
  const plan = createPlan({ schema, catalogue, grants: [grant], viewer, document, operation, variables: {} })
  const touched = new Set<string>()
  const exhausted = new Set<string>()
  const counts: string[] = []
  const context: Guarded = {
    plan,
    mandate: new Set(),
    shown: null,
    subjectOf: new WeakMap(),
    lapseOf: (_grant, uscc) => (uscc !== undefined && exhausted.has(uscc) ? 'quota' : null),
    touched: () => touched,
    async count(usccs) {
      counts.push(...usccs)
      // As long as the database takes.
      await new Promise((resolve) => setImmediate(resolve))
      if (usccs.includes(found)) exhausted.add(found)
    },
  }
  const { data } = await executor({
    document,
    operation,
    operationName: undefined,
    plan,
    context,
    given: {},
    variables: {},
  })
  const denied = { enterprise: { secret: null } }
  expect(JSON.parse(JSON.stringify(data))).toEqual({
    enterprise: { secret: 'of A', records: [denied, denied, denied] },
  })
  expect(counts).toEqual(['A', found])
})
