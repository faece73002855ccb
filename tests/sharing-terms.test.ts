/**
 * The clocks of applications (政务数据共享条例 arts. 21, 22, 39) and the day of a quota, with the clock held;
 * longer than 300 lines since every clock is held against the one list of what is overdue.
 */
import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SharingMode } from '../rules/application-request.ts'
import { createQuotas } from '../store/quotas.ts'
import { openCatalogue } from '../store/sharing/catalogue-opening.ts'
import type { Caller } from '../store/sharing/matters.ts'
import { createSharing, type Sharing } from '../store/sharing/service.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { listed } from './support/listed.ts'

let database: FreshDatabase
let now: Date
const at = (text: string): void => void (now = new Date(text))
beforeEach(async () => {
  database = await freshDatabase()
  // The last working day before the holidays of 1 to 8 October; Saturday the 11th is made up for them.
  at('2025-09-30T17:00:00+08:00')
  const names = { 'tax.refunds': '出口退税信息', 'tax.kind': '纳税人类型', 'tax.closed': '收紧的信息' }
  const content = Object.fromEntries(Object.entries(names).map(([id, zh]) => [id, { zh }]))
  await openCatalogue(database.db, [{ provider: 'tax', content }], { publishFirst: true }, now)
})
afterEach(() => database.drop())

const customs: Caller = { department: 'customs', subject: 'customs-steward', roles: ['steward'] }
const tax: Caller = { department: 'tax', subject: 'tax-steward', roles: ['steward'] }
const authority: Caller = { department: 'authority', subject: 'authority-1', roles: ['authority'] }

const of = (caller: Caller): Sharing =>
  createSharing({
    db: database.db,
    item: (id) => ({
      id,
      provider: 'tax',
      sharing: id === 'tax.kind' ? 'UNCONDITIONAL' : 'CONDITIONAL',
      // What code has closed since it was published is answered by what was published.
      answeredAs: id === 'tax.refunds' ? 'CONDITIONAL' : 'UNCONDITIONAL',
      sharingModes: ['API', 'BATCH', 'FILE'],
      legalBasis: null,
      coordinates: ['Refund.number'],
    }),
    refresh: async () => undefined,
    now: () => now,
  })(caller, () => undefined)
const key = () => ({ clientMutationId: randomUUID() })
type Action = Parameters<Sharing['actOnApplication']>[1]
type Given = Omit<Parameters<Sharing['actOnApplication']>[2], 'clientMutationId' | 'application'>
const act = (who: Caller, action: Action, application: string, given: Given = {}) =>
  of(who).actOnApplication(action, action, { ...key(), application, ...given })

async function submitted(item = 'tax.refunds', mode: SharingMode = 'API'): Promise<string> {
  const { id } = await of(customs).draftApplication({
    ...key(),
    item,
    coordinates: null,
    purpose: 'clearance',
    basis: '海关法第六条',
    scenario: '通关核对',
    scope: '关税司',
    divisions: [],
    full: false,
    dailySubjects: null,
    mode,
    validTo: new Date('2026-12-31T00:00:00+08:00'),
  })
  await act(customs, 'submit', id)
  return id
}
const terms = async (id: string) => {
  const found = await of(authority).application(id)
  return [found?.answerTerm, found?.deliveryTerm]
}
const overdue = async (wanted: boolean) =>
  (await listed(of(authority).applications({ overdue: wanted }))).map(({ id }) => id)
const late = async (wanted: boolean) =>
  (await listed(of(authority).applications({ answeredLate: wanted }))).map(({ id }) => id).toSorted()
const deliveredLate = async (wanted: boolean) =>
  (await listed(of(authority).applications({ deliveredLate: wanted }))).map(({ id }) => id).toSorted()
const refusal = (error: unknown): string => (error as Error).message

describe('the term to answer', () => {
  test('leaves the holidays out, counts the Saturday that is made up, and ends with its last day in Beijing', async () => {
    const id = await submitted()
    const lastDay = '2025-10-21'
    expect(await terms(id)).toEqual([{ lastDay, state: 'RUNNING' }, null])
    at('2025-10-21T23:59:59.999+08:00')
    expect(await terms(id)).toEqual([{ lastDay, state: 'RUNNING' }, null])
    at('2025-10-22T00:00:00+08:00')
    expect(await terms(id)).toEqual([{ lastDay, state: 'OVERDUE' }, null])
  })

  test('of what is shared unconditionally is one working day, over the holidays too', async () => {
    expect(await terms(await submitted('tax.kind'))).toEqual([{ lastDay: '2025-10-09', state: 'RUNNING' }, null])
  })

  test('is by the published class where code has closed an item since, and takes no longer for that', async () => {
    const id = await submitted('tax.closed')
    const lastDay = '2025-10-09'
    expect(await terms(id)).toEqual([{ lastDay, state: 'RUNNING' }, null])
    expect((await of(tax).application(id))?.actions).toEqual(['requestMaterial', 'approve', 'refuse'])
    expect(await act(tax, 'requestExtension', id, { reason: '需要核实' }).catch(refusal)).toBe(
      'Only the answer on data shared conditionally can take longer (art. 21).',
    )
    at('2025-10-10T00:00:00+08:00')
    expect([await terms(id), await overdue(true)]).toEqual([[{ lastDay, state: 'OVERDUE' }, null], [id]])
    await act(tax, 'refuse', id, { reason: '与职责无关' })
    expect(await late(true)).toEqual([id])
  })

  test('on the Saturday that is made up counts from there', async () => {
    at('2025-10-11T09:00:00+08:00')
    expect(await terms(await submitted('tax.kind'))).toEqual([{ lastDay: '2025-10-13', state: 'RUNNING' }, null])
  })
})

describe('the term to share', () => {
  test('ends when the data can flow, and is never overdue after that', async () => {
    const id = await submitted()
    at('2025-10-21T10:00:00+08:00')
    await act(tax, 'approve', id, { consent: { validFrom: new Date('2025-11-10T00:00:00+08:00') } })
    const running = [null, { lastDay: '2025-11-18', state: 'RUNNING' }]
    expect(await terms(id)).toEqual(running)
    at('2025-11-09T23:59:59.999+08:00')
    expect(await terms(id)).toEqual(running)
    for (const later of ['2025-11-10T00:00:00+08:00', '2025-11-19T00:00:00+08:00', '2026-06-30T00:00:00+08:00']) {
      at(later)
      expect([later, await terms(id), await overdue(true)]).toEqual([later, [null, null], []])
    }
  })

  test('ends with the consent where the data flows at once', async () => {
    const id = await submitted()
    const { deliveryTerm } = await act(tax, 'approve', id)
    at('2026-06-30T00:00:00+08:00')
    expect([deliveryTerm, await terms(id)]).toEqual([null, [null, null]])
  })
})

describe('batches and files, which go beside the hub', () => {
  const [lastDay, lastInstant, over] = ['2025-11-18', '2025-11-18T23:59:59.999+08:00', '2025-11-19T00:00:00+08:00']
  /** Consented to with the clock on 21 October. */
  const consented = async (mode: SharingMode, consent: Given['consent'] = {}): Promise<string> => {
    at('2025-10-21T10:00:00+08:00')
    const id = await submitted('tax.refunds', mode)
    await act(tax, 'approve', id, { consent })
    return id
  }
  const deliver = (id: string, who = tax) => act(who, 'recordDelivery', id)
  const onGrant = (action: 'suspend' | 'resume' | 'terminate' | 'giveUp', application: string) =>
    of(action === 'giveUp' ? customs : tax).actOnGrant(action, action, {
      ...key(),
      grant: `application:${application}`,
      ...(action === 'giveUp' ? {} : { reason: '涉嫌超范围使用' }),
      ...(action === 'suspend' ? { putRightBy: '2025-11-30' } : {}),
      ...(action === 'terminate' ? { cause: 'NEED' } : {}),
    })

  test.each(['BATCH', 'FILE'] as const)('%s: owed until its provider says that it was delivered', async (mode) => {
    const id = await consented(mode)
    const running = [null, { lastDay, state: 'RUNNING' }]
    expect([await terms(id), (await of(tax).application(id))?.actions]).toEqual([running, ['recordDelivery']])
    at(lastInstant)
    expect([await terms(id), await overdue(true)]).toEqual([running, []])
    at(over)
    expect([await terms(id), await overdue(true)]).toEqual([[null, { lastDay, state: 'OVERDUE' }], [id]])
    const delivered = await deliver(id)
    expect(delivered).toMatchObject({
      state: 'APPROVED',
      deliveredAt: new Date(over).toISOString(),
      deliveredLate: true,
      deliveryTerm: null,
      actions: [],
    })
    expect(delivered.history.at(-1)).toMatchObject({
      action: 'recordDelivery',
      department: 'tax',
      from: 'APPROVED',
      to: 'APPROVED',
      article: 22,
    })
    expect([await overdue(true), await deliveredLate(true), await deliveredLate(false)]).toEqual([[], [id], []])
  })

  test('delivered on the last day they are in time, and never overdue after that', async () => {
    const [kept, open] = [await consented('FILE'), await consented('FILE')]
    at(lastInstant)
    expect((await deliver(kept)).deliveredLate).toBe(false)
    at('2026-06-30T00:00:00+08:00')
    expect([await overdue(true), await deliveredLate(false), await deliveredLate(true)]).toEqual([[open], [kept], []])
  })

  test('are said to be delivered by the provider’s steward, once, and only where something is', async () => {
    const [file, byApi, later] = [
      await consented('FILE'),
      await consented('API'),
      await consented('FILE', { validFrom: new Date('2025-11-10T00:00:00+08:00') }),
    ]
    const officer: Caller = { ...tax, roles: ['officer'] }
    const said = [
      deliver(file, officer),
      deliver(file, customs),
      deliver(file, authority),
      deliver(byApi),
      deliver(later),
    ]
    expect(await Promise.all(said.map((one) => one.catch(refusal)))).toEqual([
      'To record delivery is for a steward of tax.',
      'To record delivery is for a steward of tax.',
      'To record delivery is for a steward of tax.',
      'What is shared by API flows through the hub: batches and files alone are delivered (art. 22).',
      'The grant begins on 2025-11-10: nothing is delivered before.',
    ])
    expect([(await of(tax).application(byApi))?.actions, (await of(tax).application(later))?.actions]).toEqual([[], []])
    const once = { ...key(), application: file }
    const send = () => of(tax).actOnApplication('recordDelivery', 'recordDelivery', once)
    expect(await send()).toEqual(await send())
    expect(await deliver(file).catch(refusal)).toBe('To record delivery is possible once, and has been done.')
    at('2025-11-10T00:00:00+08:00')
    expect((await deliver(later)).deliveredLate).toBe(false)
  })

  test('are not owed by a grant that is suspended or was ended (art. 27), and are again once it goes on', async () => {
    const [suspended, ended, givenUp, expired] = [
      await consented('FILE'),
      await consented('BATCH'),
      await consented('FILE'),
      await consented('FILE', { validTo: new Date('2025-11-01T00:00:00+08:00') }),
    ]
    await onGrant('suspend', suspended)
    await onGrant('terminate', ended)
    await onGrant('giveUp', givenUp)
    at(over)
    expect(await overdue(true)).toEqual([expired])
    expect(await Promise.all([suspended, ended, givenUp].map((id) => deliver(id).catch(refusal)))).toEqual(
      ['SUSPENDED', 'TERMINATED', 'GIVEN_UP'].map(
        (state) => `Nothing is delivered by a grant that is ${state} (art. 27).`,
      ),
    )
    await onGrant('resume', suspended)
    expect([await terms(suspended), (await overdue(true)).toSorted()]).toEqual([
      [null, { lastDay, state: 'OVERDUE' }],
      [suspended, expired].toSorted(),
    ])
  })

  test('are in time or late only where the working days are known', async () => {
    at('2026-12-21T10:00:00+08:00')
    const id = await submitted('tax.refunds', 'FILE')
    await act(tax, 'approve', id)
    const { deliveredAt, deliveredLate: said } = await deliver(id)
    expect([deliveredAt, said]).toEqual([now.toISOString(), null])
  })
})

test('what was not answered or not shared in time stands in a list of its own (art. 39 no. 4)', async () => {
  const [unanswered, unshared, answered] = [await submitted(), await submitted(), await submitted()]
  await act(tax, 'approve', answered)
  await act(tax, 'approve', unshared)
  await database.db
    .updateTable('sharing_grant')
    .set({ valid_from: new Date('2026-03-01T00:00:00+08:00') })
    .where('id', '=', `application:${unshared}`)
    .execute()
  expect([await overdue(true), (await overdue(false)).toSorted()]).toEqual([
    [],
    [unanswered, unshared, answered].toSorted(),
  ])
  at('2025-10-22T00:00:00+08:00')
  expect(await overdue(true)).toEqual([unanswered])
  // Twenty working days after the consent, the holidays between them.
  at('2025-11-05T00:00:00+08:00')
  expect(await terms(unshared)).toEqual([null, { lastDay: '2025-11-04', state: 'OVERDUE' }])
  expect([(await overdue(true)).toSorted(), await overdue(false)]).toEqual([
    [unanswered, unshared].toSorted(),
    [answered],
  ])
})

describe('an answer that is not given in time', () => {
  const [reason, lastInstant, over] = ['涉及两级数据核对', '2025-10-21T23:59:59.999+08:00', '2025-10-22T00:00:00+08:00']

  test('is overdue until it is given: no more time is asked for or given, and no material is named', async () => {
    const [asked, unasked] = [await submitted(), await submitted()]
    at(lastInstant)
    expect((await of(tax).application(unasked))?.actions).toEqual([
      'requestMaterial',
      'requestExtension',
      'approve',
      'refuse',
    ])
    await act(tax, 'requestExtension', asked, { reason })
    expect((await of(authority).application(asked))?.actions).toEqual(['consentToExtension'])
    at(over)
    expect(
      await Promise.all([
        act(authority, 'consentToExtension', asked, { days: 10 }).catch(refusal),
        act(tax, 'requestExtension', unasked, { reason }).catch(refusal),
        act(tax, 'requestMaterial', unasked, { reason }).catch(refusal),
      ]),
    ).toEqual([
      'To consent to extension is possible until the term is over, and it is.',
      'To request extension is possible until the term is over, and it is.',
      'To request material is possible until the term is over, and it is.',
    ])
    expect([
      (await of(authority).application(asked))?.actions,
      (await of(tax).application(unasked))?.actions,
      (await overdue(true)).toSorted(),
    ]).toEqual([[], ['approve', 'refuse'], [asked, unasked].toSorted()])
  })

  test('is in time while the authority has given more, and no longer', async () => {
    const [kept, missed] = [await submitted(), await submitted()]
    for (const id of [kept, missed]) {
      await act(tax, 'requestExtension', id, { reason })
      await act(authority, 'consentToExtension', id, { days: 1 })
    }
    at('2025-10-22T23:59:59.999+08:00')
    await act(tax, 'approve', kept)
    at('2025-10-23T00:00:00+08:00')
    await act(tax, 'approve', missed)
    expect([await late(false), await late(true)]).toEqual([[kept], [missed]])
  })

  test('says afterwards that it was late, whichever it was, and stands in a list of its own (art. 39 no. 4)', async () => {
    const [inTime, approved, refused, open] = [
      await submitted(),
      await submitted(),
      await submitted(),
      await submitted(),
    ]
    at(lastInstant)
    await act(tax, 'approve', inTime)
    at(over)
    await act(tax, 'approve', approved)
    await act(tax, 'refuse', refused, { reason: '依据不足' })
    const said = async (id: string) => (await of(customs).application(id))?.answeredLate
    expect(await Promise.all([inTime, approved, refused, open].map(said))).toEqual([false, true, true, null])
    expect([await overdue(true), await late(true), await late(false)]).toEqual([
      [open],
      [approved, refused].toSorted(),
      [inTime],
    ])
  })
})

test('what is shared with every department is neither refused nor answered later (arts. 14, 21)', async () => {
  const id = await submitted('tax.kind')
  expect((await of(tax).application(id))?.actions).toEqual(['requestMaterial', 'approve'])
  expect(
    await Promise.all([
      act(tax, 'requestExtension', id, { reason: '涉及两级数据核对' }).catch(refusal),
      act(tax, 'refuse', id, { reason: '依据不足' }).catch(refusal),
      act(customs, 'refuse', id, { reason: '依据不足' }).catch(refusal),
    ]),
  ).toEqual([
    'Only the answer on data shared conditionally can take longer (art. 21).',
    'tax.kind is shared with every department (无条件共享): it cannot be refused (arts. 14, 21).',
    'To refuse is for a steward of tax.',
  ])
  // What cannot be consented to any more must be refused.
  at('2027-01-01T00:00:00+08:00')
  expect(await act(tax, 'refuse', id, { reason: '使用时限已过' })).toMatchObject({
    state: 'REFUSED',
    answeredLate: true,
  })
})

test('a quota begins anew at midnight in Beijing, for every process', async () => {
  const [one, other] = [createQuotas(database.pool, () => now), createQuotas(database.pool, () => now)]
  const [a, b, c] = ['91350102MYE0000341', '91350104MYW0260W10', '91330902MY50009T8H']
  at('2025-09-30T23:59:59.999+08:00')
  expect([await one.count('g', 2, [a]), await other.count('g', 2, [b, c]), await one.count('g', 2, [a, c])]).toEqual([
    [],
    [c],
    [c],
  ])
  at('2025-10-01T00:00:00+08:00')
  expect([await other.count('g', 2, [c]), await one.count('g', 2, [b, a]), await other.count('g', 2, [c, b])]).toEqual([
    [],
    [a],
    [],
  ])
})

test('what is listed as overdue is what its own terms say, whatever its item, its extension and its days', async () => {
  await database.pool.query(
    `insert into sharing_grant (id, reader, item, purpose, valid_from, state)
     select concat_ws('-', 'g', name, state), 'customs', 'tax.refunds', 'p', begins, state
     from (values ('past', '2025-10-01'::timestamptz), ('later', '2026-01-01'), ('open', null)) as given (name, begins),
       unnest(array['ACTIVE', 'SUSPENDED', 'TERMINATED', 'GIVEN_UP']) as state`,
  )
  await database.pool.query(
    `insert into application (id, consumer, provider, item, purpose, basis, scenario, scope, divisions, "full", mode,
       valid_to, state, submitted_at, answered_at, extension_days, grant_id, delivered_at)
     select concat_ws(' ', n, item, state, more, mode, grant_id, delivered), 'customs', 'tax', item, 'p', 'b', 's', 's',
       '{}', false, mode, '2027-01-01', state, day, case when state = 'APPROVED' then day end, more, grant_id,
       case when delivered then day end
     from generate_series(0, 50) as n,
       lateral (select '2025-11-20T12:00:00+08:00'::timestamptz - n * interval '1 day' as day) as days,
       (select item, state, more, mode, null as grant_id, false as delivered
         from (values ('tax.refunds', 'SUBMITTED', null), ('tax.refunds', 'SUBMITTED', 1),
           ('tax.refunds', 'SUBMITTED', 10), ('tax.kind', 'SUBMITTED', null), ('tax.refunds', 'INCOMPLETE', null),
           ('tax.refunds', 'APPROVED', null)) as asked (item, state, more), unnest(array['API', 'FILE']) as mode
         union all
         select 'tax.refunds', 'APPROVED', null, way.mode, id, delivered
         from sharing_grant, unnest(array['API', 'BATCH', 'FILE']) as way (mode), unnest(array[false, true]) as delivered
       ) as given`,
  )
  at('2025-11-20T12:00:00+08:00')
  const all = async (wanted: boolean | null) => {
    const list = of(authority).applications({ overdue: wanted })
    const found: Awaited<ReturnType<typeof list.page>>['items'] = []
    for (let after: string | null = null, more = true; more; after = found.at(-1)?.key ?? null) {
      const page = await list.page(100, after)
      found.push(...page.items)
      more = page.more
    }
    expect(await list.count()).toBe(found.length)
    return found.map(({ item }) => item)
  }
  const isOver = ({ answerTerm, deliveryTerm }: Awaited<ReturnType<typeof all>>[number]): boolean =>
    answerTerm?.state === 'OVERDUE' || deliveryTerm?.state === 'OVERDUE'
  const ids = (of: Awaited<ReturnType<typeof all>>): string[] => of.map(({ id }) => id).sort()
  const [every, over, rest] = [await all(null), await all(true), await all(false)]
  expect(ids(over)).toEqual(ids(every.filter(isOver)))
  expect(ids(rest)).toEqual(ids(every.filter((one) => !isOver(one))))
  expect([every.length, over.length > 500, rest.length > 1000]).toEqual([51 * (12 + 12 * 6), true, true])
})
