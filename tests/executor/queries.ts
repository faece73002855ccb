/**
 * Random documents that are valid against the view, with all that makes executing them hard: selections that overlap and
 * merge, fragments within fragments and used again, directives on everything, several operations, names that objects
 * have by themselves, and values that are missing, null or do not fit.
 */
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'
import type { Random } from '../leak/random.ts'
import { valueOf, type Material } from './material.ts'
import type { Question } from './stage.ts'

interface Variable {
  name: string
  /** With its default. */
  type: string
  /** What is given for it; undefined for nothing. */
  value: (random: Random) => unknown
}

interface Operation {
  kind: 'query' | 'mutation'
  name: string | null
  variables: Variable[]
}

export interface Document {
  query: string
  /** A question with values of its own; the same document asked again may be another question. */
  ask: (random: Random) => Question
}

const deepest = 6
/** What is masked, and what is a property of a record yet shared in parts: there is little of it, and much to go wrong. */
const rare = new Set(['market', 'legalRepresentative', 'tax', 'exemptions'])
const missing = undefined
/** Members that every object has, or that stand for something where it is made or sent. */
const strange = ['constructor', 'then', 'toJSON', 'hasOwnProperty', 'toString', 'length', 'valueOf', '__proto__']
/** What is asked most is what departments answer. */
const roots = {
  enterprise: 5,
  enterprises: 5,
  declaration: 2,
  shipment: 2,
  searchEnterprises: 3,
  order: 1,
  match: 2,
  payments: 1,
  waybill: 1,
  tradeList: 1,
  tradeBuyer: 1,
  tradeStatistics: 2,
  tradeEnterpriseStatistics: 2,
  zoneTargets: 1,
  why: 1,
  me: 1,
  departments: 1,
  catalogue: 1,
  catalogueItem: 1,
  catalogueVersion: 1,
  catalogueChanges: 1,
  applications: 1,
  application: 1,
  grants: 1,
  ledger: 1,
  corrections: 1,
  correction: 1,
  useRecords: 1,
}
const hat = Object.entries(roots).flatMap(([name, times]) => Array<string>(times).fill(name))

export function randomDocument(schema: GraphQLSchema, random: Random, material: Material): Document {
  const writer = new Writer(schema, random, material)
  const operations: Operation[] = []
  const texts: string[] = []
  const count = random.pick([1, 1, 1, 1, 2, 3])
  for (let at = 0; at < count; at += 1) {
    const name = count > 1 || random.chance(15) ? `Operation${at}` : null
    const { text, variables } = writer.operation(name)
    texts.push(text)
    operations.push({ kind: 'query', name, variables })
  }
  if (count > 1 && random.chance(20)) {
    texts.push('mutation Never { giveUpGrant(input: { clientMutationId: "x", grant: "g" }) { clientMutationId } }')
    operations.push({ kind: 'mutation', name: 'Never', variables: [] })
  }
  return { query: texts.join('\n'), ask: (values) => ({ query: texts.join('\n'), ...asked(operations, values) }) }
}

/** Which operation is meant, and the values of its variables: now and then one that does not fit. */
function asked(operations: readonly Operation[], random: Random): Omit<Question, 'query'> {
  const meant = random.pick(operations)
  const operationName = random.chance(4)
    ? random.pick(['Unknown', '', null])
    : operations.length === 1 && random.chance(70)
      ? null
      : meant.name
  const given = meant.variables.map(({ name, value }) => [name, value(random)] as const)
  const variables: Record<string, unknown> = Object.fromEntries(given.filter(([, value]) => value !== missing))
  if (random.chance(4) && given.length > 0) {
    const [name] = random.pick(given)
    const misfit = random.pick([missing, null, { stray: 1 }, 'none', [7], -1.5])
    if (misfit === missing) delete variables[name]
    else variables[name] = misfit
  }
  if (random.chance(10)) variables.nobodyAsked = 1
  const none = Object.keys(variables).length === 0 && random.chance(50)
  return { ...(none ? {} : { variables }), ...(operationName === null ? {} : { operationName }) }
}

class Writer {
  readonly #schema: GraphQLSchema
  readonly #random: Random
  readonly #material: Material
  #variables: Variable[] = []
  #fragments: { name: string; type: string; text: string }[] = []
  #names = 0
  /** True where a record is asked for one field, so that often nothing of it may be read at all. */
  #isThin = false

  constructor(schema: GraphQLSchema, random: Random, material: Material) {
    this.#schema = schema
    this.#random = random
    this.#material = material
  }

  operation(name: string | null): { text: string; variables: Variable[] } {
    const random = this.#random
    this.#variables = []
    this.#fragments = []
    this.#isThin = random.chance(35)
    const query = this.#schema.getQueryType()
    if (query == null) throw new Error('The schema has no query type.')
    const names = random.some(hat, 3)
    const parts = this.#selected(
      query,
      0,
      names.map((root) => fieldOf(query, root)),
    )
    if (random.chance(3)) parts.push('introspected: __schema { queryType { name } mutationType { name } }')
    if (random.chance(2)) parts.push('__type(name: "Money") { kind fields { name } }')
    const variables = this.#variables
    const declared = variables.map((variable) => `$${variable.name}: ${variable.type}`).join(', ')
    const head = `query${name === null ? '' : ` ${name}`}${declared === '' ? '' : ` (${declared})`}`
    const fragments = this.#fragments.map((made) => `fragment ${made.name} on ${made.type} ${made.text}`)
    return { text: [`${head} { ${parts.join(' ')} }`, ...fragments].join('\n'), variables }
  }

  #fresh(prefix: string): string {
    this.#names += 1
    return `${prefix}${this.#names}`
  }

  #variable(type: string, value: Variable['value']): string {
    const name = this.#fresh(this.#random.chance(3) ? 'constructor' : 'v')
    this.#variables.push({ name, type, value })
    return `$${name}`
  }

  #selection(type: GraphQLObjectType, depth: number): string {
    const all = Object.values(type.getFields())
      .filter((field) => depth < deepest || !isObjectType(getNamedType(field.type)))
      .flatMap((field) => Array<typeof field>(rare.has(field.name) ? (this.#isThin ? 12 : 4) : 1).fill(field))
    const most = type.name === 'Enterprise' ? 6 : this.#isThin ? 1 : type.name.endsWith('Connection') ? 2 : 4
    return `{ ${this.#selected(type, depth, all.length === 0 ? [] : this.#random.some(all, most)).join(' ')} }`
  }

  /** The selections of some fields, in fragments or not, some of them twice with something else below. */
  #selected(type: GraphQLObjectType, depth: number, fields: readonly GraphQLField<unknown, unknown>[]): string[] {
    const random = this.#random
    const parts = fields.flatMap((field) => {
      const head = this.#head(type, field, depth)
      const times = random.chance(15) ? 2 : 1
      return Array.from({ length: times }, () => this.#wrapped(type, depth, () => this.#field(head, field, depth)))
    })
    if (random.chance(12) || parts.length === 0) {
      parts.push(`${random.pick(['', 'typename: '])}__typename${this.#directives()}`)
    }
    const known = this.#fragments.filter((made) => made.type === type.name && made.text.length < 300)
    if (known.length > 0 && random.chance(20)) parts.push(`...${random.pick(known).name}${this.#directives()}`)
    return parts
  }

  #wrapped(type: GraphQLObjectType, depth: number, write: () => string): string {
    const kind = this.#random.below(100)
    if (kind < 6) return `...${this.#directives()} { ${write()} }`
    if (kind < 12) return `... on ${type.name}${this.#directives()} { ${this.#wrapped(type, depth, write)} }`
    if (kind >= 22) return write()
    const name = this.#fresh('F')
    const text = `{ ${this.#wrapped(type, depth, write)} }`
    this.#fragments.push({ name, type: type.name, text })
    return `...${name}${this.#directives()}`
  }

  /**
   * Name, arguments and a key that no other field has wherever selections may merge: a field without arguments goes by
   * its own name or by one that stands for it alone, any other by a new one.
   */
  #head(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>, depth: number): string {
    const random = this.#random
    if (field.args.length > 0 || depth === 0) {
      return `${this.#fresh('a')}: ${field.name}${this.#arguments(type, field)}`
    }
    const alias = strange[Object.keys(type.getFields()).indexOf(field.name)]
    if (alias !== undefined && random.chance(alias === '__proto__' ? 2 : 5)) return `${alias}: ${field.name}`
    return random.chance(10) ? `${this.#fresh('a')}: ${field.name}` : field.name
  }

  #field(head: string, field: GraphQLField<unknown, unknown>, depth: number): string {
    const named = getNamedType(field.type)
    return `${head}${this.#directives()}${isObjectType(named) ? ` ${this.#selection(named, depth + 1)}` : ''}`
  }

  #directives(): string {
    const random = this.#random
    if (!random.chance(10)) return ''
    const names = random.pick([['include'], ['skip'], ['include'], ['skip'], ['skip', 'include'], ['include', 'skip']])
    return names.map((name) => ` @${name}(if: ${this.#condition(name === 'include')})`).join('')
  }

  #condition(shows: boolean): string {
    const random = this.#random
    // What is shown is what shows a difference.
    if (random.chance(35)) return String(random.chance(70) ? shows : !shows)
    const known = this.#variables.filter(({ type }) => /^Boolean(!| =)/.test(type))
    if (known.length > 0 && random.chance(40)) return `$${random.pick(known).name}`
    const usual = (values: Random): boolean => (values.chance(70) ? shows : !shows)
    if (random.chance(60)) return this.#variable('Boolean!', usual)
    const type = `Boolean${random.pick(['', '!'])} = ${String(random.chance(70) ? shows : !shows)}`
    const mayBeNull = !type.includes('!')
    return this.#variable(type, (values) =>
      values.chance(40) ? missing : mayBeNull && values.chance(15) ? null : usual(values),
    )
  }

  #arguments(type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): string {
    const given = field.args.flatMap((argument): string[] => {
      const isNeeded = isNonNullType(argument.type)
      if (!isNeeded && this.#random.chance(argument.name === 'after' ? 75 : 50)) return []
      return [`${argument.name}: ${this.#argument(`${type.name}.${field.name}`, argument, isNeeded)}`]
    })
    return given.length === 0 ? '' : `(${given.join(', ')})`
  }

  /** A literal, a variable, or a list with variables in it. */
  #argument(coordinate: string, argument: GraphQLArgument, isNeeded: boolean): string {
    const random = this.#random
    const type = getNamedType(argument.type)
    const named = type.name
    const value = (values: Random): unknown =>
      isEnumType(type)
        ? values.pick(type.getValues().map(({ name }) => name))
        : valueOf(this.#material, coordinate, argument.name, values)
    const literal = (it: unknown): string => (isEnumType(type) ? String(it) : JSON.stringify(it))
    if (argument.name === 'usccs') {
      const one = (values: Random): string => values.pick(this.#material.usccs)
      const element = (): string => {
        if (random.chance(60)) return JSON.stringify(one(random))
        if (random.chance(70)) return this.#variable('USCC!', one)
        return this.#variable(`USCC = ${JSON.stringify(one(random))}`, (values) =>
          values.pick([missing, one(values), values.chance(30) ? null : missing]),
        )
      }
      if (random.chance(10)) return JSON.stringify(one(random)) // stands for a list of one
      if (random.chance(60)) return `[${Array.from({ length: 1 + random.below(4) }, element).join(', ')}]`
      return this.#variable('[USCC!]!', (values) => values.some(this.#material.usccs, 4))
    }
    if (isListType(getNullableType(argument.type))) {
      // One stands for a list of one.
      if (random.chance(30)) return literal(value(random))
      return `[${Array.from({ length: random.below(3) }, () => literal(value(random))).join(', ')}]`
    }
    if (random.chance(50)) return literal(value(random))
    if (isNeeded && random.chance(70)) return this.#variable(`${named}!`, value)
    const usual = isNeeded || random.chance(30) ? ` = ${literal(value(random))}` : ''
    return this.#variable(`${named}${usual}`, (values) =>
      values.chance(30) ? missing : values.chance(isNeeded ? 12 : 25) ? null : value(values),
    )
  }
}

function fieldOf(type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> {
  const field = type.getFields()[name]
  if (field === undefined) throw new Error(`${type.name} has no ${name}.`)
  return field
}
