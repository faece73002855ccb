/** A change of the catalogue 目录更新 over HTTP, as the offices of a department and the authority deal with it. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textBounds } from '../rules/stated-text.ts'
import { addWorkingDays, dayOf } from '../rules/working-day.ts'
import { recordsOf } from './support/audit.ts'
import { runHub, type Answer, type Persona, type Running } from './support/harness.ts'

let running: Running
beforeAll(async () => {
  running = await runHub()
})
afterAll(() => running.stop())

const steward = (as: Persona['as']): Persona => ({ as, roles: ['steward'] })
const authority: Persona = { as: 'authority', roles: ['authority'] }

interface Change {
  id: string
  state: string
  term: unknown
  actions: string[]
  extensionDays: number | null
  history: unknown[]
}
const shown = `{ id provider item reason occurredOn state extensionDays term { lastDay state } added changed removed actions
  history { action department from to reason article } }`
const inputs: Record<string, string> = {
  announceCatalogueChange: 'AnnounceCatalogueChangeInput',
  consentToCatalogueExtension: 'CatalogueExtensionInput',
}

const said = ({ data, errors }: Answer, mutation: string): Change | string => {
  const payload = data?.[mutation] as { change: Change } | null | undefined
  return payload?.change ?? `${String(errors?.[0]?.extensions.code)}: ${errors?.[0]?.message ?? ''}`
}
async function mutate(
  who: Persona,
  mutation: string,
  input: Record<string, unknown>,
  key: string = randomUUID(),
): Promise<Change | string> {
  const query = `mutation ($input: ${inputs[mutation] ?? 'CatalogueChangeInput'}!) { ${mutation}(input: $input) {
    clientMutationId change ${shown} } }`
  return said(await running.ask(who, query, { input: { clientMutationId: key, ...input } }), mutation)
}
const matter = (result: Change | string): Change => {
  if (typeof result === 'string') throw new Error(result)
  return result
}
const today = dayOf(new Date())
const reason = '税收征收管理法修订'
const announced = async (change: Record<string, unknown> = {}): Promise<Change> =>
  matter(await mutate(steward('tax'), 'announceCatalogueChange', { reason, occurredOn: today, ...change }))

describe('a change that is announced', () => {
  test('runs ten working days from the day on which law or duties changed, five more with consent', async () => {
    const change = await announced({ item: 'tax.refunds', occurredOn: today })
    expect(change).toEqual({
      id: expect.any(String) as string,
      provider: 'tax',
      item: 'tax.refunds',
      reason,
      occurredOn: today,
      state: 'ANNOUNCED',
      extensionDays: null,
      term: { lastDay: addWorkingDays(today, 10), state: 'RUNNING' },
      added: [],
      changed: [],
      removed: [],
      actions: ['requestExtension', 'submit', 'withdraw'],
      history: [{ action: 'announce', department: 'tax', from: null, to: 'ANNOUNCED', reason, article: 17 }],
    })
    const { id } = change
    const consent = (who: Persona, days: number) => mutate(who, 'consentToCatalogueExtension', { change: id, days })
    expect([
      await consent(authority, 5),
      await mutate(steward('tax'), 'requestCatalogueExtension', { change: id }),
      await mutate(steward('customs'), 'requestCatalogueExtension', { change: id, reason }),
    ]).toEqual([
      'CONFLICT: To consent to extension is not possible in the state ANNOUNCED.',
      `BAD_USER_INPUT: To request extension, state a reason, ${textBounds}.`,
      'NOT_FOUND: There is no such change of the catalogue.',
    ])
    matter(await mutate(steward('tax'), 'requestCatalogueExtension', { change: id, reason: '涉及两级目录' }))
    expect([await consent(authority, 6), await consent(authority, 0), await consent(steward('tax'), 5)]).toEqual([
      'BAD_USER_INPUT: days must be from 1 to 5 working days (art. 17).',
      'BAD_USER_INPUT: days must be from 1 to 5 working days (art. 17).',
      'FORBIDDEN: To consent to extension is for the authority.',
    ])
    const longer = matter(await consent(authority, 5))
    expect([longer.extensionDays, longer.term]).toEqual([5, { lastDay: addWorkingDays(today, 15), state: 'RUNNING' }])
  })

  test('is overdue when its days are over', async () => {
    const { id, term, actions } = await announced({ occurredOn: '2026-03-02' })
    expect([term, actions]).toEqual([
      { lastDay: addWorkingDays('2026-03-02', 10), state: 'OVERDUE' },
      ['submit', 'withdraw'],
    ])
    expect(await mutate(steward('tax'), 'requestCatalogueExtension', { change: id, reason })).toBe(
      'CONFLICT: To request extension is possible until the term is over, and it is.',
    )
  })

  test.each([
    [
      'an item of another department',
      steward('tax'),
      { item: 'fx.class' },
      'BAD_USER_INPUT: fx.class is not an item of tax.',
    ],
    [
      'a day to come',
      steward('tax'),
      { occurredOn: '2999-01-01' },
      'BAD_USER_INPUT: occurredOn must not lie in the future.',
    ],
    ['no reason', steward('tax'), { reason: ' ' }, `BAD_USER_INPUT: To announce, state a reason, ${textBounds}.`],
    [
      'by an officer',
      { as: 'tax', roles: ['officer'] } as const,
      {},
      'FORBIDDEN: To announce is for a steward of tax.',
    ],
    ['by the authority', authority, {}, 'FORBIDDEN: To announce is for a steward of a department.'],
  ])('is refused with %s', async (_what, who, change, sentence) => {
    expect(await mutate(who, 'announceCatalogueChange', { reason, occurredOn: today, ...change })).toBe(sentence)
  })

  test('cannot be submitted while the catalogue is as it was published', async () => {
    const { id } = await announced()
    expect(await mutate(steward('tax'), 'submitCatalogueChange', { change: id })).toBe(
      'CONFLICT: The catalogue of tax is as it was published; nothing has changed.',
    )
  })

  test('is made once for a key, and on record', async () => {
    const key = randomUUID()
    const send = () =>
      mutate(steward('fx'), 'announceCatalogueChange', { reason, occurredOn: today, item: 'fx.class' }, key)
    const [one, again] = [matter(await send()), matter(await send())]
    expect(again).toEqual(one)
    const query = `mutation ($input: AnnounceCatalogueChangeInput!) { announceCatalogueChange(input: $input) { change { id } } }`
    const { extensions } = await running.ask(steward('fx'), query, {
      input: { clientMutationId: key, reason, occurredOn: today, item: 'fx.class' },
    })
    const [record] = await recordsOf(running.database.db, extensions?.requestId)
    expect(record?.details).toEqual({
      events: [{ matter: one.id, mutation: 'announceCatalogueChange', outcome: 'repeated' }],
    })
  })

  test('is seen by its department, the authority and its auditors alone', async () => {
    const { id } = await announced()
    const sees = async (who: Persona): Promise<boolean> => {
      const { data } = await running.ask(who, '{ catalogueChanges(first: 100) { nodes { id } } }')
      return (data?.catalogueChanges as { nodes: Change[] }).nodes.some((change) => change.id === id)
    }
    const all = [
      steward('tax'),
      authority,
      { as: 'authority', roles: ['auditor'] },
      steward('fx'),
      { as: 'portal' },
    ] as const
    expect(await Promise.all(all.map(sees))).toEqual([true, true, true, false, false])
  })
})
