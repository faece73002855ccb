/**
 * How a program makes values into an answer ("Executing selection sets" and "Value completion" of the GraphQL
 * specification). Where the specification leaves a choice – what of a part that becomes null is still carried out and
 * still reported –, it is made as graphql-js makes it, so that the two can be held against each other.
 */
import {
  locatedError,
  type FieldNode,
  type GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLLeafType,
  type GraphQLResolveInfo,
} from 'graphql'
import { isUnasked, type Guarded } from '../auth/guard.ts'
import { allStand, listProjection, noGrants, objectProjection, odd, type Mask, type Projection } from './projection.ts'

export type Variables = Readonly<Record<string, unknown>>

type Key = string | number

/** Where a value stands in the answer, from the inside out. */
interface Path {
  prev: Path | null
  key: Key
}

export interface Run {
  context: Guarded
  variables: Variables
  errors: GraphQLError[]
  /** Positions that an error has made null, by where they stand: what is beneath reports no more. */
  nulled: Map<Path | null, Set<Key>>
  /** True where someone wants to know of every field that is shown. */
  watched: boolean
}

/**
 * Makes of the value of a position what the answer holds; a promise where it must wait. Throws what makes the position
 * null. A position is given by the path above it and its key, so that nothing is made for one that is a leaf.
 */
export interface Complete {
  (value: unknown, above: Path | null, key: Key, run: Run): unknown
  /** Null where something beneath the position is not plain. */
  readonly projection: Projection | null
}

type Thorough = (...given: Parameters<Complete>) => unknown

/** The long way, and where there is one, the short way before it. */
function either(thorough: Thorough, projection: Projection | null): Complete {
  if (projection === null) return Object.assign(thorough, { projection })
  const complete: Thorough = (value, above, key, run) => {
    if (value == null) return null
    if (!run.watched && allStand(projection.grants, run.context)) {
      try {
        return projection.of(value)
      } catch {
        // The long way says what is wrong, and where.
      }
    }
    return thorough(value, above, key, run)
  }
  return Object.assign(complete, { projection })
}

export interface Field {
  key: string
  /** What `__typename` says; null for every other field. */
  typename: string | null
  name: string
  nodes: readonly FieldNode[]
  plain: { grant: string | null; mask: Mask | null } | null
  resolve: GraphQLFieldResolver<unknown, Guarded>
  argumentsOf: (variables: Variables) => Record<string, unknown>
  info: GraphQLResolveInfo
  isNonNull: boolean
  complete: Complete
}

const isPromise = (value: unknown): value is Promise<unknown> => value instanceof Promise

export function leafOf(type: GraphQLLeafType): Complete {
  const of = (value: unknown): unknown => {
    if (value == null) return null
    if (value instanceof Error) throw value
    const said = type.serialize(value)
    if (said == null) throw new Error(`Expected \`${type.name}.serialize(…)\` to return a value.`)
    return said
  }
  return Object.assign((value: unknown) => of(value), { projection: { grants: noGrants, of } })
}

/** Of what is in its form already. */
export const asIs: Complete = Object.assign((value: unknown) => value, {
  projection: { grants: noGrants, of: (value: unknown) => value },
})

export const objectOf = (fields: readonly Field[]): Complete =>
  either((value, above, key, run) => {
    if (value == null) return null
    if (value instanceof Error) throw value
    return executeFields(fields, value, { prev: above, key }, run)
  }, objectProjection(fields))

export function nonNull(complete: Complete, coordinate: string): Complete {
  const present = (value: unknown): unknown => {
    if (value === null) throw new Error(`Cannot return null for non-nullable field ${coordinate}.`)
    return value
  }
  const { projection } = complete
  const thorough: Thorough = (value, above, key, run) => {
    const completed = complete(value, above, key, run)
    return isPromise(completed) ? completed.then(present) : present(completed)
  }
  // What it completes takes the short way by itself.
  return Object.assign(thorough, {
    projection: projection && { grants: projection.grants, of: (value: unknown) => projection.of(value) ?? odd() },
  })
}

/** @param complete of an item */
export function listOf(
  complete: Complete,
  isNonNull: boolean,
  nodes: readonly FieldNode[],
  coordinate: string,
): Complete {
  const thorough: Thorough = (value, above, key, run) => {
    if (value == null) return null
    if (value instanceof Error) throw value
    if (!Array.isArray(value)) throw new Error(`Expected Iterable, but did not find one for field "${coordinate}".`)
    const items = value as readonly unknown[]
    const path: Path = { prev: above, key }
    const completed = new Array<unknown>(items.length)
    let waiting: Promise<unknown>[] | null = null
    for (let at = 0; at < items.length; at += 1) {
      let item: unknown
      try {
        const raw = items[at]
        item = isPromise(raw) ? raw.then((found) => complete(found, path, at, run)) : complete(raw, path, at, run)
      } catch (thrown) {
        // Whoever waits for the items before is gone; that they fail must not end the hub.
        if (isNonNull) for (const other of waiting ?? []) other.catch(() => undefined)
        item = fail(thrown, isNonNull, nodes, path, at, run)
      }
      if (isPromise(item)) {
        waiting ??= []
        waiting.push(
          item
            .catch((thrown: unknown) => fail(thrown, isNonNull, nodes, path, at, run))
            .then((found) => (completed[at] = found)),
        )
      } else completed[at] = item
    }
    return waiting === null ? completed : Promise.all(waiting).then(() => completed)
  }
  return either(thorough, listProjection(complete.projection))
}

/** @param path of the object whose fields they are; null for the root */
export function executeFields(
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
    try {
      if (plain !== null && !guarded && (plain.grant === null || context.lapseOf(plain.grant, undefined) === null)) {
        const said = (source as Record<string, unknown>)[field.name]
        value = plain.mask === null ? said : typeof said === 'string' ? plain.mask(said) : null
      } else {
        value = field.resolve(source, field.argumentsOf(run.variables), context, field.info)
      }
      value = isPromise(value)
        ? value.then((found) => field.complete(found, path, key, run))
        : field.complete(value, path, key, run)
    } catch (thrown) {
      const failed = (): null => fail(thrown, isNonNull, nodes, path, key, run)
      // There will be no object: fields not begun yet are left, those under way waited for, so that they are seen to end.
      if (isNonNull && waiting !== null) return settled(waiting, failed)
      value = failed()
    }
    if (isPromise(value)) {
      answer[key] = undefined // holds the place: members stand in the order of the document
      waiting ??= []
      waiting.push(
        value
          .catch((thrown: unknown) => fail(thrown, isNonNull, nodes, path, key, run))
          .then((found) => (answer[key] = found)),
      )
    } else answer[key] = value
  }
  return waiting === null ? answer : Promise.all(waiting).then(() => answer)
}

const settled = (waiting: readonly Promise<unknown>[], then: () => unknown): Promise<never> =>
  Promise.all(waiting).then(then, then) as Promise<never>

/** An error where a value cannot be had: the position is null and the error reported, or what it is part of is null. */
function fail(
  thrown: unknown,
  isNonNull: boolean,
  nodes: readonly FieldNode[],
  above: Path | null,
  key: Key,
  { nulled, errors }: Run,
): null {
  const keys: Key[] = [key]
  for (let at = above; at !== null; at = at.prev) keys.push(at.key)
  const error = locatedError(thrown, nodes, keys.reverse())
  if (isNonNull) throw error
  if (!isNulled(above, key, nulled)) {
    const here = nulled.get(above)
    if (here === undefined) nulled.set(above, new Set([key]))
    else here.add(key)
    errors.push(error)
  }
  return null
}

/** True where a position or one that it is part of is null already: nobody would find what an error speaks of. */
const isNulled = (above: Path | null, key: Key, nulled: Run['nulled']): boolean =>
  nulled.get(above)?.has(key) === true || (above !== null && isNulled(above.prev, above.key, nulled))
