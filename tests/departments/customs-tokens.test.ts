import { afterAll, describe, expect, test, vi } from 'vitest'
import { a, b, scriptedCustoms } from '../support/scripted-customs.ts'
import { inTurn, json, outcome, ScriptedDepartment } from '../support/scripted-department.ts'

/** Given: what customs said. Want: what is sent, and what the loader gives. */

const department = await ScriptedDepartment.start()
const { connected, withTokens, paths } = scriptedCustoms(department)
afterAll(() => department.stop())

const shown = () => department.heard.flatMap(({ headers }) => headers['authorization'] ?? [])

describe('access tokens', () => {
  const none = json({ enterprises: [] })
  const refused = json({ code: 'TOKEN', message: '令牌无效或已过期' }, 401)

  test('one is asked for as RFC 6749 says, and kept for the requests that follow', async () => {
    withTokens(() => none)
    const request = connected()
    for (const uscc of [a, b]) await request().record.load(uscc)
    expect(paths()).toEqual(['/oauth/token', '/v2/enterprises/query', '/v2/enterprises/query'])
    const [asked] = department.heard
    expect([asked?.method, asked?.headers['content-type']]).toEqual(['POST', 'application/x-www-form-urlencoded'])
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'hutong',
      client_secret: 'a secret & more',
    })
    expect(shown()).toEqual(['Bearer token-1', 'Bearer token-1'])
    expect(department.called).toBe(2)
  })

  test('it is renewed a minute before it ends', async () => {
    withTokens(() => none, 120)
    const request = connected()
    const clock = vi.spyOn(Date, 'now')
    const start = Date.now()
    const at = async (seconds: number) => {
      clock.mockReturnValue(start + seconds * 1000)
      await request().record.load(a)
    }
    for (const seconds of [0, 59, 61, 120]) await at(seconds)
    clock.mockRestore()
    expect(shown()).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2', 'Bearer token-2'])
  })

  test('one that fails when nobody waits for it any more ends nothing', async () => {
    const failed = Promise.withResolvers<void>()
    department.says(() => {
      failed.resolve()
      return json({}, 401)
    })
    // An unhandled rejection would fail the run.
    expect(await outcome(connected()(0).record.load(a))).toMatchObject({ problem: 'timeout' })
    await failed.promise
    withTokens(() => none)
    expect(await outcome(connected()().record.load(a))).toBeNull()
  })

  test('refused before its time it is renewed once, and the call sent again', async () => {
    withTokens((_nth, authorization) => (authorization === 'Bearer token-1' ? refused : none))
    expect(await outcome(connected()().record.load(a))).toBeNull()
    expect(shown()).toEqual(['Bearer token-1', 'Bearer token-2'])
  })

  test('refused again, it is not asked for a third time', async () => {
    withTokens(() => refused)
    expect(await outcome(connected()().record.load(a))).toEqual({
      problem: 'refused',
      message: "It refuses the hub's access token.",
      retryAt: null,
    })
    expect(shown()).toEqual(['Bearer token-1', 'Bearer token-2'])
  })

  test('renewals at the same time share one request', async () => {
    withTokens((_nth, authorization) => (authorization === 'Bearer token-1' ? refused : none))
    const request = connected()
    await Promise.all(Array.from({ length: 20 }, async () => request().record.load(a)))
    expect(paths().filter((path) => path === '/oauth/token')).toHaveLength(2)
  })

  test('who gives up waiting for one does not end it for the others', async () => {
    const held = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<void>()
    department.says(async ({ path }) => {
      if (path !== '/oauth/token') return none
      asked.resolve()
      await held.promise
      return json({ access_token: 'late', token_type: 'Bearer', expires_in: 60 })
    })
    const request = connected()
    const gone = new AbortController()
    const first = outcome(request(10_000, gone.signal).record.load(a))
    await asked.promise
    const second = outcome(request().record.load(a))
    gone.abort()
    expect(await first).toEqual({
      problem: 'timeout',
      message: 'It did not give an access token in time.',
      retryAt: null,
    })
    held.resolve()
    expect(await second).toBeNull()
    expect(paths()).toEqual(['/oauth/token', '/v2/enterprises/query'])
  })

  test.each([
    ['refused credentials', json({ code: 'CLIENT', message: '' }, 401), 'refused', "It refuses the hub's credentials."],
    [
      'an unknown client (RFC 6749 §5.2)',
      json({ error: 'invalid_client' }, 400),
      'refused',
      "It refuses the hub's credentials.",
    ],
    ['no token there', json({ code: 'x', message: '' }, 404), 'failed', 'It answered with status 404.'],
    [
      'a token of another kind',
      json({ access_token: 'x', token_type: 'mac', expires_in: 60 }),
      'contract',
      'The answer does not fit the contract (Token) at /token_type: must be equal to constant.',
    ],
  ])('%s: an error, and no call for data', async (_name, given, problem, message) => {
    department.says(inTurn(given))
    expect(await outcome(connected()().record.load(a))).toEqual({ problem, message, retryAt: null })
    expect([paths(), department.called]).toEqual([['/oauth/token'], 0])
  })
})
