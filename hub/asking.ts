/** Steps 1 and 2 of a request (pipeline.ts), and what its resolvers are given, whichever way it came. */
import type { HTTPGraphQLRequest } from '@apollo/server'
import { GraphQLError } from 'graphql'
import Negotiator from 'negotiator'
import type { Principal } from '../auth/token.ts'
import type { AuditLog } from '../store/audit.ts'
import { createAdmission } from './admission.ts'
import type { Config } from './config.ts'
import { notAcceptable } from './errors.ts'
import type { Logger } from './log.ts'
import { authenticate, type Head, type SignIn } from './pipeline.ts'
import { noting } from './recording.ts'
import { documentOf, putDocument } from './registered.ts'
import { RequestContext, type RequestParts } from './request-context.ts'
import { callScope, type Trace } from './trace.ts'

export interface AskingParts extends RequestParts {
  config: Config
  signIn: SignIn
  audit: AuditLog
  log: Logger
}

/** Of a request's time, what is kept back for putting the answer together, in ms. */
const reserve = 250

/** True for what can be sent as one of some media types. Most clients take anything, or name one of them. */
const isAcceptable = (accept: string | undefined, mediaTypes: readonly string[]): boolean =>
  accept === undefined ||
  accept === '*/*' ||
  mediaTypes.includes(accept) ||
  new Negotiator({ headers: { accept } }).mediaType([...mediaTypes]) !== undefined

/**
 * Makes what makes the context of a request, and may put another document into what is asked.
 * What it makes throws GraphQLError for what is refused, with its code in the trace: Apollo tells its plugins nothing of that.
 */
export function createAsking(parts: AskingParts) {
  const { config, policy } = parts
  const admit = createAdmission(config.limits)

  async function admitted(
    head: Head,
    trace: Trace,
    asked: HTTPGraphQLRequest,
    mediaTypes: readonly string[],
  ): Promise<Principal | null> {
    try {
      const principal = await authenticate(head, trace, parts.signIn, config.mode)
      // Apollo looks at this after execution, when the departments have been called.
      if (!isAcceptable(head.headers.accept, mediaTypes)) throw notAcceptable(mediaTypes)
      const behind = policy.caughtUp()
      if (behind !== null) await behind
      putDocument(asked, principal, policy.documents())
      admit(documentOf(asked))
      return principal
    } catch (error) {
      if (error instanceof GraphQLError) trace.errorCodes.add(String(error.extensions.code))
      throw error
    }
  }

  /**
   * @param mediaTypes what the answer can be sent as
   * @param signal aborts where nobody waits for the answer any more; asked for where a department is called
   */
  return async (
    head: Head,
    trace: Trace,
    asked: HTTPGraphQLRequest,
    mediaTypes: readonly string[],
    signal: () => AbortSignal,
  ): Promise<RequestContext> => {
    const principal = await admitted(head, trace, asked, mediaTypes)
    const scope = callScope(trace, {
      signal,
      time: config.limits.time - reserve,
      copies: config.cache.use === 'on',
      investigations: config.ledger.investigations,
    })
    return new RequestContext(parts, trace, principal, scope, noting(parts, trace))
  }
}

export type ContextOf = ReturnType<typeof createAsking>
