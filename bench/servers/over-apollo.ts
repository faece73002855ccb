/** Apollo Server on fastify, as its manual shows it. */
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import fastifyApollo, { fastifyApolloDrainPlugin } from '@as-integrations/fastify'
import fastify from 'fastify'
import type { GraphQLSchema } from 'graphql'
import { announce } from './process.ts'
import type { Ask, Context } from './resolvers.ts'

/**
 * Serves a schema and announces it.
 * @param ask makes what the resolvers of one request ask with
 */
export async function overApollo(schema: GraphQLSchema, ask: () => Ask, plugins: ApolloServerPlugin<Context>[] = []) {
  const app = fastify()
  const apollo = new ApolloServer<Context>({ schema, plugins: [fastifyApolloDrainPlugin(app), ...plugins] })
  await apollo.start()
  await app.register(fastifyApollo(apollo), { context: async () => ({ ask: ask() }) })
  announce({ url: `${await app.listen({ port: 0, host: '127.0.0.1' })}/graphql` })
}
