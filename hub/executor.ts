/**
 * Runs a query by a program that is made once for its plan. A field of a record that every enterprise shows alike is read
 * as a property; whatever depends on the enterprise, has arguments or asks a department goes through the guarded
 * resolvers, as it would in graphql-js. What this leaves out – mutations, introspection, variables that do not fit – is
 * graphql-js's own, which stays the reference: tests/executor.property.test.ts holds the two against each other.
 *
 * Resolvers are called with an `info` that is the same for every request: its path passes over places in lists, and its
 * variables are not set.
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
  OperationTypeNode,
  visit,
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  type GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { plainRead, type Guarded } from '../auth/guard.ts'
import { directiveVariables, type Plan } from '../auth/plan.ts'
import { collector, type Collect } from '../auth/selection.ts'
import { masks } from '../rules/mask.ts'
import {
  asIs,
  executeFields,
  leafOf,
  listOf,
  nonNull,
  objectOf,
  type Complete,
  type Field,
  type Run,
} from './completion.ts'
import type { Variables } from './completion.ts'

type Path = GraphQLResolveInfo['path']

interface Program {
  fields: readonly Field[]
  /** Variables that @skip and @include depend on. */
  conditions: readonly string[]
}

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
    if (program == null || variables === null || program.conditions.some((name) => variables[name] === null)) {
      return execute({ schema, document, operationName, variableValues: given, contextValue: context })
    }
    const run: Run = { context, variables, errors: [], nulled: new Map(), watched: context.shown !== null }
    let data: Record<string, unknown> | null
    try {
      data = await executeFields(program.fields, undefined, null, run)
    } catch (error) {
      run.errors.push(error as GraphQLError)
      data = null
    }
    // A copy: what is still under way, of a part that is null, has nothing more to say.
    return run.errors.length === 0 ? { data } : { errors: [...run.errors], data }
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
  return fields === null ? null : { fields, conditions: directiveVariables(document) }
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

  /**
   * Null where something in the selection is for graphql-js.
   * @param above the path of the object whose fields they are; undefined for the root
   */
  fieldsOf(type: GraphQLObjectType, sets: Parameters<Collect>[1], above?: Path): readonly Field[] | null {
    const fields: Field[] = []
    for (const [key, nodes] of this.#collect(type, sets)) {
      const [node] = nodes
      if (node === undefined) continue
      if (key === '__proto__') return null // no member of a plain object
      const field = this.#fieldOf(type, node, nodes, { prev: above, key, typename: type.name })
      if (field === null) return null
      fields.push(field)
    }
    return fields
  }

  #fieldOf(
    parentType: GraphQLObjectType,
    node: FieldNode,
    nodes: readonly FieldNode[],
    path: Path & { key: string },
  ): Field | null {
    const { key } = path
    const name = node.name.value
    const definition = parentType.getFields()[name]
    const info = {
      ...this.#info,
      fieldName: name,
      fieldNodes: nodes,
      returnType: definition?.type ?? parentType,
      parentType,
      path,
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
        complete: asIs,
      }
    }
    if (definition === undefined) return null // __schema, __type
    const { type } = definition
    const coordinate = `${parentType.name}.${name}`
    const complete = this.#completeOf(isNonNullType(type) ? type.ofType : type, nodes, coordinate, path)
    if (complete === null) return null
    // The root has no properties: there is nothing that it is read from.
    const plain = parentType === this.#info.schema.getQueryType() ? null : plainRead(definition, this.#plan)
    return {
      ...made,
      plain: plain && { grant: plain.grant, mask: plain.mask === null ? null : masks[plain.mask] },
      resolve: definition.resolve ?? defaultFieldResolver,
      argumentsOf: argumentsOf(definition, node),
      isNonNull: isNonNullType(type),
      complete: isNonNullType(type) ? nonNull(complete, coordinate) : complete,
    }
  }

  /** Of a type that may be null. */
  #completeOf(type: GraphQLOutputType, nodes: readonly FieldNode[], coordinate: string, path: Path): Complete | null {
    if (isListType(type)) {
      const isNonNull = isNonNullType(type.ofType)
      const inner = this.#completeOf(isNonNull ? type.ofType.ofType : type.ofType, nodes, coordinate, path)
      if (inner === null) return null
      return listOf(isNonNull ? nonNull(inner, coordinate) : inner, isNonNull, nodes, coordinate)
    }
    if (isNonNullType(type)) return null
    if (isLeafType(type)) return leafOf(type)
    // The view has no interface and no union; of the union of a slice's entities there is one.
    const [object, ...others] = isAbstractType(type) ? this.#info.schema.getPossibleTypes(type) : [type]
    if (object === undefined || others.length > 0) return null
    const sets = nodes.flatMap(({ selectionSet }) => (selectionSet === undefined ? [] : [selectionSet]))
    const fields = this.fieldsOf(object, sets, path)
    return fields === null ? null : objectOf(fields)
  }
}

/** The arguments of a field, made once as far as they depend on no variable. */
function argumentsOf(definition: GraphQLField<unknown, unknown>, node: FieldNode): Field['argumentsOf'] {
  const written = node.arguments ?? []
  /** Arguments that are a variable and nothing else. */
  const given = written.flatMap(({ name, value }) =>
    value.kind === Kind.VARIABLE ? [{ argument: name.value, variable: value.name.value }] : [],
  )
  let varies = false
  for (const { value } of written) {
    if (value.kind !== Kind.VARIABLE) visit(value, { Variable: () => void (varies = true) })
  }
  const inFull: Field['argumentsOf'] = (variables) => getArgumentValues(definition, node, { ...variables })
  if (varies) return inFull
  const args = definition.args.filter(({ name }) => given.every(({ argument }) => argument !== name))
  const fixed = Object.freeze(getArgumentValues({ ...definition, args }, node))
  if (given.length === 0) return () => fixed
  return (variables) => {
    const values: Record<string, unknown> = { ...fixed }
    for (const { argument, variable } of given) {
      const value = Object.hasOwn(variables, variable) ? variables[variable] : undefined
      // Defaults, and what must not be null, are graphql-js's to say. Whatever is there is of the argument's type.
      if (value == null) return inFull(variables)
      values[argument] = value
    }
    return values
  }
}
