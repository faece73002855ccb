/** Attack 15, what tokens depend on: clocks, keys that come and go, the header that carries them; and the record of it. */
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { recordOf, refusal, send, told, type Answered } from './over-http.ts'
import { accepted, dataOf, refused, said, trustingHub, uscc } from './trusting-hub.ts'

const { running, issuer, other, ask, show } = trustingHub()
const now = () => Math.floor(Date.now() / 1000)
const later = (seconds: number): void => void vi.setSystemTime(Date.now() + seconds * 1000)
const signed = (changes: Record<string, unknown> = {}, header?: Record<string, unknown>): Promise<string> =>
  issuer().sign(issuer().claims(changes), header)

const expired = refused('The token has expired.')
const unknownKey = refused("The issuer has no key of the token's kid.")
const unreachable = refused("The issuer's keys cannot be reached; try again.", 503)

describe('clocks', () => {
  // Clocks may differ by 5 seconds.
  test.each([
    ['ends this second', { exp: 0 }, true],
    ['ended 4 seconds ago', { exp: -4 }, true],
    ['ended 5 seconds ago', { exp: -5 }, false],
    ['begins this second', { nbf: 0 }, true],
    ['begins in 5 seconds', { nbf: 5 }, true],
    ['begins in 6 seconds', { nbf: 6 }, false],
    ['was issued in a day', { iat: 86_400 }, true],
  ])('attack 15: a token that %s', async (_what, offsets, isGood) => {
    const times = Object.fromEntries(Object.entries(offsets).map(([claim, offset]) => [claim, now() + offset]))
    const answer = await show(await signed(times))
    if (isGood) expect(dataOf(answer)).toEqual(accepted())
    else expect(said(answer)).toEqual('exp' in offsets ? expired : refused('The token is not valid yet (nbf).'))
  })

  test('attack 15: a token ends between two requests', async () => {
    const token = await signed({ exp: now() + 60 })
    expect(dataOf(await show(token))).toEqual(accepted())
    later(64)
    expect(dataOf(await show(token))).toEqual(accepted())
    running().sandbox.calls.reset()
    later(1)
    expect(said(await show(token))).toEqual(expired)
    expect(running().calls()).toEqual({})
  })
})

describe('keys that come and go', () => {
  /** Longer than any cooldown and any memory of the set. */
  beforeEach(() => later(3600))

  test('attack 15: a new key is accepted, at most five seconds after the set was asked for', async () => {
    expect(dataOf(await show(await signed()))).toEqual(accepted())
    await issuer().makeKey('next')
    later(5)
    const token = signed({}, { key: 'next' })
    expect(said(await show(await token))).toEqual(unknownKey)
    issuer().publish('next')
    later(4)
    expect(said(await show(await token))).toEqual(unknownKey)
    later(2)
    expect(dataOf(await show(await token))).toEqual(accepted())
    expect(dataOf(await show(await signed()))).toEqual(accepted())
  })

  test('attack 15: tokens with unknown keys make the hub ask the issuer once in five seconds, not each time', async () => {
    await show(await signed())
    later(5)
    const before = issuer().asked
    await issuer().makeKey('flood')
    for (let i = 0; i < 20; i++) {
      expect(said(await show(await signed({}, { key: 'flood', kid: `flood-${i}` })))).toEqual(unknownKey)
    }
    expect(issuer().asked - before).toBe(1)
  })

  test('attack 15: a key that was taken out is refused once the set has run out', async () => {
    await issuer().makeKey('old')
    issuer().publish('old')
    const old = () => signed({}, { key: 'old' })
    expect(dataOf(await show(await old()))).toEqual(accepted())
    issuer().published.delete('old')
    later(599)
    expect(dataOf(await show(await old()))).toEqual(accepted())
    later(2)
    expect(said(await show(await old()))).toEqual(unknownKey)
    expect(dataOf(await show(await signed()))).toEqual(accepted())
  })

  test('attack 15: a key that was taken out is refused at once when another is looked for', async () => {
    await issuer().makeKey('leaked')
    issuer().publish('leaked')
    const leaked = () => signed({}, { key: 'leaked' })
    expect(dataOf(await show(await leaked()))).toEqual(accepted())
    issuer().published.delete('leaked')
    later(6)
    expect(said(await show(await signed({}, { kid: 'another' })))).toEqual(unknownKey)
    expect(said(await show(await leaked()))).toEqual(unknownKey)
  })

  test('attack 15: a token without a kid is good where it could only be one key, and else refused', async () => {
    for (const kid of [...other().published.keys()]) if (kid !== 'first') other().published.delete(kid)
    const bare = () => other().sign(other().claims(), { kid: undefined })
    expect(dataOf(await show(await bare()))).toEqual(accepted())
    await other().makeKey('twin')
    other().publish('twin')
    later(3600)
    expect(said(await show(await bare()))).toEqual(refused('The token cannot be verified.'))
    other().published.delete('twin')
  })

  test.each([
    ['breaks the connection', (response: { destroy(): unknown }) => void response.destroy()],
    [
      'fails',
      (response: { writeHead(status: number): { end(text: string): unknown } }) =>
        void response.writeHead(500).end('no'),
    ],
    [
      'says that it is busy',
      (response: { writeHead(status: number): { end(text: string): unknown } }) =>
        void response.writeHead(503).end('{"keys":[]}'),
    ],
    ['says HTML', (response: { end(text: string): unknown }) => void response.end('<html></html>')],
    ['says other JSON', (response: { end(text: string): unknown }) => void response.end('{"keys":null}')],
  ])('attack 15: an issuer that %s: 503, and good again afterwards', async (_what, instead) => {
    issuer().instead = instead
    const answer = await show(await signed())
    issuer().instead = null
    expect(said(answer)).toEqual(unreachable)
    expect(running().calls()).toEqual({})
    // The other issuer's callers notice nothing, and the first's are served as soon as its keys can be had.
    expect(dataOf(await show(await other().sign()))).toEqual(accepted())
    expect(dataOf(await show(await signed()))).toEqual(accepted())
  })

  test('attack 15: an issuer that does not answer: 503 after a while', async () => {
    issuer().instead = () => undefined
    const answer = await show(await signed())
    issuer().instead = null
    expect(said(answer)).toEqual(unreachable)
  })

  test('attack 15: an issuer that sends the hub elsewhere for its keys is not followed', async () => {
    const before = other().asked
    issuer().instead = (response) => void response.writeHead(302, { location: other().url.href }).end()
    const answer = await show(await other().sign(issuer().claims()))
    issuer().instead = null
    expect(dataOf(answer)).toEqual({ status: answer.status, data: undefined })
    expect(other().asked).toBe(before)
  })
})

describe('the header', () => {
  const form = refused('The Authorization header must be: Bearer ‹token›.')
  const token = () => signed()

  test.each([
    ['Basic', 'Basic dXNlcjpwYXNz', form],
    ['DPoP', 'DPoP a.b.c', form],
    ['no scheme', 'a.b.c', form],
    ['no token', 'Bearer', form],
    ['only a space', 'Bearer ', form],
    ['two tokens', 'Bearer a.b.c d.e.f', form],
    ['two spaces', 'Bearer  a.b.c', form],
    ['a list', 'Bearer a.b.c, Bearer d.e.f', form],
    ['a tab', 'Bearer\ta.b.c', form],
    ['a scheme that begins like it', 'Bearerx a.b.c', form],
    ['quotes', 'Bearer "a.b.c"', refused('The token is not a signed JWT.')],
    ['letters of elsewhere', 'Bearer \u00e9.\u00e9.\u00e9', refused('The token is not a signed JWT.')],
    ['more than the hub reads', `Bearer ${'x'.repeat(8193)}`, form],
  ])('attack 15: %s', async (_what, authorization, wanted) => {
    expect(said(await ask({ authorization }))).toEqual(wanted)
    expect(running().calls()).toEqual({})
  })

  test('attack 15: nothing', async () => {
    expect(said(await ask({}))).toEqual(refused('Send a token: Authorization: Bearer ‹token›.'))
    expect(said(await ask({ authorization: '' }))).toEqual(refused('Send a token: Authorization: Bearer ‹token›.'))
  })

  test.each(['bearer', 'BEARER', 'Bearer', 'bEaReR'])('attack 15: %s is the scheme', async (scheme) => {
    expect(dataOf(await ask({ authorization: `${scheme} ${await token()}` }))).toEqual(accepted())
  })

  test.each(['access_token', 'token', 'authorization'])('attack 15: %s in the address is no token', async (name) => {
    const address = `${running().hub.url}/graphql?${name}=${await token()}`
    const body = '{"query":"{ me { department } }"}'
    const answer = await send(address, { headers: { 'content-type': 'application/json' }, body })
    expect(said(answer)).toEqual(refused('Send a token: Authorization: Bearer ‹token›.'))
  })

  // Of two, what stands before the hub may have looked at the other one.
  test.each([
    ['two good ones', async () => [await token(), await signed({ department: 'tax' })]],
    ['a good one and a bad one', async () => [await token(), 'x']],
    ['a bad one and a good one', async () => ['x', await token()]],
  ])('attack 15: %s are refused', async (_what, tokens) => {
    const answer = await ask({ authorization: (await tokens()).map((one) => `Bearer ${one}`) })
    expect([answer.status, told(answer)]).toEqual([
      answer.status,
      refusal(answer.status, 'UNAUTHENTICATED', expect.any(String) as string),
    ])
    expect([400, 401]).toContain(answer.status)
    expect(running().calls()).toEqual({})
  })

  test.each([
    ['that the token does not list', 'clearance', ['statistics'], 'The token may state statistics, not "clearance".'],
    ['that nobody knows', 'spying', ['clearance'], 'The token may state clearance, not "spying".'],
    ['in capitals', 'CLEARANCE', ['clearance'], 'The token may state clearance, not "CLEARANCE".'],
    ['of the prototype', '__proto__', ['clearance'], 'The token may state clearance, not "__proto__".'],
    ['of a token without any', 'clearance', [], 'The token lists no purpose; leave the X-Purpose header out.'],
    ['twice', ['clearance', 'clearance'], ['clearance'], 'The token may state clearance, not "clearance, clearance".'],
  ])('attack 15: a purpose %s', async (_what, purpose, purposes, sentence) => {
    const answer = await ask({ authorization: `Bearer ${await signed({ purposes })}`, 'x-purpose': purpose })
    expect(told(answer)).toEqual(refusal(403, 'PURPOSE_NOT_ALLOWED', sentence))
    expect(running().calls()).toEqual({})
  })
})

describe('what kind of token', () => {
  test.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'JWT', undefined])('attack 15: typ %s is taken', async (typ) => {
    expect(dataOf(await show(await signed({}, { typ })))).toEqual(accepted())
  })

  // RFC 8725 §3.11: what an issuer signed for something else is no access token, whatever claims it has.
  test.each(['logout+jwt', 'dpop+jwt', 'secevent+jwt', 'oauth-authz-req+jwt'])(
    'attack 15: typ %s is not taken',
    async (typ) => {
      expect(said(await show(await signed({}, { typ }))).status).toBe(401)
      expect(running().calls()).toEqual({})
    },
  )

  test('attack 15: two issuers side by side are each good for what they say', async () => {
    expect(dataOf(await show(await other().sign(other().claims({ department: 'tax' }))))).toEqual(accepted('tax'))
    expect(dataOf(await show(await running().token({ as: 'fx' })))).toEqual(accepted('fx'))
  })
})

describe('what a refusal leaves', () => {
  const cases: [string, () => Promise<Answered>, number][] = [
    ['no token', () => ask({}), 401],
    ['a bad token', () => show('x'), 401],
    ['a token that has expired', async () => show(await signed({ exp: 0 })), 401],
  ]
  test.each(cases)(
    'attack 15: %s is on record as refused, with nobody as the one who asked',
    async (_what, make, status) => {
      const answer = await make()
      expect(answer.status).toBe(status)
      const [record, ...more] = (await recordOf(running(), answer)) as Record<string, unknown>[]
      expect(more).toEqual([])
      expect(record).toMatchObject({
        department: null,
        subject: null,
        purpose: null,
        outcome: 'refused',
        departments_called: {},
      })
    },
  )

  test.each([
    ...cases,
    ['a purpose', async () => ask({ authorization: `Bearer ${await signed()}`, 'x-purpose': 'x' }), 403] as const,
  ])('attack 15: the record of %s names the error', async (_what, make, status) => {
    const code = status === 403 ? 'PURPOSE_NOT_ALLOWED' : 'UNAUTHENTICATED'
    expect(await recordOf(running(), await make())).toEqual([expect.objectContaining({ error_codes: [code] })])
  })

  test('attack 15: the metrics count it', async () => {
    const count = async () => {
      const { text } = await send(`${running().hub.url}/metrics`, { method: 'GET' })
      return Number(/^hutong_errors_total\{code="UNAUTHENTICATED"\} (\d+)$/m.exec(text)?.[1] ?? 0)
    }
    const before = await count()
    await show('x')
    expect((await count()) - before).toBe(1)
  })

  test('attack 15: the challenge says that the token is not good, and not so where there was none (RFC 6750 §3.1)', async () => {
    const challenges = [await show('x'), await show(await signed({ exp: 0 })), await ask({})].map(
      ({ headers }) => headers['www-authenticate'],
    )
    expect(challenges).toEqual([
      expect.stringContaining('error="invalid_token"'),
      expect.stringContaining('error="invalid_token"'),
      'Bearer realm="hutong"',
    ])
  })

  test('attack 15: /explain and the explorer refuse with a challenge too', async () => {
    const answer = await send(`${running().hub.url}/explain`, {
      headers: { 'content-type': 'application/json', authorization: 'Bearer x' },
      body: `{"query":"{ enterprise(uscc: \\"${uscc}\\") { name } }"}`,
    })
    expect(said(answer)).toEqual(refused('The token is not a signed JWT.'))
  })
})
