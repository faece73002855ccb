/** Random queries that are valid against the schema: aliases, fragments of both kinds, directives, arguments, cursors. */
import { getNamedType, isObjectType, type GraphQLField, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import type { Random } from './random.ts'
import { years, type Tree } from './truth.ts'

/** Real values that arguments are taken from. */
export interface Material {
  usccs: readonly string[]
  declarations: readonly string[]
  shipments: readonly string[]
}

export interface Query {
  source: string
  variables: Tree
}

const roots = ['enterprise', 'enterprise', 'enterprises', 'enterprises', 'declaration', 'shipment', 'searchEnterprises']
const deepest = 8

/** @param plain where nothing is selected twice of which one is under a condition */
export function randomQuery(schema: GraphQLSchema, random: Random, material: Material, plain = false): Query {
  const fragments: string[] = []
  const variables: Tree = {}
  const declared = new Map<string, string>()
  let names = 0
  const fresh = (prefix: string): string => `${prefix}${(names += 1)}`
  const variable = (type: string, value: unknown): string => {
    const name = fresh('v')
    declared.set(name, type)
    variables[name] = value
    return `$${name}`
  }

  const text = (value: unknown): string => JSON.stringify(value)
  const given = (value: unknown, type: string): string => (random.chance(40) ? variable(type, value) : text(value))

  const argumentsOf = (field: GraphQLField<unknown, unknown>): string => {
    const args = field.args.flatMap(({ name }): string[] => {
      if (name === 'uscc') return [`uscc: ${given(random.pick(material.usccs), 'USCC!')}`]
      if (name === 'usccs') return [`usccs: ${given(random.some(material.usccs, 5), '[USCC!]!')}`]
      if (name === 'number') return [`number: ${given(random.pick(material.declarations), 'String!')}`]
      if (name === 'trackingNumber') return [`trackingNumber: ${given(random.pick(material.shipments), 'String!')}`]
      if (name === 'year') return [`year: ${given(random.pick(years), 'Int!')}`]
      if (name === 'first') return random.chance(70) ? [`first: ${given(1 + random.below(5), 'Int')}`] : []
      if (name === 'name') return random.chance(50) ? [`name: ${text(random.pick(['示例', '贸易', '云帆']))}`] : []
      if (name === 'division')
        return random.chance(70) ? [`division: ${text(random.pick(['3501', '3506', '33', '350102']))}`] : []
      return []
    })
    return args.length === 0 ? '' : `(${args.join(', ')})`
  }

  const directive = (): string => {
    if (!random.chance(8)) return ''
    const holds = random.chance(50)
    return ` @${random.pick(['include', 'skip'])}(if: ${random.chance(50) ? String(holds) : variable('Boolean!', holds)})`
  }

  const fieldOf = (field: GraphQLField<unknown, unknown>, depth: number, isTwice = false): string => {
    const named = getNamedType(field.type)
    // Only fields without arguments go by their own name: two of a name with other arguments could not be merged.
    const alias = field.args.length > 0 || random.chance(15) ? `${fresh('a')}: ` : ''
    const below = isObjectType(named) ? ` ${selection(named, depth + 1)}` : ''
    return `${alias}${field.name}${argumentsOf(field)}${isTwice && plain ? '' : directive()}${below}`
  }

  function selection(type: GraphQLObjectType, depth: number): string {
    const all = Object.values(type.getFields()).filter(
      (field) => depth < deepest || !isObjectType(getNamedType(field.type)),
    )
    const most = type.name.endsWith('Connection') ? 2 : 4
    const chosen = all.length === 0 ? [] : random.some(all, most)
    const parts = chosen.map((field) => {
      const part = fieldOf(field, depth, chosen.indexOf(field) !== chosen.lastIndexOf(field))
      const wrap = random.below(100)
      if (wrap < 8) return `...${directive()} { ${part} }`
      if (wrap < 16) return `... on ${type.name}${directive()} { ${part} }`
      if (wrap < 22) {
        const name = fresh('F')
        fragments.push(`fragment ${name} on ${type.name} { ${part} }`)
        return `...${name}${directive()}`
      }
      return part
    })
    if (random.chance(10) || parts.length === 0) parts.push('__typename')
    return `{ ${parts.join(' ')} }`
  }

  const query = schema.getQueryType()
  if (query == null) throw new Error('The schema has no query type.')
  const asked = random.some(roots, 2).map((name) => {
    const field = query.getFields()[name]
    if (field === undefined) throw new Error(`The schema has no ${name}.`)
    return `${fresh('r')}: ${fieldOf(field, 1).replace(/^a\d+: /, '')}`
  })
  const head =
    declared.size === 0 ? 'query' : `query (${[...declared].map(([name, type]) => `$${name}: ${type}`).join(', ')})`
  return { source: [`${head} { ${asked.join(' ')} }`, ...fragments].join('\n'), variables }
}
