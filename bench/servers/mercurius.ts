/** Mercurius with its compiler on, loaders and pools of connections. */
import fastify, { type FastifyPluginAsync } from 'fastify'
import { viewSdl } from '../../hub/schema.ts'
import { peer } from '../peers.ts'
import { announce, openNamed } from './process.ts'
import { askOf, batched, loading, type Context } from './resolvers.ts'
import { pooled } from './transport.ts'

interface Options {
  schema: string
  resolvers: typeof loading
  context: () => Context
  /** How often a document is run before it is compiled. */
  jit: number
}

const departments = await openNamed(pooled())
const ask = askOf(() => batched(departments))
const app = fastify()
await app.register(peer<FastifyPluginAsync<Options>>('mercurius'), {
  schema: viewSdl(),
  resolvers: loading,
  context: () => ({ ask: ask() }),
  jit: 1,
})
announce({ url: `${await app.listen({ port: 0, host: '127.0.0.1' })}/graphql` })
