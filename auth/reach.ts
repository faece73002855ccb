/** Which enterprises each root of an operation reaches: they are on record under it, and count against its quotas. */
import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql'

/** What is known of a request's enterprises. A root goes by its response key. */
export interface Reach {
  /** The enterprises that a root has touched; what is added is written to the audit record. */
  touched(root: string): Set<string>
  /**
   * Counts enterprises that a root touched against the quotas of the grants that it may use; called before anything about
   * them is shown. Null where there is nothing to count.
   */
  count(usccs: readonly string[], root: string): Promise<void> | null
  /** Which enterprise an object within a record belongs to. */
  subjectOf: WeakMap<object, string>
}

/** What the fields of an operation's root are resolved from. */
export interface Root {
  /** Every enterprise that the field names or finds is added to it. */
  subjects: Set<string>
}

type Info = Pick<GraphQLResolveInfo, 'path'>

export const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Applies to a value or to the value a promise brings, without making a promise where there is none. */
export const onceHad = (value: unknown, apply: (value: unknown) => unknown): unknown =>
  value instanceof Promise ? value.then(apply) : apply(value)

export function subjectOf(source: unknown, reach: Pick<Reach, 'subjectOf'>): string | undefined {
  if (!isObject(source)) return undefined
  if ('uscc' in source) return typeof source.uscc === 'string' ? source.uscc : undefined
  return reach.subjectOf.get(source)
}

function subjectsOf(found: unknown, reach: Reach): string[] {
  if (Array.isArray(found)) return found.flatMap((item: unknown) => subjectsOf(item, reach))
  if (isObject(found) && 'nodes' in found) return subjectsOf(found.nodes, reach)
  const subject = subjectOf(found, reach)
  return subject === undefined ? [] : [subject]
}

/** The response key of the root that a field stands under. */
function rootOf({ path }: Info): string {
  let at = path
  while (at.prev !== undefined) at = at.prev
  return String(at.key)
}

/** Resolves a field of the root from what the root has touched. */
export const rooted =
  <C extends Reach>(resolve: GraphQLFieldResolver<unknown, C>): GraphQLFieldResolver<unknown, C> =>
  (_source, args, context, info) => {
    const root: Root = { subjects: context.touched(rootOf(info)) }
    return resolve(root, args, context, info)
  }

/** Counts the enterprises that a root found, then goes on. */
export function counted(found: unknown, reach: Reach, info: Info, next: () => unknown): unknown {
  const counting = reach.count(subjectsOf(found, reach), rootOf(info))
  return counting === null ? next() : counting.then(next)
}

/** Counts under way, by what a root has touched and by enterprise. */
const underWay = new WeakMap<Set<string>, Map<string, Promise<void>>>()

/** A field that leads on to enterprises: those that its root has not touched yet count like those that it named. */
export const reaching =
  <C extends Reach>(resolve: GraphQLFieldResolver<unknown, C>): GraphQLFieldResolver<unknown, C> =>
  (source, args, context, info) =>
    onceHad(resolve(source, args, context, info), (found) => {
      const touched = context.touched(rootOf(info))
      const subjects = subjectsOf(found, context)
      const fresh = subjects.filter((uscc) => !touched.has(uscc))
      for (const uscc of fresh) touched.add(uscc)
      const counting = fresh.length === 0 ? null : context.count(fresh, rootOf(info))
      let counts = underWay.get(touched)
      if (counting !== null) {
        counts ??= new Map()
        underWay.set(touched, counts)
        for (const uscc of fresh) counts.set(uscc, counting)
      }
      // Another field may have led there a moment ago, and its count is not known yet.
      const awaited = counts === undefined ? [] : subjects.flatMap((uscc) => counts.get(uscc) ?? [])
      return awaited.length === 0 ? found : Promise.all(awaited).then(() => found)
    })
