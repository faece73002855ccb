/** Records of use 使用记录 (政务数据共享条例 arts. 27, 29) over HTTP: who records, who looks, and what cannot be undone. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textBounds } from '../rules/stated-text.ts'
import { keptUntil } from '../rules/use-record.ts'
import { recordsOf } from './support/audit.ts'
import { runHub, type Persona, type Running } from './support/harness.ts'
import { mutate } from './support/mutations.ts'

let running: Running
beforeAll(async () => {
  running = await runHub()
})
afterAll(() => running.stop())

const grant = 'development:customs:tax.creditGrade:clearance'
const steward = (as: Persona['as']): Persona => ({ as, roles: ['steward'] })
const officer = (as: Persona['as']): Persona => ({ as, roles: ['officer'] })
const authority: Persona = { as: 'authority', roles: ['authority'] }
const auditor: Persona = { as: 'authority', roles: ['auditor'] }
const use = {
  grant,
  scenario: '通关时核对纳税信用级别',
  process: '系统自动比对，关员复核',
  effect: '查验率下降一成',
  storage: '只存比对结论，不存原值',
  destruction: null as string | null,
  from: '2026-01-01T00:00:00.000Z',
  to: '2026-01-31T00:00:00.000Z',
}
const shown = `id grant reader provider subject scenario process effect storage destruction from to recordedAt keptUntil`
const record = (who: Persona, change: Record<string, unknown> = {}) =>
  mutate(running, who, ['recordUse', 'UseInput', `useRecord { ${shown} }`], { ...use, ...change })
const list = async (who: Persona, of?: string): Promise<unknown> => {
  const given = of === undefined ? '' : `grant: "${of}", `
  const { data, errors } = await running.ask(who, `{ useRecords(${given}first: 100) { nodes { ${shown} } } }`)
  return errors ?? (data?.useRecords as { nodes: unknown[] }).nodes
}
/** Writes a record as the store holds it, made at a time of the test's own. */
const written = async (recordedAt: Date, change: { grant?: string; destruction?: string } = {}): Promise<string> => {
  const { grant: of, from, to, ...stated } = { ...use, ...change }
  const id = randomUUID()
  await running.database.db
    .insertInto('use_record')
    .values({
      ...stated,
      id,
      grant_id: of,
      reader: 'commerce',
      provider: 'fx',
      subject: 'commerce-officer',
      used_from: new Date(from),
      used_to: new Date(to),
      recorded_at: recordedAt,
    })
    .execute()
  return id
}

describe('a record of use 使用记录', () => {
  test('by officers and stewards of the reader, for the reader, the provider, the authority and its auditors', async () => {
    const first = await record(officer('customs'))
    const { id, recordedAt } = first as { id: string; recordedAt: string }
    expect(first).toEqual({
      ...use,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      reader: 'customs',
      provider: 'tax',
      subject: 'customs-officer',
      recordedAt: expect.stringMatching(/Z$/) as string,
      keptUntil: keptUntil(new Date(recordedAt)).toISOString(),
    })
    const second = await record(steward('customs'), { destruction: '批次缓存已清除' })
    expect(second).toMatchObject({ subject: 'customs-steward', destruction: '批次缓存已清除' })

    const all = [officer('customs'), steward('customs'), officer('tax'), steward('tax'), authority, auditor]
    expect(await Promise.all(all.map((who) => list(who, grant)))).toEqual(all.map(() => [second, first]))
    const others: Persona[] = [steward('market'), { as: 'bank' }, { as: 'portal' }, { as: 'operations' }]
    expect(await Promise.all(others.map((who) => list(who)))).toEqual(others.map(() => []))
    expect(await list(steward('customs'), 'development:customs:postal.shipments:clearance')).toEqual([])
    expect(await list(steward('customs'))).toEqual([second, first])
    expect((await running.database.db.selectFrom('use_record').select('id').execute()).length).toBe(2)
    expect(id).not.toBe((second as { id: string }).id)
  })

  const none = 'NOT_FOUND: There is no such grant.'
  const readers = "FORBIDDEN: To record a use is for the reader's officers and stewards (art. 29)."
  test.each<[string, Persona, Record<string, unknown>, string]>([
    ['by the provider', steward('tax'), {}, readers],
    ['by the authority', authority, {}, readers],
    ['by the auditor', auditor, {}, readers],
    ['by a third department', steward('market'), {}, none],
    ['by an operator', { as: 'operations' }, {}, none],
    ['of a grant that there is not', officer('customs'), { grant: 'none' }, none],
    [
      'without a scenario',
      officer('customs'),
      { scenario: ' ' },
      `BAD_USER_INPUT: scenario must be stated, ${textBounds} (art. 29).`,
    ],
    [
      'of a time to come',
      officer('customs'),
      { to: '2999-01-01T00:00:00Z' },
      'BAD_USER_INPUT: to must not lie in the future: a record tells of what was done.',
    ],
  ])('is refused %s', async (_what, who, change, message) => {
    const before = await list(auditor)
    expect(await record(who, change)).toBe(message)
    expect(await list(auditor)).toEqual(before)
  })

  test('sent twice is one; done or refused, it is on the ledger', async () => {
    const query = 'mutation ($input: UseInput!) { recordUse(input: $input) { useRecord { id } } }'
    const tell = async (input: Record<string, unknown>) => {
      const answer = await running.ask(officer('customs'), query, { input })
      const kept = (await recordsOf(running.database.db, answer.extensions?.requestId)).at(-1)
      const { useRecord } = (answer.data?.recordUse ?? { useRecord: null }) as { useRecord: { id: string } | null }
      return { id: useRecord?.id ?? null, outcome: kept?.outcome, details: kept?.details }
    }
    const input = { ...use, clientMutationId: randomUUID() }
    const first = await tell(input)
    expect(first).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      outcome: 'answered',
      details: { events: [{ mutation: 'recordUse', matter: first.id, outcome: 'done' }] },
    })
    const repeated = { events: [{ mutation: 'recordUse', matter: first.id, outcome: 'repeated' }] }
    expect(await tell(input)).toEqual({ ...first, details: repeated })
    expect(await tell({ ...input, effect: '', clientMutationId: randomUUID() })).toEqual({
      id: null,
      outcome: 'partial',
      details: { events: [{ mutation: 'recordUse', matter: grant, outcome: 'INVALID' }] },
    })
  })

  test('is neither changed nor taken away, and not even by retention before three years', async () => {
    const year = 365 * 86_400_000
    const [old, recent] = [
      await written(new Date(Date.now() - 4 * year)),
      await written(new Date(Date.now() - 2 * year)),
    ]
    const { db } = running.database
    const remove = (id: string, retention: 'on' | 'off') =>
      db.transaction().execute(async (tx) => {
        await sql`select set_config('hutong.retention', ${retention}, true)`.execute(tx)
        await tx.deleteFrom('use_record').where('id', '=', id).execute()
      })
    await expect(db.updateTable('use_record').set({ effect: '……' }).execute()).rejects.toThrow(
      'use_record is append-only: UPDATE refused',
    )
    await expect(sql`truncate use_record`.execute(db)).rejects.toThrow('use_record is append-only: TRUNCATE refused')
    await expect(remove(old, 'off')).rejects.toThrow('use_record is append-only: DELETE refused')
    await expect(remove(recent, 'on')).rejects.toThrow(`use_record ${recent}: kept at least 3 years, DELETE refused`)
    await remove(old, 'on')
    const kept = await db.selectFrom('use_record').select('id').where('id', 'in', [old, recent]).execute()
    expect(kept).toEqual([{ id: recent }])
  })
})

describe('a grant that ended asks for disposal (art. 27)', () => {
  const disposed = async (of: string): Promise<unknown> => {
    const query = '{ grants(first: 100) { nodes { id disposalRecorded } } }'
    const { nodes } = (await running.ask(auditor, query)).data?.grants as {
      nodes: { id: string; disposalRecorded: boolean }[]
    }
    return nodes.find(({ id }) => id === of)?.disposalRecorded
  }
  const destruction = '缓存与副本已全部销毁'
  test.each<[string, string, Persona, string, { cause?: string }]>([
    ['given up', 'giveUpGrant', steward('customs'), 'GrantInput', {}],
    ['terminated', 'terminateGrant', steward('tax'), 'TerminateGrantInput', { cause: 'NEED' }],
  ])('%s: once the reader records, after the end, what it destroyed', async (what, mutation, who, type, cause) => {
    const id = `test:${what}`
    await running.database.db
      .insertInto('sharing_grant')
      .values({
        ...{ id, reader: 'customs', item: 'tax.taxpayer', coordinates: null, purpose: 'clearance', divisions: [] },
        ...{ full: false, requires_mandate: false, valid_from: null, valid_to: null, state: 'ACTIVE' },
        ...{ daily_subjects: null, application: null },
      })
      .execute()
    const steps: unknown[] = []
    const look = async () => steps.push(await disposed(id))
    await record(officer('customs'), { grant: id, destruction })
    await look() // destroyed before the end: more may have come since
    await mutate(running, who, [mutation, type, 'grant { state }'], { grant: id, reason: '共享目的已实现', ...cause })
    await look()
    await record(officer('customs'), { grant: id })
    await look() // a record that tells of no destruction
    await record(officer('customs'), { grant: id, destruction })
    await look()
    expect(steps).toEqual([false, false, false, true])
  })

  test('past its term likewise', async () => {
    const of = 'development:commerce:fx.receipts:statistics'
    const { db } = running.database
    const end = new Date(Date.now() - 86_400_000)
    await db.updateTable('sharing_grant').set({ valid_to: end }).where('id', '=', of).execute()
    await written(new Date(end.getTime() - 1), { grant: of, destruction })
    const before = await disposed(of)
    await written(end, { grant: of, destruction })
    expect([before, await disposed(of)]).toEqual([false, true])
  })
})
