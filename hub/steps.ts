/** Steps 4 to 6 of a request and what its answer says of them, for either way that it takes (pipeline.ts, direct.ts). */
import { unwrapResolverError } from '@apollo/server/errors'
import {
  createSourceEventStream,
  getVariableValues,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { UpstreamError } from '../adapters/kernel/errors.ts'
import { TokenError } from '../auth/token.ts'
import type { Watch } from '../store/trade/changes.ts'
import type { Config } from './config.ts'
import { checkCost } from './cost.ts'
import { provenanceOf } from './disputes.ts'
import { badRequest, isFault, noSuchOperation, otherWay, unauthenticated } from './errors.ts'
import type { Executor } from './executor.ts'
import type { LivePolicy } from './live-policy.ts'
import type { Logger } from './log.ts'
import type { HubContext } from './pipeline.ts'
import type { Planner } from './plans.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Trace } from './trace.ts'
import { viewerOf } from './viewer.ts'

/** An operation that is asked for, and its document, which is valid. */
export interface Asked {
  document: DocumentNode
  /** Null where the operation has no name. */
  operationName: string | null
  operation: OperationDefinitionNode
  /** SHA-256 of the document's text, in hexadecimal digits. */
  documentHash: string
  /** Variables as the client sent them. */
  given: Readonly<Record<string, unknown>>
}

/** What is executed: `operation` and `operationName` are undefined where the document leaves open which it is. */
export type Executed = Pick<Asked, 'document' | 'given'> & {
  operation: OperationDefinitionNode | undefined
  operationName: string | undefined
}

export interface Steps {
  /** Steps 4 and 5. @throws GraphQLError for what is refused */
  decide(context: HubContext, asked: Asked): Promise<void>
  /** Step 6, of what is decided. */
  execute(context: HubContext, executed: Executed): Promise<ExecutionResult>
  /** Puts into the log what failed. */
  note(context: HubContext, errors: readonly GraphQLError[]): void
  /** What the answer's `extensions` say; null where nothing was read or changed. */
  extensions(context: HubContext): Record<string, unknown> | null
}

/** Actions that read or change something. */
const answering: ReadonlySet<Trace['action']> = new Set(['query', 'mutation', 'subscription'])

export function createSteps(parts: {
  schema: GraphQLSchema
  planner: Planner
  executor: Executor
  limits: Config['limits']
  policy: Pick<LivePolicy, 'state' | 'caughtUp'>
  rates: RateLimits
  log: Logger
}): Steps {
  const { schema, planner, executor, limits, policy, rates, log } = parts
  return {
    async decide(context, { document, operation, operationName, documentHash, given }) {
      const { trace, principal } = context
      trace.documentHash = documentHash
      trace.operationName = operationName
      // Valid by the specification's rules, and graphql-js would end in a fault of its own.
      if (schema.getRootType(operation.operation) == null) throw noSuchOperation(operation.operation)
      if ((operation.operation === OperationTypeNode.SUBSCRIPTION) !== (context.event !== null)) {
        throw otherWay(operation.operation)
      }
      const viewer = viewerOf(principal, trace.purpose)
      const fitting = getVariableValues(schema, operation.variableDefinitions ?? [], given).coerced
      context.variables = fitting ?? null
      const variables = fitting ?? {} // nothing is counted on those that do not fit
      const behind = policy.caughtUp()
      if (behind !== null) await behind
      const plan = planner({ documentHash, document, operation, viewer, variables })
      trace.action =
        plan.fields.length === 0
          ? 'introspection'
          : operation.operation === OperationTypeNode.MUTATION
            ? 'mutation'
            : operation.operation === OperationTypeNode.SUBSCRIPTION
              ? 'subscription'
              : 'query'
      trace.plan = plan
      trace.policyVersion = policy.state().version
      if (principal === null && plan.fields.length > 0) {
        throw unauthenticated(new TokenError('missing', 'Send a token: Authorization: Bearer ‹token›.'))
      }
      // graphql-js wants one field, and finds none where it is skipped.
      if (operation.operation === OperationTypeNode.SUBSCRIPTION && plan.fields.length !== 1)
        throw badRequest('A subscription has one field.')
      const { subjects } = checkCost(plan, variables, limits)
      // An event is about what was counted as its subscription began.
      if (principal !== null && (context.event?.watch ?? null) === null)
        rates.take('subjects', principal.department, subjects)
      context.plan = plan
    },
    async execute(context, { document, operation, operationName, given }) {
      const { plan, variables, event } = context
      if (event !== null && event.watch === null) {
        // Before anything is read: what changes after that is told.
        const asked = { schema, document, operationName, variableValues: given, contextValue: context }
        const source = await createSourceEventStream(asked)
        if (!(Symbol.asyncIterator in source)) return source
        event.watch = source as Watch
      }
      context.trace.executed = true
      return executor({ document, operation, operationName, plan, context, given, variables })
    },
    note({ trace }, errors) {
      const { id: requestId, spans } = trace
      for (const thrown of errors) {
        const error = unwrapResolverError(thrown)
        if (isFault(error)) log.error({ requestId, path: thrown.path, err: error }, 'a resolver failed')
        else if (error instanceof UpstreamError) {
          if (spans !== null) spans.unavailable(error.department, error.problem)
          log.warn({ requestId, department: error.department, problem: error.problem }, error.message)
        }
      }
    },
    extensions({ trace }) {
      if (!trace.executed || !answering.has(trace.action)) return null
      return { requestId: trace.id, policyVersion: policy.state().version, provenance: provenanceOf(trace) }
    },
  }
}
