/**
 * A hub that starts with another catalogue than the published one: it submits, the authority publishes or returns;
 * longer than 300 lines since it is every way that one version goes.
 */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { textBounds } from '../rules/stated-text.ts'
import type { Json } from '../store/canonical.ts'
import { mustBePublished, type Section } from '../store/sharing/catalogue-changes.ts'
import { openCatalogue } from '../store/sharing/catalogue-opening.ts'
import { createCatalogueMatters, type CatalogueChangeView } from '../store/sharing/catalogue-service.ts'
import type { Caller } from '../store/sharing/matters.ts'
import { createSharing } from '../store/sharing/service.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { listed } from './support/listed.ts'

let database: FreshDatabase
beforeEach(async () => {
  database = await freshDatabase()
})
afterEach(() => database.drop())

type HubSection = Section & { provider: Caller['department'] }
const tax = (content: Readonly<Record<string, Json>>): HubSection => ({ provider: 'tax', content })
const first = tax({ 'tax.arrears': { zh: '欠税信息' }, 'tax.taxpayer': { zh: '纳税人' } })
const second = tax({ 'tax.arrears': { zh: '欠税公告' }, 'tax.refunds': { zh: '退税' } })
const third = tax({ 'tax.arrears': { zh: '欠税公告' } })

const steward: Caller = { department: 'tax', subject: 'tax-steward', roles: ['steward'] }
const authority: Caller = { department: 'authority', subject: 'authority-1', roles: ['authority'] }
const monday = new Date('2026-03-02T09:00:00+08:00')

const start = (section: HubSection, publishFirst = true) =>
  openCatalogue(database.db, [section], { publishFirst }, monday)
const seenBy = (caller: Caller, running: HubSection, now = monday) =>
  createCatalogueMatters({ db: database.db, refresh: async () => undefined, sections: [running], now: () => now })(
    caller,
    () => undefined,
  )
type Action = Parameters<ReturnType<typeof seenBy>['act']>[1]
const act = (caller: Caller, running: HubSection, action: Action, change: string, reason: string | null = null) =>
  seenBy(caller, running)
    .act(action, action, { clientMutationId: randomUUID(), change, reason })
    .catch((error: unknown) => (error as Error).message)

const lineOf = ({ state, added, changed, removed, history }: CatalogueChangeView) => ({
  state,
  added,
  changed,
  removed,
  by: history.map(({ action, department, subject }) => `${action} ${department} ${subject}`),
})
const changes = async (running: HubSection) => (await listed(seenBy(authority, running).changes())).map(lineOf)
const pending = async (running: HubSection): Promise<CatalogueChangeView> => {
  const found = (await listed(seenBy(authority, running).changes())).find(({ state }) => state === 'SUBMITTED')
  if (found === undefined) throw new Error('Nothing was submitted.')
  return found
}
const applicable = (id: string): Promise<true | string> =>
  mustBePublished(database.db, { id, provider: 'tax' }).then(
    () => true as const,
    (error: unknown) => (error as Error).message,
  )
const notYet = (id: string) =>
  `${id} is not published in the catalogue yet; it can be applied for once the authority has published it (art. 20).`

test('a start says whose catalogue the authority has not published as it runs, until it has', async () => {
  expect([await start(first), await start(first), await start(second), await start(second)]).toEqual([
    [],
    [],
    ['tax'],
    ['tax'],
  ])
  const { id } = await pending(second)
  await act(authority, second, 'return', id, '请补充变更依据')
  expect([await start(second), await start(first)]).toEqual([['tax'], []])
})

describe('the first version', () => {
  test('in development it is published by itself, and says so', async () => {
    await start(first)
    expect(await changes(first)).toEqual([
      {
        state: 'PUBLISHED',
        added: ['tax.arrears', 'tax.taxpayer'],
        changed: [],
        removed: [],
        by: ['submit tax hub', 'publish authority hub'],
      },
    ])
    expect(await applicable('tax.arrears')).toBe(true)
  })

  test('in production it lies with the authority, and nothing can be applied for until it is published', async () => {
    await start(first, false)
    const { id, term } = await pending(first)
    expect(term).toEqual({ lastDay: '2026-03-04', state: 'RUNNING' })
    expect(await applicable('tax.arrears')).toBe(notYet('tax.arrears'))
    expect(await act(authority, first, 'publish', id)).toMatchObject({ state: 'PUBLISHED', term: null, actions: [] })
    expect(await applicable('tax.arrears')).toBe(true)
  })

  test('hubs that start together submit once', async () => {
    await Promise.all([start(first, false), start(first, false), start(first, false)])
    expect((await changes(first)).length).toBe(1)
  })
})

describe('an application', () => {
  const asked = {
    item: 'tax.refunds',
    coordinates: null,
    purpose: 'licence-review',
    basis: '市场主体登记管理条例',
    scenario: '年报抽查',
    scope: '登记注册处',
    divisions: [],
    full: false,
    dailySubjects: null,
    mode: 'API',
    validTo: new Date('2027-03-02T00:00:00+08:00'),
  } as const
  const apply = async (): Promise<string> => {
    const shared = {
      id: 'tax.refunds',
      provider: 'tax',
      sharing: 'CONDITIONAL',
      answeredAs: 'CONDITIONAL',
      sharingModes: ['API'],
      legalBasis: null,
      coordinates: [],
    } as const
    const parts = { db: database.db, item: () => shared, refresh: async () => undefined, now: () => monday }
    const market: Caller = { department: 'market', subject: 'market-1', roles: ['officer'] }
    return createSharing(parts)(market, () => undefined)
      .draftApplication({ clientMutationId: randomUUID(), ...asked })
      .then(
        ({ state }) => state,
        (error: unknown) => (error as Error).message,
      )
  }

  test('for an item that is not published is refused in a sentence, and taken once it is', async () => {
    await start(first)
    await start(second)
    expect(await apply()).toBe(notYet('tax.refunds'))
    await act(authority, second, 'publish', (await pending(second)).id)
    expect(await apply()).toBe('DRAFTED')
  })
})

describe('another version', () => {
  test('is submitted by the hub, shows what changed, and is published by the authority alone', async () => {
    await start(first)
    await start(second)
    await start(second)
    expect(await changes(second)).toEqual([
      {
        state: 'SUBMITTED',
        added: ['tax.refunds'],
        changed: ['tax.arrears'],
        removed: ['tax.taxpayer'],
        by: ['submit tax hub'],
      },
      expect.objectContaining({ state: 'PUBLISHED' }),
    ])
    expect(await seenBy(authority, second).publications()).toEqual(
      new Map([
        ['tax.arrears', 'CHANGED'],
        ['tax.refunds', 'NEW'],
      ]),
    )
    expect([await applicable('tax.refunds'), await applicable('tax.arrears')]).toEqual([notYet('tax.refunds'), true])
    const { id } = await pending(second)
    expect(await act(steward, second, 'publish', id)).toBe('To publish is for the authority.')
    expect(await act(authority, second, 'publish', id)).toMatchObject({ state: 'PUBLISHED' })
    expect(await applicable('tax.refunds')).toBe(true)
    const [section] = await seenBy(steward, second).sections()
    expect(section?.publishedHash).toBe(section?.hash)
  })

  test('is overdue after two working days', async () => {
    await start(first)
    await start(second)
    const { id } = await pending(second)
    const at = async (now: string) =>
      (await listed(seenBy(authority, second, new Date(now)).changes())).find((change) => change.id === id)?.term
    expect([await at('2026-03-04T23:59:59+08:00'), await at('2026-03-05T00:00:00+08:00')]).toEqual([
      { lastDay: '2026-03-04', state: 'RUNNING' },
      { lastDay: '2026-03-04', state: 'OVERDUE' },
    ])
  })

  test('that is returned stays returned until it is submitted again or mended', async () => {
    await start(first)
    await start(second)
    const { id } = await pending(second)
    expect(await act(authority, second, 'return', id)).toBe(`To return, state a reason, ${textBounds}.`)
    // Nobody knows the day of a change that the hub found by itself: its days count from the return.
    expect(await act(authority, second, 'return', id, '缺少使用条件')).toMatchObject({
      state: 'RETURNED',
      term: { lastDay: '2026-03-16', state: 'RUNNING' },
      submittedLate: null,
    })
    await start(second)
    expect((await changes(second)).map(({ state }) => state)).toEqual(['RETURNED', 'PUBLISHED'])
    await start(third)
    expect(await changes(third)).toEqual([
      {
        state: 'SUBMITTED',
        added: [],
        changed: ['tax.arrears'],
        removed: ['tax.taxpayer'],
        by: ['submit tax hub', 'return authority authority-1', 'submit tax hub'],
      },
      expect.objectContaining({ state: 'PUBLISHED' }),
    ])
    expect(await act(steward, third, 'submit', id)).toBe('To submit is not possible in the state SUBMITTED.')
  })

  test('that the department announced is submitted under what it announced', async () => {
    await start(first)
    const { id } = await seenBy(steward, first).announce({
      clientMutationId: randomUUID(),
      item: 'tax.refunds',
      reason: '新增退税信息',
      occurredOn: '2026-03-02',
    })
    await start(second)
    const [change] = await listed(seenBy(steward, second).changes())
    expect([change?.id, change?.state, change?.history.map(({ action }) => action)]).toEqual([
      id,
      'SUBMITTED',
      ['announce', 'submit'],
    ])
  })

  test('that is returned keeps the term of what was announced, and says where it was submitted late', async () => {
    await start(first)
    const { id } = await seenBy(steward, first).announce({
      clientMutationId: randomUUID(),
      item: 'tax.refunds',
      reason: '新增退税信息',
      occurredOn: '2026-02-25',
    })
    const seen = async (now: string) => {
      const found = (await listed(seenBy(steward, second, new Date(now)).changes())).find((change) => change.id === id)
      return [found?.state, found?.term, found?.submittedLate]
    }
    // Saturday 28 February is made up for the Spring Festival.
    const lastDay = '2026-03-10'
    expect(await seen('2026-03-02T09:00:00+08:00')).toEqual(['ANNOUNCED', { lastDay, state: 'RUNNING' }, null])
    const send = (now: string) =>
      seenBy(steward, second, new Date(now)).act('submit', 'submit', { clientMutationId: randomUUID(), change: id })
    expect((await send('2026-03-10T23:59:59+08:00')).submittedLate).toBe(false)
    await act(authority, second, 'return', id, '缺少使用条件')
    expect(await seen('2026-03-10T23:59:59+08:00')).toEqual(['RETURNED', { lastDay, state: 'RUNNING' }, false])
    expect(await seen('2026-03-11T00:00:00+08:00')).toEqual(['RETURNED', { lastDay, state: 'OVERDUE' }, false])
    expect(await send('2026-03-11T09:00:00+08:00')).toMatchObject({
      term: { lastDay: '2026-03-13', state: 'RUNNING' },
      submittedLate: true,
    })
    expect(await act(authority, second, 'publish', id)).toMatchObject({
      state: 'PUBLISHED',
      term: null,
      submittedLate: true,
    })
  })

  test('that was announced and turns out needless is withdrawn, and no later one is submitted under it', async () => {
    await start(first)
    const { id } = await seenBy(steward, first).announce({
      clientMutationId: randomUUID(),
      item: null,
      reason: '职责拟作调整',
      occurredOn: '2026-02-02',
    })
    expect(await act(steward, first, 'submit', id)).toBe(
      'The catalogue of tax is as it was published; nothing has changed.',
    )
    expect([
      await act(authority, first, 'withdraw', id, '职责未作调整'),
      await act(steward, first, 'withdraw', id),
      await act(steward, first, 'withdraw', id, '职责未作调整'),
    ]).toEqual([
      'To withdraw is for a steward of tax.',
      `To withdraw, state a reason, ${textBounds}.`,
      expect.objectContaining({ state: 'WITHDRAWN', term: null, actions: [] }),
    ])
    await start(second)
    expect((await changes(second)).map(({ state, by }) => [state, by.length])).toEqual([
      ['SUBMITTED', 1],
      ['WITHDRAWN', 2],
      ['PUBLISHED', 2],
    ])
  })

  test('that was returned may be taken back; while the hub runs it all the same it comes again', async () => {
    await start(first)
    await start(second)
    const { id } = await pending(second)
    await act(authority, second, 'return', id, '缺少使用条件')
    expect(await act(steward, second, 'withdraw', id, '不再调整')).toMatchObject({ state: 'WITHDRAWN', term: null })
    await start(first)
    expect((await changes(first)).map(({ state }) => state)).toEqual(['WITHDRAWN', 'PUBLISHED'])
    await start(second)
    expect((await changes(second)).map(({ state }) => state)).toEqual(['SUBMITTED', 'WITHDRAWN', 'PUBLISHED'])
  })

  test('that the hub has left behind cannot be published', async () => {
    await start(first)
    await start(second)
    const { id } = await pending(second)
    expect(await act(authority, third, 'publish', id)).toBe(
      'The catalogue of tax has gone on since this was submitted; return it, and the latest is submitted.',
    )
  })
})
