/** Apollo as usually written: a fetch for every section of every enterprise, plugins as they come. */
import { makeExecutableSchema } from '@graphql-tools/schema'
import { viewSdl } from '../../hub/schema.ts'
import { overApollo } from './over-apollo.ts'
import { openNamed } from './process.ts'
import { plain, single } from './resolvers.ts'
import { fetched } from './transport.ts'

const ask = single(await openNamed(fetched))
await overApollo(makeExecutableSchema({ typeDefs: viewSdl(), resolvers: plain }), () => ask)
