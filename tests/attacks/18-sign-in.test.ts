/**
 * Attack 18: the schema, its suggestions and the explorer are for those who have signed in, as data is; open only in
 * development mode. And nothing of development runs outside it.
 */
import { readdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createDevelopmentIssuer, generateIssuerKey } from '../../auth/development-issuer.ts'
import type { FreshDatabase } from '../support/database.ts'
import { runHub, type Running } from '../support/harness.ts'
import { publishedDatabase } from '../support/published.ts'
import { Issuer } from './issuer.ts'
import { refusal, send, told, type Sent } from './over-http.ts'

let issuer: Issuer
let store: FreshDatabase
let running: Running
beforeAll(async () => {
  issuer = await Issuer.start('https://issuer.example')
  store = await publishedDatabase()
  const issuers = new Map([[issuer.name, issuer.url]])
  running = await runHub({ config: { mode: 'production', issuers, databaseUrl: store.url } })
})
afterAll(() => Promise.all([running.stop().then(() => store.drop()), issuer.stop()]))
beforeEach(() => running.sandbox.calls.reset())

const signedIn = async () => ({ authorization: `Bearer ${await issuer.sign()}` })
const request = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
  send(running.hub.url + path, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  } satisfies Sent)
const ask = (query: string, headers: Record<string, string> = {}) => request('POST', '/graphql', headers, { query })

const nothing = refusal(404, 'BAD_REQUEST', 'There is nothing here: POST /graphql, GET /explorer.')
const noToken = refusal(401, 'UNAUTHENTICATED', 'Send a token: Authorization: Bearer ‹token›.')

const questions: [string, string][] = [
  ['introspection', getIntrospectionQuery()],
  ['the name of the root', '{ __typename }'],
  ['one type', '{ __type(name: "TaxRecord") { fields { name } } }'],
  ['introspection beside data', '{ me { department } __schema { types { name } } }'],
  ['a field that is nearly there', '{ enterprize { nam } }'],
  ['an argument that is nearly there', '{ enterprise(usc: "x") { name } }'],
  ['a type that is nearly there', '{ ... on Querry { me { department } } }'],
  ['a document that does not parse', '{'],
  ['a document that is too large', `{ ${'a '.repeat(5000)} }`],
  ['data', '{ departments { id } }'],
  ['nothing', ''],
]

describe('production, without a sign-in', () => {
  test.each(questions)('attack 18: %s: the same refusal, whatever was asked', async (_what, query) => {
    const answer = await ask(query)
    expect(told(answer)).toEqual(noToken)
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="hutong"')
    expect(running.calls()).toEqual({})
  })

  test('attack 18: by GET and with /explain as well', async () => {
    const search = new URLSearchParams({ query: getIntrospectionQuery() }).toString()
    expect(told(await request('GET', `/graphql?${search}`, { 'apollo-require-preflight': '1' }))).toEqual(noToken)
    expect(told(await request('POST', '/explain', {}, { query: '{ enterprize }' }))).toEqual(noToken)
  })

  const assets = readdirSync(new URL('../../portal/dist/explorer/assets', import.meta.url))
  test.each([
    '/explorer',
    '/explorer/',
    '/explorer/index.html',
    '/explorer/session',
    '/explorer/%69ndex.html',
    '/explorer//index.html',
    '/explorer/./index.html',
    '/explorer/assets/../index.html',
    ...assets.slice(0, 3).map((name) => `/explorer/assets/${name}`),
  ])('attack 18: GET %s needs a sign-in', async (path) => {
    expect(told(await request('GET', path))).toEqual(noToken)
    expect((await request('HEAD', path)).status).toBe(401)
  })

  test('attack 18: a refusal of the explorer says how to sign in', async () => {
    const { headers } = await request('GET', '/explorer/')
    expect(headers['www-authenticate']).toBe('Bearer realm="hutong"')
  })

  test.each([
    ['POST', '/explorer/token'],
    ['GET', '/development'],
    ['GET', '/enterprises'],
    ['GET', '/faults'],
  ])('attack 18: %s %s is not there', async (method, path) => {
    const body = method === 'POST' ? { viewer: 'customs' } : undefined
    expect(told(await request(method, path, {}, body))).toEqual(nothing)
    expect(told(await request(method, path, await signedIn(), body))).toEqual(nothing)
  })

  test.each([
    ['/livez', 200, { status: 'ok' }],
    ['/readyz', 200, { status: 'ok' }],
  ])('attack 18: %s is for everyone and says no more than that', async (path, status, body) => {
    expect(told(await request('GET', path))).toEqual({ status, body })
  })

  test('attack 18: /metrics counts, and names no enterprise, subject or address', async () => {
    const uscc = running.sandbox.world.enterprises[0]?.uscc ?? ''
    await ask(`{ enterprise(uscc: "${uscc}") { name } }`, await signedIn())
    const { status, text } = await request('GET', '/metrics')
    expect([status, text.includes('hutong_department_calls_total{department="market"} 1')]).toEqual([200, true])
    const names = (text.match(/^[a-z_]+/gm) ?? []).map((name) => name.replace(/_(bucket|count|sum)$/, ''))
    expect([...new Set(names.filter((name) => name.startsWith('hutong_')))].toSorted()).toEqual([
      'hutong_copies_total',
      'hutong_department_calls_total',
      'hutong_department_latency_seconds',
      'hutong_department_retries_total',
      'hutong_department_state',
      'hutong_department_up',
      'hutong_errors_total',
      'hutong_ledger_seconds',
      'hutong_request_seconds',
      'hutong_requests_shed_total',
      'hutong_requests_total',
      'hutong_requests_under_way',
      'hutong_requests_under_way_most',
      'hutong_subscriptions',
      'hutong_trade_waiting',
      'hutong_unrecorded_answers_total',
    ])
    for (const secret of [uscc, 'an-officer', '127.0.0.1', issuer.name]) expect(text).not.toContain(secret)
  })
})

describe('production, signed in', () => {
  test('attack 18: introspection, suggestions and data are answered', async () => {
    const headers = await signedIn()
    const types = JSON.parse((await ask('{ __type(name: "Division") { name } }', headers)).text) as { data: unknown }
    expect(types.data).toEqual({ __type: { name: 'Division' } })
    const wrong = JSON.parse((await ask('{ enterprize { uscc } }', headers)).text) as { errors: { message: string }[] }
    expect(wrong.errors.map(({ message }) => message)).toEqual([
      'Cannot query field "enterprize" on type "Query". Did you mean "enterprise" or "enterprises"?',
    ])
    const me = JSON.parse((await ask('{ me { department subject } }', headers)).text) as { data: unknown }
    expect(me.data).toEqual({ me: { department: 'customs', subject: 'an-officer' } })
  })

  test('attack 18: the explorer is shown, for this caller alone, and hands out nothing', async () => {
    const headers = await signedIn()
    const page = await request('GET', '/explorer/', headers)
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.headers['cache-control']).toBe('no-cache')
    const [asset = ''] = /\/explorer\/assets\/[\w.-]+/.exec(page.text) ?? []
    const script = await request('GET', asset, headers)
    expect([script.status, script.headers['cache-control']]).toEqual([200, 'private, max-age=31536000, immutable'])
    expect(told(await request('GET', '/explorer/session', headers))).toEqual({
      status: 200,
      body: { mode: 'production', viewers: [], samples: [], enterprises: [] },
    })
  })

  test('attack 18: no grant of development is there', async () => {
    const uscc = running.sandbox.world.enterprises[0]?.uscc ?? ''
    const headers = { authorization: `Bearer ${await issuer.sign(issuer.claims({ purposes: ['clearance'] }))}` }
    const answer = await ask(`{ enterprise(uscc: "${uscc}") { tax { creditGrade } } }`, {
      ...headers,
      'x-purpose': 'clearance',
    })
    expect((JSON.parse(answer.text) as { data: unknown }).data).toEqual({ enterprise: { tax: { creditGrade: null } } })
    expect(running.calls()).toEqual({})
  })

  test.each([
    '/explorer/../../package.json',
    '/explorer/..%2f..%2f..%2fpackage.json',
    '/explorer/%2e%2e/%2e%2e/%2e%2e/package.json',
    '/explorer/assets/..\\..\\..\\..\\package.json',
    '/explorer//etc/passwd',
    '/explorer/.git/config',
  ])('attack 18: GET %s shows no file of the hub', async (path) => {
    const { status, text } = await request('GET', path, await signedIn())
    expect([403, 404]).toContain(status)
    expect(text).not.toMatch(/"dependencies"|root:/)
  })
})

describe('headers', () => {
  const guarding = {
    'content-security-policy':
      "default-src 'self';style-src 'self' 'unsafe-inline';img-src 'self' data:;font-src 'self' data:;frame-ancestors 'none';base-uri 'none';form-action 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'origin-agent-cluster': '?1',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-dns-prefetch-control': 'off',
    'x-download-options': 'noopen',
    'x-frame-options': 'DENY',
    'x-permitted-cross-domain-policies': 'none',
    'x-xss-protection': '0',
    // of any answer over HTTP
    connection: 'close',
    'content-length': expect.stringMatching(/^\d+$/) as string,
    date: expect.any(String) as string,
  }
  const ofAnswer = {
    ...guarding,
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
  }
  const ofPage = {
    ...guarding,
    'accept-ranges': 'bytes',
    'cache-control': 'no-cache',
    'content-type': 'text/html; charset=utf-8',
    etag: expect.any(String) as string,
    'last-modified': expect.any(String) as string,
  }
  /** Of the TLS in front of the hub; development has none. */
  const lasting = { 'strict-transport-security': 'max-age=31536000' }
  const answersOf = async (url: string, authorization: string) => {
    const page = await send(`${url}/explorer/`, { method: 'GET', headers: { authorization } })
    const headers = { authorization, 'content-type': 'application/json' }
    const answer = await send(`${url}/graphql`, { headers, body: '{"query":"{ me { department } }"}' })
    return { page: page.headers, answer: answer.headers }
  }

  test('attack 18: in production', async () => {
    const { page, answer } = await answersOf(running.hub.url, (await signedIn()).authorization)
    expect(answer).toEqual({ ...ofAnswer, ...lasting })
    expect(page).toEqual({ ...ofPage, ...lasting })
  })

  test('attack 18: in development', async () => {
    const open = await runHub()
    const { page, answer } = await answersOf(open.hub.url, `Bearer ${await open.token({ as: 'customs' })}`)
    await open.stop()
    expect(answer).toEqual(ofAnswer)
    expect(page).toEqual(ofPage)
  })
})

describe('nothing of development outside it', () => {
  test('attack 18: a token of the issuer of development is not accepted, and there is no such issuer', async () => {
    expect(running.hub.issuer).toBeNull()
    const options = { key: await generateIssuerKey(), audience: 'hutong', grants: [] }
    const development = await createDevelopmentIssuer({ mode: 'development', ...options })
    const answer = await ask('{ me { department } }', {
      authorization: `Bearer ${await development.token('customs')}`,
    })
    expect(told(answer)).toEqual(refusal(401, 'UNAUTHENTICATED', 'The issuer of the token is not trusted here.'))
  })

  test('attack 18: the issuer of development refuses to exist in production, and leaves no key', async () => {
    const key = await generateIssuerKey()
    const made = createDevelopmentIssuer({ mode: 'production', key, audience: 'hutong', grants: [] })
    await expect(made).rejects.toThrow(new Error('The development issuer does not run in production mode.'))
    const left = await readdir(running.hub.config.dataFolder)
    expect(left.filter((name) => name.includes('issuer'))).toEqual([])
  })
})

describe('development', () => {
  test('attack 18: without a token the schema is shown, and no data', async () => {
    const hub = await runHub()
    const names = await hub.ask(null, '{ __type(name: "Division") { name } }')
    const both = await hub.ask(null, '{ __typename me { department } }')
    const calls = hub.calls()
    await hub.stop()
    expect([names.status, names.data]).toEqual([200, { __type: { name: 'Division' } }])
    expect({ status: both.status, body: { errors: both.errors } }).toEqual(noToken)
    expect([both.data, calls]).toEqual([undefined, {}])
  })
})

describe('development', () => {
  test('attack 18: a page elsewhere whose name points here gets no token; a mandate names credit codes', async () => {
    const open = await runHub()
    const token = async (host: string, body: object) =>
      told(
        await send(`${open.hub.url}/explorer/token`, {
          headers: { 'content-type': 'application/json', host },
          body: JSON.stringify(body),
        }),
      )
    const port = new URL(open.hub.url).port
    const answers = [
      await token(`evil.example:${port}`, { viewer: 'tax' }),
      await token(`localhost:${port}`, { viewer: 'bank', mandate: ['1234'] }),
      (await token(`localhost:${port}`, { viewer: 'tax' })).status,
    ]
    await open.stop()
    expect(answers).toEqual([
      refusal(400, 'BAD_REQUEST', 'The development routes are for this machine.'),
      refusal(400, 'BAD_REQUEST', 'The mandate names "1234", which is not a credit code.'),
      200,
    ])
  })
})
