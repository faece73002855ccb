/** What a client sends again under its key, and by whom: the same person with fewer roles may not act as with more. */
import { decodeJwt } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createDevelopmentIssuer, generateIssuerKey } from '../auth/development-issuer.ts'
import type { CallerId } from '../departments.ts'
import type { Role } from '../rules/roles.ts'
import { seedGrants } from '../store/grants.ts'
import type { Caller } from '../store/sharing/matters.ts'
import { createSharing } from '../store/sharing/service.ts'
import { grantOf } from './attacks/granted-hub.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { inAMonth } from './support/mutations.ts'

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.drop())

test('a key is repeated in the roles it was used in, and the record tells a repetition from a deed', async () => {
  const grant = grantOf('customs', 'tax.arrears', 'audit')
  await seedGrants(database.db, [grant])
  const events: unknown[] = []
  const send = (...roles: Role[]) => {
    const caller: Caller = { department: 'tax', subject: 'tax-1', roles }
    const parts = { db: database.db, item: () => null, refresh: async () => undefined }
    return createSharing(parts)(caller, (event) => void events.push(event))
      .actOnGrant('suspendGrant', 'suspend', {
        clientMutationId: 'the-same-key',
        grant: grant.id,
        reason: '涉嫌超范围使用',
        putRightBy: inAMonth,
      })
      .then(
        ({ state }) => state,
        (error: unknown) => (error as Error).message,
      )
  }
  expect([
    await send('steward'),
    await send('steward'),
    await send('officer', 'steward'),
    await send('officer'),
  ]).toEqual(['SUSPENDED', 'SUSPENDED', 'SUSPENDED', 'This clientMutationId was used as steward.'])
  const event = { mutation: 'suspendGrant', matter: grant.id }
  expect(events).toEqual([
    { ...event, outcome: 'begun' },
    { ...event, outcome: 'done' },
    { ...event, outcome: 'repeated' },
    { ...event, outcome: 'repeated' },
    { ...event, outcome: 'FORBIDDEN' },
  ])
})

test('a change that was made is on record as made, though this process could not read it again', async () => {
  const grant = grantOf('customs', 'tax.arrears', 'audit')
  await seedGrants(database.db, [grant])
  const events: unknown[] = []
  const refresh = () => Promise.reject(new Error('the store is away'))
  const caller: Caller = { department: 'customs', subject: 'customs-1', roles: ['steward'] }
  const given = createSharing({ db: database.db, item: () => null, refresh })(
    caller,
    (event) => void events.push(event),
  )
  const input = { clientMutationId: 'a-key-of-its-own', grant: grant.id }
  await expect(given.actOnGrant('giveUpGrant', 'giveUp', input)).rejects.toThrow('the store is away')
  const event = { mutation: 'giveUpGrant', matter: grant.id }
  expect(events).toEqual([
    { ...event, outcome: 'begun' },
    { ...event, outcome: 'done' },
  ])
})

test('a development token names a person for each office', async () => {
  const key = await generateIssuerKey()
  const issuer = await createDevelopmentIssuer({ mode: 'development', key, audience: 'hutong', grants: [] })
  const subject = async (viewer: CallerId, options?: { roles?: Role[]; subject?: string }) =>
    decodeJwt(await issuer.token(viewer, options)).sub
  expect([
    await subject('commerce'),
    await subject('commerce', { roles: ['steward'] }),
    await subject('commerce', { roles: ['officer', 'steward'] }),
    await subject('bank'),
    await subject('operations'),
    await subject('authority', { roles: ['auditor'] }),
    await subject('authority'),
    await subject('tax', { subject: 'Chen' }),
  ]).toEqual([
    'commerce-officer',
    'commerce-steward',
    'commerce-officer-steward',
    'bank-officer',
    'operations-operator',
    'authority-auditor',
    'authority',
    'Chen',
  ])
})
