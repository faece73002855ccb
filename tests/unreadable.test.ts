/** What cannot be read or kept is refused in the form of everything else: addresses, bytes that are no HTTP, U+0000. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { refusal, send, told } from './attacks/over-http.ts'
import { runHub } from './support/harness.ts'
import { mutate } from './support/mutations.ts'

const running = await runHub()
afterAll(() => running.stop())
const { url } = running.hub

test.each([
  ['an escape that is none', '/graphql/%ff', 400],
  ['a part that is too long', `/graphql/${'x'.repeat(200)}`, 414],
])('%s in an address', async (_what, path, status) => {
  const answer = await send(url + path, { method: 'GET', headers: { 'apollo-require-preflight': '1' } })
  expect(told(answer)).toEqual(refusal(status, 'BAD_REQUEST', 'The address cannot be read, or is too long.'))
  expect([answer.headers['cache-control'], answer.headers['x-content-type-options']]).toEqual(['no-store', 'nosniff'])
})

/** Head and body of what is answered to bytes. */
async function heardOf(bytes: string): Promise<string[]> {
  let heard = ''
  const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
  socket.setEncoding('utf8').on('data', (part: string) => (heard += part))
  await once(socket, 'close')
  return heard.split('\r\n\r\n')
}

test.each([
  ['no HTTP', 'nonsense\r\n\r\n', 400, 'This is no request of HTTP that can be read.'],
  [
    'two lengths',
    'POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    400,
    'This is no request of HTTP that can be read.',
  ],
])('%s', async (_what, bytes, status, message) => {
  const [head = '', body = ''] = await heardOf(bytes)
  expect(head.split('\r\n')[0]).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(head.toLowerCase()).toContain(`content-length: ${body.length}\r\n`)
  expect(JSON.parse(body)).toEqual({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] })
})

test.each([
  ['headers without an end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ['HEAD that cannot be read', 'HEAD / HTTP/1.1\r\nHost: x\r\nno header\r\n\r\n', 400],
])('%s: no body, since none may follow', async (_what, bytes, status) => {
  const [head = '', body] = await heardOf(bytes)
  expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(head.toLowerCase()).toContain('content-length: 0\r\n')
  expect(body).toBe('')
})

test('a connection is closed although the other side keeps its own open', async () => {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => undefined) // it is told so by a reset
  socket.write('nonsense\r\n\r\n')
  socket.resume()
  await once(socket, 'end')
  // The first that comes after it is answered by a reset, and the next finds that out.
  const write = (): void => void socket.write('more', (error) => (error == null ? setImmediate(write) : undefined))
  write()
  // Not by `once`, which takes the reset for a failure.
  await new Promise((resolve) => socket.once('close', resolve))
  expect(socket.destroyed).toBe(true)
})

test('U+0000 in what the store is asked for or is to keep', async () => {
  const message = 'A text holds a character that none may (U+0000).'
  const steward = { as: 'market', roles: ['steward'] } as const
  const asked = await running.ask(steward, 'query ($id: ID!) { application(id: $id) { id } me { department } }', {
    id: 'a\0b',
  })
  expect(asked.errors).toEqual([
    { message, locations: [{ line: 1, column: 20 }], path: ['application'], extensions: { code: 'BAD_USER_INPUT' } },
  ])
  expect(asked.data).toEqual({ application: null, me: { department: 'market' } })
  const input = {
    item: 'tax.creditGrade',
    purpose: 'licence-review',
    basis: '市场主体登记管理条例第二十一条',
    scenario: '年报抽查时\0核对纳税信用级别',
    scope: '登记注册处',
    validTo: '2999-12-31T00:00:00+08:00',
  }
  const selection = ['draftApplication', 'DraftApplicationInput', 'application { id }'] as const
  expect(await mutate(running, steward, selection, input)).toBe(`BAD_USER_INPUT: ${message}`)
})
