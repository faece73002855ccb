/** Corrections 校核 (政务数据共享条例 art. 26) over HTTP: who must reply, by when, and who sees it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textBounds } from '../rules/stated-text.ts'
import { addWorkingDays, dayOf } from '../rules/working-day.ts'
import { runHub, type Persona, type Running } from './support/harness.ts'
import { mutate } from './support/mutations.ts'

let running: Running
beforeAll(async () => {
  running = await runHub()
})
afterAll(() => running.stop())

const fuzhou = '91350102MYE0000341'
const customs: Persona = { as: 'customs', purpose: 'clearance' }
const steward = (as: Persona['as']): Persona => ({ as, roles: ['steward'] })
const authority: Persona = { as: 'authority', roles: ['authority'] }
const auditor: Persona = { as: 'authority', roles: ['auditor'] }
const grade = { coordinate: 'TaxRecord.creditGrade', uscc: fuzhou, reason: '与税务局官网公示不一致' }
const today = dayOf(new Date())

const shown = `id coordinate item uscc consumer provider state reason evidence reply term { lastDay state } actions
  history { action department from to reason article }`
const dispute = (who: Persona, change: Record<string, unknown> = {}) =>
  mutate(running, who, ['disputeField', 'DisputeInput', `correction { ${shown} }`], { ...grade, ...change })
const settle = (who: Persona, mutation: string, correction: string, reason?: string) =>
  mutate(running, who, [mutation, 'CorrectionInput', `correction { ${shown} }`], { correction, reason })
const idOf = (matter: unknown): string => {
  if (typeof matter === 'string') throw new Error(matter)
  return (matter as { id: string }).id
}
/** Of each enterprise one dispute at a time is open, so that each test takes one of its own. */
let next = 0
const disputed = async (): Promise<string> => {
  const codes = running.sandbox.witness.list({ limit: 40 }).map(({ uscc }) => uscc)
  return idOf(await dispute(customs, { uscc: codes[(next += 1)] }))
}

describe('a correction 校核', () => {
  test('from the dispute to the reply, each step on record', async () => {
    const first = await dispute(customs, { evidence: '公示页面截图，2026年3月' })
    const matter = {
      id: idOf(first),
      coordinate: 'TaxRecord.creditGrade',
      item: 'tax.creditGrade',
      uscc: fuzhou,
      consumer: 'customs',
      provider: 'tax',
      state: 'DISPUTED',
      reason: grade.reason,
      evidence: '公示页面截图，2026年3月',
      reply: null,
      term: { lastDay: addWorkingDays(today, 10), state: 'RUNNING' },
      actions: ['withdraw'],
      history: [
        { action: 'dispute', department: 'customs', from: null, to: 'DISPUTED', reason: grade.reason, article: 26 },
      ],
    }
    expect(first).toEqual(matter)
    const { data } = await running.ask(steward('tax'), `{ correction(id: "${matter.id}") { ${shown} } }`)
    expect(data).toEqual({ correction: { ...matter, actions: ['correct', 'confirm'] } })

    const reply = '经核实录入有误，已更正为B级'
    expect(await settle(steward('tax'), 'correctField', matter.id, reply)).toEqual({
      ...matter,
      state: 'CORRECTED',
      reply,
      term: null,
      actions: [],
      history: [
        ...matter.history,
        { action: 'correct', department: 'tax', from: 'DISPUTED', to: 'CORRECTED', reason: reply, article: 26 },
      ],
    })
    // What is settled may be disputed anew.
    idOf(await dispute(customs))
  })

  test.each<[string, string, Persona, string, unknown]>([
    ['the provider confirms, stating why', 'confirmField', steward('tax'), '与系统一致', ['CONFIRMED', '与系统一致']],
    ['the consumer takes it back', 'withdrawDispute', customs, '误报', ['WITHDRAWN', null]],
  ])('%s', async (_what, mutation, who, reason, want) => {
    const { state, reply } = (await settle(who, mutation, await disputed(), reason)) as Record<string, unknown>
    expect([state, reply]).toEqual(want)
  })

  const notYours = (action: string) =>
    `FORBIDDEN: To ${action} is for ${action === 'withdraw' ? 'an officer or a steward of customs' : 'a steward of tax'}.`
  const none = 'NOT_FOUND: There is no such correction.'
  test.each<[string, string, Persona, string | undefined, string]>([
    ['correct, as the consumer', 'correctField', steward('customs'), '……', notYours('correct')],
    ['correct, as an officer of the provider', 'correctField', { as: 'tax' }, '……', notYours('correct')],
    ['correct, as the authority', 'correctField', authority, '……', notYours('correct')],
    [
      'correct without a reason',
      'correctField',
      steward('tax'),
      ' ',
      `BAD_USER_INPUT: To correct, state a reason, ${textBounds}.`,
    ],
    [
      'confirm without a reason',
      'confirmField',
      steward('tax'),
      undefined,
      `BAD_USER_INPUT: To confirm, state a reason, ${textBounds}.`,
    ],
    ['withdraw, as the provider', 'withdrawDispute', steward('tax'), '……', notYours('withdraw')],
    ['correct, as a third department', 'correctField', steward('market'), '……', none],
    ['withdraw, as an operator', 'withdrawDispute', { as: 'operations' }, '……', none],
  ])('what is refused changes nothing: %s', async (_what, mutation, who, reason, message) => {
    const id = await disputed()
    expect(await settle(who, mutation, id, reason)).toBe(message)
    const { data } = await running.ask(steward('tax'), `{ correction(id: "${id}") { state history { action } } }`)
    expect(data).toEqual({ correction: { state: 'DISPUTED', history: [{ action: 'dispute' }] } })
  })

  test('is settled once', async () => {
    const id = await disputed()
    idOf(await settle(steward('tax'), 'confirmField', id, '与系统一致'))
    expect(await settle(steward('tax'), 'correctField', id, '……')).toBe(
      'CONFLICT: To correct is not possible in the state CONFIRMED.',
    )
  })
})

describe('who sees a correction', () => {
  test('its two sides, the authority and its auditors; for all others it does not exist', async () => {
    const id = await disputed()
    const sees = async (who: Persona): Promise<unknown> => {
      const query = `{ correction(id: "${id}") { id } corrections(first: 100) { nodes { id } } }`
      const { data, errors } = await running.ask(who, query)
      const { correction, corrections } = data as {
        correction: { id: string } | null
        corrections: { nodes: { id: string }[] }
      }
      return [correction?.id === id, corrections.nodes.some((node) => node.id === id), errors]
    }
    const all: Persona[] = [
      ...[customs, steward('customs'), { as: 'tax' } as const, steward('tax'), authority, auditor],
      ...[steward('fx'), { as: 'bank' } as const, { as: 'portal' } as const, { as: 'operations' } as const],
    ]
    expect(await Promise.all(all.map(sees))).toEqual([
      ...Array.from({ length: 6 }, () => [true, true, undefined]),
      ...Array.from({ length: 4 }, () => [false, false, undefined]),
    ])
  })

  test('those replied to late say so, and stand in a list of their own', async () => {
    const [late, inTime] = [await disputed(), await disputed()]
    await running.database.db
      .updateTable('correction')
      .set({ disputed_at: new Date('2025-10-09T10:00:00+08:00') })
      .where('id', '=', late)
      .execute()
    for (const id of [late, inTime]) idOf(await settle(steward('tax'), 'confirmField', id, '与系统一致'))
    const list = async (answeredLate: boolean): Promise<unknown> => {
      const query = `{ corrections(answeredLate: ${answeredLate}, first: 100) { nodes { id answeredLate } } }`
      return ((await running.ask(customs, query)).data?.corrections as { nodes: unknown }).nodes
    }
    expect(await list(true)).toEqual([{ id: late, answeredLate: true }])
    expect(await list(false)).toContainEqual({ id: inTime, answeredLate: false })
  })

  test('those without a reply in ten working days stand in a list of their own', async () => {
    const [old, settled, recent] = [await disputed(), await disputed(), await disputed()]
    idOf(await settle(steward('tax'), 'confirmField', settled, '与系统一致'))
    // Ten working days from 9 October, after the holidays of 2025, with the make-up workday of the 11th.
    const began = new Date('2025-10-09T10:00:00+08:00')
    await running.database.db
      .updateTable('correction')
      .set({ disputed_at: began })
      .where('id', 'in', [old, settled])
      .execute()
    const list = async (overdue: boolean) => {
      const query = `{ corrections(overdue: ${overdue}, first: 100) { totalCount nodes { id term { lastDay state } } } }`
      return (await running.ask(steward('tax'), query)).data?.corrections as { totalCount: number; nodes: unknown[] }
    }
    expect(await list(true)).toEqual({
      totalCount: 1,
      nodes: [{ id: old, term: { lastDay: '2025-10-22', state: 'OVERDUE' } }],
    })
    const inTime = (await list(false)).nodes
    expect(inTime).toContainEqual({ id: settled, term: null })
    expect(inTime).toContainEqual({ id: recent, term: { lastDay: addWorkingDays(today, 10), state: 'RUNNING' } })
    expect(inTime).not.toContainEqual(expect.objectContaining({ id: old }))
  })
})
