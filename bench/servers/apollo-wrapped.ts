/**
 * Apollo with loaders, pools of connections and no cache-control plugin, where every resolver is wrapped to ask whether
 * its field may be read, as authorization by field is usually added. What may be read is what the hub's own policies say
 * of customs for clearance, looked up by coordinate; rows, quotas and suspended grants are left out.
 */
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { defaultFieldResolver } from 'graphql'
import { coordinateOf, objectTypes } from '../../auth/catalogue.ts'
import { decide } from '../../auth/decide.ts'
import { developmentGrants } from '../../auth/development-grants.ts'
import { policies } from '../../codegen/generated/grid.ts'
import { buildView, viewSdl } from '../../hub/schema.ts'
import { masks } from '../../rules/mask.ts'
import { overApollo } from './over-apollo.ts'
import { openNamed } from './process.ts'
import { askOf, batched, loading } from './resolvers.ts'
import { pooled } from './transport.ts'

const viewer = { department: 'customs', reads: true, purpose: 'clearance', divisions: [] }
const grants = developmentGrants(Object.values(policies))
const { catalogue } = buildView()
const effects = new Map(
  [...catalogue.entries].map(([coordinate, entry]) => [
    coordinate,
    decide(catalogue, entry, viewer, grants).outcomes[0] ?? null,
  ]),
)

const schema = makeExecutableSchema({ typeDefs: viewSdl(), resolvers: loading })
for (const type of objectTypes(schema)) {
  for (const field of Object.values(type.getFields())) {
    const coordinate = coordinateOf(type.name, field.name)
    const resolve = field.resolve ?? defaultFieldResolver
    field.resolve = (source, given, context, info) => {
      const effect = effects.get(coordinate)
      if (effect == null) throw new Error(`${coordinate} may not be read.`)
      const value: unknown = resolve(source, given, context, info)
      return effect.mask === null || typeof value !== 'string' ? value : masks[effect.mask](value)
    }
  }
}
const departments = await openNamed(pooled())
await overApollo(
  schema,
  askOf(() => batched(departments)),
  [ApolloServerPluginCacheControlDisabled()],
)
