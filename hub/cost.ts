/**
 * What an operation would fetch, counted before it runs: every object that could come back is one unit. Lists count as
 * long as they may be: the codes given, or `first`. A list in the hub's own store counts for more than what comes of it. What the plan denies is not fetched and costs nothing.
 */
import { Kind, valueFromASTUntyped, type ValueNode } from 'graphql'
import type { Plan, PlanField } from '../auth/plan.ts'
import { longestPage, usualPage } from '../rules/page.ts'
import type { Limits } from './limits.ts'
import { limitExceeded } from './errors.ts'

export interface Cost {
  /** Objects that could come back. */
  records: number
  /** Enterprises asked about, by code or by search. */
  subjects: number
}

/** Length assumed of lists that come whole with their record. */
const plainList = 10

/**
 * Lists in the hub's own store, which all callers share: to read and count one costs more than the records that come of
 * it, however few. One of a seller's documents is found by an index, and no more of it is looked at than a page takes.
 */
const ownLists: ReadonlyMap<string, number> = new Map([
  ...[
    ...['applications', 'grants', 'corrections', 'useRecords', 'catalogueChanges', 'ledger', 'tradeBuyer'],
    ...['tradeStatistics', 'tradeEnterpriseStatistics'],
  ].map((name): [string, number] => [`Query.${name}`, 2_000]),
  ['TradeZoneTarget.progress', 500],
  ['TradeRecord.lists', 200],
])

/** Types of which each object is an enterprise. */
const named: ReadonlySet<string> = new Set(['Enterprise', 'TradeSeller'])

/** Whose fields name enterprises. */
const roots: ReadonlySet<string> = new Set(['Query', 'Subscription'])

/** What was counted last of a plan, and for which shape of variables: most requests of a plan are alike in it. */
const counted = new WeakMap<Plan, { shape: string; cost: Cost }>()

/** Of variables, what the cost depends on: numbers, how long lists are, and what is not given. */
function shapeOf(variables: Readonly<Record<string, unknown>>): string {
  let shape = ''
  for (const name in variables) {
    const value = variables[name]
    shape += `${name}:${value == null ? '' : typeof value === 'number' ? value : Array.isArray(value) ? `[${value.length}` : '+'},`
  }
  return shape
}

/** Throws a GraphQLError LIMIT_EXCEEDED; returns what was counted. A hub has one set of limits, which all its plans are held to. */
export function checkCost(plan: Plan, variables: Readonly<Record<string, unknown>>, limits: Limits): Cost {
  const shape = shapeOf(variables)
  const known = counted.get(plan)
  if (known?.shape === shape) return known.cost
  const cost = costOf(plan, variables, limits)
  counted.set(plan, { shape, cost })
  return cost
}

function costOf(plan: Plan, variables: Readonly<Record<string, unknown>>, limits: Limits): Cost {
  const cost: Cost = { records: 0, subjects: 0 }
  const count = (fields: readonly PlanField[], times: number, page: number): void => {
    for (const field of fields) {
      if (field.decision.outcomes.length === 0) continue
      const given = argumentsOf(field, variables)
      const first = checkPage(field, given.first)
      const subjects = roots.has(field.typeName) ? codesOf(given) : null
      if (subjects !== null) {
        if (subjects > longestPage) {
          throw limitExceeded(
            `${field.fieldName} takes at most ${longestPage} codes; this request gives ${subjects}.`,
            {
              limit: 'codes',
              allowed: longestPage,
              asked: subjects,
            },
          )
        }
        cost.subjects += subjects
      }
      if (field.children.length === 0) continue
      cost.records += times * (ownLists.get(`${field.typeName}.${field.fieldName}`) ?? 0)
      const length = !field.isList ? 1 : lengthOf(field, subjects ?? (field.fieldName === 'nodes' ? page : plainList))
      cost.records += times * length
      // Enterprises that a search finds count like those that are named.
      if (field.fieldName === 'nodes' && named.has(field.children[0]?.typeName ?? '')) cost.subjects += times * length
      count(field.children, times * length, first ?? usualPage)
    }
  }
  count(plan.fields, 1, usualPage)
  if (cost.subjects > limits.subjects) {
    throw limitExceeded(
      `A request may ask about ${limits.subjects} enterprises; this one asks about ${cost.subjects}.`,
      {
        limit: 'subjects',
        allowed: limits.subjects,
        asked: cost.subjects,
      },
    )
  }
  if (cost.records > limits.cost) {
    throw limitExceeded(
      `The operation could bring ${cost.records} records; at most ${limits.cost} are taken. Ask for fewer enterprises or shorter pages (first).`,
      { limit: 'cost', allowed: limits.cost, asked: cost.records },
    )
  }
  return cost
}

/** What is told at once of a subscription to many is as long as a page may be. */
const lengthOf = ({ typeName }: PlanField, otherwise: number): number =>
  typeName === 'Subscription' ? longestPage : otherwise

/** How many enterprises a root is given by their codes; null where it takes none. One in place of a list is a list of one. */
function codesOf({ uscc, seller, usccs, representations }: Record<string, unknown>): number | null {
  const list = usccs ?? representations
  if (list !== undefined && list !== null) return Array.isArray(list) ? list.length : 1
  return (uscc ?? seller ?? null) === null ? null : 1
}

const none: Readonly<Record<string, unknown>> = Object.freeze({})

function argumentsOf({ nodes }: PlanField, variables: Readonly<Record<string, unknown>>): typeof none {
  const written = nodes[0]?.arguments
  if (written === undefined || written.length === 0) return none
  const given: Record<string, unknown> = {}
  for (const { name, value } of written) given[name.value] = valueOf(value, variables)
  return given
}

const valueOf = (value: ValueNode, variables: Readonly<Record<string, unknown>>): unknown =>
  value.kind === Kind.VARIABLE
    ? variables[value.name.value]
    : value.kind === Kind.LIST
      ? value.values.map((item) => valueOf(item, variables))
      : valueFromASTUntyped(value, { ...variables })

function checkPage(field: PlanField, first: unknown): number | null {
  if (typeof first !== 'number') return null
  if (first < 1 || first > longestPage) {
    throw limitExceeded(`${field.fieldName}(first:) takes 1 to ${longestPage}; this request gives ${first}.`, {
      limit: 'first',
      allowed: longestPage,
      asked: first,
    })
  }
  return first
}
