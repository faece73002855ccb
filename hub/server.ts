/** The HTTP face of the hub: GraphQL, the explorer, explanation, probes and metrics. */
import { ApolloServer, type HTTPGraphQLRequest } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled'
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type onRequestHookHandler,
} from 'fastify'
import { GraphQLError } from 'graphql'
import type { ServerResponse } from 'node:http'
import type { DevelopmentIssuer } from '../auth/development-issuer.ts'
import type { VerifyNotice } from '../auth/notice.ts'
import { createAsking, type AskingParts } from './asking.ts'
import { badRequest, clientError, isFault, limitExceeded, shortened } from './errors.ts'
import type { Executor } from './executor.ts'
import { directly, KnownDocuments } from './direct.ts'
import { explain } from './explain.ts'
import { cebRoute } from './ceb-route.ts'
import { streamRoute } from './event-stream.ts'
import { explorerRoutes } from './explorer.ts'
import type { TagOf } from './entity-tags.ts'
import { graphqlRoutes } from './graphql-route.ts'
import { ledgerExport, ledgerKeys, type ProvableLedger } from './ledger-routes.ts'
import type { Metrics } from './metrics.ts'
import { noticeRoutes, type Notices } from './notices.ts'
import { authenticate, gateway, pipelinePlugin, type HubContext } from './pipeline.ts'
import type { Places } from './places.ts'
import type { Planner } from './plans.ts'
import { recording } from './recording.ts'
import { parsedDocuments } from './parsed-documents.ts'
import { sheddingServer, type Overload } from './overload.ts'
import type { Tracing } from './request-spans.ts'
import { securityHeaders } from './security-headers.ts'
import { createSteps } from './steps.ts'
import { createSubscriptions } from './subscriptions.ts'
import type { Trade } from './trade.ts'
import { unreadableAddress, unreadableRequest } from './unreadable.ts'
import { whyFor } from './why.ts'
import { beginTrace, type Trace } from './trace.ts'
import { webSockets } from './websocket.ts'

declare module 'fastify' {
  interface FastifyRequest {
    trace: Trace
  }
  interface FastifyContextConfig {
    /** The media type of its bodies, where that is not JSON. */
    takes?: string
  }
}

export interface ServerParts extends AskingParts {
  planner: Planner
  executor: Executor
  overload: Overload
  provable: ProvableLedger
  verifyNotice: VerifyNotice
  notices: Notices
  trade: Trade
  tagOf: TagOf
  metrics: Metrics
  places: Places
  /** Null where nothing is traced. */
  tracing: Tracing | null
  issuer: DevelopmentIssuer | null
  control: URL | null
  /** Rejects while the hub cannot serve. */
  ready: () => Promise<void>
}

/** What an answer can be sent as (GraphQL over HTTP, section 6.4). */
const mediaTypes = ['application/json', 'application/graphql-response+json']

export async function createServer(parts: ServerParts): Promise<FastifyInstance> {
  const { config, view, planner, policy, log } = parts
  const policyVersion = (): string => policy.state().version
  const headers = securityHeaders(config.mode)
  const app = fastify({
    bodyLimit: config.limits.bodyBytes,
    forceCloseConnections: 'idle',
    logger: false,
    serverFactory: sheddingServer(parts.overload, headers), // step 0
    frameworkErrors: unreadableAddress(headers),
    clientErrorHandler: unreadableRequest(headers),
  })
  app.removeContentTypeParser('text/plain')
  app.decorateRequest('trace')
  app.addHook('onRequest', (request, reply, done) => {
    request.trace = beginTrace(request.headers['x-request-id'])
    reply.headers(headers)
    done()
  })
  app.setErrorHandler((error: unknown, request, reply) => {
    const { status, message, extensions, headers } = httpError(error, request.routeOptions)
    for (const [name, value] of headers ?? []) reply.header(name, value)
    request.trace.errorCodes.add(String(extensions.code))
    if (status >= 500 && isFault(error)) log.error({ requestId: request.trace.id, err: error }, 'a request failed')
    return reply
      .code(status)
      .type('application/json; charset=utf-8')
      .send({ errors: [{ message, ...locationsOf(error), extensions }] })
  })
  app.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({
      errors: [
        { message: 'There is nothing here: POST /graphql, GET /explorer.', extensions: { code: 'BAD_REQUEST' } },
      ],
    }),
  )

  const steps = createSteps({ ...parts, schema: view.schema, limits: config.limits, rates: parts.signIn.rates })
  const documents = new KnownDocuments()
  const apollo = new ApolloServer<HubContext>({
    gateway: gateway(view.schema, steps),
    persistedQueries: false,
    documentStore: parsedDocuments(),
    introspection: true, // behind the same sign-in as data outside development
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: config.limits.tokens },
    formatError: clientError,
    stringifyResult: (result) => JSON.stringify(result),
    plugins: [
      ApolloServerPluginCacheControlDisabled(),
      // It gives itself to every schema with _service, and tells whoever sends a header how each field went.
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      pipelinePlugin(steps, documents),
    ],
  })
  await apollo.start()
  // Fastify drains: it takes no more connections, waits for the requests under way, then comes here.
  app.addHook('onClose', () => apollo.stop())

  const asking = createAsking(parts) // steps 1 and 2
  const contextOf = (request: FastifyRequest, reply: FastifyReply, asked: HTTPGraphQLRequest): Promise<HubContext> => {
    let gone: AbortSignal | null = null
    return asking(request.raw, request.trace, asked, mediaTypes, () => (gone ??= goneBefore(reply.raw)))
  }
  const subscriptions = createSubscriptions({ ...parts, apollo, asking })
  const sockets = webSockets({ ...parts, subscriptions })
  app.server.on('upgrade', sockets.upgrade)
  app.addHook('preClose', () => Promise.all([subscriptions.stop(), sockets.stop()]).then(() => undefined))

  await app.register(async (guarded) => {
    if (parts.tracing !== null) guarded.addHook('onRequest', traced(parts.tracing))
    guarded.addHook('onSend', recording(parts)) // step 7
    for (const route of graphqlRoutes(apollo, contextOf, parts.tagOf, directly(documents, steps))) guarded.route(route)
    guarded.route(streamRoute(subscriptions, parts.overload))
    await guarded.register(ledgerExport(parts))
    await guarded.register(noticeRoutes(parts))
    await guarded.register(cebRoute(parts))
    guarded.post('/explain', async (request) => {
      const { trace } = request
      const principal = await authenticate(request.raw, trace, parts.signIn, 'production')
      if (principal === null) throw badRequest('Send a token.')
      const body = request.body as { query?: unknown; operationName?: unknown } | null
      if (typeof body?.query !== 'string') throw badRequest('Send JSON with the document as query.')
      const operationName = typeof body.operationName === 'string' ? body.operationName : null
      return explain(body.query, operationName, {
        schema: view.schema,
        planner,
        limits: config.limits,
        policyVersion: policyVersion(),
        principal,
        trace,
        why: whyFor(principal, trace.purpose, view.catalogue, policy.state),
      })
    })
  })

  app.get('/livez', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    try {
      await parts.ready()
      return { status: 'ok' }
    } catch {
      return reply.code(503).send({ status: 'unavailable', reason: 'The store does not answer.' })
    }
  })
  app.get('/metrics', async (_request, reply) =>
    reply.type(parts.metrics.registry.contentType).send(await parts.metrics.registry.metrics()),
  )
  await app.register(ledgerKeys(parts))
  await app.register(explorerRoutes(parts))

  return app
}

/** Aborts where an answer can be sent to nobody any more. */
function goneBefore(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  const look = (): void => {
    if (!response.writableFinished) gone.abort()
  }
  if (response.closed) look()
  else response.once('close', look)
  return gone.signal
}

/** Makes the hook that begins the spans of a request, which end with its answer. */
const traced =
  (tracing: Tracing): onRequestHookHandler =>
  ({ trace, method, routeOptions, headers }, reply, next) => {
    const requestId = headers['x-request-id'] === trace.id ? null : trace.id
    const { traceparent } = headers
    const { started } = trace
    const spans = tracing.begin({ method, route: routeOptions.url ?? '', traceparent, started, requestId })
    trace.spans = spans
    const { raw } = reply
    raw.once('close', () => spans.end(trace, raw.writableFinished ? raw.statusCode : null))
    next()
  }

const locationsOf = (error: unknown): Pick<GraphQLError, 'locations'> | undefined =>
  error instanceof GraphQLError && error.locations !== undefined ? { locations: error.locations } : undefined

/** Failures before Apollo has the request, in the same form as its own. */
function httpError(
  error: unknown,
  { bodyLimit, config: { takes = 'application/json' } }: FastifyRequest['routeOptions'],
): {
  status: number
  message: string
  extensions: Record<string, unknown>
  headers?: ReadonlyMap<string, string> | undefined
} {
  if (error instanceof GraphQLError) {
    const { http, ...extensions } = error.extensions
    const head = http as { status?: number; headers?: ReadonlyMap<string, string> } | undefined
    return {
      status: head?.status ?? 400,
      message: shortened(error.message),
      extensions: { code: 'BAD_REQUEST', ...extensions },
      headers: head?.headers,
    }
  }
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500
  if (status === 413) {
    const { message, extensions } = limitExceeded(`The body is larger than ${bodyLimit} bytes.`, {
      limit: 'body',
      allowed: bodyLimit,
    })
    return { status, message, extensions: { ...extensions, http: undefined } }
  }
  if (status === 415) return { status, message: `Send the request as ${takes}.`, extensions: { code: 'BAD_REQUEST' } }
  if (status >= 400 && status < 500)
    return { status, message: 'The body is not valid JSON.', extensions: { code: 'BAD_REQUEST' } }
  return {
    status: 500,
    message: 'The hub failed; the operators have the details.',
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  }
}
