/**
 * The catalogue, compiled: policies laid over the schema so that every coordinate has exactly one entry. What does not
 * fit stops the start-up with all problems at once; nothing is ever open because it was forgotten.
 */
import { getNamedType, isLeafType, isNonNullType, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql'
import { missingOf } from '../rules/catalogue-item.ts'
import type { MaskName } from '../rules/mask.ts'
import { PolicyError } from './policy-error.ts'
import type { Published } from './published.ts'
import type { CatalogueItem, Coordinate, Owner, Policy, StandingItem } from './vocabulary.ts'

/** What a coordinate is to the policies. */
export interface Entry {
  coordinate: Coordinate
  owner: Owner
  /** `introspection` tells of the schema alone, as GraphQL's own introspection does. */
  kind: 'door' | 'follows' | 'data' | 'container' | 'introspection'
  item: CatalogueItem | null
  mask: MaskName | null
  /** For a container: the data fields that it leads to. */
  beneath: readonly Coordinate[]
  /** For a container: true where these are all of its item. */
  isWhole: boolean
  /** Fields that it is worked out from. */
  inputs?: readonly Coordinate[]
  /** Fields that it may quote. */
  quotes?: readonly Coordinate[]
  /** Fields that whoever is told of small groups must be able to read. */
  suppressed?: readonly Coordinate[]
  /** Fields that its arguments compare with, by argument. */
  filters?: ReadonlyMap<string, Coordinate>
}

export interface Catalogue {
  /** What of it the authority has published; null where policies are looked at by themselves. */
  published: Published | null
  entries: ReadonlyMap<Coordinate, Entry>
  items: ReadonlyMap<string, StandingItem>
}

export const coordinateOf = (typeName: string, fieldName: string): Coordinate => `${typeName}.${fieldName}`

/** The object types of a schema that callers can reach, without GraphQL's own. */
export const objectTypes = (schema: GraphQLSchema) =>
  Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .filter((type) => !type.name.startsWith('__'))

function fieldsOf(schema: GraphQLSchema): Map<Coordinate, GraphQLField<unknown, unknown>> {
  const fields = new Map<Coordinate, GraphQLField<unknown, unknown>>()
  for (const type of objectTypes(schema)) {
    for (const field of Object.values(type.getFields())) fields.set(coordinateOf(type.name, field.name), field)
  }
  return fields
}

/** Lays the policies over the schema. Throws PolicyError. */
export function compileCatalogue(schema: GraphQLSchema, policies: readonly Policy[]): Catalogue {
  const fields = fieldsOf(schema)
  const entries = new Map<Coordinate, Entry>()
  const items = new Map<string, StandingItem>()
  const problems: string[] = []

  const add = (entry: Entry) => {
    const field = fields.get(entry.coordinate)
    const before = entries.get(entry.coordinate)
    if (field === undefined) problems.push(`${entry.owner} names ${entry.coordinate}, which the schema does not have`)
    else if (before !== undefined && !(before.kind === 'follows' && entry.kind === 'follows')) {
      problems.push(`${entry.coordinate} has two policies, of ${before.owner} and of ${entry.owner}`)
    } else if ((entry.kind === 'data' || entry.kind === 'container') && isNonNullType(field.type)) {
      problems.push(`${entry.coordinate} is guarded and must be nullable, or a denial would remove its neighbours`)
    } else entries.set(entry.coordinate, entry)
  }
  const expand = (name: Coordinate, taken: ReadonlySet<Coordinate>): Coordinate[] => {
    if (!name.endsWith('.*')) return [name]
    const type = name.slice(0, -1)
    const all = [...fields.keys()].filter((coordinate) => coordinate.startsWith(type) && !taken.has(coordinate))
    if (all.length === 0) problems.push(`${name} stands for no field`)
    return all
  }

  for (const policy of policies) {
    const { owner } = policy
    for (const coordinate of policy.doors) {
      add({ coordinate, owner, kind: 'door', item: null, mask: null, beneath: [], isWhole: false })
    }
    for (const type of policy.follows) {
      for (const coordinate of expand(`${type}.*`, new Set())) {
        add({ coordinate, owner, kind: 'follows', item: null, mask: null, beneath: [], isWhole: false })
      }
    }
    for (const item of policy.items) {
      const owner = item.provider ?? policy.owner
      if (items.has(item.id)) problems.push(`the catalogue item ${item.id} stands twice`)
      if (!item.id.startsWith(`${owner}.`)) problems.push(`${item.id} stands in the policy of ${owner}`)
      problems.push(...misfitsOf(item, fields))
      const stated = { ...policy.defaults, ...item, owner }
      problems.push(...missingOf(stated))
      if (isComplete(stated)) items.set(item.id, stated)
      const containers = new Set(item.containers)
      const data = item.data.flatMap((name) => expand(name, containers))
      for (const coordinate of data) {
        add({
          coordinate,
          owner,
          kind: 'data',
          item,
          mask: item.masks?.[coordinate] ?? null,
          beneath: [],
          isWhole: false,
          ...derivedOf(item, coordinate),
        })
      }
      for (const coordinate of Object.keys(item.masks ?? {})) {
        if (!data.some((name) => name === coordinate))
          problems.push(`${item.id} masks ${coordinate}, which it does not hold`)
      }
      for (const coordinate of containers) {
        const beneath = dataBeneath(coordinate, fields, new Set(data), containers, policy.follows)
        if (beneath.length === 0) problems.push(`${coordinate} leads to no data of ${item.id}`)
        add({
          coordinate,
          owner,
          kind: 'container',
          item,
          mask: null,
          beneath,
          isWhole: beneath.length === data.length,
          ...derivedOf(item, coordinate),
        })
      }
    }
  }
  for (const coordinate of fields.keys()) {
    if (!entries.has(coordinate)) problems.push(`${coordinate} has no policy`)
  }
  problems.push(...openedUnseen([...entries.values()], fields))
  if (problems.length > 0) throw new PolicyError([...new Set(problems)])
  return { published: null, entries, items }
}

/** The types that the hub has values of its own in. */
const ownTypes: readonly string[] = ['Query', 'Mutation', 'Enterprise']
const typeOf = (coordinate: Coordinate): string => coordinate.slice(0, coordinate.indexOf('.'))

/**
 * Doors that would show data to anyone signed in, which no review of the catalogue would see: a door leads to a type whose
 * fields are decided on one by one, but for what is the hub's own.
 */
function openedUnseen(
  entries: readonly Entry[],
  fields: ReadonlyMap<Coordinate, GraphQLField<unknown, unknown>>,
): string[] {
  const following = new Set(
    entries.filter(({ kind }) => kind === 'follows').map(({ coordinate }) => typeOf(coordinate)),
  )
  return entries.flatMap(({ coordinate, owner, kind }) => {
    const field = fields.get(coordinate)
    if (kind !== 'door' || field === undefined) return []
    const type = getNamedType(field.type)
    const isOwn = owner === 'hub' && ownTypes.includes(typeOf(coordinate))
    return isOwn || !(isLeafType(type) || following.has(type.name))
      ? []
      : [`${coordinate} is a door of ${owner} and would show ${type.name} to anyone signed in: put it into an item`]
  })
}

/** What of an item concerns one of its fields: what it is worked out from, may quote, and is narrowed by. */
function derivedOf(
  { inputs, quotes, suppressed, filters = {} }: CatalogueItem,
  coordinate: Coordinate,
): Partial<Entry> {
  const own = Object.entries(filters).flatMap(([name, field]) => {
    const [place, argument] = filterOf(name)
    return place === coordinate ? [[argument, field] as const] : []
  })
  return {
    ...(inputs?.[coordinate] === undefined ? {} : { inputs: inputs[coordinate] }),
    ...(quotes?.[coordinate] === undefined ? {} : { quotes: quotes[coordinate] }),
    ...(suppressed?.[coordinate] === undefined ? {} : { suppressed: suppressed[coordinate] }),
    ...(own.length === 0 ? {} : { filters: new Map(own) }),
  }
}

/** Field and argument of `Type.field(argument)`. */
const filterOf = (name: string): [place: string, argument: string] => {
  const [place = '', argument = ''] = name.split(/[()]/)
  return [place, argument]
}

/** What an item says of fields and arguments that the schema does not have. */
function misfitsOf(
  { id, inputs = {}, quotes = {}, suppressed = {}, filters = {} }: CatalogueItem,
  fields: ReadonlyMap<Coordinate, GraphQLField<unknown, unknown>>,
): string[] {
  const named: [string, readonly string[]][] = [
    ...Object.entries(inputs),
    ...Object.entries(quotes),
    ...Object.entries(suppressed),
    ...Object.entries(filters).map(([name, field]): [string, string[]] => [filterOf(name)[0], [field]]),
  ]
  const missing = named
    .flatMap(([name, others]) => [name, ...others])
    .filter((name) => !fields.has(name as Coordinate))
    .map((name) => `${id} names ${name}, which the schema does not have`)
  const strange = Object.keys(filters).filter((name) => {
    const [place, argument] = filterOf(name)
    return fields.get(place as Coordinate)?.args.every((known) => known.name !== argument)
  })
  return [...missing, ...strange.map((name) => `${id} names ${name}, an argument that the schema does not have`)]
}

const isComplete = (item: CatalogueItem & { owner: Owner }): item is StandingItem => missingOf(item).length === 0

/** The data fields of an item that a container leads to, through its other containers and through following types. */
function dataBeneath(
  container: Coordinate,
  fields: ReadonlyMap<Coordinate, GraphQLField<unknown, unknown>>,
  data: ReadonlySet<Coordinate>,
  containers: ReadonlySet<Coordinate>,
  follows: readonly string[],
): Coordinate[] {
  const found = new Set<Coordinate>()
  const seen = new Set<string>()
  const walk = (coordinate: Coordinate): void => {
    const field = fields.get(coordinate)
    if (field === undefined) return
    const type = getNamedType(field.type).name
    if (seen.has(type)) return
    seen.add(type)
    for (const name of fields.keys()) {
      if (!name.startsWith(`${type}.`)) continue
      if (data.has(name)) found.add(name)
      else if (containers.has(name) || follows.includes(type)) walk(name)
    }
  }
  walk(container)
  return [...found]
}
