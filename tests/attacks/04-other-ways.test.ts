/** Attack 4: a field that is denied on one way is reached on another: another root, a list, a search, a back-reference. */
import { getNamedType } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { objectTypes } from '../../auth/catalogue.ts'
import { buildView } from '../../hub/schema.ts'
import { isReachable, sightOf } from '../leak/law.ts'
import { runHub, type Answer } from '../support/harness.ts'
import { castOf, knownToAll, type Cast } from './askers.ts'
import { aliased, lawfulSight, ownersSight, plainly, protectedBelow, type Tree } from './coordinates.ts'

const view = buildView()
const running = await runHub({ config: { limits: { aliases: 1000, depth: 30, fields: 20_000, cost: 1_000_000 } } })
afterAll(() => running.stop())

const [in3501, in3307] = [knownToAll(running, '3501'), knownToAll(running, '3307')]

interface Subject {
  uscc: string
  name: string
  declaration: string
  shipment: string
  truth: Tree
}

const fields = protectedBelow(view, 'Enterprise')
const declared = protectedBelow(view, 'Declaration')
const posted = protectedBelow(view, 'Shipment')
const casts = castOf([in3501.uscc])
const subjects = new Map<string, Subject>()

beforeAll(async () => {
  for (const { uscc, name } of [in3501, in3307]) {
    const truth = await ownersSight(running, fields, uscc)
    const first = (alias: string, connection: string, key: string): string =>
      String(at(truth[alias], [connection, 'nodes', 0, key]))
    const declaration = first('Declaration_number', 'declarations', 'number')
    const shipment = first('Shipment_trackingNumber', 'shipments', 'trackingNumber')
    subjects.set(uscc, { uscc, name, declaration, shipment, truth })
  }
})
const subjectOf = (uscc: string): Subject => {
  const found = subjects.get(uscc)
  if (found === undefined) throw new Error(`No subject ${uscc}`)
  return found
}

/** A way to an enterprise: how it is asked, and the path at which the enterprise stands in the answer. */
interface Way {
  name: string
  write: (below: string) => string
  path: (string | number)[]
  /** It leads over a declaration, and needs the right to its enterprise. */
  overDeclaration: boolean
}

const way = (name: string, path: (string | number)[], overDeclaration: boolean, write: Way['write']): Way => ({
  name,
  write,
  path,
  overDeclaration,
})
const ways: Way[] = [
  way('enterprise', ['enterprise'], false, (below) => `enterprise(uscc: $uscc) { ${below} }`),
  way('enterprises', ['enterprises', 1], false, (below) => `enterprises(usccs: [$uscc, $uscc]) { ${below} }`),
  way(
    'searchEnterprises',
    ['searchEnterprises', 'nodes', 0],
    false,
    (below) => `searchEnterprises(name: $name) { nodes { ${below} } }`,
  ),
  way(
    'declaration.enterprise',
    ['declaration', 'enterprise'],
    true,
    (below) => `declaration(number: $declaration) { enterprise { ${below} } }`,
  ),
  way(
    'declarations.enterprise',
    ['enterprise', 'customs', 'declarations', 'nodes', 0, 'enterprise'],
    true,
    (below) => `enterprise(uscc: $uscc) { customs { declarations(first: 1) { nodes { enterprise { ${below} } } } } }`,
  ),
  way(
    'there and back twice',
    ['declaration', 'enterprise', 'customs', 'declarations', 'nodes', 0, 'enterprise'],
    true,
    (below) =>
      `declaration(number: $declaration) { enterprise { customs { declarations(first: 1) { nodes { enterprise { ${below} } } } } } }`,
  ),
]

const pathsOf = ({ errors }: Answer): string[] => (errors ?? []).map(({ path }) => path?.join('.') ?? '').sort()
const codesOf = ({ errors }: Answer): unknown[] => [...new Set((errors ?? []).map(({ extensions }) => extensions.code))]
const at = (data: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>((value, step) => (value as Record<string | number, unknown> | null)?.[step] ?? null, data)

const ask = (cast: Cast, query: string, uscc: string) => {
  const { name, declaration, shipment } = subjectOf(uscc)
  const variables = { uscc, name, declaration, shipment }
  const types: Record<string, string> = { uscc: 'USCC!', name: 'String', declaration: 'String!', shipment: 'String!' }
  const used = Object.keys(variables).filter((key) => query.includes(`$${key}`))
  const head = `query (${used.map((key) => `$${key}: ${types[key] ?? ''}`).join(', ')})`
  return running.ask(cast.persona, `${head} { ${query} }`, variables)
}

const table = [in3501, in3307].flatMap(({ uscc, zone }) => casts.map((cast) => [cast.name, zone, cast, uscc] as const))

describe('attack 4: every way to an enterprise gives the same answer, which is that of the law', () => {
  test('attack 4: these are all ways there are', () => {
    const leading = (target: string) =>
      objectTypes(view.schema)
        .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
        .filter(({ field }) => getNamedType(field.type).name === target)
        .map(({ type, field }) => `${type.name}.${field.name}`)
        .sort()
    expect({
      Enterprise: leading('Enterprise'),
      Declaration: leading('Declaration'),
      Shipment: leading('Shipment'),
    }).toEqual({
      Enterprise: ['Declaration.enterprise', 'EnterpriseConnection.nodes', 'Query.enterprise', 'Query.enterprises'],
      Declaration: ['DeclarationConnection.nodes', 'Query.declaration'],
      Shipment: ['Query.shipment', 'ShipmentConnection.nodes'],
    })
    // Every other type with data of a department has one way that leads to it.
    const others = [...new Set(fields.map(({ coordinate }) => coordinate.split('.')[0] ?? ''))].filter(
      (type) => !['Enterprise', 'Declaration', 'Shipment'].includes(type),
    )
    expect(others.filter((type) => leading(type).length !== 1)).toEqual([])
  })

  describe.each(ways.map((one) => [one.name, one] as const))('%s', (_name, { write, path, overDeclaration }) => {
    test.each(table)('attack 4: %s, an enterprise of %s', async (_as, _zone, cast, uscc) => {
      const { data, denied } = lawfulSight(fields, subjectOf(uscc).truth, cast.asker, uscc)
      const query = write(aliased(fields))
      const answer = await ask(cast, query, uscc)
      if (overDeclaration && sightOf('Declaration.enterprise', cast.asker, uscc) === 'none') {
        // The way itself is closed: nothing below it is there.
        expect([at(answer.data, path), codesOf(answer)]).toEqual([
          null,
          answer.errors === undefined ? [] : ['UNAUTHORIZED_FIELD_OR_TYPE'],
        ])
        expect(JSON.stringify(answer.data)).not.toMatch(/[0-9A-Z]{5}/)
        return
      }
      expect(at(answer.data, path)).toEqual(data)
      // enterprises holds the same twice.
      const prefixes = path[0] === 'enterprises' ? ['enterprises.0', 'enterprises.1'] : [path.join('.')]
      expect(pathsOf(answer)).toEqual(prefixes.flatMap((prefix) => denied.map((name) => `${prefix}.${name}`)).sort())
      expect(codesOf(answer)).toEqual(denied.length === 0 ? [] : ['UNAUTHORIZED_FIELD_OR_TYPE'])
    })
  })

  test('attack 4: the table is not empty of what it is about', () => {
    const sights = table.flatMap(([, , { asker }, uscc]) =>
      fields.map((field) => sightOf(field.coordinate, asker, uscc)),
    )
    const count = (wanted: string) => sights.filter((sight) => sight === wanted).length
    expect(fields.length).toBeGreaterThan(90)
    expect(Math.min(count('none'), count('full'), count('masked'))).toBeGreaterThan(40)
  })
})

describe.each([
  ['declaration', 'number: $declaration', ['declarations', 'nodes', 0], declared],
  ['shipment', 'trackingNumber: $shipment', ['shipments', 'nodes', 0], posted],
] as const)('%s by its own number gives what the list of its enterprise gives', (root, argument, path, held) => {
  test.each(table)('attack 4: %s, an enterprise of %s', async (_as, _zone, cast, uscc) => {
    const all = fields.map(({ coordinate }) => coordinate)
    const { truth } = subjectOf(uscc)
    const inRow = isReachable(`Query.${root}`, all, cast.asker, uscc)
    const denied = held.filter(({ coordinate }) => sightOf(coordinate, cast.asker, null) === 'none')
    const answer = await ask(
      cast,
      aliased(held, (field) => `${root}(${argument}) { ${plainly(field)} }`),
      uscc,
    )
    expect(answer.data).toEqual(
      Object.fromEntries(
        held.map((field) => {
          const isHidden = denied.includes(field) || !inRow
          return [field.alias, isHidden ? null : at(truth[field.alias], path)]
        }),
      ),
    )
    expect(pathsOf(answer)).toEqual(denied.map(({ alias }) => alias).sort())
    expect(codesOf(answer)).toEqual(denied.length === 0 ? [] : ['UNAUTHORIZED_FIELD_OR_TYPE'])
  })
})

describe('attack 4: the ways that other gateways have are not there', () => {
  const representation = '[{ __typename: "TaxRecord", uscc: "91350102MYE0000341" }]'
  test.each([
    ['_entities', `{ _entities(representations: ${representation}) { ... on TaxRecord { arrears { amount } } } }`],
    [
      '_entities of an enterprise',
      '{ _entities(representations: []) { ... on Enterprise { tax { arrears { amount } } } } }',
    ],
    ['_service', '{ _service { sdl } }'],
    ['node', '{ node(id: "91350102MYE0000341") { ... on TaxRecord { arrears { amount } } } }'],
    ['a root of a section', '{ tax(uscc: "91350102MYE0000341") { arrears { amount } } }'],
    ['a mutation', 'mutation { enterprise(uscc: "91350102MYE0000341") { tax { arrears { amount } } } }'],
    ['a subscription', 'subscription { enterprise(uscc: "91350102MYE0000341") { tax { arrears { amount } } } }'],
  ])('attack 4: %s', async (_what, query) => {
    running.sandbox.calls.reset()
    const answer = await running.ask({ as: 'portal' }, query)
    expect([answer.data ?? null, answer.errors?.length, running.calls()]).toEqual([null, 1, {}])
    // A fault of whoever asks, never one of the hub's own.
    expect(['GRAPHQL_VALIDATION_FAILED', 'OPERATION_RESOLUTION_FAILURE', 'BAD_REQUEST']).toContain(codesOf(answer)[0])
  })

  test('attack 4: the schema has the subscriptions of trade documents and no others', async () => {
    const answer = await running.ask({ as: 'portal' }, '{ __schema { subscriptionType { fields { name } } } }')
    const fields = ['tradeListChanged', 'matchChanged', 'tradeListsChanged'].map((name) => ({ name }))
    expect(answer.data).toEqual({ __schema: { subscriptionType: { fields } } })
  })
})
