/** Yoga with graphql-jit, loaders and pools of connections. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { viewSdl } from '../../hub/schema.ts'
import { peer } from '../peers.ts'
import { announce, openNamed } from './process.ts'
import { askOf, batched, loading, type Context } from './resolvers.ts'
import { pooled } from './transport.ts'

interface Yoga {
  createSchema: (given: { typeDefs: string; resolvers: typeof loading }) => object
  createYoga: (given: {
    schema: object
    context: () => Context
    plugins: object[]
    logging: boolean
  }) => RequestListener
}

const { createSchema, createYoga } = peer<Yoga>('graphql-yoga')
const { useGraphQlJit } = peer<{ useGraphQlJit: () => object }>('@envelop/graphql-jit')

const departments = await openNamed(pooled())
const ask = askOf(() => batched(departments))
const yoga = createYoga({
  schema: createSchema({ typeDefs: viewSdl(), resolvers: loading }),
  context: () => ({ ask: ask() }),
  plugins: [useGraphQlJit()],
  logging: false,
})
const server = createServer(yoga)
server.listen(0, '127.0.0.1', () =>
  announce({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` }),
)
