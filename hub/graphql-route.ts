/** GraphQL over HTTP: a request as Apollo takes it, and Apollo's answer as Fastify sends it. */
import { HeaderMap, type ApolloServer, type BaseContext, type HTTPGraphQLRequest } from '@apollo/server'
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import type { AskedDirectly } from './direct.ts'
import { names, type TagOf } from './entity-tags.ts'

/** The headers that Apollo looks at: what is sent and taken, and what a page of another site cannot set (CSRF). */
const looked = ['content-type', 'accept', 'x-apollo-operation-name', 'apollo-require-preflight'] as const

/** A request for Apollo; its headers are gathered where they are asked for, as few requests ask for them. */
class Asked implements AskedDirectly {
  readonly method: string
  readonly #given: FastifyRequest['headers']
  #headers: HeaderMap | null = null
  body: unknown
  search = ''

  constructor({ method, body, headers, url, params }: FastifyRequest) {
    this.method = method
    this.body = body
    this.#given = headers
    // Only GET has its request in the address.
    if (method !== 'GET') return
    const { searchParams } = new URL(url, 'http://hub')
    const { documentId } = params as { documentId?: string }
    if (documentId !== undefined) searchParams.append('documentId', documentId)
    this.search = `?${searchParams.toString()}`
  }

  get accept(): string | undefined {
    const { accept } = this.#given
    return accept === '' ? undefined : accept
  }

  get headers(): HeaderMap {
    if (this.#headers !== null) return this.#headers
    const gathered = (this.#headers = new HeaderMap())
    for (const name of looked) {
      const value = this.#given[name]
      if (value !== undefined && value !== '') gathered.set(name, String(value))
    }
    return gathered
  }
}

/**
 * The routes /graphql and /graphql/‹id of a registered document›.
 * @param contextOf makes what the resolvers are given, and may put another document into the request; what it throws is
 *   Apollo's to answer
 * @param directly answers without Apollo, or says null
 */
export function graphqlRoutes<C extends BaseContext>(
  apollo: ApolloServer<C>,
  contextOf: (request: FastifyRequest, reply: FastifyReply, asked: HTTPGraphQLRequest) => Promise<C>,
  tagOf: TagOf,
  directly: (asked: AskedDirectly, contextOf: () => Promise<C>) => Promise<string | null>,
): RouteOptions[] {
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<Buffer | FastifyReply> => {
    const asked = new Asked(request)
    let made: Promise<C> | null = null
    const context = (): Promise<C> => (made ??= contextOf(request, reply, asked))
    const text = await directly(asked, context)
    if (text !== null) {
      // To return the reply is to wait for its end, for which Fastify has to listen.
      reply.type('application/json; charset=utf-8')
      return Buffer.from(text)
    }
    const { status, headers, body } = await apollo.executeHTTPGraphQLRequest({ httpGraphQLRequest: asked, context })
    if (body.kind !== 'complete')
      throw new Error('An answer comes in parts, which no operation of this schema asks for.')
    for (const [name, value] of headers) reply.header(name, value)
    reply.code(status ?? 200)
    const tag = request.method === 'GET' && reply.statusCode === 200 ? tagOf(body.string, request.trace) : null
    if (tag !== null) {
      reply.headers({ etag: tag, 'cache-control': 'private, no-cache', vary: 'Authorization, X-Purpose, Accept' })
      if (names(request.headers['if-none-match'], tag)) return reply.code(304).send()
    }
    // As bytes: a text would be gone through for its length, then again to be sent.
    return reply.send(Buffer.from(body.string))
  }
  return [
    { url: '/graphql', method: ['GET', 'POST'], handler },
    { url: '/graphql/:documentId', method: 'GET', handler },
  ]
}
