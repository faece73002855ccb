/**
 * What an answer must be: the reference executor over the truth, with the law of tests/leak/law.ts at every field. It
 * also says which departments the hub has to call for it, and no others.
 */
import {
  execute,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  parse,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'
import { divisionName } from '../../rules/division.ts'
import { pageOf, type Cursors } from '../../rules/page.ts'
import { containers, isData, isReachable, masked, sightOf, type Asker } from './law.ts'
import type { Tree, Truth } from './truth.ts'

export interface Expected {
  data: unknown
  /** Paths of the denied fields, sorted. */
  denied: string[]
  /** Departments that must be called, sorted. */
  called: string[]
}

/** What of a truth carries on into its fields: whose record it is. */
interface Source {
  uscc: string | null
  value: Tree
}

const sectionOf: Record<string, string> = {
  'Enterprise.market': 'market',
  'Enterprise.customs': 'customs',
  'Enterprise.tax': 'tax',
  'Enterprise.fx': 'fx',
  'Enterprise.postal': 'postal',
  'Enterprise.commerce': 'commerce',
}
/** Fields with a call of their own, and whom they call. */
const callOf: Record<string, string> = {
  ...sectionOf,
  'Enterprise.name': 'market',
  'Enterprise.status': 'market',
  'CustomsRecord.declarations': 'customs',
  'ForeignExchangeRecord.suspiciousTransactionReports': 'fx',
  'Query.declaration': 'customs',
  'Query.shipment': 'postal',
  'Query.searchEnterprises': 'market',
}
/** Fields that read what the hub itself holds, and call nobody. */
const readsOwn: readonly string[] = [
  'TradeRecord.lists',
  'TradeList.match',
  'TradeOrder.match',
  ...['TradeOrder', 'TradePayment', 'TradeWaybill', 'TradeList'].flatMap((type) => [
    `${type}.statuses`,
    `${type}.refusals`,
  ]),
]
/** What identifies an item of a connection, for its cursor. */
const keyOf: Record<string, string> = { shipments: 'trackingNumber' }

class DeniedHere extends Error {}

/** @param cursors of a list for an asker; what they may show is another test's matter (tests/attacks/09) */
export function oracleOf(
  schema: GraphQLSchema,
  truth: Truth,
  senderOf: ReadonlyMap<string, string>,
  cursors: (list: string, asker: string) => Cursors,
) {
  const allFields = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`))

  return async (source: string, variables: Tree, asker: Asker): Promise<Expected> => {
    const called = new Set<string>()
    const reach = (container: string, uscc: string | null): boolean => isReachable(container, allFields, asker, uscc)

    /** The fields that a record is asked for, and whether each may be seen, down to the next call or enterprise. */
    const wanted = (info: GraphQLResolveInfo, uscc: string | null, led: boolean): boolean[] => {
      const walk = (type: GraphQLObjectType, set: SelectionSetNode, leading: boolean): boolean[] =>
        set.selections.flatMap((selection) => {
          const isOff = (selection.directives ?? []).some(({ name, arguments: given }) => {
            const value = given?.[0]?.value
            const holds =
              value?.kind === Kind.VARIABLE
                ? info.variableValues[value.name.value]
                : value?.kind === Kind.BOOLEAN && value.value
            return holds !== (name.value === 'include')
          })
          if (isOff) return []
          if (selection.kind !== Kind.FIELD) {
            const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : info.fragments[selection.name.value]
            const condition = fragment?.typeCondition?.name.value
            const applies =
              condition === undefined || condition === type.name || isAbstractType(schema.getType(condition))
            return fragment !== undefined && applies ? walk(type, fragment.selectionSet, leading) : []
          }
          const field = `${type.name}.${selection.name.value}`
          if (selection.name.value.startsWith('__') || field in callOf || readsOwn.includes(field)) return []
          if (isData(field)) return [sightOf(field, asker, uscc) !== 'none']
          const leads = field in containers ? reach(field, uscc) : leading
          const of = getNamedType(type.getFields()[selection.name.value]?.type)
          const below =
            isObjectType(of) && selection.selectionSet !== undefined ? walk(of, selection.selectionSet, leads) : []
          return below.length > 0 ? below : [leads]
        })
      const type = getNamedType(info.returnType)
      return isObjectType(type)
        ? info.fieldNodes.flatMap((node) => (node.selectionSet === undefined ? [] : walk(type, node.selectionSet, led)))
        : []
    }

    const resolve: GraphQLFieldResolver<Source | null, unknown> = async (parent, args: Tree, _context, info) => {
      const field = `${info.parentType.name}.${info.fieldName}`
      const uscc = parent?.uscc ?? null
      const from = (value: unknown): unknown =>
        Array.isArray(value)
          ? value.map(from)
          : typeof value === 'object' && value !== null && isObjectType(getNamedType(info.returnType))
            ? { uscc, value }
            : value
      if (field === 'Query.enterprise') return { uscc: args.uscc, value: args }
      if (field === 'Query.enterprises')
        return (args.usccs as string[]).map((code) => ({ uscc: code, value: { uscc: code } }))
      if (field === 'Query.searchEnterprises') {
        if (sightOf(field, asker, null) === 'none') throw new DeniedHere()
        called.add('market')
        const { usccs, totalCount, pageInfo } = await truth.search(args)
        const forAsker = (cursor: unknown): string | null => {
          const key = typeof cursor === 'string' ? cursors(field, 'market').open(cursor) : null
          return key === null ? null : cursors(field, asker.as).seal(key)
        }
        const [startCursor, endCursor] = [forAsker(pageInfo.startCursor), forAsker(pageInfo.endCursor)]
        return { uscc: null, value: { nodes: usccs, totalCount, pageInfo: { ...pageInfo, startCursor, endCursor } } }
      }
      if (field === 'EnterpriseConnection.nodes')
        return (parent?.value.nodes as string[]).map((code) => ({ uscc: code, value: { uscc: code } }))
      if (field === 'Enterprise.uscc') return uscc
      if (field === 'Enterprise.division') return { uscc, value: divisionName((uscc ?? '').slice(2, 8)) }

      if (field === 'Query.declaration' || field === 'Query.shipment') return byNumber(field, args, info)
      if (field === 'Enterprise.name' || field === 'Enterprise.status') {
        if (sightOf(field, asker, uscc) === 'none') throw new DeniedHere()
        called.add('market')
        const market = await truth.section('market', uscc ?? '')
        return (market?.registration as Tree | undefined)?.[info.fieldName] ?? null
      }
      const section = sectionOf[field]
      if (section !== undefined) {
        if (!wanted(info, uscc, true).includes(true)) return { uscc, value: {} }
        called.add(section)
        const value = await truth.section(section, uscc ?? '')
        return value === null ? null : { uscc, value }
      }
      if (field === 'Enterprise.trade') return { uscc, value: { uscc } }
      if (field === 'TradeRecord.lists') {
        const asked = wanted(info, uscc, true)
        if (!reach(field, uscc) || (asked.length > 0 && !asked.includes(true))) throw new DeniedHere()
        // Nobody has handed anything in.
        const pageInfo = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null }
        return { uscc, value: { nodes: [], pageInfo } }
      }
      if (field in containers) {
        if (!reach(field, uscc)) throw new DeniedHere()
        const caller = callOf[field]
        const isUnasked = Object.keys(parent?.value ?? {}).length === 0
        if (caller !== undefined || isUnasked) {
          const asked = wanted(info, uscc, true)
          if (asked.length > 0 && !asked.includes(true)) throw new DeniedHere()
        }
        if (caller !== undefined) {
          called.add(caller)
          if (isUnasked) {
            // The section was not asked for, its own call is made all the same.
            const whole = await truth.section(caller, uscc ?? '')
            return connected(whole?.[info.fieldName] ?? null)
          }
        }
      } else if (isData(field) && sightOf(field, asker, uscc) === 'none') throw new DeniedHere()

      const name = 'year' in args ? `${info.fieldName}_${String(args.year)}` : info.fieldName
      const value = parent?.value[name]
      if (typeof value === 'string' && isData(field) && sightOf(field, asker, uscc) === 'masked')
        return masked(field, value)
      if (field === 'Declaration.enterprise') {
        const owner = (value as Tree | undefined)?.uscc ?? uscc
        return { uscc: owner, value: { uscc: owner } }
      }
      return info.parentType.name.endsWith('Record') && getNamedType(info.returnType).name.endsWith('Connection')
        ? connected(value)
        : from(value)

      function connected(whole: unknown): unknown {
        const isConnection = getNamedType(info.returnType).name.endsWith('Connection')
        if (!isConnection) return whole === null || whole === undefined ? [] : from(whole)
        const nodes = (whole as Tree | null | undefined)?.nodes as Tree[] | undefined
        const key = keyOf[info.fieldName] ?? 'number'
        const page = pageOf(
          nodes ?? [],
          { first: Number(args.first ?? 20), after: (args.after as string | null | undefined) ?? null },
          (node) => String(node[key]),
          cursors(`${info.parentType.name}.${info.fieldName}`, asker.as),
        )
        if ('reason' in page) throw new Error(page.reason)
        return { uscc, value: page }
      }
    }

    const byNumber = async (field: string, args: Tree, info: GraphQLResolveInfo): Promise<Source | null> => {
      if (!reach(field, null)) throw new DeniedHere()
      const asked = wanted(info, null, true)
      if (asked.length > 0 && !asked.includes(true)) throw new DeniedHere()
      called.add(callOf[field] ?? '')
      const isDeclaration = field === 'Query.declaration'
      const value = await (isDeclaration
        ? truth.declaration(String(args.number))
        : truth.shipment(String(args.trackingNumber)))
      if (value === null) return null
      const owner = isDeclaration
        ? String((value.enterprise as Tree).uscc)
        : (senderOf.get(String(args.trackingNumber)) ?? null)
      // Outside the rows of every grant a record looks as if it did not exist.
      return owner !== null && reach(field, owner) ? { uscc: owner, value } : null
    }

    const result = await execute({ schema, document: parse(source), variableValues: variables, fieldResolver: resolve })
    const failed = (result.errors ?? []).filter(({ originalError }) => !(originalError instanceof DeniedHere))
    if (failed.length > 0) throw new Error(`The oracle fails: ${failed[0]?.stack ?? ''}`)
    return {
      data: result.data,
      denied: (result.errors ?? []).map(({ path }) => path?.join('.') ?? '').sort(),
      called: [...called].sort(),
    }
  }
}
