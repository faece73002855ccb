/**
 * Attack 17: a right that ends while it is used. The term of a grant and the life of a token count at the next request; a
 * suspension, or an end, within a second on every process, in the midst of a request too (live-policy.test.ts,
 * sharing-processes.test.ts). Of subscriptions see 12-subscriptions.test.ts and trade/subscriptions.test.ts.
 */
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { developmentGrants } from '../../auth/development-grants.ts'
import { policies } from '../../codegen/generated/grid.ts'
import { seedGrants } from '../../store/grants.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { runHub, type Answer, type Running } from '../support/harness.ts'
import { grantOf } from './granted-hub.ts'

const minute = 60_000
let store: FreshDatabase
let running: Running
let start: number
let uscc: string

beforeAll(async () => {
  // Only the date moves; what waits for an answer keeps its time.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  start = Date.now()
  store = await freshDatabase()
  const inMinutes = (minutes: number) => new Date(start + minutes * minute)
  await seedGrants(store.db, [
    ...developmentGrants(Object.values(policies)),
    { ...grantOf('customs', 'tax.arrears', 'audit'), validTo: inMinutes(10) },
    { ...grantOf('customs', 'tax.refunds', 'audit'), validFrom: inMinutes(10), validTo: inMinutes(20) },
  ])
  running = await runHub({ config: { databaseUrl: store.url } })
  uscc = running.sandbox.world.enterprises[0]?.uscc ?? ''
})
afterAll(async () => {
  vi.useRealTimers()
  await running.stop()
  await store.drop()
})
beforeEach(() => {
  vi.setSystemTime(start)
  running.sandbox.calls.reset()
})

const persona = { as: 'customs', purpose: 'audit', purposes: ['audit'] } as const
const at = (minutes: number): void => void vi.setSystemTime(start + minutes * minute)
const told = ({ data, errors }: Answer) => ({
  data,
  denied: (errors ?? []).map(({ path, extensions }) => [path?.join('.'), extensions.code, extensions.reason]),
})
const denied = (field: string) => [`enterprise.tax.${field}`, 'UNAUTHORIZED_FIELD_OR_TYPE', 'no-grant']

test('attack 17: of the schema nothing but subscriptions outlives a request', async () => {
  const { data } = await running.ask({ as: 'customs' }, '{ __schema { directives { name } } }')
  const { directives } = data?.__schema as { directives: { name: string }[] }
  expect(directives.map(({ name }) => name).filter((name) => /^(defer|stream|live)$/.test(name))).toEqual([])
})

test('attack 17: a grant that ends and one that begins count at the next request, with the same document', async () => {
  const ask = () =>
    running.ask(
      persona,
      `{ enterprise(uscc: "${uscc}") { tax { arrears { currency } refunds(first: 1) { pageInfo { hasPreviousPage } } } } }`,
    )
  const arrears = { arrears: { currency: 'CNY' }, refunds: null }
  const refunds = { arrears: null, refunds: { pageInfo: { hasPreviousPage: false } } }
  const steps: [number, unknown][] = [
    [0, { data: { enterprise: { tax: arrears } }, denied: [denied('refunds')] }],
    [9.999, { data: { enterprise: { tax: arrears } }, denied: [denied('refunds')] }],
    [10, { data: { enterprise: { tax: refunds } }, denied: [denied('arrears')] }],
    [19.999, { data: { enterprise: { tax: refunds } }, denied: [denied('arrears')] }],
  ]
  for (const [minutes, wanted] of steps) {
    at(minutes)
    expect([minutes, told(await ask())]).toEqual([minutes, wanted])
  }
  expect(running.calls()).toEqual({ tax: steps.length })
  running.sandbox.calls.reset()
  at(20)
  expect(told(await ask())).toEqual({
    data: { enterprise: { tax: { arrears: null, refunds: null } } },
    denied: [denied('arrears'), denied('refunds')],
  })
  expect(running.calls()).toEqual({})
})

test('attack 17: a grant that ends counts for every enterprise of a long list', async () => {
  const usccs = running.sandbox.world.enterprises.slice(0, 100).map(({ uscc }) => uscc)
  const query = 'query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { tax { arrears { currency } } } }'
  const before = await running.ask(persona, query, { usccs })
  expect(before.errors).toBeUndefined()
  at(10)
  running.sandbox.calls.reset()
  const after = await running.ask(persona, query, { usccs })
  expect(after.data).toEqual({ enterprises: usccs.map(() => ({ tax: { arrears: null } })) })
  expect(after.errors).toHaveLength(usccs.length)
  expect(running.calls()).toEqual({})
})

test('attack 17: a token that ends counts at the next request', async () => {
  const authorization = `Bearer ${(await running.hub.issuer?.token('customs', { seconds: 60 })) ?? ''}`
  const ask = () =>
    running.ask(null, `{ enterprise(uscc: "${uscc}") { customs { creditGrade } } }`, {}, { authorization })
  expect((await ask()).data).toEqual({ enterprise: { customs: { creditGrade: 'ADVANCED_CERTIFIED' } } })
  at(2)
  running.sandbox.calls.reset()
  const { status, data, errors } = await ask()
  expect({ status, data, errors }).toEqual({
    status: 401,
    data: undefined,
    errors: [{ message: 'The token has expired.', extensions: { code: 'UNAUTHENTICATED' } }],
  })
  expect(running.calls()).toEqual({})
})

test('attack 17: the explanation says the same as the answer, before and after', async () => {
  const explained = async () => {
    const response = await fetch(`${running.hub.url}/explain`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await running.token(persona)}`,
        'x-purpose': persona.purpose,
      },
      body: JSON.stringify({ query: `{ enterprise(uscc: "${uscc}") { tax { arrears { amount } } } }` }),
    })
    const { fields } = (await response.json()) as { fields: { path: string; decision: string; rule: string }[] }
    return fields.filter(({ path }) => path === 'enterprise.tax.arrears').map(({ decision, rule }) => [decision, rule])
  }
  expect(await explained()).toEqual([['ALLOW', 'grant:test:customs:tax.arrears:audit']])
  at(10)
  expect(await explained()).toEqual([['DENY', 'no-grant']])
})
