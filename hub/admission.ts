/**
 * The first look at a document, before validation and in time linear in its length: it must parse within the token
 * limit and keep to the limits of shape. Validation rules of GraphQL itself can take quadratic time, so nothing
 * unlimited reaches them.
 */
import { GraphQLError, Kind, Lexer, parse, Source, TokenKind, type DocumentNode, type SelectionSetNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import { limitExceeded } from './errors.ts'
import type { Limits } from './limits.ts'

interface Shape {
  fields: number
  depth: number
  aliases: number
  directives: number
}

/** The longest text of documents remembered in all, in UTF-16 units. */
const longestAdmitted = 4_000_000

/** Makes what looks at documents; one that was admitted is not looked at again. */
export function createAdmission(limits: Limits): (source: unknown) => void {
  const admitted = new LRUCache<string, true>({
    maxSize: longestAdmitted,
    sizeCalculation: (_, source) => source.length + 1,
  })
  return (source) => {
    if (typeof source !== 'string' || admitted.get(source) === true) return
    admit(source, limits)
    admitted.set(source, true)
  }
}

/**
 * Refuses a document that is too large in any direction. Documents that do not parse pass: the pipeline's own parser
 * reports them. Throws a GraphQLError LIMIT_EXCEEDED.
 */
export function admit(source: string, limits: Limits): void {
  const document = parsed(source, limits.tokens)
  if (document === null) return
  const shape = measure(document)
  for (const [limit, what] of [
    ['depth', 'levels of selections'],
    ['fields', 'fields once its fragments are spread'],
    ['aliases', 'aliases'],
    ['directives', 'directives'],
  ] as const) {
    if (shape[limit] > limits[limit]) {
      throw limitExceeded(`The document has ${String(shape[limit])} ${what}; at most ${limits[limit]} are taken.`, {
        limit,
        allowed: limits[limit],
        asked: shape[limit],
      })
    }
  }
}

/** Brackets within brackets: a parser that descends must not run out of stack. */
const deepestNesting = 1024

/** The document, or null where it does not parse. Looks at it word by word first, so that size and nesting are known. */
function parsed(source: string, tokens: number): DocumentNode | null {
  try {
    const lexer = new Lexer(new Source(source))
    let nesting = 0
    for (let count = 0; lexer.advance().kind !== TokenKind.EOF; count += 1) {
      if (count >= tokens) {
        throw limitExceeded(`The document has more than ${tokens} tokens.`, { limit: 'tokens', allowed: tokens })
      }
      nesting += nests[lexer.token.kind] ?? 0
      if (nesting > deepestNesting) {
        throw limitExceeded(`The document has more than ${deepestNesting} brackets within each other.`, {
          limit: 'nesting',
          allowed: deepestNesting,
        })
      }
    }
    return parse(source, { noLocation: true })
  } catch (error) {
    if (error instanceof GraphQLError && error.extensions.code === undefined) return null
    throw error
  }
}

const nests: Partial<Record<TokenKind, number>> = {
  [TokenKind.PAREN_L]: 1,
  [TokenKind.BRACKET_L]: 1,
  [TokenKind.BRACE_L]: 1,
  [TokenKind.PAREN_R]: -1,
  [TokenKind.BRACKET_R]: -1,
  [TokenKind.BRACE_R]: -1,
}

/** Measures each fragment once; a fragment that spreads itself counts as nothing here and fails validation later. */
function measure(document: DocumentNode): Shape {
  const fragments = new Map<string, SelectionSetNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition.selectionSet)
  }
  const known = new Map<string, Shape>()
  const none: Shape = { fields: 0, depth: 0, aliases: 0, directives: 0 }
  const fragmentShape = (name: string): Shape => {
    const before = known.get(name)
    if (before !== undefined) return before
    known.set(name, none)
    const set = fragments.get(name)
    const shape = set === undefined ? none : setShape(set)
    known.set(name, shape)
    return shape
  }
  const setShape = (set: SelectionSetNode): Shape => {
    const shape = { ...none }
    for (const selection of set.selections) {
      shape.directives += selection.directives?.length ?? 0
      const inner =
        selection.kind === Kind.FRAGMENT_SPREAD
          ? fragmentShape(selection.name.value)
          : selection.selectionSet === undefined
            ? none
            : setShape(selection.selectionSet)
      const isField = selection.kind === Kind.FIELD
      shape.fields += inner.fields + (isField ? 1 : 0)
      shape.aliases += inner.aliases + (isField && selection.alias !== undefined ? 1 : 0)
      shape.directives += inner.directives
      // The tools' introspection unwraps [[X!]!]! by nine ofType in a row, which lead nowhere else: they are no levels.
      const isLevel = isField && selection.name.value !== 'ofType'
      shape.depth = Math.max(shape.depth, inner.depth + (isLevel ? 1 : 0))
    }
    return shape
  }
  const total = { ...none }
  for (const definition of document.definitions) {
    if ('directives' in definition) total.directives += definition.directives?.length ?? 0
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    for (const { directives } of definition.variableDefinitions ?? []) total.directives += directives?.length ?? 0
    const shape = setShape(definition.selectionSet)
    total.fields += shape.fields
    total.aliases += shape.aliases
    total.directives += shape.directives
    total.depth = Math.max(total.depth, shape.depth)
  }
  return total
}
