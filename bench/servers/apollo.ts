/** Apollo as usually written: a fetch for every section of every enterprise, plugins as they come. */
import { makeExecutableSchema } from '@graphql-tools/schema'
import { viewSdl } from '../../hub/schema.ts'
import { overApollo } from './over-apollo.ts'
import { openNamed } from './process.ts'
import { askOf, plain, single } from './resolvers.ts'
import { fetched } from './transport.ts'

const departments = await openNamed(fetched)
await overApollo(
  makeExecutableSchema({ typeDefs: viewSdl(), resolvers: plain }),
  askOf(() => single(departments)),
)
