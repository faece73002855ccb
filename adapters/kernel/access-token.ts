/** An access token (OAuth 2.0, RFC 6749 §4.4) kept for the hub's life, renewed a minute before it ends. */
import type { DepartmentId } from '../../departments.ts'
import { alwaysAsked } from '../../rules/freshness.ts'
import { UpstreamError } from './errors.ts'
import type { CallScope } from './scope.ts'
import { OutOfTime, within } from './time-limit.ts'

export interface AccessToken {
  /** A token that still serves; concurrent renewals share one request. */
  get(scope: CallScope): Promise<string>
  /** Never hands out this one again: the department refused it. */
  forget(value: string): void
}

/** Longest that a renewal may take, in ms; one request's end must not end it, for others wait for it too. */
const longestRenewal = 10_000

/** @param request asks the department for a token; `expires_in` is in seconds */
export function accessToken(
  department: DepartmentId,
  request: (scope: CallScope) => Promise<{ access_token: string; expires_in: number }>,
): AccessToken {
  let current: { value: string; expires: number } | null = null
  let renewal: Promise<string> | null = null
  const renew = async ({ requestId, spans }: CallScope): Promise<string> => {
    const { access_token: value, expires_in: seconds } = await request({
      signal: new AbortController().signal,
      deadline: performance.now() + longestRenewal,
      requestId,
      spans,
      leavesCopies: false,
      freshness: () => alwaysAsked,
      called: () => undefined, // no call for data
      answered: () => undefined,
    })
    current = { value, expires: Date.now() + Math.max(1, seconds - 60) * 1000 }
    return value
  }
  return {
    get: async (scope) => {
      if (current !== null && current.expires > Date.now()) return current.value
      const shared = (renewal ??= renew(scope).finally(() => (renewal = null)))
      // Whoever waits is told; that nobody waits any more must not end the hub.
      shared.catch(() => undefined)
      return within(scope.deadline - performance.now(), scope.signal, () => shared).catch((error: unknown) => {
        if (!(error instanceof OutOfTime)) throw error
        throw new UpstreamError(department, 'timeout', 'It did not give an access token in time.', { cause: error })
      })
    },
    forget: (value) => {
      if (current?.value === value) current = null
    },
  }
}
