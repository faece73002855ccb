/** Change notices over HTTP: who may send them, that they end copies in every process, and what is on record. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, importJWK, SignJWT, type JWK } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createDevelopmentIssuer } from '../auth/development-issuer.ts'
import { departmentIds } from '../departments.ts'
import { ConfigError, readConfig } from '../hub/config.ts'
import { credentialNames, startHub, type Hub } from '../hub/hub.ts'
import { recordsOf } from './support/audit.ts'
import { runHub, type Running } from './support/harness.ts'

let running: Running
let other: Hub
let key: JWK
let usccs: string[]
let nth = 0
let uscc: string

beforeAll(async () => {
  running = await runHub({ config: { cache: { use: 'on' } } })
  other = await startHub({ ...running.hub.config, port: 0 })
  key = JSON.parse(await readFile(join(running.hub.config.dataFolder, 'development-issuer.json'), 'utf8')) as JWK
  const known = running.sandbox.witness.list()
  usccs = known.filter(({ knownTo }) => knownTo.length === departmentIds.length).map(({ uscc }) => uscc)
})
afterAll(async () => {
  await other.stop()
  await running.stop()
})
beforeEach(() => {
  uscc = usccs[nth] ?? ''
  nth += 2
  running.sandbox.calls.reset()
})
afterEach(() => vi.useRealTimers())

interface Signing {
  claims?: Record<string, unknown>
  typ?: string
  issuer?: string
  audience?: string
  key?: JWK
  /** Seconds since 1970; null for none. */
  at?: number | null
}

async function signed({
  claims = {},
  typ = 'change-notice+jwt',
  issuer = 'fx',
  ...rest
}: Signing = {}): Promise<string> {
  const { audience = 'hutong', key: by = key, at = Math.floor(Date.now() / 1000) } = rest
  const jwt = new SignJWT({ jti: crypto.randomUUID(), usccs: [uscc], ...claims })
    .setProtectedHeader({ alg: 'EdDSA', typ, kid: 'development' })
    .setIssuer(issuer)
    .setAudience(audience)
  return (at === null ? jwt : jwt.setIssuedAt(at)).sign(await importJWK(by, 'EdDSA'))
}

async function post(text: string, department = 'fx', type = 'application/jwt') {
  const response = await fetch(`${running.hub.url}/notices/${department}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: text,
  })
  const body = (await response.json()) as { accepted?: string; errors?: { extensions: { code: string } }[] }
  const [error] = body.errors ?? []
  return {
    said: [response.status, error?.extensions.code ?? 'accepted'],
    record: (await recordsOf(running.database.db, response.headers.get('x-request-id') ?? ''))[0],
  }
}

const calls = () => {
  const counted = running.calls()
  running.sandbox.calls.reset()
  return counted
}
const persona = { as: 'customs', purpose: 'clearance' } as const
const ask = async (hub: Hub, fields = 'fx { class } tax { creditGrade }', code = uscc) => {
  const response = await fetch(`${hub.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await running.token(persona)}`,
      'x-purpose': persona.purpose,
    },
    body: JSON.stringify({ query: `{ enterprise(uscc: "${code}") { ${fields} } }` }),
  })
  expect(((await response.json()) as { errors?: unknown }).errors).toBeUndefined()
  return calls()
}

describe('a notice that is taken', () => {
  test('ends the copies of that department and those enterprises, in every process within a second', async () => {
    const neighbour = usccs[nth - 1] ?? ''
    for (const hub of [running.hub, other]) {
      expect(await ask(hub)).toEqual({ fx: 1, tax: 1 })
      await ask(hub, undefined, neighbour)
      expect(await ask(hub)).toEqual({})
    }
    const { said, record } = await post(await signed({ claims: { jti: 'notice-of-change' } }))
    const sent = performance.now()
    expect(said).toEqual([202, 'accepted'])
    expect(await ask(running.hub)).toEqual({ fx: 1 })
    await vi.waitFor(async () => expect(await ask(other)).toEqual({ fx: 1 }), { timeout: 5000, interval: 20 })
    expect(performance.now() - sent).toBeLessThan(1000)
    for (const hub of [running.hub, other]) expect(await ask(hub, undefined, neighbour)).toEqual({})
    expect(record).toMatchObject({
      action: 'notice',
      outcome: 'answered',
      department: null,
      subjects: [uscc],
      calls: {},
      errors: [],
      details: { notice: { department: 'fx', id: 'notice-of-change', all: false } },
    })
  })

  test('counts for a process that begins later, and copies are kept again after it', async () => {
    await post(await signed())
    const late = await startHub({ ...running.hub.config, port: 0 })
    expect([await ask(late), await ask(late)]).toEqual([{ fx: 1, tax: 1 }, { fx: 1 }])
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 6000 })
    expect([await ask(late), await ask(late)]).toEqual([{ fx: 1 }, {}])
    await late.stop()
  })
})

describe('a notice that is refused ends nothing', () => {
  const now = () => Math.floor(Date.now() / 1000)
  const token = async () => {
    const issuer = await createDevelopmentIssuer({ mode: 'development', key, audience: 'hutong', grants: [] })
    return issuer.token('fx')
  }
  const stranger = async (): Promise<JWK> => {
    const { privateKey } = await generateKeyPair('EdDSA', { extractable: true })
    return { ...(await exportJWK(privateKey)), kid: 'development' }
  }
  const cases: [string, () => Promise<[string, string?, string?]>, [number, string]][] = [
    ['of no department', async () => [await signed({ issuer: 'nobody' }), 'nobody'], [404, 'NOT_FOUND']],
    ['by another key', async () => [await signed({ key: await stranger() })], [401, 'UNAUTHENTICATED']],
    ['of another department', async () => [await signed({ issuer: 'tax' })], [400, 'BAD_USER_INPUT']],
    ['for another hub', async () => [await signed({ audience: 'another' })], [400, 'BAD_USER_INPUT']],
    ['signed long ago', async () => [await signed({ at: now() - 400 })], [400, 'BAD_USER_INPUT']],
    ['signed in the future', async () => [await signed({ at: now() + 60 })], [400, 'BAD_USER_INPUT']],
    ['signed at no time', async () => [await signed({ at: null })], [400, 'BAD_USER_INPUT']],
    ['without an id', async () => [await signed({ claims: { jti: undefined } })], [400, 'BAD_USER_INPUT']],
    ['with an id that cannot be', async () => [await signed({ claims: { jti: 'a b' } })], [400, 'BAD_USER_INPUT']],
    ['of no enterprise', async () => [await signed({ claims: { usccs: [] } })], [400, 'BAD_USER_INPUT']],
    ['of too many', async () => [await signed({ claims: { usccs: Array(1001).fill(uscc) } })], [400, 'BAD_USER_INPUT']],
    ['of what is no code', async () => [await signed({ claims: { usccs: [`${uscc}x`] } })], [400, 'BAD_USER_INPUT']],
    ['of some and of all', async () => [await signed({ claims: { all: true } })], [400, 'BAD_USER_INPUT']],
    ['that is an access token', async () => [await token()], [400, 'BAD_USER_INPUT']],
    ['that is no JWT', async () => ['a.b.c'], [400, 'BAD_USER_INPUT']],
    ['as JSON', async () => ['{"usccs":[]}', 'fx', 'application/json'], [400, 'BAD_USER_INPUT']],
  ]
  test.each(cases)('%s', async (_name, make, want) => {
    await ask(running.hub)
    const [text, department, type] = await make()
    const { said, record } = await post(text, department, type)
    expect(said).toEqual(want)
    expect(record).toMatchObject({ action: 'notice', outcome: 'refused', errors: [want[1]] })
    expect(await ask(running.hub)).toEqual({})
  })

  test('sent before, to any process', async () => {
    const text = await signed()
    expect((await post(text)).said).toEqual([202, 'accepted'])
    const { said, record } = await post(text)
    expect([said, record?.outcome]).toEqual([[409, 'CONFLICT'], 'refused'])
    const { status } = await fetch(`${other.url}/notices/fx`, {
      method: 'POST',
      headers: { 'content-type': 'application/jwt' },
      body: text,
    })
    expect(status).toBe(409)
  })
})

// At the end: for a few seconds after it tax is asked every time.
test('a notice of all ends every copy of that department, and no other', async () => {
  await ask(running.hub)
  await ask(running.hub, undefined, usccs[nth - 1])
  const { said } = await post(await signed({ claims: { all: true, usccs: undefined }, issuer: 'tax' }), 'tax')
  expect(said).toEqual([202, 'accepted'])
  expect(await ask(running.hub)).toEqual({ tax: 1 })
  expect(await ask(running.hub, undefined, usccs[nth - 1])).toEqual({ tax: 1 })
})

test('settings: addresses of keys, by department', () => {
  const read = (text: string) => [...readConfig(credentialNames, { HUTONG_NOTICE_KEYS: text }).noticeKeys]
  expect(read('fx=https://fx.example/keys')).toEqual([['fx', new URL('https://fx.example/keys')]])
  expect(() => read('nobody=https://fx.example/keys')).toThrow(ConfigError)
  expect(() => read('fx=ftp://fx.example/keys')).toThrow(ConfigError)
})
