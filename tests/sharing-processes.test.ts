/** Attack 17 over two processes of the hub: what one suspends, the other denies within a second, in the middle of a list. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitUntil } from '../store/engine/process.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { runHub, type Running } from './support/harness.ts'

let store: FreshDatabase
let one: Running
let other: Running
beforeAll(async () => {
  store = await freshDatabase()
  one = await runHub({ config: { databaseUrl: store.url } })
  other = await runHub({ config: { databaseUrl: store.url } })
})
afterAll(async () => {
  await one.stop()
  await other.stop()
  await store.drop()
})

const clearance = { as: 'customs', purpose: 'clearance' } as const
const grant = 'development:customs:tax.creditGrade:clearance'
const change = async (mutation: 'suspendGrant' | 'resumeGrant'): Promise<unknown> => {
  const [type, more] =
    mutation === 'resumeGrant' ? ['GrantInput', {}] : ['SuspendGrantInput', { putRightBy: '2999-12-31' }]
  const { data, errors } = await other.ask(
    { as: 'authority', roles: ['authority'] },
    `mutation ($input: ${type}!) { ${mutation}(input: $input) { grant { state } } }`,
    { input: { clientMutationId: randomUUID(), grant, reason: '涉嫌超范围使用', ...more } },
  )
  return errors ?? data
}

test('a suspension reaches a list under way on another process; a resumption the next request', async () => {
  const usccs = one.sandbox.witness
    .list({})
    .filter(({ knownTo }) => knownTo.includes('tax'))
    .slice(0, 50)
    .map(({ uscc }) => uscc)
  const list = () =>
    one.ask(
      clearance,
      'query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { tax { creditGrade exportRefundClass } } }',
      { usccs },
    )
  const before = await list()
  expect(before.errors).toBeUndefined()

  one.sandbox.calls.reset()
  // Each department is asked for at most 32 at a time, so this list takes two seconds.
  one.sandbox.faults.set('tax', { kind: 'slow', seconds: 30, delayMs: 1000 })
  const answering = list()
  expect(await waitUntil(async () => (one.calls().tax ?? 0) > 0, 5_000)).toBe(true)
  expect(await change('suspendGrant')).toEqual({ suspendGrant: { grant: { state: 'SUSPENDED' } } })
  const answer = await answering
  one.sandbox.faults.clear()

  const withoutGrades = (before.data?.enterprises as { tax: object }[]).map(({ tax }) => ({
    tax: { ...tax, creditGrade: null },
  }))
  expect(answer.data).toEqual({ enterprises: withoutGrades })
  expect(answer.errors?.map(({ path, extensions }) => [path?.join('.'), extensions.reason])).toEqual(
    usccs.map((_uscc, index) => [`enterprises.${index}.tax.creditGrade`, 'suspended']),
  )
  expect((await list()).data).toEqual({ enterprises: withoutGrades })

  expect(await change('resumeGrant')).toEqual({ resumeGrant: { grant: { state: 'ACTIVE' } } })
  expect(await waitUntil(async () => (await list()).errors === undefined, 1_000)).toBe(true)
  expect((await list()).data).toEqual(before.data)
})
