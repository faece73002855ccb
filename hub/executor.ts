/**
 * Runs a query by a program that is made once for its plan. A field of a record that every enterprise shows alike is read
 * as a property; whatever depends on the enterprise, has arguments or asks a department goes through the guarded
 * resolvers, as it would in graphql-js. What this leaves out – mutations, introspection, variables that do not fit – is
 * graphql-js's own, which stays the reference: tests hold the two against each other.
 *
 * Resolvers are called with an `info` that is the same for every request: neither its path nor its variables are set.
 */
import {
  defaultFieldResolver,
  execute,
  getArgumentValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  Kind,
  locatedError,
  OperationTypeNode,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { isUnasked, plainRead, type Guarded } from '../auth/guard.ts'
import type { Plan } from '../auth/plan.ts'
import { collector, type Collect } from '../auth/selection.ts'
import { masks } from '../rules/mask.ts'

type Variables = Readonly<Record<string, unknown>>

/** Where a value stands in the answer, from the inside out. */
interface Path {
  prev: Path | null
  key: string | number
}

interface Run {
  context: Guarded
  variables: Variables
  errors: GraphQLError[]
  /** True where someone wants to know of every field that is shown. */
  watched: boolean
}

/** Makes of a resolver's value what the answer holds; a promise where it must wait. Throws what makes the field null. */
type Complete = (value: unknown, path: Path, run: Run) => unknown

interface Field {
  key: string
  /** What `__typename` says; null for every other field. */
  typename: string | null
  name: string
  nodes: readonly FieldNode[]
  plain: { grant: string | null; mask: ((value: string) => unknown) | null } | null
  resolve: GraphQLFieldResolver<unknown, Guarded>
  argumentsOf: (variables: Variables) => Record<string, unknown>
  info: GraphQLResolveInfo
  isNonNull: boolean
  complete: Complete
}

type Program = (run: Run) => Record<string, unknown> | Promise<Record<string, unknown>>

export interface Execution {
  document: DocumentNode
  /** Undefined where the document has none of that name, or several and none is named. */
  operation: OperationDefinitionNode | undefined
  operationName: string | undefined
  plan: Plan
  context: Guarded
  /** As the client sent them. */
  given: Readonly<Record<string, unknown>>
  /** As the schema reads them; null where they do not fit. */
  variables: Variables | null
}

export type Executor = (execution: Execution) => Promise<ExecutionResult>

/** Makes what runs operations of a schema. */
export function createExecutor(schema: GraphQLSchema): Executor {
  const programs = new WeakMap<Plan, Program | null>()
  return async ({ document, operation, operationName, plan, context, given, variables }) => {
    let program = operation === undefined ? null : programs.get(plan)
    if (program === undefined && operation !== undefined) {
      program = compile(schema, document, operation, plan, variables ?? {})
      programs.set(plan, program)
    }
    if (program == null || variables === null) {
      return execute({ schema, document, operationName, variableValues: given, contextValue: context })
    }
    const run: Run = { context, variables, errors: [], watched: context.shown !== null }
    let data: Record<string, unknown> | null
    try {
      data = await program(run)
    } catch (error) {
      run.errors.push(error as GraphQLError)
      data = null
    }
    return run.errors.length === 0 ? { data } : { errors: run.errors, data }
  }
}

/** Null where the operation is for graphql-js. */
function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  plan: Plan,
  variables: Variables,
): Program | null {
  const root = schema.getQueryType()
  if (root == null || operation.operation !== OperationTypeNode.QUERY) return null
  const compiler = new Compiler(schema, document, operation, plan, collector(schema, document, variables))
  const fields = compiler.fieldsOf(root, [operation.selectionSet])
  return fields === null ? null : (run) => executeFields(fields, undefined, null, run)
}

class Compiler {
  readonly #plan: Plan
  readonly #collect: Collect
  readonly #info: Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'rootValue' | 'operation' | 'variableValues'>

  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    plan: Plan,
    collect: Collect,
  ) {
    this.#plan = plan
    this.#collect = collect
    const fragments = Object.fromEntries(
      document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
      ),
    )
    this.#info = { schema, fragments, rootValue: undefined, operation, variableValues: {} }
  }

  /** Null where something in the selection is for graphql-js. */
  fieldsOf(type: GraphQLObjectType, sets: Parameters<Collect>[1]): readonly Field[] | null {
    const fields: Field[] = []
    for (const [key, nodes] of this.#collect(type, sets)) {
      const [node] = nodes
      if (node === undefined) continue
      if (key === '__proto__') return null // no member of a plain object
      const field = this.#fieldOf(type, key, node, nodes)
      if (field === null) return null
      fields.push(field)
    }
    return fields
  }

  #fieldOf(parentType: GraphQLObjectType, key: string, node: FieldNode, nodes: readonly FieldNode[]): Field | null {
    const name = node.name.value
    const definition = parentType.getFields()[name]
    const info = {
      ...this.#info,
      fieldName: name,
      fieldNodes: nodes,
      returnType: definition?.type ?? parentType,
      parentType,
      path: { prev: undefined, key, typename: parentType.name },
    }
    const made = { key, name, nodes, info, typename: null }
    if (name === '__typename') {
      return {
        ...made,
        typename: parentType.name,
        plain: null,
        resolve: () => parentType.name,
        argumentsOf: () => ({}),
        isNonNull: true,
        complete: (value) => value,
      }
    }
    if (definition === undefined) return null // __schema, __type
    const { type } = definition
    const complete = this.#completeOf(isNonNullType(type) ? type.ofType : type, nodes)
    if (complete === null) return null
    const plain = plainRead(definition, this.#plan)
    return {
      ...made,
      plain: plain && { grant: plain.grant, mask: plain.mask === null ? null : masks[plain.mask] },
      resolve: definition.resolve ?? defaultFieldResolver,
      argumentsOf: argumentsOf(definition, node),
      isNonNull: isNonNullType(type),
      complete: isNonNullType(type) ? nonNull(complete, `${parentType.name}.${name}`) : complete,
    }
  }

  /** Of a type that may be null. */
  #completeOf(type: GraphQLOutputType, nodes: readonly FieldNode[]): Complete | null {
    if (isListType(type)) {
      const isNonNull = isNonNullType(type.ofType)
      const inner = this.#completeOf(isNonNull ? type.ofType.ofType : type.ofType, nodes)
      if (inner === null) return null
      const where = nodes[0]?.name.value ?? ''
      return listOf(isNonNull ? nonNull(inner, where) : inner, isNonNull, nodes, where)
    }
    if (isNonNullType(type) || isAbstractType(type)) return null // the view has no interface and no union
    if (isLeafType(type)) {
      return (value) => {
        if (value == null) return null
        if (value instanceof Error) throw value
        const said = type.serialize(value)
        if (said == null) throw new Error(`Expected \`${type.name}.serialize(…)\` to return a value.`)
        return said
      }
    }
    const fields = this.fieldsOf(
      type,
      nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet])),
    )
    if (fields === null) return null
    return (value, path, run) => {
      if (value == null) return null
      if (value instanceof Error) throw value
      return executeFields(fields, value, path, run)
    }
  }
}

/** The arguments of a field, made once where they depend on no variable. */
function argumentsOf(definition: GraphQLField<unknown, unknown>, node: FieldNode): Field['argumentsOf'] {
  let varies = false
  for (const { value } of node.arguments ?? []) visit(value, { Variable: () => void (varies = true) })
  if (varies) return (variables) => getArgumentValues(definition, node, { ...variables })
  const fixed = Object.freeze(getArgumentValues(definition, node))
  return () => fixed
}

const isPromise = (value: unknown): value is Promise<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'

function nonNull(complete: Complete, coordinate: string): Complete {
  const present = (value: unknown): unknown => {
    if (value === null) throw new Error(`Cannot return null for non-nullable field ${coordinate}.`)
    return value
  }
  return (value, path, run) => {
    const completed = complete(value, path, run)
    return isPromise(completed) ? completed.then(present) : present(completed)
  }
}

/** An error where a value cannot be had: the field is null and the error reported, or its parent's is. */
function fail(thrown: unknown, isNonNull: boolean, nodes: readonly FieldNode[], path: Path, run: Run): null {
  const error = locatedError(thrown, nodes, pathOf(path))
  if (isNonNull) throw error
  run.errors.push(error)
  return null
}

function pathOf(path: Path): (string | number)[] {
  const keys: (string | number)[] = []
  for (let at: Path | null = path; at !== null; at = at.prev) keys.push(at.key)
  return keys.reverse()
}

function listOf(complete: Complete, isNonNull: boolean, nodes: readonly FieldNode[], name: string): Complete {
  return (value, path, run) => {
    if (value == null) return null
    if (value instanceof Error) throw value
    if (!Array.isArray(value)) throw new Error(`Expected a list for field "${name}".`)
    const items = value as readonly unknown[]
    const completed = new Array<unknown>(items.length)
    let waiting: Promise<unknown>[] | null = null
    for (let at = 0; at < items.length; at += 1) {
      const place: Path = { prev: path, key: at }
      let item: unknown
      try {
        const raw = items[at]
        item = isPromise(raw) ? raw.then((found) => complete(found, place, run)) : complete(raw, place, run)
      } catch (error) {
        item = failWhen(waiting, () => fail(error, isNonNull, nodes, place, run))
      }
      if (isPromise(item)) {
        waiting ??= []
        waiting.push(
          item
            .catch((error: unknown) => fail(error, isNonNull, nodes, place, run))
            .then((found) => (completed[at] = found)),
        )
      } else completed[at] = item
    }
    return waiting === null ? completed : Promise.all(waiting).then(() => completed)
  }
}

/** What fails at once while others are under way fails when they are done, so that nothing is left running unseen. */
function failWhen(waiting: readonly Promise<unknown>[] | null, failed: () => null): null | Promise<null> {
  if (waiting === null) return failed()
  try {
    return failed()
  } catch (error) {
    return Promise.allSettled(waiting).then(() => {
      throw error
    })
  }
}

function executeFields(
  fields: readonly Field[],
  source: unknown,
  path: Path | null,
  run: Run,
): Record<string, unknown> | Promise<Record<string, unknown>> {
  const { context } = run
  const answer: Record<string, unknown> = {}
  let waiting: Promise<unknown>[] | null = null
  const guarded = run.watched || isUnasked(source)
  for (const field of fields) {
    const { key, plain, isNonNull, nodes } = field
    if (field.typename !== null) {
      answer[key] = field.typename
      continue
    }
    let value: unknown
    const place: Path = { prev: path, key }
    try {
      if (plain !== null && !guarded && (plain.grant === null || context.lapseOf(plain.grant, undefined) === null)) {
        const said = (source as Record<string, unknown>)[field.name]
        value = plain.mask === null ? said : typeof said === 'string' ? plain.mask(said) : null
      } else {
        value = field.resolve(source, field.argumentsOf(run.variables), context, field.info)
      }
      value = isPromise(value)
        ? value.then((found) => field.complete(found, place, run))
        : field.complete(value, place, run)
    } catch (error) {
      value = failWhen(waiting, () => fail(error, isNonNull, nodes, place, run))
    }
    if (isPromise(value)) {
      answer[key] = undefined // holds the place: members stand in the order of the document
      waiting ??= []
      waiting.push(
        value
          .catch((error: unknown) => fail(error, isNonNull, nodes, place, run))
          .then((found) => (answer[key] = found)),
      )
    } else answer[key] = value
  }
  return waiting === null ? answer : Promise.all(waiting).then(() => answer)
}
