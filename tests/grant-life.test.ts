/** How a grant ends (政务数据共享条例 art. 27), with the clock held: misuse and the time to put it right, and its term. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Grant } from '../rules/grant.ts'
import { seedGrants } from '../store/grants.ts'
import type { Caller } from '../store/sharing/matters.ts'
import { createSharing, type GrantView, type Sharing } from '../store/sharing/service.ts'
import { grantOf } from './attacks/granted-hub.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { listed } from './support/listed.ts'

let database: FreshDatabase
let now: Date
const at = (text: string): void => void (now = new Date(text))
beforeEach(async () => {
  database = await freshDatabase()
  at('2026-03-02T09:00:00+08:00')
})
afterEach(() => database.drop())

const tax: Caller = { department: 'tax', subject: 'tax-steward', roles: ['steward'] }
const customs: Caller = { department: 'customs', subject: 'customs-steward', roles: ['steward'] }
const authority: Caller = { department: 'authority', subject: 'authority-1', roles: ['authority'] }
const callers = { customs, tax, authority }
const grant = grantOf('customs', 'tax.arrears', 'audit')

const seed = (change: Partial<Grant> = {}) => seedGrants(database.db, [{ ...grant, ...change }])
const of = (caller: Caller): Sharing =>
  createSharing({ db: database.db, item: () => null, refresh: async () => undefined, now: () => now })(
    caller,
    () => undefined,
  )
type Step = Parameters<Sharing['actOnGrant']>
const act = (who: Caller, action: Step[1], stated: Omit<Step[2], 'grant' | 'clientMutationId'> = {}) =>
  of(who)
    .actOnGrant(`${action}Grant`, action, { clientMutationId: randomUUID(), grant: grant.id, ...stated })
    .catch((error: unknown) => (error as Error).message)
const shown = ({ state, actions, putRightBy, endCause }: GrantView) => ({ state, actions, putRightBy, endCause })
/** The grant as each of its sides sees it. */
const seen = async () =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(callers).map(
        async ([id, caller]) => [id, (await listed(of(caller).grants({}))).map(shown)] as const,
      ),
    ),
  )
const reason = '发现用于通关以外的用途'

describe('misuse', () => {
  test('is suspended, left a term in Beijing to put it right, and ends the grant after that alone', async () => {
    await seed()
    expect(await act(tax, 'suspend', { reason, putRightBy: '2026-03-20' })).toMatchObject({ state: 'SUSPENDED' })
    const suspended = { state: 'SUSPENDED', putRightBy: '2026-03-20', endCause: null }
    expect(await seen()).toEqual({
      customs: [{ ...suspended, actions: ['giveUp'] }],
      tax: [{ ...suspended, actions: ['resume', 'terminate'] }],
      authority: [{ ...suspended, actions: ['resume'] }],
    })
    const end = () => act(authority, 'terminate', { cause: 'MISUSE', reason: '逾期未整改' })
    at('2026-03-20T23:59:59.999+08:00')
    expect(await end()).toBe('To terminate for misuse is possible once the time to put it right is over (art. 27).')
    at('2026-03-21T00:00:00+08:00')
    expect((await seen()).authority).toEqual([{ ...suspended, actions: ['resume', 'terminate'] }])
    expect(await end()).toMatchObject({ state: 'TERMINATED', endCause: 'MISUSE', putRightBy: null, actions: [] })
    expect([
      await listed(of(authority).grants({ ended: 'MISUSE' })),
      await listed(of(authority).grants({ ended: 'NEED' })),
    ]).toEqual([[expect.objectContaining({ id: grant.id, endCause: 'MISUSE' })], []])
  })

  test('leaves at most 90 days to put it right, or the suspension would be an end that nobody filed', async () => {
    await seed()
    const suspend = (putRightBy: string) => act(authority, 'suspend', { reason, putRightBy })
    expect(await suspend('2026-06-01')).toBe('putRightBy must be within 90 days, by 2026-05-31 (art. 27).')
    const suspended = { state: 'SUSPENDED', putRightBy: '2026-05-31' }
    expect(await suspend('2026-05-31')).toMatchObject(suspended)
  })

  test('that is suspended stands in a list, as does what is past its term', async () => {
    const end = new Date('2026-03-31T00:00:00+08:00')
    await seedGrants(database.db, [
      grant,
      { ...grant, id: 'in force' },
      { ...grant, id: 'past its term', state: 'SUSPENDED', validTo: end },
    ])
    await act(tax, 'suspend', { reason, putRightBy: '2026-03-20' })
    at('2026-04-01T00:00:00+08:00')
    const inState = async (state: GrantView['state']) =>
      (await listed(of(authority).grants({ state }))).map(({ id }) => id)
    expect([await inState('SUSPENDED'), await inState('ACTIVE'), await inState('EXPIRED')]).toEqual([
      [grant.id],
      ['in force'],
      ['past its term'],
    ])
  })

  test('that the provider suspended goes on by the provider or the authority, each stating why', async () => {
    await seed()
    for (const who of [tax, authority]) {
      await act(tax, 'suspend', { reason, putRightBy: '2026-03-20' })
      expect(await act(who, 'resume')).toMatch(/^To resume, state a reason, /)
      expect(await act(customs, 'resume', { reason: '已整改' })).toBe(
        'To resume is for a steward of tax or the authority.',
      )
      expect(await act(who, 'resume', { reason: '整改已核实' })).toMatchObject({ state: 'ACTIVE', putRightBy: null })
    }
  })

  test('that the authority suspended goes on by the authority alone', async () => {
    await seed()
    await act(authority, 'suspend', { reason, putRightBy: '2026-03-20' })
    expect((await seen()).tax).toEqual([
      { state: 'SUSPENDED', putRightBy: '2026-03-20', endCause: null, actions: ['terminate'] },
    ])
    expect(await act(tax, 'resume', { reason: '整改已核实' })).toBe('To resume is for the authority.')
    expect(await act(authority, 'resume', { reason: '整改已核实' })).toMatchObject({ state: 'ACTIVE' })
  })
})

describe('past its term', () => {
  const expired = { state: 'EXPIRED', actions: [], putRightBy: null, endCause: null }
  const actions = ['suspend', 'resume', 'terminate', 'giveUp'] as const

  test.each(['ACTIVE', 'SUSPENDED'] as const)('a grant is over, and nothing can be done with it: %s', async (state) => {
    await seed({ state, validTo: new Date('2026-03-31T00:00:00+08:00') })
    at('2026-03-30T23:59:59.999+08:00')
    expect((await seen()).customs).toEqual([{ ...expired, state, actions: ['giveUp'] }])
    at('2026-03-31T00:00:00+08:00')
    expect(await seen()).toEqual({ customs: [expired], tax: [expired], authority: [expired] })
    const stated = {
      suspend: { reason, putRightBy: '2026-04-30' },
      resume: { reason },
      terminate: { reason, cause: 'NEED' },
      giveUp: {},
    } as const
    const by = { suspend: tax, resume: authority, terminate: tax, giveUp: customs }
    expect(await Promise.all(actions.map((action) => act(by[action], action, stated[action])))).toEqual([
      'To suspend is not possible in the state EXPIRED.',
      'To resume is not possible in the state EXPIRED.',
      'To terminate for need is not possible in the state EXPIRED.',
      'To give up is not possible in the state EXPIRED.',
    ])
  })

  test.each(['TERMINATED', 'GIVEN_UP'] as const)('what ended before stays as it ended: %s', async (state) => {
    await seed({ state, validTo: new Date('2026-03-31T00:00:00+08:00') })
    at('2026-04-01T00:00:00+08:00')
    expect((await seen()).tax).toEqual([{ ...expired, state }])
  })
})
