/**
 * Two processes of the hub over one store. Attack 17: what one suspends, the other denies within a second, in the middle of
 * a list. And what is decided on both at once is decided once.
 */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitUntil } from '../store/engine/process.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { runHub, type Persona, type Running } from './support/harness.ts'
import { inAMonth, mutate } from './support/mutations.ts'

let store: FreshDatabase
let one: Running
let other: Running
beforeAll(async () => {
  store = await freshDatabase()
  one = await runHub({ config: { databaseUrl: store.url } })
  const { ledger, trade } = one.hub.config
  other = await runHub({ config: { databaseUrl: store.url, ledger, trade } })
})
afterAll(async () => {
  await one.stop()
  await other.stop()
  await store.drop()
})

const clearance = { as: 'customs', purpose: 'clearance' } as const
const grant = 'development:customs:tax.creditGrade:clearance'
const change = async (mutation: 'suspendGrant' | 'resumeGrant'): Promise<unknown> => {
  const [type, more] = mutation === 'resumeGrant' ? ['GrantInput', {}] : ['SuspendGrantInput', { putRightBy: inAMonth }]
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

describe('an application that is decided on both processes at once', () => {
  const steward = (as: Persona['as']): Persona => ({ as, roles: ['steward'] })
  const idOf = (matter: unknown): string => {
    if (typeof matter === 'string') throw new Error(matter)
    return (matter as { id: string }).id
  }
  const submitted = async (): Promise<string> => {
    const draft = {
      item: 'tax.creditGrade',
      purpose: 'licence-review',
      basis: '市场主体登记管理条例第二十一条',
      scenario: '年报抽查时核对纳税信用级别',
      scope: '登记注册处',
      validTo: '2999-12-31T00:00:00+08:00',
    }
    const market = steward('market')
    const id = idOf(
      await mutate(one, market, ['draftApplication', 'DraftApplicationInput', 'application { id }'], draft),
    )
    await mutate(one, market, ['submitApplication', 'ApplicationInput', 'application { id }'], { application: id })
    return id
  }
  const act = (on: Running, who: Persona, action: 'approve' | 'refuse' | 'withdraw', application: string) =>
    mutate(
      on,
      who,
      [
        `${action}Application`,
        action === 'approve' ? 'ApproveApplicationInput' : 'ApplicationInput',
        'application { state }',
      ],
      { application, ...(action === 'refuse' ? { reason: '依据不足' } : {}) },
    )
  /** What came of it, once all have answered. */
  const outcome = async (application: string) => {
    const { data } = await one.ask(
      steward('tax'),
      `{ application(id: "${application}") { state grant history { action } } grants(first: 100) { nodes { application } } }`,
    )
    const { application: found, grants } = data as {
      application: { state: string; grant: string | null; history: { action: string }[] }
      grants: { nodes: { application: string | null }[] }
    }
    return {
      state: found.state,
      decided: found.history.slice(2).map(({ action }) => action),
      grants: grants.nodes.filter((grant) => grant.application === application).length,
      grant: found.grant,
    }
  }
  const rounds = Array.from({ length: 5 }, (_, round) => round + 1)

  test.each(rounds)('two consents make one grant (%i)', async () => {
    const id = await submitted()
    const answers = await Promise.all([one, other, one, other].map((on) => act(on, steward('tax'), 'approve', id)))
    const lost = 'CONFLICT: To approve is not possible in the state APPROVED.'
    expect(answers.toSorted((a, b) => Number(typeof a === 'object') - Number(typeof b === 'object'))).toEqual([
      lost,
      lost,
      lost,
      { state: 'APPROVED' },
    ])
    expect(await outcome(id)).toEqual({
      state: 'APPROVED',
      decided: ['approve'],
      grants: 1,
      grant: `application:${id}`,
    })
  })

  test.each(rounds)('of a consent, a refusal and a withdrawal one holds, and the others are told (%i)', async () => {
    const id = await submitted()
    const answers = await Promise.all([
      act(one, steward('tax'), 'approve', id),
      act(other, steward('tax'), 'refuse', id),
      act(other, steward('market'), 'withdraw', id),
    ])
    const { state, ...rest } = await outcome(id)
    const actions = ['approve', 'refuse', 'withdraw']
    const winner = { APPROVED: 0, REFUSED: 1, WITHDRAWN: 2 }[state] ?? -1
    expect(answers).toEqual(
      actions.map((action, place) =>
        place === winner ? { state } : `CONFLICT: To ${action} is not possible in the state ${state}.`,
      ),
    )
    const grant = state === 'APPROVED' ? `application:${id}` : null
    expect(rest).toEqual({ decided: [actions[winner]], grants: grant === null ? 0 : 1, grant })
  })
})
