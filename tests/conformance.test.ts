/** The audits of the GraphQL over HTTP specification, run against a hub: every MUST and every SHOULD passes. */
import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runHub, type Running } from './support/harness.ts'

let running: Running
let url: string
let authorization: string

beforeAll(async () => {
  running = await runHub()
  url = `${running.hub.url}/graphql`
  authorization = `Bearer ${await running.token({ as: 'customs' })}`
})
afterAll(() => running.stop())

const audits = serverAudits({
  url: () => url,
  fetchFn: (input: URL, init: RequestInit) => {
    const headers = new Headers(init.headers)
    headers.set('authorization', authorization)
    // CSRF prevention wants a header that a form cannot send; clients of this hub send one with GET.
    if (init.method === 'GET') headers.set('apollo-require-preflight', 'true')
    return fetch(input, { ...init, headers })
  },
})
const obligatory = audits.filter(({ name }) => /^(MUST|SHOULD)/.test(name))

describe('GraphQL over HTTP', () => {
  test('the suite holds the audits it is known to hold', () => {
    expect(obligatory).toHaveLength(36)
  })

  test.each(obligatory.map((audit) => [audit.id, audit.name, audit] as const))('%s %s', async (_id, _name, audit) => {
    const { status, ...result } = await audit.fn()
    expect({ status, reason: 'reason' in result ? result.reason : null }).toEqual({ status: 'ok', reason: null })
  })

  test('a form-encoded POST is refused', async () => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ query: '{ __typename }' }).toString(),
    })
    expect([response.status, await response.json()]).toEqual([
      415,
      { errors: [{ message: 'Send the request as application/json.', extensions: { code: 'BAD_REQUEST' } }] },
    ])
  })
})
