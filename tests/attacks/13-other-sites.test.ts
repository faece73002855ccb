/**
 * Attack 13: a page of another site makes a browser ask the hub. What a browser sends without asking first (GET, forms,
 * plain text) is refused, and nothing tells it that another origin may read or ask.
 */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { runHub } from '../support/harness.ts'
import { refusal, send, told, type Answered } from './over-http.ts'

const running = await runHub()
afterAll(() => running.stop())
beforeEach(() => running.sandbox.calls.reset())

const { url } = running.hub
const authorization = `Bearer ${await running.token({ as: 'customs' })}`
const uscc = running.sandbox.world.enterprises[0]?.uscc ?? ''
const source = `{ enterprise(uscc: "${uscc}") { customs { creditGrade } } }`
const json = JSON.stringify({ query: source })
const grade = { enterprise: { customs: { creditGrade: 'ADVANCED_CERTIFIED' } } }

const unsupported = refusal(415, 'BAD_REQUEST', 'Send the request as application/json.')
const blocked = refusal(
  400,
  'BAD_REQUEST',
  "This operation has been blocked as a potential Cross-Site Request Forgery (CSRF). Please either specify a 'content-type' header (with a type that is not one of application/x-www-form-urlencoded, multipart/form-data, text/plain) or provide a non-empty value for one of the following headers: x-apollo-operation-name, apollo-require-preflight\n",
)
const form = new URLSearchParams({ query: source }).toString()
const multipart = [
  '--x',
  'Content-Disposition: form-data; name="operations"',
  '',
  json,
  '--x',
  'Content-Disposition: form-data; name="map"',
  '',
  '{}',
  '--x--',
  '',
].join('\r\n')

/** What tells a browser that another origin may do something. */
const permissions = ({ headers }: Answered): string[] =>
  Object.keys(headers).filter((name) => /^access-control-|^set-cookie$|^timing-allow-origin$/.test(name))

/** Content types and bodies of a POST that is not JSON, or says so in a way that need not be understood. */
const strange: [string, string][] = [
  ['text/plain', json],
  ['text/plain; charset=utf-8', json],
  ['text/plain; application/json', json],
  ['text/plain, application/json', json],
  ['application/json, text/plain', json],
  ['application/x-www-form-urlencoded', form],
  ['application/x-www-form-urlencoded; application/json', json],
  ['application/x-www-form-urlencoded', `${json}=`],
  ['multipart/form-data; boundary=x', multipart],
  ['multipart/form-data; boundary="application/json"', multipart],
  ['application/graphql', source],
  ['application/graphql+json', json],
  ['application/jsonx', json],
  ['application/json+x', json],
  ['xapplication/json', json],
  ['text/json', json],
  ['application/csp-report', json],
  ['application/octet-stream', json],
  ['json', json],
  ['/', json],
  [';', json],
  [' ', json],
  ['*/*', json],
]

describe.each(['/graphql', '/explain'])('%s', (path) => {
  test.each(strange)('attack 13: a POST as %o is refused', async (type, body) => {
    const answer = await send(url + path, { headers: { authorization, 'content-type': type }, body })
    expect(told(answer)).toEqual(unsupported)
    expect(running.calls()).toEqual({})
  })

  test('attack 13: a POST without a content type is refused', async () => {
    const answer = await send(url + path, { headers: { authorization }, body: json })
    expect(told(answer)).toEqual(unsupported)
    expect(running.calls()).toEqual({})
  })

  test('attack 13: a header that asks for it does not make a form into JSON', async () => {
    const headers = { authorization, 'content-type': 'text/plain', 'apollo-require-preflight': '1' }
    expect(told(await send(url + path, { headers, body: json }))).toEqual(unsupported)
  })
})

describe('POST /graphql', () => {
  test.each([
    'application/json',
    'application/json;charset=utf-8',
    'application/json; charset="UTF-8"',
    'Application/JSON',
    'APPLICATION/JSON; CHARSET=UTF-8',
    'application/json ; x=y',
  ])('attack 13: %s is JSON', async (type) => {
    const answer = await send(`${url}/graphql`, { headers: { authorization, 'content-type': type }, body: json })
    expect([answer.status, JSON.parse(answer.text)]).toEqual([200, expect.objectContaining({ data: grade })])
  })

  test('attack 13: nothing at all is refused', async () => {
    expect(told(await send(`${url}/graphql`, { headers: { authorization } }))).toEqual(blocked)
  })

  test('attack 13: what stands in the address does not count', async () => {
    const answer = await send(`${url}/graphql?query=${encodeURIComponent(source)}`, {
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ me { department } }' }),
    })
    expect(JSON.parse(answer.text)).toMatchObject({ data: { me: { department: 'customs' } } })
    expect(running.calls()).toEqual({})
  })
})

describe('GET /graphql', () => {
  const address = `${url}/graphql?query=${encodeURIComponent(source)}`
  const get = (headers: Record<string, string>, to = address) =>
    send(to, { method: 'GET', headers: { authorization, ...headers } })

  test.each([
    ['nothing', {}, blocked],
    ['an empty header', { 'apollo-require-preflight': '' }, blocked],
    ['text/plain', { 'content-type': 'text/plain' }, blocked],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, blocked],
    ['a form of parts', { 'content-type': 'multipart/form-data; boundary=x' }, blocked],
    ['an Origin', { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' }, blocked],
    [
      'a content type that cannot be read',
      { 'content-type': 'message' },
      refusal(415, 'BAD_REQUEST', 'GET requests may not have a content-type header other than application/json.'),
    ],
    [
      'another content type',
      { 'content-type': 'application/x' },
      refusal(415, 'BAD_REQUEST', 'GET requests may not have a content-type header other than application/json.'),
    ],
  ])('attack 13: with %s is refused', async (_what, headers, wanted) => {
    expect(told(await get(headers))).toEqual(wanted)
    expect(running.calls()).toEqual({})
  })

  test.each([
    ['a header that a page of another site cannot send', { 'apollo-require-preflight': '1' }],
    ['a content type that it cannot send', { 'content-type': 'application/json' }],
  ])('attack 13: with %s is answered', async (_what, headers) => {
    const answer = await get(headers)
    expect([answer.status, JSON.parse(answer.text)]).toEqual([200, expect.objectContaining({ data: grade })])
  })

  test('attack 13: a mutation by GET is refused as such', async () => {
    const to = `${url}/graphql?query=${encodeURIComponent('mutation { __typename }')}`
    const asked = await get({ 'apollo-require-preflight': '1' }, to)
    expect(told(asked)).toEqual(
      refusal(405, 'BAD_REQUEST', 'GET requests only support query operations, not mutation operations'),
    )
    expect(asked.headers.allow).toBe('POST')
  })
})

describe('the other methods, and other origins', () => {
  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'])('attack 13: %s /graphql does nothing', async (method) => {
    const answer = await send(`${url}/graphql`, { method, headers: { authorization } })
    expect(told(answer)).toEqual(refusal(404, 'BAD_REQUEST', 'There is nothing here: POST /graphql, GET /explorer.'))
  })

  test('attack 13: HEAD asks no department', async () => {
    const address = `${url}/graphql?query=${encodeURIComponent(source)}`
    const answer = await send(address, { method: 'HEAD', headers: { authorization, 'apollo-require-preflight': '1' } })
    expect([answer.status, answer.text]).toEqual([405, ''])
    expect(running.calls()).toEqual({})
  })

  const origins = ['https://elsewhere.example', 'null', url]
  const targets: [string, string, string | undefined][] = [
    ['POST', '/graphql', json],
    ['POST', '/explain', json],
    ['POST', '/explorer/token', '{"viewer":"customs"}'],
    ['GET', '/explorer/session', undefined],
    ['GET', '/explorer/', undefined],
    ['GET', '/metrics', undefined],
    ['OPTIONS', '/graphql', undefined],
    ['OPTIONS', '/explorer/token', undefined],
  ]
  test.each(origins.flatMap((origin) => targets.map((target) => [origin, ...target] as const)))(
    'attack 13: to %s %s %s permits nothing',
    async (origin, method, path, body) => {
      const asking = {
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization, content-type, x-purpose',
        'access-control-request-private-network': 'true',
      }
      const answer = await send(url + path, {
        method,
        headers: {
          origin,
          authorization,
          ...(method === 'OPTIONS' ? asking : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body }),
      })
      expect(permissions(answer)).toEqual([])
      expect(answer.status).toBe(method === 'OPTIONS' ? 404 : 200)
      // What a page may still embed without being allowed to, it may not read.
      expect(answer.headers['cross-origin-resource-policy']).toBe('same-origin')
    },
  )

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'attack 13: no development token for a %s',
    async (type) => {
      const answer = await send(`${url}/explorer/token`, {
        headers: { 'content-type': type },
        body: '{"viewer":"tax"}',
      })
      expect(told(answer)).toEqual(unsupported)
    },
  )
})
