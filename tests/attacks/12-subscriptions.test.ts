/**
 * Attack 12: what subscriptions come by, WebSocket and server-sent events, is held to the limits of a POST, and to its own.
 * Attack 17: it ends when the token does. (longer than 300 lines: every limit of both ways, asked of one hub)
 */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitUntil } from '../../store/engine/process.ts'
import { recordsOf } from '../support/audit.ts'
import { acknowledged as acknowledgedAt, connected, init, subscription } from '../support/connection.ts'
import type { Persona, Running } from '../support/harness.ts'
import { subscribe, subscribeWith, ways, type Subscribed } from '../support/subscribed.ts'
import { platform } from '../trade/handed.ts'
import { runGrantedHub } from './granted-hub.ts'
import { send, told } from './over-http.ts'

const most = { connections: 3, subscriptions: 4, unread: 700, bodyBytes: 32_768 }
let running: Running
let authorization: string
beforeAll(async () => {
  running = await runGrantedHub([], most)
  authorization = `Bearer ${await running.token({ as: 'customs' })}`
})
afterAll(() => running.stop())

const watched = (number: string, below = '{ state }') =>
  `subscription { matchChanged(platform: "${platform}", number: "${number}") ${below} }`

const opened = (protocols?: string[], headers?: Record<string, string>) =>
  connected(running.hub.url, protocols, headers)
const acknowledged = () => acknowledgedAt(running.hub.url, { authorization })
/** Until nobody has anything open any more. */
const allLeft = () =>
  waitUntil(async () => {
    const text = await (await fetch(`${running.hub.url}/metrics`)).text()
    return [...text.matchAll(/^hutong_subscriptions\{.*\} (\d+)$/gm)].every(([, count]) => count === '0')
  }, 10_000)

describe('an upgrade', () => {
  test('attack 12: one that is refused leaves no socket open, whether or not the other side ends', async () => {
    const { hostname, port } = new URL(running.hub.url)
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
    let isReset = false
    let hasEnded = false
    socket.on('error', () => (isReset = true))
    socket.once('end', () => (hasEnded = true))
    socket.resume()
    const lines = [
      'connection: Upgrade',
      'upgrade: websocket',
      'origin: https://elsewhere.example',
      `host: ${hostname}`,
    ]
    socket.write(['GET /graphql HTTP/1.1', ...lines, '', ''].join('\r\n'))
    expect(await waitUntil(() => hasEnded, 5_000)).toBe(true)
    // To what is closed on the other side nothing can be said.
    const say = setInterval(() => socket.write('more'), 20)
    expect(await waitUntil(() => isReset, 5_000)).toBe(true)
    clearInterval(say)
  })

  /** The answer to a request for it, as far as its first line and its body. */
  async function asked(headers: Record<string, string>, path = '/graphql'): Promise<[line: string, body: string]> {
    const { hostname, port } = new URL(running.hub.url)
    const socket = connect(Number(port), hostname)
    const lines = Object.entries({
      host: `${hostname}:${port}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'sec-websocket-version': '13',
      'sec-websocket-protocol': 'graphql-transport-ws',
      ...headers,
    }).map(([name, value]) => `${name}: ${value}`)
    socket.write([`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'))
    let text = ''
    socket.setEncoding('utf8').on('data', (part: string) => (text += part))
    await waitUntil(() => text.includes('\r\n\r\n'), 5_000)
    socket.destroy()
    const [head = '', body = ''] = text.split('\r\n\r\n')
    return [head.split('\r\n')[0] ?? '', body]
  }

  test('attack 12: from a program, and from a page of this host', async () => {
    const { host } = new URL(running.hub.url)
    expect((await asked({}))[0]).toBe('HTTP/1.1 101 Switching Protocols')
    expect((await asked({ origin: `http://${host}` }))[0]).toBe('HTTP/1.1 101 Switching Protocols')
  })

  test.each(['https://elsewhere.example', 'null', 'http://127.0.0.1', 'nonsense'])(
    'attack 13: from a page of another site: %s',
    async (origin) => {
      const [line, body] = await asked({ origin })
      expect([line, JSON.parse(body)]).toEqual([
        'HTTP/1.1 403 Forbidden',
        {
          errors: [
            {
              message: 'Connections are taken from programs and from pages of this host.',
              extensions: { code: 'FORBIDDEN' },
            },
          ],
        },
      ])
    },
  )

  test.each(['/graphql?query=x', '/graphql/stream', '/'])('attack 12: %s is for HTTP alone', async (path) => {
    expect((await asked({ authorization }, path))[0]).toMatch(/^HTTP\/1\.1 40[04] /)
  })
})

describe('the protocol', () => {
  test.each([[[]], [['graphql-ws']]])('attack 12: no subprotocol but graphql-transport-ws: %j', async (protocols) => {
    if (protocols.length === 0) {
      const { closed } = await opened(protocols)
      expect(await closed).toEqual([4406, 'Subprotocol not acceptable'])
    } else {
      await expect(opened(protocols)).rejects.toThrow('Server sent no subprotocol')
    }
  })

  test.each<[string, (string | object)[], number, string]>([
    ['what is no JSON', ['{'], 4400, 'Invalid message received'],
    ['no message of the protocol', [{ type: 'start' }], 4400, 'Invalid message received'],
    ['a subscription before connection_init', [subscription('1', watched('1'))], 4401, 'Unauthorized'],
  ])('attack 12: %s', async (_what, messages, code, reason) => {
    const { say, closed } = await opened()
    for (const message of messages) say(message)
    expect(await closed).toEqual([code, reason])
  })

  test('attack 12: nothing said', async () => {
    const { closed } = await opened()
    expect(await closed).toEqual([4408, 'Connection initialisation timeout'])
  })

  test('attack 12: connection_init twice', async () => {
    const { say, closed } = await acknowledged()
    say(init({ authorization }))
    expect(await closed).toEqual([4429, 'Too many initialisation requests'])
  })

  const complete = { id: 'one', type: 'complete' }
  /** Of nothing, under a name by which it is known. */
  const named = (name: string) =>
    subscription('one', `subscription { ${name}: tradeListsChanged(uscc: "91350102MYE0000341") { copNo } }`)
  const begins = (name: string) => ({
    id: 'one',
    type: 'next',
    payload: expect.objectContaining({ data: { [name]: [] } }) as unknown,
  })
  /** Has nothing that is read begin until it is let go on. */
  async function held(): Promise<() => Promise<void>> {
    const client = await running.database.pool.connect()
    await client.query('begin; lock table trade_head in access exclusive mode')
    return async () => {
      await client.query('commit')
      client.release()
    }
  }

  test.each([
    ['while the first begins', []],
    ['while one waits for the first to end, which it has left', [complete, named('second')]],
    ['of which both were left', [complete, named('second'), complete]],
  ])('attack 12: an id once more, %s', async (_when, between) => {
    const { say, closed, heard } = await acknowledged()
    const goOn = await held()
    for (const message of [named('first'), ...between, named('last')]) say(message)
    const end = await Promise.race([closed, waitUntil(() => false, 5_000)])
    await goOn()
    expect(end).toEqual([4409, 'Subscriber for one already exists'])
    expect([await allLeft(), heard]).toEqual([true, [{ type: 'connection_ack' }]])
  })

  test('an id again, once its first is left: while that begins, and after', async () => {
    const { say, nth, closed, heard } = await acknowledged()
    const goOn = await held()
    for (const message of [named('first'), complete, named('second')]) say(message)
    // It is heard by then.
    say({ type: 'ping' })
    expect(await nth(1)).toEqual({ type: 'pong' })
    await goOn()
    expect(await nth(2)).toEqual(begins('second'))
    for (const message of [complete, named('third')]) say(message)
    expect(await nth(3)).toEqual(begins('third'))
    say(named('fourth'))
    expect(await closed).toEqual([4409, 'Subscriber for one already exists'])
    expect([await allLeft(), heard.length]).toEqual([true, 4])
  })

  test('attack 12: a message larger than a body may be', async () => {
    const { say, closed } = await acknowledged()
    say(subscription('1', `${watched('large')} #${'x'.repeat(most.bodyBytes)}`))
    expect((await closed)[0]).toBe(1009)
  })

  test('pings are answered', async () => {
    const { say, nth, socket } = await acknowledged()
    say({ type: 'ping' })
    expect(await nth(1)).toEqual({ type: 'pong' })
    socket.close()
  })
})

describe('who connects', () => {
  const refused = async (payload: Record<string, unknown>, headers: Record<string, string> = {}) => {
    const { say, closed } = await opened(undefined, headers)
    say(init(payload))
    return closed
  }

  test('attack 15: is asked for a token, which is held to what a POST is', async () => {
    expect(await refused({})).toEqual([4403, 'Send a token: Authorization: Bearer ‹token›.'])
    expect(await refused({ authorization: `${authorization}x` })).toEqual([4403, "The token's signature is wrong."])
    expect(await refused({ authorization, 'x-purpose': 'curiosity' })).toEqual([
      4403,
      expect.stringMatching(/^The token may state .*, not "curiosity"\.$/),
    ])
    expect(await refused({ authorization: [authorization] })).toEqual([
      4400,
      'authorization and x-purpose must be texts.',
    ])
    expect(await refused({ authorization }, { authorization })).toEqual([4403, 'Send one Authorization header.'])
    const records = await recordsOf(running.database.db)
    expect(records.filter(({ action }) => action === 'refused').flatMap(({ errors }) => errors)).toEqual(
      expect.arrayContaining(['UNAUTHENTICATED', 'PURPOSE_NOT_ALLOWED']),
    )
  })

  test('may say it in headers as well', async () => {
    const { say, nth, socket } = await opened(undefined, { authorization, 'x-purpose': 'clearance' })
    say({ type: 'connection_init' })
    expect(await nth(0)).toEqual({ type: 'connection_ack' })
    socket.close()
  })

  test('attack 18: a stream without a token', async () => {
    const headers = { 'content-type': 'application/json', accept: 'text/event-stream' }
    const answer = await send(`${running.hub.url}/graphql/stream`, {
      headers,
      body: JSON.stringify({ query: watched('1') }),
    })
    expect(told(answer)).toEqual({
      status: 401,
      body: {
        errors: [{ message: 'Send a token: Authorization: Bearer ‹token›.', extensions: { code: 'UNAUTHENTICATED' } }],
      },
    })
  })

  test('attack 13: a stream is for what no form of another page can send', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const headers = { 'content-type': type, accept: 'text/event-stream', authorization }
      const { status } = await send(`${running.hub.url}/graphql/stream`, {
        headers,
        body: JSON.stringify({ query: watched('1') }),
      })
      expect([type, status]).toEqual([type, 415])
    }
  })
})

describe.each(ways)('%s', (way) => {
  const asCustoms: Persona = { as: 'customs' }
  const floods: [string, string][] = [
    ['aliases', `subscription { ${Array.from({ length: 61 }, (_, i) => `a${i}: __typename`).join(' ')} }`],
    ['depth', `subscription { ${'a { '.repeat(12)} a { b } ${'}'.repeat(13)}`],
    ['directives', `subscription { __typename ${'@x '.repeat(101)} }`],
    ['tokens', `subscription { ${'a '.repeat(4000)} }`],
    [
      'cost',
      `subscription { tradeListsChanged(uscc: "91350102MYE0000341") { ${Array.from({ length: 55 }, (_, i) => `l${i}: lines { gnum }`).join(' ')} } }`,
    ],
  ]

  test.each(floods)('attack 12: %s', async (limit, query) => {
    const ended = (await (await subscribe(running, way, asCustoms, query)).ended()) as { extensions: unknown }[]
    expect(ended.map(({ extensions }) => extensions)).toEqual([
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', limit }),
    ])
    expect(await allLeft()).toBe(true)
  })

  test('attack 12: no more subscriptions and connections than a department may have; what ends makes room', async () => {
    const persona: Persona = { as: 'market' }
    const open: Subscribed[] = []
    const [allowed, limit] = [most.connections, 'connections']
    const query = 'subscription { tradeListsChanged(uscc: "91350102MYE0000341") { copNo } }'
    for (let nth = 0; nth < allowed; nth += 1) open.push(await subscribe(running, way, persona, query))
    for (const one of open) await one.nth(0)
    const over = await (await subscribe(running, way, persona, query)).ended()
    const message = `market may have ${allowed} ${limit} at once, and has them.`
    expect(over).toEqual(
      way === 'sse' ? [{ message, extensions: { code: 'LIMIT_EXCEEDED', limit, allowed } }] : [1013, message],
    )
    // Of another department as many again.
    const another = await subscribe(running, way, { as: 'tax' }, query)
    await another.nth(0)
    for (const one of [...open, another]) await one.leave()
    expect(await allLeft()).toBe(true)
    const again = await subscribe(running, way, persona, query)
    await again.nth(0)
    await again.leave()
    expect(await allLeft()).toBe(true)
  })

  test('attack 17: it ends when its token does', async () => {
    const token = (await running.hub.issuer?.token('customs', { seconds: 1 })) ?? ''
    const query = `subscription Ends_${way} ${watched('ends').replace('subscription', '')}`
    const told = subscribeWith(running.hub.url, way, { authorization: `Bearer ${token}` }, { query })
    const ended = await told.ended()
    expect([ended, told.events]).toEqual(
      way === 'sse'
        ? ['complete', [{ errors: [{ message: 'The token has expired.', extensions: { code: 'UNAUTHENTICATED' } }] }]]
        : [[4403, 'The token has expired.'], []],
    )
    expect(await allLeft()).toBe(true)
    const records = async () =>
      (await recordsOf(running.database.db)).filter(({ operation }) => operation === `Ends_${way}`)
    expect(await waitUntil(async () => (await records()).length > 1, 10_000)).toBe(true)
    expect(
      (await records()).map(({ action, department, outcome, errors }) => [action, department, outcome, errors]),
    ).toEqual([
      ['subscription', 'customs', 'answered', []],
      ['subscription', 'customs', 'refused', ['UNAUTHENTICATED']],
    ])
  })
})

test('attack 12: subscriptions of one connection count as well', async () => {
  const { say, nth, socket } = await acknowledged()
  for (let id = 0; id <= most.subscriptions; id += 1) {
    say(subscription(String(id), 'subscription { tradeListsChanged(uscc: "91350102MYE0000341") { copNo } }'))
    if (id < most.subscriptions) {
      expect(await nth(id + 1)).toMatchObject({
        id: String(id),
        type: 'next',
        payload: { data: { tradeListsChanged: [] } },
      })
    }
  }
  const message = 'customs may have 4 subscriptions at once, and has them.'
  expect(await nth(most.subscriptions + 1)).toEqual({
    id: '4',
    type: 'error',
    payload: [{ message, extensions: { code: 'LIMIT_EXCEEDED', limit: 'subscriptions', allowed: 4 } }],
  })
  socket.close()
  expect(await allLeft()).toBe(true)
})

test('attack 12: a subscription to nothing is refused, and no fault of the hub', async () => {
  const connection = await acknowledged()
  const nothing = watched('none', '@skip(if: true) { state }')
  connection.say(subscription('nothing', nothing))
  expect(await connection.nth(1)).toEqual({
    id: 'nothing',
    type: 'error',
    payload: [{ message: 'A subscription has one field.', extensions: { code: 'BAD_REQUEST' } }],
  })
  connection.socket.close()
  await connection.closed
})
