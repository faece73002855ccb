/** GraphQL over HTTP: a request as Apollo takes it, and Apollo's answer as Fastify sends it. */
import { HeaderMap, type ApolloServer, type BaseContext, type HTTPGraphQLRequest } from '@apollo/server'
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'

/** The headers that Apollo looks at: what is sent and taken, and what a page of another site cannot set (CSRF). */
const looked = ['content-type', 'accept', 'x-apollo-operation-name', 'apollo-require-preflight'] as const

function requestOf({ method, body, headers, url }: FastifyRequest): HTTPGraphQLRequest {
  const given = new HeaderMap()
  for (const name of looked) {
    const value = headers[name]
    if (value !== undefined && value !== '') given.set(name, String(value))
  }
  // Only GET has its request in the address.
  return { method, body, headers: given, search: method === 'GET' ? new URL(url, 'http://hub').search : '' }
}

/** The route /graphql. @param contextOf makes what the resolvers are given; what it throws is Apollo's to answer */
export function graphqlRoute<C extends BaseContext>(
  apollo: ApolloServer<C>,
  contextOf: (request: FastifyRequest, reply: FastifyReply) => Promise<C>,
): RouteOptions {
  return {
    url: '/graphql',
    method: ['GET', 'POST'],
    handler: async (request, reply) => {
      const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({
        httpGraphQLRequest: requestOf(request),
        context: () => contextOf(request, reply),
      })
      if (body.kind !== 'complete')
        throw new Error('An answer comes in parts, which no operation of this schema asks for.')
      for (const [name, value] of headers) reply.header(name, value)
      // As bytes: a text would be gone through for its length, then again to be sent.
      return reply.code(status ?? 200).send(Buffer.from(body.string))
    },
  }
}
