/**
 * What becomes null, what is reported and what is still called, on values that no department would say: random trees of
 * values, nothing, errors and promises of them under every kind of type, run by hub/executor.ts and by graphql-js.
 * HUTONG_EXECUTOR_RUNS sets how many, HUTONG_EXECUTOR_SEED where to begin.
 */
import {
  execute,
  getNamedType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  type OperationDefinitionNode,
} from 'graphql'
import { buildSchema, type ExecutionResult, type GraphQLObjectType, type GraphQLOutputType } from 'graphql'
import { expect, test } from 'vitest'
import { createExecutor } from '../hub/executor.ts'
import { noPlan } from '../hub/pipeline.ts'
import type { Guarded } from '../auth/guard.ts'
import { randomFrom, type Random } from './leak/random.ts'
import { asFault } from './executor/faults.ts'
import { calm, later } from './executor/later.ts'

const runs = Number(process.env.HUTONG_EXECUTOR_RUNS ?? 2000)
const firstSeed = Number(process.env.HUTONG_EXECUTOR_SEED ?? 20261101)

const schema = buildSchema(`
  type Query { one: Node two: Node must: Node! many: [Node]! }
  type Node {
    leaf: Int needed: Int! on: Switch
    child: Node heir: Node!
    some: [Node] all: [Node!] each: [Node!]! row: [[Int]!] grid: [[Int!]!]!
  }
  enum Switch { ON OFF }
`)
const query = schema.getQueryType()
if (query == null) throw new Error('The schema has no query type.')

/** Fields that were resolved since the last look; half of them are read as properties and are not told of. */
let resolved: string[] = []
for (const type of [query, schema.getType('Node') as GraphQLObjectType]) {
  for (const field of Object.values(type.getFields())) {
    if (['leaf', 'child', 'all', 'row', 'two'].includes(field.name)) continue
    field.resolve = (source: Tree | undefined) => {
      resolved.push(`${String(source?.id)}.${field.name}`)
      return (source ?? root)[field.name]
    }
  }
}

type Tree = Record<string, unknown>
let root: Tree = {}
let ids = 0

/** A value of a type, or not; a promise of one, unless everything here is to be had at once. */
function value(type: GraphQLOutputType, random: Random, depth: number, mayWait: boolean): () => unknown {
  const fails = random.chance(6) ? new Error(`error ${random.below(100)}`) : null
  const now = fails ?? content(type, random, depth, mayWait)
  if (!mayWait || random.chance(55)) return () => now
  return later(now, 1 + random.below(4))
}

function content(type: GraphQLOutputType, random: Random, depth: number, mayWait: boolean): unknown {
  if (random.chance(6)) return random.pick([null, undefined])
  if (random.chance(2)) return random.pick(['stray', {}, Number.NaN])
  if (isNonNullType(type)) return content(type.ofType, random, depth, mayWait)
  if (isListType(type)) {
    // An item that fails at once beside one that fails later would leave a promise of graphql-js's rejected unseen, so
    // the items of a list all wait or none does.
    const allWait = mayWait && random.chance(60)
    const list: unknown[] = []
    for (let left = random.below(3); left > 0; left -= 1) {
      const item = allWait
        ? later(content(type.ofType, random, depth, true), 1 + random.below(4))
        : value(type.ofType, random, depth, false)
      Object.defineProperty(list, list.length, { get: item, enumerable: true })
    }
    return list
  }
  if (!isObjectType(type)) return type.name === 'Int' ? random.below(100) : random.pick(['ON', 'OFF'])
  return node(type, random, depth + 1, mayWait)
}

function node(type: GraphQLObjectType, random: Random, depth: number, mayWait: boolean): Tree {
  ids += 1
  const tree: Tree = { id: ids }
  for (const { name, type: of } of Object.values(type.getFields())) {
    if (depth >= 3 && isObjectType(getNamedType(of))) continue
    Object.defineProperty(tree, name, { get: value(of, random, depth, mayWait), enumerable: true })
  }
  return tree
}

function selection(type: GraphQLObjectType, random: Random, depth: number): string {
  const fields = Object.values(type.getFields()).filter(({ type: of }) => depth < 3 || !isObjectType(getNamedType(of)))
  const parts = random.some(fields, 4).map(({ name, type: of }) => {
    const named = getNamedType(of)
    return isObjectType(named) ? `${name} ${selection(named, random, depth + 1)}` : name
  })
  return `{ ${parts.join(' ')} }`
}

const run = createExecutor(schema)
const context = { shown: null } as Guarded

/** What came of it, once nothing is under way any more. */
async function outcome(seed: number, begin: () => Promise<ExecutionResult> | ExecutionResult) {
  const random = randomFrom(seed)
  ids = 0
  resolved = []
  root = node(query as GraphQLObjectType, random, 0, random.chance(85))
  const { data, errors = [] } = await begin()
  const said = JSON.stringify(data)
  await calm()
  return {
    data: said,
    errors: errors
      .map(asFault)
      .map(({ message, path, locations }) => JSON.stringify({ message, path, locations }))
      .sort(),
    resolved: [...resolved].sort(),
  }
}

test(`${runs} random trees of values become the same answer as by graphql-js`, { timeout: 3_600_000 }, async () => {
  const seen = { nulled: 0, errors: 0, resolved: 0, whole: 0 }
  for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
    const source = selection(query, randomFrom(~seed), 0)
    const document = parse(source)
    const operation = document.definitions[0] as OperationDefinitionNode
    const wanted = await outcome(seed, () => execute({ schema, document, contextValue: context }))
    const asked = { document, operation, operationName: undefined, context, given: {}, variables: {} }
    const got = await outcome(seed, () => run({ ...asked, plan: { ...noPlan, filtered: false } }))
    expect(got, `HUTONG_EXECUTOR_SEED=${seed} HUTONG_EXECUTOR_RUNS=1\n${source}`).toEqual(wanted)
    seen.nulled += wanted.data === 'null' ? 1 : 0
    seen.errors += wanted.errors.length
    seen.resolved += wanted.resolved.length
    seen.whole += wanted.errors.length === 0 ? 1 : 0
  }
  console.log(`seeds ${firstSeed} to ${firstSeed + runs - 1}: ${JSON.stringify(seen)}`)
  if (runs >= 100) for (const count of Object.values(seen)) expect(count).toBeGreaterThan(runs / 100)
})

test('an item that fails at once beside one that fails later leaves no promise rejected unseen', async () => {
  root = { one: { id: 1, all: [later(new Error('late'), 2)(), null] } }
  const document = parse('{ one { all { leaf } } }')
  const operation = document.definitions[0] as OperationDefinitionNode
  const asked = { document, operation, operationName: undefined, context, given: {}, variables: {} }
  const { data, errors } = await run({ ...asked, plan: { ...noPlan, filtered: false } })
  await calm()
  expect({ data, errors: errors?.map(({ path }) => path) }).toEqual({
    data: { one: { all: null } },
    errors: [['one', 'all', 1]],
  })
})
