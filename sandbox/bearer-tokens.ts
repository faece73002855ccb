import { randomBytes } from 'node:crypto'
import { failure, json } from './answer.ts'
import type { Call, Operation } from './department.ts'

/** The client credentials grant of OAuth 2.0 (RFC 6749, section 4.4): one client, tokens that run out. */
export const bearerTokens = (client: { clientId: string; clientSecret: string }, seconds: number) => {
  const ends = new Map<string, number>()

  const grant = (now: number): string => {
    // Map keeps insertion order and all tokens live equally long, so the first that still lives ends the search.
    for (const [token, end] of ends) {
      if (end > now) break
      ends.delete(token)
    }
    const token = randomBytes(24).toString('base64url')
    ends.set(token, now + seconds * 1000)
    return token
  }

  const operation: Operation = {
    id: 'token',
    method: 'POST',
    path: '/oauth/token',
    kind: 'token',
    asks: () => [],
    another: (call) => call,
    answer: (call) => {
      const form = new URLSearchParams(call.body)
      const known = form.get('client_id') === client.clientId && form.get('client_secret') === client.clientSecret
      if (!known || form.get('grant_type') !== 'client_credentials')
        return failure(401, 'CLIENT', '客户端标识或密钥错误')
      const headers = { 'cache-control': 'no-store' }
      return json({ access_token: grant(call.now), token_type: 'Bearer', expires_in: seconds }, 200, headers)
    },
  }

  return {
    operation,
    accepts: (call: Call): boolean => {
      const token = /^Bearer ([\w-]+)$/.exec(call.headers.authorization ?? '')?.[1]
      return token !== undefined && (ends.get(token) ?? 0) > call.now
    },
    revokeAll: (): void => ends.clear(),
  }
}
