/** The view as one executable schema: the composed SDL, all resolver maps, the catalogue, and the guard around it. */
import { readFileSync } from 'node:fs'
import { makeExecutableSchema } from '@graphql-tools/schema'
import type { GraphQLSchema } from 'graphql'
import { compileCatalogue, objectTypes, type Catalogue } from '../auth/catalogue.ts'
import { guardSchema } from '../auth/guard.ts'
import { checkDirectives } from '../auth/directives.ts'
import { PolicyError } from '../auth/policy-error.ts'
import { fetches, fetching } from '../auth/plan.ts'
import type { Policy } from '../auth/vocabulary.ts'
import { policies, resolvers } from '../codegen/generated/grid.ts'
import { sliceIds, type SliceId } from '../departments.ts'
import { scalars } from '../resolvers/scalars.ts'

export interface View {
  schema: GraphQLSchema
  catalogue: Catalogue
  sdl: string
}

/** What graphql-tools takes as a map of resolvers. */
type ResolverMap = Exclude<NonNullable<Parameters<typeof makeExecutableSchema>[0]['resolvers']>, readonly unknown[]>

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

/** The SDL that callers see. */
export const viewSdl = (): string => read('../codegen/generated/schema.graphql')

/** The SDL of a slice, as it is written and composed. */
export const sliceSdl = (slice: SliceId): string => read(`../schema/${slice}.graphql`)

/** graphql-tools binds every resolver, so the mark of those that ask a department is put on what it made of them. */
function keepMarks(schema: GraphQLSchema, maps: readonly ResolverMap[]): void {
  for (const type of objectTypes(schema)) {
    for (const field of Object.values(type.getFields())) {
      for (const map of maps) {
        const said: unknown = Object.getOwnPropertyDescriptor(map[type.name] ?? {}, field.name)?.value
        // A subscription has two: what it waits for, and what it then shows.
        const resolver = typeof said === 'object' && said !== null && 'resolve' in said ? said.resolve : said
        const asked = typeof resolver === 'function' ? fetching.get(resolver) : undefined
        if (asked !== undefined && field.resolve !== undefined) fetches(field.resolve, asked)
      }
    }
  }
}

/** SDL and resolvers, one for each field that is not read as a property. */
export function executable(typeDefs: string | string[], maps: readonly ResolverMap[]): GraphQLSchema {
  const schema = makeExecutableSchema({
    typeDefs,
    resolvers: [...maps],
    resolverValidationOptions: { requireResolversToMatchSchema: 'error' },
  })
  keepMarks(schema, maps)
  return schema
}

/** Builds the view. Throws PolicyError where schema, resolvers and policies do not fit. */
export function buildView(
  given: {
    sdl?: string
    slices?: Readonly<Record<string, string>>
    policies?: readonly Policy[]
    resolvers?: readonly ResolverMap[]
  } = {},
): View {
  const sdl = given.sdl ?? viewSdl()
  const slices = given.slices ?? Object.fromEntries(sliceIds.map((slice) => [slice, sliceSdl(slice)]))
  const problems = Object.entries(slices).flatMap(([name, slice]) => checkDirectives(name, slice))
  if (problems.length > 0) throw new PolicyError(problems)
  const maps: readonly ResolverMap[] = given.resolvers ?? Object.values(resolvers)
  const schema = executable(sdl, [scalars, ...maps])
  const catalogue = compileCatalogue(schema, given.policies ?? Object.values(policies))
  return { schema: guardSchema(schema, catalogue), catalogue, sdl }
}
