/**
 * Attack 12: what is no subscription has no other way in than GET and POST, so nothing may open one: no upgrade of the
 * protocol, no stream of events; and the limits are the same whatever way a document comes. What subscriptions come by is
 * in 12-subscriptions.test.ts.
 */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { runHub } from '../support/harness.ts'
import { recordOf, refusal, send, told } from './over-http.ts'

const running = await runHub()
afterAll(() => running.stop())
beforeEach(() => running.sandbox.calls.reset())

const url = `${running.hub.url}/graphql`
const authorization = `Bearer ${await running.token({ as: 'customs' })}`
const headers = { 'content-type': 'application/json', authorization }
const uscc = running.sandbox.world.enterprises[0]?.uscc ?? ''
const graded = `{ enterprise(uscc: "${uscc}") { customs { creditGrade } } }`
const body = (query: string): string => JSON.stringify({ query })
const grade = { data: { enterprise: { customs: { creditGrade: 'ADVANCED_CERTIFIED' } } } }

const websocket = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
  'sec-websocket-protocol': 'graphql-transport-ws',
}

describe('operations that are no queries', () => {
  test.each([
    ['subscription', null],
    ['subscription', { as: 'customs' }],
    ['mutation', null],
    ['mutation', { as: 'customs' }],
  ] as const)('attack 12: a %s by %o is a fault of the document, not of the hub', async (kind, persona) => {
    const { status, data, errors } = await running.ask(persona, `${kind} { enterprise(uscc: "${uscc}") { name } }`)
    expect({ status, data, codes: errors?.map(({ extensions }) => extensions.code) }).toEqual({
      status: 200,
      data: undefined,
      codes: ['GRAPHQL_VALIDATION_FAILED'],
    })
    expect(running.calls()).toEqual({})
  })

  test.each(['@defer', '@stream', '@live'])('attack 12: %s is not known', async (directive) => {
    const source = graded.replace('customs', `... ${directive} { customs`).replace('} }', '} } }')
    const answer = await send(url, { headers, body: body(source) })
    expect(told(answer).body).toEqual({
      errors: [
        {
          message: `Unknown directive "${directive}".`,
          locations: [{ line: 1, column: 48 }],
          extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
        },
      ],
    })
    expect(running.calls()).toEqual({})
  })
})

describe('an upgrade of the protocol', () => {
  // A server that does not know the protocol goes on in HTTP/1.1 (RFC 9110 §7.8); `send` rejects a 101.
  test.each([
    ['a protocol beside WebSocket', { ...websocket, upgrade: 'websocket, h2c' }],
    ['h2c', { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAAP__' }],
  ])('attack 12: %s is not taken up', async (_protocol, upgrade) => {
    const bare = await send(url, { method: 'GET', headers: { ...upgrade, authorization } })
    expect(bare.status).toBe(400)
    expect([bare.headers.upgrade, bare.headers['sec-websocket-accept']]).toEqual([undefined, undefined])
    const posted = await send(url, { headers: { ...headers, ...upgrade }, body: body(graded) })
    expect([posted.status, JSON.parse(posted.text)]).toEqual([200, expect.objectContaining(grade)])
  })

  test('attack 12: elsewhere neither', async () => {
    for (const path of ['/', '/subscriptions', '/graphql/stream/more']) {
      const answer = await send(running.hub.url + path, { method: 'GET', headers: websocket })
      expect([path, told(answer)]).toEqual([
        path,
        refusal(404, 'BAD_REQUEST', 'There is nothing here: POST /graphql, GET /explorer.'),
      ])
    }
    // These could be ids of registered documents.
    for (const path of ['/graphql/stream', '/graphql/ws']) {
      const { status, headers: had, text } = await send(running.hub.url + path, { method: 'GET', headers: websocket })
      expect([status, had.upgrade, text.includes('Cross-Site Request Forgery')]).toEqual([400, undefined, true])
    }
  })
})

describe('a media type that the hub does not speak', () => {
  const wanted = refusal(
    406,
    'BAD_REQUEST',
    'An answer can be had as application/json or application/graphql-response+json.',
  )
  const streams = [
    'text/event-stream',
    'multipart/mixed',
    'multipart/mixed; deferSpec=20220824',
    'text/html',
    'application/json;q=0',
  ]

  test.each(streams)('attack 12: Accept: %s is refused', async (accept) => {
    expect(told(await send(url, { headers: { ...headers, accept }, body: body(graded) }))).toEqual(wanted)
  })

  test.each(streams)('attack 12: Accept: %s is refused before a department is called', async (accept) => {
    await send(url, { headers: { ...headers, accept }, body: body(graded) })
    expect(running.calls()).toEqual({})
  })

  test('attack 12: the record of such a request says that it was refused', async () => {
    const answer = await send(url, { headers: { ...headers, accept: 'text/event-stream' }, body: body(graded) })
    expect(await recordOf(running, answer)).toEqual([
      expect.objectContaining({ department: 'customs', outcome: 'refused', error_codes: ['BAD_REQUEST'] }),
    ])
  })

  test('attack 12: a stream beside JSON gets JSON', async () => {
    const accept = 'text/event-stream, application/json;q=0.1'
    const answer = await send(url, { headers: { ...headers, accept }, body: body(graded) })
    expect([answer.status, answer.headers['content-type'], JSON.parse(answer.text)]).toEqual([
      200,
      'application/json; charset=utf-8',
      expect.objectContaining(grade),
    ])
  })
})

describe('the same limits whatever way a document comes', () => {
  const floods: [string, string][] = [
    ['aliases', `{ ${Array.from({ length: 61 }, (_, i) => `a${i}: __typename`).join(' ')} }`],
    [
      'fields',
      `{ ...f0 } ${Array.from({ length: 11 }, (_, i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`).join(' ')} fragment f11 on Query { a }`,
    ],
    ['depth', `${'{ a '.repeat(13)}{ a }${'}'.repeat(13)}`],
    ['directives', `{ __typename ${'@x '.repeat(101)} }`],
    ['tokens', `{ ${'a '.repeat(4000)} }`],
    [
      'subjects',
      `{ ${['a', 'b'].map((key) => `${key}: enterprises(usccs: ${JSON.stringify(Array(51).fill(uscc))}) { uscc }`).join(' ')} }`,
    ],
  ]

  const ways: [string, (query: string) => ReturnType<typeof send>][] = [
    [
      'GET',
      (query) =>
        send(`${url}?${new URLSearchParams({ query }).toString()}`, {
          method: 'GET',
          headers: { authorization, 'apollo-require-preflight': '1' },
        }),
    ],
    ['POST asking for an upgrade', (query) => send(url, { headers: { ...headers, ...websocket }, body: body(query) })],
    [
      'POST asking for a stream',
      (query) => send(url, { headers: { ...headers, accept: 'text/event-stream, */*' }, body: body(query) }),
    ],
  ]

  test.each(floods.flatMap(([limit, query]) => ways.map(([way, by]) => [limit, way, query, by] as const)))(
    'attack 12: %s by %s',
    async (limit, _way, query, by) => {
      const posted = told(await send(url, { headers, body: body(query) }))
      expect(posted).toMatchObject({
        status: 400,
        body: { errors: [{ extensions: { code: 'LIMIT_EXCEEDED', limit } }] },
      })
      expect(told(await by(query))).toEqual(posted)
      expect(running.calls()).toEqual({})
    },
  )

  test('attack 12: a document known by its hash was within the limits when it was made known', async () => {
    const [[, source] = ['', '']] = floods
    const sha256Hash = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(source))).toString('hex')
    const extensions = { persistedQuery: { version: 1, sha256Hash } }
    const first = await send(url, { headers, body: JSON.stringify({ query: source, extensions }) })
    expect([first.status, told(first)]).toEqual([400, told(await send(url, { headers, body: body(source) }))])
    const again = await send(url, { headers, body: JSON.stringify({ extensions }) })
    expect(JSON.parse(again.text)).not.toHaveProperty('data')
  })
})
