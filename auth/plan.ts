/**
 * The plan: an operation's fields with their decisions, made once for (document, operation, directive values, viewer
 * class, policy version) and kept. Everything later asks the plan: the guard, the cost, the explanation, the audit.
 */
import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import { coordinateOf, type Catalogue, type Entry } from './catalogue.ts'
import { decide, type Decision, type Outcome, type RowFilter } from './decide.ts'
import { freshnessOfReads } from './freshness.ts'
import { unplanned } from './denial.ts'
import { collector } from './selection.ts'
import type { Coordinate, ViewerClass } from './vocabulary.ts'
import type { DepartmentId } from '../departments.ts'
import type { Freshness } from '../rules/freshness.ts'
import type { Grant } from '../rules/grant.ts'

/**
 * A field of the document, by where it begins (in UTF-16 units, the same however often the document is parsed) and the
 * concrete type that it is asked of.
 */
type Place = string

export function placeOf(node: FieldNode, typeName: string): Place {
  const known = places.get(node)
  if (known?.typeName === typeName) return known.place
  const place = `${node.loc?.start ?? -1} ${typeName}`
  places.set(node, { typeName, place })
  return place
}

/** The last that was asked for of a node: the guard asks for every section of every enterprise. */
const places = new WeakMap<FieldNode, { typeName: string; place: Place }>()

/** A field of the operation, merged from all places that select it under the same key and parent type. */
export interface PlanField {
  responseKey: string
  typeName: string
  fieldName: string
  coordinate: Coordinate
  decision: Decision
  /** What it may quote, is worked out from, is suppressed without, or is narrowed by: looked at with it, under the same root. */
  beside?: readonly Decision[]
  isList: boolean
  /** What the resolver asks a department for; null where it asks none. */
  fetches: Asked | null
  nodes: FieldNode[]
  children: PlanField[]
}

export interface Plan {
  fields: readonly PlanField[]
  decisions: ReadonlyMap<Coordinate, Decision>
  /** For a field that asks a department, and for a container of its record: what the selection below would read. */
  reads: ReadonlyMap<Place, readonly Decision[]>
  /** True where some outcome depends on the enterprise. */
  filtered: boolean
  /** Grants that allow a number of enterprises a day, by the response key of the root that may use them. */
  quotas: ReadonlyMap<string, readonly Quota[]>
  /** How old a copy of each department's record may be for it; where there is none, the department is asked. */
  freshness: ReadonlyMap<DepartmentId, Freshness>
}

/** A grant's quota as a plan may use it, with the enterprises that it is for. */
export interface Quota {
  grant: string
  perDay: number
  filter: RowFilter | null
}

/** What of a department a field asks for: its record of an enterprise, or anything else, of which no copy is kept. */
export type Asked = 'record' | 'other'

/** Marks the resolver of a field that asks a department. */
export const fetching = new WeakMap<object, Asked>()

/** Marks a resolver: the field asks a department, so that the plan must show that something below may be read. */
export function fetches<R extends object>(resolver: R, asked: Asked = 'record'): R {
  fetching.set(resolver, asked)
  return resolver
}

export interface PlanRequest {
  schema: GraphQLSchema
  catalogue: Catalogue
  grants: readonly Grant[]
  viewer: ViewerClass
  document: DocumentNode
  operation: OperationDefinitionNode
  /** Values of the Boolean variables, for @skip and @include. */
  variables: Readonly<Record<string, unknown>>
}

/** Walks the operation once. The document must be valid against the schema. */
export function createPlan(request: PlanRequest): Plan {
  const { schema, catalogue, grants, viewer, operation } = request
  const decisions = new Map<Coordinate, Decision>()
  const reads = new Map<Place, readonly Decision[]>()

  const decisionFor = (coordinate: Coordinate): Decision => {
    const known = decisions.get(coordinate)
    if (known !== undefined) return known
    const entry = catalogue.entries.get(coordinate)
    const decision: Decision =
      entry === undefined
        ? { coordinate, owner: 'hub', item: null, outcomes: [], denial: unplanned(coordinate), remedy: null }
        : decide(catalogue, entry, viewer, grants)
    decisions.set(coordinate, decision)
    return decision
  }

  /** What a field may quote, and what its list is narrowed by, is decided on with it, like what it is worked out from. */
  const besideOf = (entry: Entry | undefined, nodes: readonly FieldNode[]): Decision[] => {
    const given = nodes.flatMap((node) => node.arguments ?? [])
    const compared = given.flatMap(({ name }) => entry?.filters?.get(name.value) ?? [])
    return [...(entry?.quotes ?? []), ...(entry?.inputs ?? []), ...(entry?.suppressed ?? []), ...compared].map(
      decisionFor,
    )
  }

  const collect = collector(schema, request.document, request.variables)

  const fieldsOf = (type: GraphQLOutputType, sets: readonly SelectionSetNode[]): PlanField[] => {
    const named = getNamedType(type)
    if (!isCompositeType(named) || sets.length === 0) return []
    const concrete = isAbstractType(named) ? schema.getPossibleTypes(named) : isObjectType(named) ? [named] : []
    return concrete.flatMap((object) =>
      [...collect(object, sets)].flatMap(([responseKey, nodes]): PlanField[] => {
        const fieldName = nodes[0]?.name.value ?? ''
        const field = object.getFields()[fieldName]
        const coordinate = coordinateOf(object.name, fieldName)
        const kind = catalogue.entries.get(coordinate)?.kind
        // __typename and introspection carry no data of a department.
        if (field === undefined || kind === 'introspection') return []
        const beside = besideOf(catalogue.entries.get(coordinate), nodes)
        const below = nodes.flatMap((node) => (node.selectionSet === undefined ? [] : [node.selectionSet]))
        const planned: PlanField = {
          responseKey,
          typeName: object.name,
          fieldName,
          coordinate,
          decision: decisionFor(coordinate),
          ...(beside.length === 0 ? {} : { beside }),
          isList: isListType(isNonNullType(field.type) ? field.type.ofType : field.type),
          fetches: (field.resolve && fetching.get(field.resolve)) ?? null,
          nodes,
          children: fieldsOf(field.type, below),
        }
        if (planned.fetches !== null || kind === 'container') {
          for (const node of nodes) {
            const place = placeOf(node, object.name)
            if (!reads.has(place) && node.selectionSet !== undefined) {
              reads.set(place, readsOf(fieldsOf(field.type, [node.selectionSet]), planned.decision))
            }
          }
        }
        return [planned]
      }),
    )
  }

  /** What of a record is read: its data fields, down to where another call or another enterprise begins. */
  const readsOf = (fields: readonly PlanField[], led: Decision): Decision[] =>
    fields.flatMap((field) => {
      if (field.fetches !== null) return []
      const kind = catalogue.entries.get(field.coordinate)?.kind
      // What stands in no item here, and was published in one, is decided on like data.
      if (kind === 'data' || (kind !== 'container' && field.decision.item !== null)) return [field.decision]
      // A following field (a count, page information) is as open as the container that led to it; so is whether there
      // is anything in a container, where no more is asked.
      const leads = kind === 'container' ? field.decision : led
      const below = readsOf(field.children, leads)
      return below.length > 0 || kind === 'door' ? below : [leads]
    })

  const root = schema.getRootType(operation.operation)
  const fields = root ? fieldsOf(root, [operation.selectionSet]) : []
  const quotas = new Map(fields.map((field) => [field.responseKey, quotasUnder(field)]))
  const isLimited = ({ filter, quota }: Outcome): boolean => filter !== null || quota !== null
  const filtered = [...decisions.values()].some(({ outcomes }) => outcomes.some(isLimited))
  const freshness = freshnessOfReads(fields, catalogue)
  return { fields, decisions, reads, filtered, quotas, freshness }
}

/** A field and all that stands below it. */
export function* fieldsUnder(field: PlanField): Generator<PlanField, void, undefined> {
  yield field
  for (const child of field.children) yield* fieldsUnder(child)
}

function quotasUnder(root: PlanField): Quota[] {
  const found = new Map<string, Quota>()
  for (const { decision, beside = [] } of fieldsUnder(root)) {
    for (const { grant, quota, filter } of [decision, ...beside].flatMap(({ outcomes }) => outcomes)) {
      if (grant !== null && quota !== null) found.set(grant, { grant, perDay: quota, filter })
    }
  }
  return [...found.values()]
}

/** Names of the variables that @skip and @include of a document depend on, in a stable order. */
export function directiveVariables(document: DocumentNode): string[] {
  const names = new Set<string>()
  const visitSet = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      for (const directive of selection.directives ?? []) {
        for (const { value } of directive.arguments ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value)
      }
      if (selection.kind !== Kind.FRAGMENT_SPREAD) visitSet(selection.selectionSet)
    }
  }
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION) {
      visitSet(definition.selectionSet)
    }
  }
  return [...names].sort()
}
