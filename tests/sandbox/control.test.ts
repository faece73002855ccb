import { afterAll, beforeAll, expect, test } from 'vitest'
import { departmentIds } from '../../departments.ts'
import { type Sandbox, startSandbox } from '../../sandbox/start.ts'
import { asks, calledIds, Callers, taxHeaders, tokenAsk } from './callers.ts'

/** The control server, and what the departments do about credentials that run out and calls that come too often. */

let sandbox: Sandbox
let callers: Callers
/** What has been added to the departments' clock, in milliseconds. */
let later = 0

beforeAll(async () => {
  sandbox = await startSandbox({
    settings: { customs: { tokenSeconds: 60 }, tax: { callsPerSecond: 2 } },
    credentials: { fx: { key: 'another-key' } },
    clock: () => 1_793_500_000_000 + later,
  })
  callers = new Callers(sandbox.urls)
})
afterAll(() => sandbox.close())

const control = async (method: string, path: string, body?: unknown) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(sandbox.controlUrl + path, { method, ...(body !== undefined && { body: text }) })
  const answer = await response.text()
  return { status: response.status, body: answer === '' ? undefined : (JSON.parse(answer) as unknown) }
}

const kinds = (special: string) => `it is one of down, slow, flaky, lying, ${special}.`

test.each([
  [
    'an unknown department',
    '/faults/police',
    { kind: 'down', seconds: 1 },
    `There is no department "police"; it is one of ${departmentIds.join(', ')}.`,
  ],
  [
    'an unknown kind',
    '/faults/fx',
    { kind: 'drunk', seconds: 1 },
    `There is no fault "drunk" here; ${kinds('closed')}`,
  ],
  [
    'a kind of another department',
    '/faults/tax',
    { kind: 'closed', seconds: 1 },
    `There is no fault "closed" here; ${kinds('throttled, skewed')}`,
  ],
  [
    'a name of every object',
    '/faults/fx',
    { kind: 'constructor', seconds: 1 },
    `There is no fault "constructor" here; ${kinds('closed')}`,
  ],
  ['no duration', '/faults/fx', { kind: 'down' }, 'seconds must be a number above 0 and at most 86400.'],
  [
    'an unknown lie',
    '/faults/fx',
    { kind: 'lying', seconds: 1, lie: 'white' },
    'A lie is one of wrong-types, oversized, html, charset, other-record, reordered, duplicated, polluted, truncated.',
  ],
  [
    'a stray word',
    '/faults/fx',
    { kind: 'down', seconds: 1, for: 'ever' },
    'A fault has kind, seconds, lie and delayMs; not "for".',
  ],
  ['no JSON', '/faults/fx', 'down!', 'The body must be JSON.'],
])('%s is refused in one sentence', async (_, path, body, error) =>
  expect(await control('POST', path, body)).toEqual({ status: 400, body: { error } }),
)

test('a fault is set, reported and lifted', async () => {
  await control('POST', '/faults/market', { kind: 'lying', seconds: 60, lie: 'html' })
  await control('POST', '/faults/postal', { kind: 'slow', seconds: 5, delayMs: 10 })
  const none = Object.fromEntries(departmentIds.map((id) => [id, null]))
  const postal = { kind: 'slow', delayMs: 10, remainingSeconds: 5 }
  expect((await control('GET', '/faults')).body).toEqual({
    ...none,
    market: { kind: 'lying', lie: 'html', remainingSeconds: 60 },
    postal,
  })
  expect((await control('DELETE', '/faults/market')).status).toBe(204)
  expect((await control('GET', '/faults')).body).toEqual({ ...none, postal })
  await control('DELETE', '/faults')
  expect((await control('GET', '/faults')).body).toEqual(none)
})

test('calls are counted and reset', async () => {
  await callers.raw('customs', tokenAsk())
  const idle = { total: 0, tokens: 0, byOperation: {}, codes: {} }
  expect((await control('GET', '/calls')).body).toMatchObject({ customs: { ...idle, tokens: 1 }, tax: idle })
  expect((await control('DELETE', '/calls')).status).toBe(204)
  expect((await control('GET', '/calls')).body).toMatchObject({ customs: idle })
})

test('the witness lists and tells', async () => {
  const [first] = sandbox.world.enterprises
  const known = {
    uscc: first?.uscc,
    name: '福州示例云帆贸易有限公司（开发数据）',
    zone: '福州',
    planted: ['reported-in-class-a', 'stale-receipt'],
    knownTo: expect.arrayContaining(calledIds) as unknown,
  }
  expect((await control('GET', '/enterprises?zone=3501&limit=1')).body).toEqual([known])
  expect((await control('GET', `/enterprises?planted=reported-in-class-a&limit=1`)).body).toEqual([known])
  const told = await control('GET', `/enterprises/${first?.uscc}`)
  expect(told.body).toMatchObject({
    ...known,
    slices: { fx: { registration: { class: 'A' } }, tax: { creditGrade: 'A' } },
  })
  expect((await control('GET', '/enterprises/nobody')).status).toBe(404)
  expect((await control('GET', '/enterprises?zone=北京')).status).toBe(400)
  expect(await control('GET', '/healthz')).toEqual({ status: 200, body: { status: 'ok' } })
  expect((await control('GET', '/toString')).status).toBe(404)
})

test('a token of customs runs out by the clock', async () => {
  await callers.signIn()
  const ask = asks.customs.queryEnterprises([sandbox.world.enterprises[0]?.uscc ?? ''])
  expect((await callers.call('customs', ask)).status).toBe(200)
  later += 59_000
  expect((await callers.call('customs', ask)).status).toBe(200)
  later += 1_000
  expect((await callers.call('customs', ask)).status).toBe(401)
})

test('tax refuses more calls in a second than it was set to, and takes the next second', async () => {
  const call = async () => {
    const headers = taxHeaders(1_793_500_000_000 + later)
    return (await callers.call('tax', { ...asks.tax.getTaxpayer([sandbox.world.enterprises[0]?.uscc ?? '']), headers }))
      .status
  }
  later += 1000 - (later % 1000)
  expect([await call(), await call(), await call()]).toEqual([200, 200, 429])
  later += 1000
  expect(await call()).toBe(200)
})

test('credentials are those of the starter', async () => {
  const ask = asks.fx.listEnterprises([sandbox.world.enterprises[0]?.uscc ?? ''])
  expect((await callers.call('fx', ask)).status).toBe(401)
  expect((await callers.call('fx', { ...ask, headers: { 'x-api-key': 'another-key' } })).status).toBe(200)
  await expect(startSandbox({ credentials: { fx: { kee: 'typo' } } })).rejects.toThrow('nothing named kee')
})
