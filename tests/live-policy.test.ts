/** What a hub does when its store holds what cannot be read, or cannot be asked: what rests on a grant fails closed. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { developmentGrants } from '../auth/development-grants.ts'
import { policies } from '../codegen/generated/grid.ts'
import { waitUntil } from '../store/engine/process.ts'
import { seedGrants } from '../store/grants.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { runHub, type Answer, type Running } from './support/harness.ts'
import { inAMonth, mutate } from './support/mutations.ts'
import { grantOf } from './attacks/granted-hub.ts'

let store: FreshDatabase
let running: Running
beforeEach(async () => {
  store = await freshDatabase()
})
afterEach(async () => {
  vi.useRealTimers()
  await running.stop()
  await store.drop()
})
const start = async () => {
  running = await runHub({ config: { databaseUrl: store.url } })
}

const uscc = '91350102MYE0000341'
const clearance = { as: 'customs', purpose: 'clearance' } as const
const grant = 'development:customs:tax.creditGrade:clearance'
const query = `{ enterprise(uscc: "${uscc}") { tax { creditGrade exportRefundClass } } }`
const said = ({ data, errors }: Answer) => [
  (data?.enterprise as { tax: unknown }).tax,
  errors?.map(({ message, extensions }) => [extensions.code, extensions.reason, message]) ?? [],
]

test('a grant that cannot be read opens nothing, and stops neither the start nor a suspension', async () => {
  await seedGrants(store.db, [
    ...developmentGrants(Object.values(policies)),
    grantOf('customs', 'tax.arrears', 'clearance'),
  ])
  const spoil = (id: string) =>
    store.db
      .updateTable('sharing_grant')
      .set({ coordinates: ['nonsense'] })
      .where('id', '=', id)
      .execute()
  await spoil('test:customs:tax.arrears:clearance')
  await start()
  const grade = async () => {
    const { errors } = await running.ask(clearance, query)
    return errors?.[0]?.extensions.reason ?? 'shown'
  }
  expect(await grade()).toBe('shown')
  const arrears = await running.ask(clearance, `{ enterprise(uscc: "${uscc}") { tax { arrears { amount } } } }`)
  expect(arrears.errors?.map(({ extensions }) => extensions.reason)).toEqual(['no-grant'])

  // Spoilt while the hub runs: what comes after it still takes effect.
  await spoil('development:customs:postal.shipments:clearance')
  const suspended = await mutate(
    running,
    { as: 'tax', roles: ['steward'] },
    ['suspendGrant', 'SuspendGrantInput', 'grant { state }'],
    { grant, reason: '涉嫌超范围使用', putRightBy: inAMonth },
  )
  expect([suspended, await grade()]).toEqual([{ state: 'SUSPENDED' }, 'suspended'])
})

test('a grant for batches or files opens nothing here', async () => {
  await seedGrants(store.db, [{ ...grantOf('customs', 'tax.arrears', 'clearance'), mode: 'FILE' }])
  await start()
  const persona = { ...clearance, purposes: ['clearance'] }
  const { data, errors } = await running.ask(
    persona,
    `{ enterprise(uscc: "${uscc}") { tax { arrears { amount } } }
      why(coordinate: "TaxRecord.arrears") { decision steps { check holds text } } }`,
  )
  expect([data?.enterprise, errors?.map(({ extensions }) => extensions.reason), data?.why]).toEqual([
    { tax: { arrears: null } },
    ['no-grant'],
    {
      decision: 'DENY',
      steps: expect.arrayContaining([
        {
          check: 'grant',
          holds: false,
          text: 'The grant test:customs:tax.arrears:clearance does not hold: it is for files 文件下载, not for this interface (art. 22).',
        },
      ]) as unknown,
    },
  ])
})

test('while the store cannot say whether a grant stands, nothing is shown by it', async () => {
  await start()
  const before = said(await running.ask(clearance, query))
  expect(before).toEqual([
    { creditGrade: expect.any(String) as string, exportRefundClass: expect.any(String) as string },
    [],
  ])

  await store.pool.query('alter table sharing_epoch rename to sharing_epoch_away')
  const refused = async () => ((await running.ask(clearance, query)).errors ?? []).length > 0
  expect(await waitUntil(refused, 5_000)).toBe(true)
  const [shown] = before as [{ exportRefundClass: string }]
  running.sandbox.calls.reset()
  expect(said(await running.ask(clearance, query))).toEqual([
    { creditGrade: null, exportRefundClass: shown.exportRefundClass },
    [
      [
        'POLICY_UNAVAILABLE',
        'unknown',
        `whether the grant ${grant} is still in force cannot be read at the moment. Try again shortly.`,
      ],
    ],
  ])
  await running.ask(clearance, `{ enterprise(uscc: "${uscc}") { tax { creditGrade } } }`)
  expect(running.calls()).toEqual({ tax: 1 })

  await store.pool.query('alter table sharing_epoch_away rename to sharing_epoch')
  expect(await waitUntil(async () => !(await refused()), 5_000)).toBe(true)
  expect(said(await running.ask(clearance, query))).toEqual(before)
})

const byGrant = grantOf('customs', 'tax.exportRefundClass', 'audit')
const classOf = async (purpose: string | null, code = uscc) => {
  const persona = { as: 'customs', purposes: ['audit', 'clearance'], ...(purpose === null ? {} : { purpose }) } as const
  const { data, errors } = await running.ask(
    persona,
    `{ enterprise(uscc: "${code}") { tax { exportRefundClass } } why(coordinate: "TaxRecord.exportRefundClass") { rule } }`,
  )
  const { tax } = data?.enterprise as { tax: { exportRefundClass: string | null } }
  const reason = errors?.[0]?.extensions.reason
  return [tax.exportRefundClass === null ? reason : 'shown', (data?.why as { rule: string }).rule]
}
const suspension = ['suspendGrant', 'SuspendGrantInput', 'grant { state }'] as const
const misuse = {
  grant: byGrant.id,
  reason: '擅自提供给第三方',
  putRightBy: inAMonth,
}

test('a suspension takes away what every department may read, for its purpose and for none (art. 27)', async () => {
  await seedGrants(store.db, [byGrant])
  await start()
  const all = async () => [await classOf('audit'), await classOf(null), await classOf('clearance')]
  const unconditional = ['shown', 'unconditional']
  expect(await all()).toEqual([['shown', `grant:${byGrant.id}`], unconditional, unconditional])
  await mutate(running, { as: 'tax', roles: ['steward'] }, suspension, misuse)
  const stopped = ['suspended', 'suspended']
  expect(await all()).toEqual([stopped, stopped, unconditional])
})

test('what was agreed on of data that every department may read has an effect: divisions and quota', async () => {
  await seedGrants(store.db, [{ ...byGrant, divisions: ['35'], dailySubjects: 1 }])
  await start()
  const [other = '', elsewhere = ''] = ['35', '33'].map(
    (prefix) =>
      running.sandbox.witness
        .list({})
        .find((one) => one.uscc.startsWith(prefix, 2) && one.uscc !== uscc && one.knownTo.includes('tax'))?.uscc,
  )
  const seen = async (code: string) => (await classOf('audit', code))[0]
  expect([await seen(uscc), await seen(other), await seen(elsewhere), await seen(uscc)]).toEqual([
    'shown',
    'quota',
    'row',
    'shown',
  ])
})

test('a suspension in the midst of a request reaches what every department may read', async () => {
  await seedGrants(store.db, [byGrant])
  await start()
  const usccs = running.sandbox.witness
    .list({})
    .filter(({ knownTo }) => knownTo.includes('tax'))
    .slice(0, 50)
    .map((enterprise) => enterprise.uscc)
  running.sandbox.faults.set('tax', { kind: 'slow', seconds: 30, delayMs: 1000 })
  const answering = running.ask(
    { as: 'customs', purpose: 'audit', purposes: ['audit'] },
    'query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { tax { exportRefundClass } } }',
    { usccs },
  )
  expect(await waitUntil(() => (running.calls().tax ?? 0) > 0, 5_000)).toBe(true)
  expect(await mutate(running, { as: 'tax', roles: ['steward'] }, suspension, misuse)).toEqual({ state: 'SUSPENDED' })
  const { data, errors } = await answering
  expect([data, [...new Set(errors?.map(({ extensions }) => extensions.reason))]]).toEqual([
    { enterprises: usccs.map(() => ({ tax: { exportRefundClass: null } })) },
    ['suspended'],
  ])
})

test('a grant whose term ends while a list is under way shows nothing more', async () => {
  // Only the date moves; what waits for an answer keeps its time.
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
  const end = new Date(Date.now() + 60_000)
  await seedGrants(store.db, [{ ...grantOf('customs', 'tax.arrears', 'audit'), validTo: end }])
  await start()
  const usccs = running.sandbox.witness
    .list({})
    .filter(({ knownTo }) => knownTo.includes('tax'))
    .slice(0, 50)
    .map((enterprise) => enterprise.uscc)
  // Each department is asked for at most 32 at a time, so this list takes two seconds.
  running.sandbox.faults.set('tax', { kind: 'slow', seconds: 30, delayMs: 1000 })
  const answering = running.ask(
    { as: 'customs', purpose: 'audit', purposes: ['audit'] },
    'query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { tax { arrears { currency } } } }',
    { usccs },
  )
  expect(await waitUntil(() => (running.calls().tax ?? 0) > 0, 5_000)).toBe(true)
  vi.setSystemTime(end)
  const { data, errors } = await answering
  expect(data).toEqual({ enterprises: usccs.map(() => ({ tax: { arrears: null } })) })
  expect(errors?.map(({ extensions }) => extensions.reason)).toEqual(usccs.map(() => 'suspended'))
})
