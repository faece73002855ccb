/**
 * The guard: every guarded field's resolver asks the plan before it runs, by the concrete type it runs on, so that
 * aliases, fragments and interfaces make no difference. What the plan does not know is denied.
 */
import { defaultFieldResolver, getNamedType, isCompositeType, isListType, isNonNullType } from 'graphql'
import type { GraphQLField, GraphQLFieldResolver, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema } from 'graphql'
import type { masks } from '../rules/mask.ts'
import { coordinateOf, objectTypes, type Catalogue, type Entry } from './catalogue.ts'
import { denied, outcomeFor, outcomeForSome, type Decision, type Holds } from './decide.ts'
import { Denied } from './denied.ts'
import { unplanned } from './denial.ts'
import { fetches, fetching, placeOf, type Plan } from './plan.ts'
import { masked, quoted, type Quotation } from './quotation.ts'
import { counted, isObject, onceHad, reaching, rooted, subjectOf, type Reach, type Root } from './reach.ts'
import type { Coordinate } from './vocabulary.ts'

/** What the guard needs of a request. */
export interface Guarded extends Holds, Reach {
  plan: Plan
  /** Told of every field of an enterprise that is shown; null where nobody wants to know. */
  shown: ((coordinate: Coordinate, uscc: string) => void) | null
}

type Resolver = GraphQLFieldResolver<unknown, Guarded>

/** A section whose department was not asked, because nothing of it may be read. */
class Unasked {
  readonly uscc: string | undefined
  constructor(uscc: string | undefined) {
    this.uscc = uscc
  }
}

/** Remembers whose record an object came from, for row filters further down. */
function remember(value: unknown, subject: string | undefined, context: Guarded): void {
  if (!isObject(value)) return
  if (Array.isArray(value)) {
    for (const item of value) remember(item, subject, context)
    return
  }
  if (subject !== undefined && !('uscc' in value)) context.subjectOf.set(value, subject)
}

/** True where it matters which enterprise an object belongs to. */
const knowsSubjects = ({ plan, shown }: Guarded): boolean => plan.filtered || shown !== null

/** Wraps the resolvers of an executable schema in place. */
export function guardSchema(schema: GraphQLSchema, catalogue: Catalogue): GraphQLSchema {
  const roots: readonly unknown[] = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  for (const type of objectTypes(schema)) {
    for (const field of Object.values(type.getFields())) {
      const coordinate = coordinateOf(type.name, field.name)
      const entry = catalogue.entries.get(coordinate)
      const resolve: Resolver = field.resolve ?? defaultFieldResolver
      const decided = entry === undefined ? refuse(coordinate) : guard(entry, field, resolve, finds(type))
      const reaches = getNamedType(field.type).name === 'Enterprise'
      const guarded = roots.includes(type) ? rooted(decided) : reaches ? reaching(decided) : decided
      if (guarded === resolve) continue
      const asked = fetching.get(resolve)
      field.resolve = asked === undefined ? guarded : fetches(guarded, asked)
      if (guarded === decided && resolve === defaultFieldResolver && entry !== undefined) properties.set(guarded, entry)
    }
  }
  return schema
}

/** True for the roots whose fields find a record by its own name. */
const finds = ({ name }: GraphQLObjectType): boolean => name === 'Query' || name === 'Subscription'

/** Fields that are a property of what they are read from, by the guard that was put around them. */
const properties = new WeakMap<object, Entry>()

/** A property that every enterprise of a plan shows alike, so that it can be read without asking the guard each time. */
export interface PlainRead {
  /** The grant that allows it, which must still stand when it is read; null for none. */
  grant: string | null
  mask: keyof typeof masks | null
}

/**
 * How a field can be read plainly under a plan; null where the guard must be asked each time. It must also be asked for
 * whatever is read from a section that was not asked for (`isUnasked`), and wherever someone wants to know of every
 * field that is shown (`Guarded.shown`).
 */
export function plainRead(field: GraphQLField<unknown, unknown>, plan: Plan): PlainRead | null {
  const entry = field.resolve === undefined ? undefined : properties.get(field.resolve)
  const isComposite = isCompositeType(getNamedType(field.type))
  if (isComposite && plan.filtered) return null // the guard remembers whose it is
  if (field.resolve === undefined) return { grant: null, mask: null }
  if (entry === undefined) return null
  const decision = plan.decisions.get(entry.coordinate)
  if (entry.kind === 'follows' && decision?.item == null) return { grant: null, mask: null }
  const outcome = decision?.outcomes[0]
  if (entry.quotes !== undefined || decision?.inputs !== undefined) return null
  if (outcome === undefined || outcome.filter !== null || outcome.quota !== null) return null
  if (outcome.effect === 'MASK' && outcome.mask === null) return null // the guard shows nothing of it
  return { grant: outcome.grant, mask: outcome.effect === 'MASK' ? outcome.mask : null }
}

export const isUnasked = (source: unknown): boolean => source instanceof Unasked

const refuse =
  (coordinate: Coordinate): Resolver =>
  () => {
    throw new Denied({ coordinate, owner: 'hub', item: null, denial: unplanned(coordinate), remedy: null })
  }

function guard(entry: Entry, field: GraphQLField<unknown, unknown>, resolve: Resolver, isRoot: boolean): Resolver {
  const { coordinate, kind } = entry
  const asks = fetching.has(resolve)
  const isComposite = isCompositeType(getNamedType(field.type))
  const isSection = kind === 'door' && asks
  if (kind === 'introspection') return resolve
  if (kind === 'door' && !asks) return closable(entry, isRoot && isComposite ? counting(resolve) : resolve)
  if (kind === 'follows') return closable(entry, isComposite ? following(resolve) : resolve)

  return (source, args, context, info) => {
    const decision = context.plan.decisions.get(coordinate)
    if (decision === undefined)
      throw new Denied({ coordinate, owner: entry.owner, item: null, denial: unplanned(coordinate), remedy: null })
    // The enterprise of a record found by its own number is known only from the answer.
    const subject = isRoot ? undefined : subjectOf(source, context)
    const outcome = isRoot ? outcomeForSome(decision, context) : outcomeFor(decision, subject, context)
    if (outcome === null) throw new Denied(denied(decision, subject, context))
    if (isComposite && (asks || source instanceof Unasked)) {
      const missing = nothingToRead(context, info, isRoot ? 'any' : subject)
      if (missing !== null) {
        if (isSection) return new Unasked(subject)
        throw new Denied(denied(missing, isRoot ? undefined : subject, context))
      }
    }
    const given = args as Readonly<Record<string, unknown>>
    for (const [argument, compared] of entry.filters ?? []) {
      if (given[argument] != null) mustBeInFull(context.plan.decisions.get(compared), compared, subject, context)
    }
    if (entry.quotes !== undefined) return quoted(source as Quotation, entry.quotes, subject, context)
    const answer: unknown = resolve(source, args, context, info)
    const value =
      isRoot || !isComposite || !context.plan.filtered
        ? answer
        : onceHad(answer, (found) => unlessNobodys(found, decision, subject, context))
    if (isRoot) {
      const admit = (found: unknown): unknown => admitted(found, decision, source as Root, context)
      return onceHad(value, (found) => counted(found, context, info, () => admit(found)))
    }
    const { shown } = context
    if (shown !== null && subject !== undefined) {
      return onceHad(value, (found) => {
        shown(coordinate, subject)
        if (isComposite) remember(found, subject, context)
        return outcome.effect === 'MASK' ? masked(found, outcome) : found
      })
    }
    if (outcome.effect === 'MASK') return onceHad(value, (found) => masked(found, outcome))
    if (!isComposite || !context.plan.filtered) return value
    return onceHad(value, (found) => {
      remember(found, subject, context)
      return found
    })
  }
}

/** A list is narrowed by what its viewer may read in full: what is left of it would tell the rest. */
function mustBeInFull(
  decision: Decision | undefined,
  coordinate: Coordinate,
  subject: string | undefined,
  context: Guarded,
): void {
  if (decision === undefined) {
    throw new Denied({ coordinate, owner: 'hub', item: null, denial: unplanned(coordinate), remedy: null })
  }
  if (outcomeFor(decision, subject, context)?.effect !== 'ALLOW') throw new Denied(denied(decision, subject, context))
}

/** What stands in no item is open, unless it was published in one. */
const closable =
  ({ coordinate }: Entry, resolve: Resolver): Resolver =>
  (source, args, context, info) => {
    const decision = context.plan.decisions.get(coordinate)
    if (decision === undefined || decision.item === null) return resolve(source, args, context, info)
    const subject = subjectOf(source, context)
    if (outcomeFor(decision, subject, context) === null) throw new Denied(denied(decision, subject, context))
    return resolve(source, args, context, info)
  }

const counting =
  (resolve: Resolver): Resolver =>
  (source, args, context, info) =>
    onceHad(resolve(source, args, context, info), (found) => counted(found, context, info, () => found))

/** A connection's nodes and the like belong to the enterprise of the field that led to them. */
const following =
  (resolve: Resolver): Resolver =>
  (source, args, context, info) => {
    const value: unknown = resolve(source, args, context, info)
    if (!knowsSubjects(context)) return value
    const subject = subjectOf(source, context)
    return onceHad(value, (found) => {
      remember(found, subject, context)
      return found
    })
  }

/**
 * The first denial where the selection below a call reads nothing that this viewer may see, else null. A call is made
 * only when something of its answer may be shown.
 */
function nothingToRead(context: Guarded, info: GraphQLResolveInfo, subject: string | undefined): Decision | null {
  let first: Decision | null = null
  let any = false
  for (const node of info.fieldNodes) {
    const reads = context.plan.reads.get(placeOf(node, info.parentType.name))
    if (reads === undefined) return unplannedSelection
    for (const decision of reads) {
      any = true
      const readable =
        (subject === 'any' ? outcomeForSome(decision, context) : outcomeFor(decision, subject, context)) !== null
      if (readable) return null
      first ??= decision
    }
  }
  if (any) return first
  return isSectionLike(info) ? unplannedSelection : null
}

/** A section asked for nothing but its __typename is answered without a call: whether a record exists must not show. */
const isSectionLike = (info: GraphQLResolveInfo): boolean => {
  const type = isNonNullType(info.returnType) ? info.returnType.ofType : info.returnType
  return !isListType(type) && info.parentType.name === 'Enterprise'
}

const unplannedSelection: Decision = {
  coordinate: 'Enterprise.__typename',
  owner: 'hub',
  item: null,
  outcomes: [],
  denial: unplanned('Enterprise.__typename'),
  remedy: null,
}

/** A record found by its own number outside the rows of the grant, or beyond its quota, looks like one that does not exist. */
function admitted(found: unknown, decision: Decision, { subjects }: Root, context: Guarded): unknown {
  if (!isObject(found)) return found
  if (Array.isArray(found)) return found.filter((one) => admitted(one, decision, { subjects }, context) !== null)
  const subject = subjectOf(found, context)
  if (outcomeFor(decision, subject, context) === null) return null
  if (subject !== undefined) subjects.add(subject)
  return found
}

/** What is nobody's, found below a record of somebody: for who may read everybody's, to others as if it were not there. */
function unlessNobodys(found: unknown, decision: Decision, subject: string | undefined, context: Guarded): unknown {
  if (subject === undefined || !isObject(found) || !('uscc' in found) || found.uscc !== null) return found
  return outcomeFor(decision, undefined, context) === null ? null : found
}
