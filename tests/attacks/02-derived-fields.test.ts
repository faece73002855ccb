/** Attack 2: a protected field read as a dependency of a computed one. A derived field is decided by its own policy. */
import { readFileSync } from 'node:fs'
import { getNamedType, isObjectType, Kind, parse } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compileCatalogue, objectTypes } from '../../auth/catalogue.ts'
import { PolicyError } from '../../auth/policy-error.ts'
import { departmentIds, type SliceId } from '../../departments.ts'
import { policies } from '../../codegen/generated/grid.ts'
import { buildView, viewSdl } from '../../hub/schema.ts'
import type { CatalogueItem, Coordinate, Policy } from '../../auth/vocabulary.ts'
import { grantOf } from './granted-hub.ts'
import { conditions, serveView, stated, type ServedView } from './served-view.ts'

const view = buildView()
const coordinates = objectTypes(view.schema).flatMap((type) =>
  Object.values(type.getFields()).map((field) => ({ coordinate: `${type.name}.${field.name}` as const, type, field })),
)
const entryOf = (coordinate: Coordinate) => view.catalogue.entries.get(coordinate)

describe('every field of the view has an item of its own, or is of a kind that cannot be derived', () => {
  test('attack 2: what has no item is a root, a section, or follows', () => {
    const bare = coordinates.filter(({ coordinate }) => entryOf(coordinate)?.item == null)
    const doors = bare.filter(({ coordinate }) => entryOf(coordinate)?.kind === 'door')
    expect(doors.map(({ coordinate }) => coordinate).sort()).toEqual(
      [...policies.hub.doors, 'Enterprise.trade', ...departmentIds.map((id) => `Enterprise.${id}`)].sort(),
    )
    expect(doors.filter(({ type }) => type.name === 'Enterprise').map(({ coordinate }) => coordinate)).toEqual(
      expect.arrayContaining(['Enterprise.uscc', 'Enterprise.division', 'Enterprise.tax']),
    )
    const rest = bare.filter((one) => !doors.includes(one))
    expect(rest.filter(({ coordinate }) => entryOf(coordinate)?.kind !== 'follows')).toEqual([])
  })

  test('attack 2: what the hub itself keeps leads to no data of a department', () => {
    const own = new Set<string>(policies.hub.follows)
    const led = coordinates
      .filter(
        ({ type, coordinate }) =>
          own.has(type.name) || (['Query', 'Mutation'].includes(type.name) && policies.hub.doors.includes(coordinate)),
      )
      .filter(({ field }) => isObjectType(getNamedType(field.type)) && !own.has(getNamedType(field.type).name))
    // The view itself, field by field decided below.
    expect(led.map(({ coordinate }) => coordinate).sort()).toEqual(['Query.enterprise', 'Query.enterprises'])
  })

  test('attack 2: what follows the field that led to it is a page, an amount or a fact about the hub, nothing computed', () => {
    const ownMatters = policies.hub.follows.filter(
      (name) => !['Viewer', 'Department', 'Division', 'PageInfo'].includes(name),
    )
    const following = coordinates.filter(
      ({ coordinate, type }) => entryOf(coordinate)?.kind === 'follows' && !ownMatters.includes(type.name),
    )
    const byType = Map.groupBy(following, ({ type }) => type.name)
    const shapes = [...byType].map(
      ([name, held]) =>
        [
          name,
          held
            .map(({ field }) => field.name)
            .sort()
            .join(' '),
        ] as const,
    )
    const connections = shapes.filter(([name]) => name.endsWith('Connection'))
    // A seller's lists are read in bounded steps, and counted by nobody; how many groups there are would say which are left out.
    expect(connections.filter(([, fields]) => fields !== 'nodes pageInfo totalCount')).toEqual([
      ['TradeListConnection', 'nodes pageInfo'],
      ['TradeGroupConnection', 'nodes pageInfo'],
      ['TradeSellerConnection', 'nodes pageInfo'],
    ])
    // A field that is added to one of these would be as open as its parent: it needs an item instead.
    expect(Object.fromEntries(shapes.filter(([name]) => !name.endsWith('Connection')))).toEqual({
      PageInfo: 'endCursor hasNextPage hasPreviousPage startCursor',
      Money: 'amount currency',
      DeclarationStatus: 'at code en zh',
      Listing: 'authority listedOn reason removedOn',
      Division: 'city code county province',
      Viewer: 'department divisions policyVersion purpose purposes roles subject',
      Department: 'contractVersion health id lastCallAt latencyMs nameEn nameZh retryAt',
    })
  })

  test('attack 2: a data field opens no other data field below it', () => {
    // Declaration.enterprise leads to an enterprise, whose fields have items of their own.
    const leading = coordinates.flatMap(({ coordinate, field }) => {
      const below = getNamedType(field.type)
      if (entryOf(coordinate)?.kind !== 'data' || !isObjectType(below)) return []
      const inner = Object.keys(below.getFields()).map((name) => entryOf(`${below.name}.${name}`)?.kind)
      return inner.every((kind) => kind === 'follows') ? [] : [coordinate]
    })
    expect(leading).toEqual(['Declaration.enterprise'])
  })
})

const isOfTrade = (name: string, held: readonly string[]): boolean =>
  held.includes(name) || held.includes(`${name.slice(0, name.indexOf('.'))}.*`)

/** The policies without one item of one department. */
const without = (dropped: CatalogueItem): Policy[] =>
  Object.values(policies).map((policy) => ({ ...policy, items: policy.items.filter(({ id }) => id !== dropped.id) }))
const items = Object.values(policies).flatMap((policy) => policy.items)

describe('a field that is added to the view without a policy stops the start-up', () => {
  const sectionTypes = departmentIds.map((id) => {
    const field = objectTypes(view.schema)
      .find(({ name }) => name === 'Enterprise')
      ?.getFields()[id]
    if (field === undefined) throw new Error(`No section ${id}`)
    return [id, getNamedType(field.type).name] as const
  })

  test.each(sectionTypes)('attack 2: %s: a risk score in %s', (_id, type) => {
    const sdl = viewSdl().replace(`type ${type} {`, `type ${type} {\n  riskScore: Int`)
    expect(() => buildView({ sdl })).toThrow(new PolicyError([`${type}.riskScore has no policy`]))
  })

  test.each([
    ['a value', 'riskScore: Int', 'tax', [], 'Int'],
    ['a list of values', 'riskScore: [Int!]', 'tax', [], 'Int'],
    ['one of a few values', 'riskScore: SharingClass!', 'tax', [], 'SharingClass'],
    ['a type that follows', 'riskScore: RiskScore', 'tax', ['RiskScore'], 'RiskScore'],
    ['a type that follows elsewhere too', 'riskScore: Money', 'tax', [], 'Money'],
    ['a value, in the name of the hub', 'riskScore: Int', 'hub', [], 'Int'],
  ] as const)('attack 2: a risk score as a door that leads to %s', (_what, field, owner, follows, named) => {
    const sdl = viewSdl().replace('type TaxRecord {', `type RiskScore { score: Int }\ntype TaxRecord {\n  ${field}`)
    const opened = Object.values(policies).map((policy): Policy =>
      policy.owner === owner
        ? { ...policy, doors: [...policy.doors, 'TaxRecord.riskScore'], follows: [...policy.follows, ...follows] }
        : policy,
    )
    const door = `TaxRecord.riskScore is a door of ${owner} and would show ${named} to anyone signed in: put it into an item`
    const unused = named === 'RiskScore' ? [] : ['RiskScore.score has no policy']
    expect(() => buildView({ sdl, policies: opened })).toThrow(new PolicyError([...unused, door]))
  })

  test.each(items.map((item) => [item.id, item] as const))(
    'attack 2: every field of %s, when its item is gone',
    (_id, item) => {
      const own = [...view.catalogue.entries.values()].filter((entry) => entry.item?.id === item.id)
      expect(own.length).toBeGreaterThan(0)
      let said: unknown
      try {
        compileCatalogue(view.schema, without(item))
      } catch (error) {
        said = error
      }
      expect(said).toBeInstanceOf(PolicyError)
      expect([...(said as PolicyError).problems].sort()).toEqual(
        own.map(({ coordinate }) => `${coordinate} has no policy`).sort(),
      )
    },
  )

  const writtenIn = (id: SliceId): string[] =>
    parse(readFileSync(new URL(`../../schema/${id}.graphql`, import.meta.url), 'utf8')).definitions.flatMap(
      (definition) =>
        definition.kind === Kind.OBJECT_TYPE_DEFINITION
          ? (definition.fields ?? []).map(({ name }) => `${definition.name.value}.${name.value}`)
          : [],
    )

  test.each(departmentIds)(
    'attack 2: %s speaks of no field but those of its slice, and what trade holds of it',
    (id) => {
      const ofTrade = policies.trade.items.flatMap(({ provider, data, containers = [] }) =>
        provider === id ? [...data, ...containers] : [],
      )
      const written = [...writtenIn(id), ...writtenIn('trade').filter((name) => isOfTrade(name, ofTrade))]
      const own = [...view.catalogue.entries.values()].filter(({ owner, item }) => owner === id && item !== null)
      expect(own.filter(({ coordinate }) => !written.includes(coordinate))).toEqual([])
    },
  )
})

describe('a computed field over HTTP', () => {
  const sdl = `
    type Query { firm: Firm }
    type Firm { arrears: Int refunds: Int openScore: Int closedScore: Int }
  `
  const item = (id: CatalogueItem['id'], sharing: CatalogueItem['sharing'], data: Coordinate): CatalogueItem => ({
    id,
    zh: '项',
    en: 'Item',
    sharing,
    ...(sharing === 'CONDITIONAL' ? { conditions } : {}),
    data: [data],
  })
  const policy: Policy = {
    owner: 'tax',
    doors: ['Query.firm'],
    follows: [],
    defaults: stated,
    items: [
      item('tax.arrears', 'CONDITIONAL', 'Firm.arrears'),
      item('tax.refunds', 'CONDITIONAL', 'Firm.refunds'),
      item('tax.openScore', 'OPEN', 'Firm.openScore'),
      item('tax.closedScore', 'CONDITIONAL', 'Firm.closedScore'),
    ],
  }
  const firm = { uscc: '91350102MYE0000341', arrears: 7, refunds: 5 }
  const score = ({ arrears, refunds }: typeof firm) => arrears * refunds
  let served: ServedView
  beforeAll(async () => {
    served = await serveView({
      sdl,
      policies: [policy],
      resolvers: [{ Query: { firm: () => firm }, Firm: { openScore: score, closedScore: score } }],
    })
    const grant = (name: string) => grantOf('customs', `tax.${name}`, 'clearance')
    served.decideBy({ grants: [grant('arrears'), grant('refunds')], version: 'dependencies' })
  })
  afterAll(() => served.stop())

  const query = '{ firm { arrears refunds openScore closedScore } }'
  test.each([
    ['its owner sees all', { as: 'tax' }, { arrears: 7, refunds: 5, openScore: 35, closedScore: 35 }],
    [
      'a right to everything it is made of is no right to it',
      { as: 'customs', purpose: 'clearance' },
      { arrears: 7, refunds: 5, openScore: 35, closedScore: null },
    ],
    [
      'what its owner opened is open without a right to what it is made of, which stays closed',
      { as: 'portal' },
      { arrears: null, refunds: null, openScore: 35, closedScore: null },
    ],
  ] as const)('attack 2: %s', async (_what, persona, seen) => {
    const { data, errors } = await served.ask(persona, query)
    const denied = Object.entries(seen).flatMap(([name, value]) => (value === null ? [`firm.${name}`] : []))
    expect({ data, denied: (errors ?? []).map(({ path }) => path?.join('.')) }).toEqual({
      data: { firm: seen },
      denied,
    })
  })
})
