/** No mutation takes effect without a record that was durable before it did. */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recordsOf } from './support/audit.ts'
import { runHub, type Answer, type Persona, type Running } from './support/harness.ts'
import { inAMonth } from './support/mutations.ts'

const grant = 'development:customs:tax.creditGrade:clearance'
const authority: Persona = { as: 'authority', roles: ['authority'] }
const officer: Persona = { as: 'postal' }

let running: Running
beforeEach(async () => {
  running = await runHub()
})
afterEach(() => running.stop())

const inputs = { suspendGrant: 'SuspendGrantInput', resumeGrant: 'GrantInput' }
const change = (mutation: 'suspendGrant' | 'resumeGrant', clientMutationId: string = randomUUID()): Promise<Answer> =>
  running.ask(authority, `mutation ($input: ${inputs[mutation]}!) { ${mutation}(input: $input) { grant { state } } }`, {
    input: {
      clientMutationId,
      grant,
      reason: '涉嫌超范围使用',
      ...(mutation === 'suspendGrant' ? { putRightBy: inAMonth } : {}),
    },
  })
const state = async (): Promise<unknown> => {
  const { rows } = await running.database.pool.query<{ state: string }>(
    'select state from sharing_grant where id = $1',
    [grant],
  )
  return rows[0]?.state
}
interface Event {
  mutation: string
  matter: string | null
  outcome: string
}
const events = async (): Promise<[string, Event[] | undefined][]> =>
  (await recordsOf(running.database.db))
    .filter(({ action }) => action === 'mutation')
    .map(({ outcome, details }) => [outcome, (details as { events: Event[] } | undefined)?.events])
const on = (condition: string): string => `
  create function full_disk() returns trigger language plpgsql as $$
    begin raise exception 'no space' using errcode = '53100'; end $$;
  create trigger full_disk before insert on audit_record for each ${condition} execute function full_disk()`

describe('a mutation', () => {
  test('has a record with its matter before it takes effect, and one with its outcome', async () => {
    const key = randomUUID()
    const answer = await change('suspendGrant', key)
    expect(answer.data).toEqual({ suspendGrant: { grant: { state: 'SUSPENDED' } } })
    const [begun, done] = (await recordsOf(running.database.db)).filter(({ action }) => action === 'mutation')
    expect(begun).toEqual({
      ...done,
      at: begun?.at,
      microseconds: begun?.microseconds,
      plan: null,
      outcome: 'begun',
      details: { events: [{ mutation: 'suspendGrant', matter: grant, outcome: 'begun' }] },
    })
    expect([done?.outcome, done?.details]).toEqual([
      'answered',
      { events: [{ mutation: 'suspendGrant', matter: grant, outcome: 'done' }] },
    ])
    // What is refused, and what was done before, begins nothing.
    await change('suspendGrant')
    await change('suspendGrant', key)
    expect((await events()).slice(2)).toEqual([
      ['partial', [{ mutation: 'suspendGrant', matter: grant, outcome: 'CONFLICT' }]],
      ['answered', [{ mutation: 'suspendGrant', matter: grant, outcome: 'repeated' }]],
    ])
    const { data } = await running.ask(
      { as: 'authority', roles: ['auditor'] },
      '{ ledger(department: "authority", first: 4) { nodes { action outcome uses { uscc } } } }',
    )
    expect((data?.ledger as { nodes: unknown[] }).nodes.at(-1)).toEqual({
      action: 'mutation',
      outcome: 'begun',
      uses: [],
    })
  })

  test('whose record cannot be written is not carried out, and can be sent again', async () => {
    const { pool } = running.database
    await pool.query(on('statement'))
    const key = randomUUID()
    const { status, errors } = await change('suspendGrant', key)
    expect([status, errors?.map(({ extensions }) => extensions.code)]).toEqual([503, ['AUDIT_UNAVAILABLE']])
    expect([await state(), await events()]).toEqual(['ACTIVE', []])
    await pool.query('drop trigger full_disk on audit_record')
    expect((await change('suspendGrant', key)).data).toEqual({ suspendGrant: { grant: { state: 'SUSPENDED' } } })
  })

  test('whose first record alone cannot be written says so, and is on record as failed', async () => {
    await running.database.pool.query(on(`row when (new.record like '%"outcome":"begun"%')`))
    const { status, data, errors } = await change('suspendGrant')
    expect([status, data, errors?.map(({ message, extensions }) => [message, extensions])]).toEqual([
      503,
      { suspendGrant: null },
      [
        [
          'The record of this mutation could not be written, so it was not carried out. Try again shortly.',
          { code: 'AUDIT_UNAVAILABLE' },
        ],
      ],
    ])
    expect([await state(), await events()]).toEqual([
      'ACTIVE',
      [['partial', [{ mutation: 'suspendGrant', matter: grant, outcome: 'failed' }]]],
    ])
  })

  test('whose last record cannot be written has its first: its answer is withheld, its effect is on record', async () => {
    await running.database.pool.query(on(`row when (new.record like '%"outcome":"done"%')`))
    expect((await change('suspendGrant')).status).toBe(503)
    expect([await state(), await events()]).toEqual([
      'SUSPENDED',
      [['begun', [{ mutation: 'suspendGrant', matter: grant, outcome: 'begun' }]]],
    ])
  })
})

test('more mutations at once than there are connections: each waits for its record, none for another', async () => {
  const draft = (): Promise<Answer> =>
    running.ask(
      officer,
      'mutation ($input: DraftApplicationInput!) { draftApplication(input: $input) { application { id } } }',
      {
        input: {
          clientMutationId: randomUUID(),
          item: 'tax.arrears',
          purpose: 'delivery',
          basis: '《政务数据共享条例》第二十条',
          scenario: '寄递核验',
          scope: '欠税信息',
          mode: 'API',
          validTo: new Date(Date.now() + 86_400_000).toISOString(),
        },
      },
    )
  const answers = await Promise.all(Array.from({ length: 40 }, draft))
  expect(answers.flatMap(({ errors }) => errors ?? [])).toEqual([])
  const drafted = answers.map(({ data }) => (data?.draftApplication as { application: { id: string } }).application.id)
  const all = await events()
  const begun = all.flatMap(([outcome, list = []]) => (outcome === 'begun' ? list.map(({ matter }) => matter) : []))
  expect([all.length, begun.sort()]).toEqual([80, drafted.sort()])
})
