/** What an operation selects of a concrete type: fragments spread, directives applied, fields merged by response key. */
import {
  isAbstractType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'

export type Collect = (type: GraphQLObjectType, sets: readonly SelectionSetNode[]) => Map<string, FieldNode[]>

/**
 * Collects like the executor does (CollectFields of the specification).
 * @param variables values of the Boolean variables, for @skip and @include
 */
export function collector(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): Collect {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }

  const included = (directives: FieldNode['directives']): boolean =>
    (directives ?? []).every(({ name, arguments: given }) => {
      if (name.value !== 'skip' && name.value !== 'include') return true
      const value = given?.find((argument) => argument.name.value === 'if')?.value
      const holds =
        value?.kind === Kind.VARIABLE
          ? variables[value.name.value] === true
          : value?.kind === Kind.BOOLEAN && value.value
      return holds === (name.value === 'include')
    })

  const collect = (
    type: GraphQLObjectType,
    sets: readonly SelectionSetNode[],
    into: Map<string, FieldNode[]>,
    spread: Set<string>,
  ): Map<string, FieldNode[]> => {
    const applies = (condition: string | undefined): boolean => {
      const wanted = condition === undefined ? type : schema.getType(condition)
      return wanted === type || (isAbstractType(wanted) && schema.isSubType(wanted, type))
    }
    for (const selection of sets.flatMap((set) => set.selections)) {
      if (!included(selection.directives)) continue
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        const nodes = into.get(key)
        if (nodes === undefined) into.set(key, [selection])
        else nodes.push(selection)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        if (applies(selection.typeCondition?.name.value)) collect(type, [selection.selectionSet], into, spread)
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value)
        const fragment = fragments.get(selection.name.value)
        if (fragment !== undefined && applies(fragment.typeCondition.name.value)) {
          collect(type, [fragment.selectionSet], into, spread)
        }
      }
    }
    return into
  }
  return (type, sets) => collect(type, sets, new Map(), new Set())
}
