/**
 * The steps of a request, in their order:
 *
 *   0. overload       is there time for it                                (before anything is read)
 *   1. authenticate   who is asking, for which stated purpose, how often  (before the document is looked at)
 *   2. admit          is the document within the limits of shape          (before validation)
 *   3. validate       is it valid GraphQL of this schema                  (Apollo, kept by document)
 *   4. plan           what may this viewer read of it                     (kept by document and viewer class)
 *   5. cost           is what it would fetch within the limits, its own and the department's
 *   6. execute        call the departments for what may be read
 *   7. record         the audit record is durable before the answer leaves (hub/server.ts, on sending)
 *
 * Apollo takes a request from 3 on. Where it has found the document valid before, direct.ts goes the same way without it,
 * and leaves to it whatever does not end well.
 */
import type { IncomingMessage } from 'node:http'
import type { ApolloServerOptionsWithGateway, ApolloServerPlugin, BaseContext } from '@apollo/server'
import type { ExecutionResult, GraphQLSchema } from 'graphql'
import type { Plan } from '../auth/plan.ts'
import { TokenError, type Principal } from '../auth/token.ts'
import type { Context } from '../resolvers/context.ts'
import type { Config } from './config.ts'
import type { KnownDocuments } from './direct.ts'
import { purposeNotAllowed, unauthenticated } from './errors.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Steps } from './steps.ts'
import type { Trace } from './trace.ts'

export interface HubContext extends BaseContext, Context {
  trace: Trace
  principal: Principal | null
  /** As the schema reads them; null where they do not fit, which execution says. */
  variables: Readonly<Record<string, unknown>> | null
  /** What came of the request before Apollo had it, which only has to say it; null where all is still to be done. */
  early: { refusal: Error } | { result: ExecutionResult } | null
}

/** The plan before there is one: it knows no field, so the guard denies all. */
export const noPlan: Plan = {
  fields: [],
  decisions: new Map(),
  reads: new Map(),
  filtered: true,
  quotas: new Map(),
  freshness: new Map(),
}

export type Verify = (authorization: string | undefined) => Promise<Principal>

/** What decides who may ask at all. */
export interface SignIn {
  verify: Verify
  rates: RateLimits
}

/** Who asks, as headers say it. */
export type Head = Pick<IncomingMessage, 'headers' | 'rawHeaders'>

/** @param rawHeaders names and values in turn, as they were received; the distinct ones of Node are made of all, each time */
function isRepeated(rawHeaders: readonly string[], name: string): boolean {
  let times = 0
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const given = rawHeaders[at]
    if (given?.length === name.length && given.toLowerCase() === name) times += 1
  }
  return times > 1
}

/** Step 1. In development, introspection alone needs no token, so null may come back; step 4 refuses it anything else. */
export async function authenticate(
  { headers, rawHeaders }: Head,
  trace: Trace,
  { verify, rates }: SignIn,
  mode: Config['mode'],
): Promise<Principal | null> {
  if (mode === 'development' && headers.authorization === undefined) return null
  // Node keeps the first of two; whatever stands before the hub may have looked at the other.
  if (isRepeated(rawHeaders, 'authorization')) {
    throw unauthenticated(new TokenError('malformed', 'Send one Authorization header.'))
  }
  const principal = await verify(headers.authorization).catch((error: unknown) => {
    throw error instanceof TokenError ? unauthenticated(error) : error
  })
  trace.principal = principal
  rates.take('requests', principal.department, 1)
  const purpose = headers['x-purpose']
  if (purpose !== undefined && purpose !== '') {
    if (typeof purpose !== 'string' || !principal.purposes.includes(purpose)) {
      throw purposeNotAllowed(String(purpose), principal.purposes)
    }
    trace.purpose = purpose
  }
  return principal
}

/** Steps 4 to 6 as Apollo's hooks. @param documents learn what Apollo has found to be valid */
export function pipelinePlugin(steps: Steps, documents: KnownDocuments): ApolloServerPlugin<HubContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ contextValue, document, operation, operationName, queryHash, request, source }) {
          if (operation === undefined) return // Apollo refuses it: several operations and no name
          const { early } = contextValue
          if (early !== null && 'refusal' in early) throw early.refusal
          if (early !== null) return
          documents.learn(source, document, queryHash)
          const { variables: given = {} } = request
          await steps.decide(contextValue, { document, operation, operationName, documentHash: queryHash, given })
        },
        async didEncounterErrors({ errors, contextValue }) {
          steps.note(contextValue, errors)
        },
        async willSendResponse({ contextValue, request, response }) {
          const { trace } = contextValue
          if (response.body.kind !== 'single') return
          const result = response.body.singleResult
          const codes = (result.errors ?? []).map(({ extensions }) => codeOf(extensions))
          for (const code of codes) trace.errorCodes.add(code)
          const isNewType = request.http?.headers.get('accept')?.includes('application/graphql-response+json')
          if (isNewType !== true && codes.some((code) => faultsOfTheDocument.has(code))) response.http.status = 200
          const said = steps.extensions(contextValue)
          if (said !== null) result.extensions = { ...result.extensions, ...said }
        },
      }
    },
  }
}

type Gateway = ApolloServerOptionsWithGateway<HubContext>['gateway']

/** Step 6: Apollo hands over what it has parsed, validated and planned, by the door it has for gateways. */
export function gateway(schema: GraphQLSchema, steps: Steps): Gateway {
  return {
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: schema, coreSupergraphSdl: '' })
      return () => undefined
    },
    load: async () => ({
      executor: async ({ context, document, operation, request }) => {
        const hub = context as HubContext
        const { early } = hub
        if (early !== null && 'result' in early) return early.result
        const { operationName, variables: given = {} } = request
        return steps.execute(hub, { document, operation, operationName, given })
      },
    }),
    stop: async () => undefined,
  }
}

/**
 * Under the older media type application/json these SHOULD be answered with 200, under application/graphql-response+json
 * with 400, which is what Apollo gives (GraphQL over HTTP, audits 572B, FDE2, 7B9B).
 */
const faultsOfTheDocument: ReadonlySet<string> = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
])

const codeOf = (extensions: Record<string, unknown> | undefined): string =>
  typeof extensions?.code === 'string' ? extensions.code : 'INTERNAL_SERVER_ERROR'
