/** Every field below an enterprise that carries data, as the schema has it: the steps that lead to it, and how to ask. */
import { getNamedType, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql'
import type { Catalogue } from '../../auth/catalogue.ts'
import { departmentIds, isDepartmentId, type DepartmentId } from '../../departments.ts'
import { masked, sightOf, type Asker } from '../leak/law.ts'
import type { Running } from '../support/harness.ts'

/** A field on the way, with the type it is a field of. */
export interface Step {
  type: string
  /** As it is written, with its arguments. */
  written: string
  name: string
}

export interface Protected {
  /** Unique, and good as an alias. */
  alias: string
  coordinate: string
  owner: DepartmentId
  /** From Enterprise to the field itself. */
  steps: readonly Step[]
  /** What is selected below it; empty where it is a leaf. */
  below: string
}

const written = (field: GraphQLField<unknown, unknown>): string => {
  const names = field.args.map(({ name }) => name)
  if (names.includes('year')) return `${field.name}(year: 2025)`
  return names.includes('first') ? `${field.name}(first: 2)` : field.name
}

/** All leaves below a composite type, for a field that is opened as a whole. */
function wholeOf(schema: GraphQLSchema, typeName: string): string {
  const type = schema.getType(typeName)
  if (!isObjectType(type)) return ''
  if (typeName === 'Enterprise') return 'uscc'
  return Object.values(type.getFields())
    .map((field) => braced(written(field), wholeOf(schema, getNamedType(field.type).name)))
    .join(' ')
}

const braced = (field: string, below: string): string => (below === '' ? field : `${field} { ${below} }`)

/**
 * The data fields below a type that departments answer, by the shortest way that leads to each. Trade documents, which the
 * hub itself holds, are tried in tests/trade.
 */
export function protectedBelow({ schema, catalogue }: { schema: GraphQLSchema; catalogue: Catalogue }, root: string) {
  const found: Protected[] = []
  const walk = (typeName: string, before: readonly Step[]): void => {
    const type = schema.getType(typeName)
    if (!isObjectType(type) || before.some(({ type: seen }) => seen === typeName)) return
    for (const field of Object.values(type.getFields())) {
      const coordinate = `${typeName}.${field.name}` as const
      if (coordinate === 'Enterprise.trade') continue
      const entry = catalogue.entries.get(coordinate)
      const steps = [...before, { type: typeName, written: written(field), name: field.name }]
      const below = getNamedType(field.type).name
      if (entry?.kind === 'data' && isDepartmentId(entry.owner)) {
        const alias = `${typeName}_${field.name}`
        found.push({ alias, coordinate, owner: entry.owner, steps, below: wholeOf(schema, below) })
      } else walk(below, steps)
    }
  }
  walk(root, [])
  return found
}

/** The selection of one field, plainly. */
export const plainly = ({ steps, below }: Protected): string =>
  steps.reduceRight((inner, step) => braced(step.written, inner), below)

/** One alias for each field, so that none of them is merged with another. */
export const aliased = (fields: readonly Protected[], write: (field: Protected) => string = plainly): string =>
  fields.map((field) => `${field.alias}: ${write(field)}`).join('\n')

export type Tree = { [name: string]: unknown }

/** What its owner sees of each field of an enterprise, by alias: the values that must not leave. */
export async function ownersSight(running: Running, fields: readonly Protected[], uscc: string): Promise<Tree> {
  const parts = await Promise.all(
    departmentIds.map(async (as) => {
      const own = fields.filter(({ owner }) => owner === as)
      if (own.length === 0) return {}
      const query = `query ($uscc: USCC!) { enterprise(uscc: $uscc) { ${aliased(own)} } }`
      const { data, errors } = await running.ask({ as }, query, { uscc })
      if (errors !== undefined) throw new Error(`The truth cannot be told: ${JSON.stringify(errors)}`)
      return data?.enterprise as Tree
    }),
  )
  return Object.assign({}, ...parts) as Tree
}

/** What an asker must get of the fields of an enterprise, each under its alias, and where the denials stand. */
export function lawfulSight(
  fields: readonly Protected[],
  truth: Tree,
  asker: Asker,
  uscc: string,
): { data: Tree; denied: string[] } {
  const data: Tree = {}
  const denied: string[] = []
  for (const { alias, coordinate, steps } of fields) {
    const sight = sightOf(coordinate, asker, uscc)
    // A field asked alone is denied where its way leaves the section, so that neither a record nor a number shows.
    const outside = steps[1]
    if (sight === 'none') {
      data[alias] = outside === undefined ? null : { [outside.name]: null }
      denied.push(outside === undefined ? alias : `${alias}.${outside.name}`)
    } else data[alias] = sight === 'full' ? truth[alias] : starred(coordinate, truth[alias])
  }
  return { data, denied }
}

/** A value with its texts starred, wherever they lie. */
function starred(coordinate: string, value: unknown): unknown {
  if (typeof value === 'string') return masked(coordinate, value)
  if (Array.isArray(value)) return value.map((item) => starred(coordinate, item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, starred(coordinate, item)]))
}
