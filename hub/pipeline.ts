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
 */
import type { IncomingMessage } from 'node:http'
import type { ApolloServerOptionsWithGateway, ApolloServerPlugin, BaseContext } from '@apollo/server'
import { unwrapResolverError } from '@apollo/server/errors'
import { getVariableValues, OperationTypeNode, type GraphQLSchema } from 'graphql'
import { UpstreamError } from '../adapters/kernel/errors.ts'
import type { Plan } from '../auth/plan.ts'
import { TokenError, type Principal } from '../auth/token.ts'
import type { Context } from '../resolvers/context.ts'
import type { Config } from './config.ts'
import { checkCost } from './cost.ts'
import { provenanceOf } from './disputes.ts'
import { isFault, noSuchOperation, purposeNotAllowed, unauthenticated } from './errors.ts'
import type { Executor } from './executor.ts'
import type { LivePolicy } from './live-policy.ts'
import type { Logger } from './log.ts'
import type { Planner } from './plans.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Trace } from './trace.ts'
import { viewerOf } from './viewer.ts'

export interface HubContext extends BaseContext, Context {
  trace: Trace
  principal: Principal | null
  /** As the schema reads them; null where they do not fit, which execution says. */
  variables: Readonly<Record<string, unknown>> | null
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

/** Step 1. In development, introspection alone needs no token, so null may come back; step 4 refuses it anything else. */
export async function authenticate(
  { headers, headersDistinct }: Pick<IncomingMessage, 'headers' | 'headersDistinct'>,
  trace: Trace,
  { verify, rates }: SignIn,
  mode: Config['mode'],
): Promise<Principal | null> {
  if (mode === 'development' && headers.authorization === undefined) return null
  // Node keeps the first of two; whatever stands before the hub may have looked at the other.
  if ((headersDistinct.authorization?.length ?? 0) > 1) {
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

/** Steps 4 to 6 as Apollo's hooks. */
export function pipelinePlugin(parts: {
  planner: Planner
  limits: Config['limits']
  policy: Pick<LivePolicy, 'state' | 'caughtUp'>
  rates: RateLimits
  log: Logger
}): ApolloServerPlugin<HubContext> {
  const { planner, limits, policy, rates, log } = parts
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ contextValue, document, operation, operationName, queryHash, request, schema }) {
          const { trace, principal } = contextValue
          if (operation === undefined) return // Apollo refuses it: several operations and no name
          trace.documentHash = queryHash
          trace.operationName = operationName
          // Valid by the specification's rules, and graphql-js would end in a fault of its own.
          if (schema.getRootType(operation.operation) == null) throw noSuchOperation(operation.operation)
          const viewer = viewerOf(principal, trace.purpose)
          const fitting = getVariableValues(
            schema,
            operation.variableDefinitions ?? [],
            request.variables ?? {},
          ).coerced
          contextValue.variables = fitting ?? null
          const variables = fitting ?? {} // nothing is counted on those that do not fit
          await policy.caughtUp()
          const plan = planner({ documentHash: queryHash, document, operation, viewer, variables })
          trace.action =
            plan.fields.length === 0
              ? 'introspection'
              : operation.operation === OperationTypeNode.MUTATION
                ? 'mutation'
                : 'query'
          trace.plan = plan
          trace.policyVersion = policy.state().version
          if (principal === null && plan.fields.length > 0) {
            throw unauthenticated(new TokenError('missing', 'Send a token: Authorization: Bearer ‹token›.'))
          }
          const { subjects } = checkCost(plan, variables, limits)
          if (principal !== null) rates.take('subjects', principal.department, subjects)
          contextValue.plan = plan
        },
        async executionDidStart({ contextValue }) {
          contextValue.trace.executed = true
        },
        async didEncounterErrors({ errors, contextValue }) {
          const { id: requestId, spans } = contextValue.trace
          for (const thrown of errors) {
            const error = unwrapResolverError(thrown)
            if (isFault(error)) log.error({ requestId, path: thrown.path, err: error }, 'a resolver failed')
            else if (error instanceof UpstreamError) {
              if (spans !== null) spans.unavailable(error.department, error.problem)
              log.warn({ requestId, department: error.department, problem: error.problem }, error.message)
            }
          }
        },
        async willSendResponse({ contextValue, request, response }) {
          const { trace } = contextValue
          if (response.body.kind !== 'single') return
          const result = response.body.singleResult
          const codes = (result.errors ?? []).map(({ extensions }) => codeOf(extensions))
          for (const code of codes) trace.errorCodes.add(code)
          const isNewType = request.http?.headers.get('accept')?.includes('application/graphql-response+json')
          if (isNewType !== true && codes.some((code) => faultsOfTheDocument.has(code))) response.http.status = 200
          if (trace.executed && (trace.action === 'query' || trace.action === 'mutation')) {
            result.extensions = {
              ...result.extensions,
              requestId: trace.id,
              policyVersion: policy.state().version,
              provenance: provenanceOf(trace),
            }
          }
        },
      }
    },
  }
}

type Gateway = ApolloServerOptionsWithGateway<HubContext>['gateway']

/** Step 6: Apollo hands over what it has parsed, validated and planned, by the door it has for gateways. */
export function gateway(schema: GraphQLSchema, execute: Executor): Gateway {
  return {
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema: schema, coreSupergraphSdl: '' })
      return () => undefined
    },
    load: async () => ({
      executor: ({ context, document, operation, request }) => {
        const hub = context as HubContext
        const { plan, variables } = hub
        const { operationName, variables: given = {} } = request
        return execute({ document, operation, operationName, plan, context: hub, given, variables })
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
