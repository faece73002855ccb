/** What each department knows of an enterprise, in full: asked of the hub as the department itself. */
import { getNamedType, isListType, isNonNullType, isObjectType, type GraphQLSchema } from 'graphql'
import type { ViewerId } from '../../departments.ts'
import type { Running } from '../support/harness.ts'

export type Tree = { [name: string]: unknown }

/** The years that queries ask for. */
export const years = [2024, 2025, 2026]

const sections = ['market', 'customs', 'tax', 'fx', 'postal', 'commerce'] as const

export interface Truth {
  /** A department's section of an enterprise; null where it has no record. Fields with a year are `‹field›_‹year›`. */
  section(department: string, uscc: string): Promise<Tree | null>
  declaration(number: string): Promise<Tree | null>
  shipment(trackingNumber: string): Promise<Tree | null>
  search(args: Tree): Promise<{ usccs: string[]; totalCount: number; pageInfo: Tree }>
}

/** Every field of a type, written as a selection; connections in full, one alias a year where a year is asked. */
function everything(schema: GraphQLSchema, typeName: string): string {
  const type = schema.getType(typeName)
  if (!isObjectType(type)) return ''
  const fields = Object.values(type.getFields()).filter(
    ({ name, type: of }) => !(typeName === 'Declaration' && name === 'enterprise') && of !== undefined,
  )
  return fields
    .flatMap((field) => {
      const named = getNamedType(field.type)
      const below = isObjectType(named) ? ` { ${everything(schema, named.name)} }` : ''
      const names = field.args.map(({ name }) => name)
      if (names.includes('year'))
        return years.map((year) => `${field.name}_${year}: ${field.name}(year: ${year})${below}`)
      return [`${field.name}${names.includes('first') ? '(first: 100)' : ''}${below}`]
    })
    .join(' ')
}

export function truthOf(running: Running, schema: GraphQLSchema): Truth {
  const kept = new Map<string, Promise<unknown>>()
  const once = <T>(key: string, make: () => Promise<T>): Promise<T> => {
    const before = kept.get(key) as Promise<T> | undefined
    if (before !== undefined) return before
    const made = make()
    kept.set(key, made)
    return made
  }
  const ask = async (as: ViewerId, query: string, variables: Tree): Promise<Tree> => {
    const { data, errors } = await running.ask({ as }, query, variables)
    if (errors !== undefined || data == null) throw new Error(`The truth cannot be told: ${JSON.stringify(errors)}`)
    return data
  }
  const typeOfSection = (section: string): string => getNamedType(fieldType('Enterprise', section)).name
  const fieldType = (type: string, field: string) => {
    const of = schema.getType(type)
    const found = isObjectType(of) ? of.getFields()[field]?.type : undefined
    if (found === undefined) throw new Error(`${type}.${field} does not exist`)
    return found
  }
  return {
    section: (department, uscc) =>
      once(`${department} ${uscc}`, async () => {
        const owner = sections.find((id) => id === department) ?? 'market'
        const query = `query ($uscc: USCC!) { enterprise(uscc: $uscc) { ${owner} { ${everything(schema, typeOfSection(owner))} } } }`
        const data = await ask(owner, query, { uscc })
        return (data.enterprise as Tree)[owner] as Tree | null
      }),
    declaration: (number) =>
      once(`declaration ${number}`, async () => {
        const query = `query ($number: String!) { declaration(number: $number) { enterprise { uscc } ${everything(schema, 'Declaration')} } }`
        return (await ask('customs', query, { number })).declaration as Tree | null
      }),
    shipment: (trackingNumber) =>
      once(`shipment ${trackingNumber}`, async () => {
        const query = `query ($number: String!) { shipment(trackingNumber: $number) { ${everything(schema, 'Shipment')} } }`
        return (await ask('postal', query, { number: trackingNumber })).shipment as Tree | null
      }),
    search: (args) =>
      once(`search ${JSON.stringify(args)}`, async () => {
        const query = `query ($name: String, $division: DivisionCode, $first: Int, $after: String) {
          searchEnterprises(name: $name, division: $division, first: $first, after: $after) {
            nodes { uscc } totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`
        const { nodes, totalCount, pageInfo } = (await ask('market', query, args)).searchEnterprises as {
          nodes: { uscc: string }[]
          totalCount: number
          pageInfo: Tree
        }
        return { usccs: nodes.map(({ uscc }) => uscc), totalCount, pageInfo }
      }),
  }
}

/** True where a field gives a list. */
export const isList = (type: Parameters<typeof getNamedType>[0]): boolean =>
  isListType(isNonNullType(type) ? type.ofType : type)
