/**
 * The life of an application and of the grant that it becomes, over HTTP, as the departments' offices live it;
 * longer than 300 lines since it is one life, told from the draft to the end.
 */
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
const officer = (as: Persona['as']): Persona => ({ as, roles: ['officer'] })
const authority: Persona = { as: 'authority', roles: ['authority'] }
const auditor: Persona = { as: 'authority', roles: ['auditor'] }
const operator: Persona = { as: 'operations' }

const fuzhou = '91350102MYE0000341'
const jinhua = '91330702MYQ0003787'
const validTo = '2027-06-30T00:00:00+08:00'
const asked = {
  item: 'tax.creditGrade',
  purpose: 'licence-review',
  basis: '市场主体登记管理条例第二十一条',
  scenario: '年报抽查时核对纳税信用级别',
  scope: '登记注册处经办人员',
  divisions: ['3501'],
  validTo,
}

interface Shown {
  id: string
  state: string
  actions: string[]
  grant: string | null
  answerTerm: unknown
  deliveryTerm: unknown
  extensionDays: number | null
  history: unknown[]
}
const shown = `{ id state actions grant extensionDays answerTerm { lastDay state } deliveryTerm { lastDay state }
  history { action department from to reason article } }`

const said = ({ data, errors }: Answer, mutation: string): Shown | string => {
  const payload = data?.[mutation] as { application?: Shown; grant?: Shown } | null | undefined
  const matter = payload?.application ?? payload?.grant
  return matter ?? `${String(errors?.[0]?.extensions.code)}: ${errors?.[0]?.message ?? ''}`
}

async function mutate(
  who: Persona,
  mutation: string,
  input: Record<string, unknown>,
  key: string = randomUUID(),
): Promise<Shown | string> {
  const type =
    {
      draftApplication: 'DraftApplicationInput',
      consentToExtension: 'ExtensionInput',
      approveApplication: 'ApproveApplicationInput',
      suspendGrant: 'SuspendGrantInput',
      terminateGrant: 'TerminateGrantInput',
    }[mutation] ?? (mutation.endsWith('Grant') ? 'GrantInput' : 'ApplicationInput')
  const below = mutation.endsWith('Grant')
    ? 'grant { id state actions putRightBy endCause history { action from to reason cause until article } }'
    : `application ${shown}`
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { clientMutationId ${below} } }`
  return said(await running.ask(who, query, { input: { clientMutationId: key, ...input } }), mutation)
}
const matter = (result: Shown | string): Shown => {
  if (typeof result === 'string') throw new Error(result)
  return result
}

async function drafted(change: Partial<typeof asked> & Record<string, unknown> = {}): Promise<string> {
  return matter(await mutate(officer('market'), 'draftApplication', { ...asked, ...change })).id
}
async function submitted(change: Record<string, unknown> = {}): Promise<string> {
  const id = await drafted(change)
  matter(await mutate(steward('market'), 'submitApplication', { application: id }))
  return id
}
async function granted(change: Record<string, unknown> = {}, consent: Record<string, unknown> = {}): Promise<string> {
  const id = await submitted(change)
  return matter(await mutate(steward('tax'), 'approveApplication', { application: id, ...consent })).grant ?? ''
}

const grade = (uscc: string, purpose = asked.purpose) =>
  running.ask(
    { ...officer('market'), purpose, purposes: [purpose] },
    `{ enterprise(uscc: "${uscc}") { tax { creditGrade } } }`,
  )
const seen = ({ data, errors }: Answer): unknown => {
  const { tax } = data?.enterprise as { tax: { creditGrade: string | null } }
  return tax.creditGrade ?? errors?.[0]?.extensions.reason
}

describe('an application 共享申请', () => {
  test('from the draft to the data: each step by whom the law names, each on record', async () => {
    expect(seen(await grade(fuzhou, 'first-use'))).toBe('no-grant')
    const id = await drafted({ purpose: 'first-use' })
    expect(await mutate(officer('market'), 'submitApplication', { application: id })).toBe(
      'FORBIDDEN: To submit is for a steward of market.',
    )
    const today = dayOf(new Date())
    const sent = matter(await mutate(steward('market'), 'submitApplication', { application: id }))
    expect([sent.state, sent.actions, sent.answerTerm]).toEqual([
      'SUBMITTED',
      ['withdraw'],
      { lastDay: addWorkingDays(today, 10), state: 'RUNNING' },
    ])
    const agreed = matter(await mutate(steward('tax'), 'approveApplication', { application: id }))
    expect(agreed).toEqual({
      id,
      state: 'APPROVED',
      actions: [],
      grant: `application:${id}`,
      extensionDays: null,
      answerTerm: null,
      // It flows from now on.
      deliveryTerm: null,
      history: [
        { action: 'draft', department: 'market', from: null, to: 'DRAFTED', reason: null, article: 20 },
        { action: 'submit', department: 'market', from: 'DRAFTED', to: 'SUBMITTED', reason: null, article: 20 },
        { action: 'approve', department: 'tax', from: 'SUBMITTED', to: 'APPROVED', reason: null, article: 21 },
      ],
    })
    // In force with the next request, for its purpose and its divisions.
    expect([
      seen(await grade(fuzhou, 'first-use')),
      seen(await grade(fuzhou, 'quality-tracing')),
      seen(await grade(jinhua, 'first-use')),
    ]).toEqual([expect.stringMatching(/^[ABMCD]$/), 'other-purpose', 'row'])
    const { data } = await running.ask(
      steward('tax'),
      '{ ledger(item: "tax.creditGrade", department: "market", first: 3) { nodes { uses { effect rule grant } } } }',
    )
    expect(data).toEqual({
      ledger: {
        nodes: [
          { uses: [{ effect: 'DENY', rule: 'row', grant: null }] },
          { uses: [{ effect: 'DENY', rule: 'other-purpose', grant: null }] },
          { uses: [{ effect: 'ALLOW', rule: `grant:application:${id}`, grant: `application:${id}` }] },
        ],
      },
    })
  })

  test('missing material is named once, the clock starts again with what was added', async () => {
    const id = await submitted()
    const back = matter(
      await mutate(steward('tax'), 'requestMaterial', { application: id, reason: '缺少：授权文件、经办人名单' }),
    )
    expect([back.state, back.answerTerm]).toEqual(['INCOMPLETE', null])
    matter(
      await mutate(steward('market'), 'submitApplication', { application: id, reason: '已补：授权文件、经办人名单' }),
    )
    expect(await mutate(steward('tax'), 'requestMaterial', { application: id, reason: '还缺……' })).toBe(
      'CONFLICT: To request material is possible once, and has been done.',
    )
  })

  test('more time to answer: asked for with a reason, consented to by the authority alone, ten working days at most', async () => {
    const id = await submitted()
    const ask = (reason?: string) =>
      mutate(steward('tax'), 'requestExtension', { application: id, ...(reason === undefined ? {} : { reason }) })
    const consent = (who: Persona, days: number) => mutate(who, 'consentToExtension', { application: id, days })
    expect([await consent(authority, 5), await ask(), await consent(steward('tax'), 5)]).toEqual([
      'CONFLICT: To consent to extension is not possible in the state SUBMITTED.',
      `BAD_USER_INPUT: To request extension, state a reason, ${textBounds}.`,
      'FORBIDDEN: To consent to extension is for the authority.',
    ])
    matter(await ask('涉及两级数据核对'))
    expect(await consent(authority, 11)).toBe('BAD_USER_INPUT: days must be from 1 to 10 working days (art. 21).')
    const longer = matter(await consent(authority, 10))
    expect([longer.extensionDays, longer.answerTerm]).toEqual([
      10,
      { lastDay: addWorkingDays(dayOf(new Date()), 20), state: 'RUNNING' },
    ])
    expect(await consent(authority, 1)).toBe('CONFLICT: To consent to extension is possible once, and has been done.')
  })

  test('a refusal states reasons', async () => {
    const id = await submitted()
    expect(await mutate(steward('tax'), 'refuseApplication', { application: id })).toBe(
      `BAD_USER_INPUT: To refuse, state a reason, ${textBounds}.`,
    )
    const refused = matter(await mutate(steward('tax'), 'refuseApplication', { application: id, reason: '依据不足' }))
    expect([refused.state, refused.actions, refused.history.at(-1)]).toEqual([
      'REFUSED',
      [],
      { action: 'refuse', department: 'tax', from: 'SUBMITTED', to: 'REFUSED', reason: '依据不足', article: 21 },
    ])
  })

  test.each([
    ['an item that there is not', { item: 'tax.secrets' }, 'The catalogue has no item tax.secrets.'],
    [
      'an item that is open',
      { item: 'tax.listedGradeA' },
      'tax.listedGradeA is open (有序公开); there is nothing to apply for.',
    ],
    [
      'an item of its own',
      { item: 'market.legalRepresentative' },
      'market.legalRepresentative is your own; there is nothing to apply for.',
    ],
    ['a field of another item', { fields: ['Refund.number'] }, 'tax.creditGrade has no field Refund.number.'],
    ['no field at all', { fields: [] }, 'fields must name at least one field, or be left out for all.'],
    [
      'no purpose to state',
      { purpose: 'Any purpose' },
      'purpose must be a word of lower-case letters, digits and hyphens, e.g. refund-review.',
    ],
    ['no basis', { basis: ' ' }, `basis must be stated, ${textBounds} (art. 20).`],
    ['a scope of one letter', { scope: 'x' }, `scope must be stated, ${textBounds} (art. 20).`],
    [
      'a way in which it is not shared',
      { mode: 'FILE' },
      'tax.creditGrade is shared by API, not by FILE (arts. 20, 22).',
    ],
    ['a quota of nothing', { dailySubjects: 0 }, 'dailySubjects must be at least 1.'],
    ['an end that is past', { validTo: '2020-01-01T00:00:00Z' }, 'validTo must lie in the future.'],
  ])('what cannot be asked for is said at once: %s', async (_what, change, message) => {
    expect(await mutate(officer('market'), 'draftApplication', { ...asked, ...change })).toBe(
      `BAD_USER_INPUT: ${message}`,
    )
  })

  test.each(['bank', 'portal'] as const)('only government departments apply: not the %s', async (who) => {
    expect(await mutate(officer(who), 'draftApplication', asked)).toBe(
      `FORBIDDEN: Only government departments apply for sharing: customs, tax, fx, market, postal, commerce; ${who} is none (arts. 2, 20).`,
    )
  })

  test('what is withheld names its law', async () => {
    expect(
      await mutate(officer('market'), 'draftApplication', { ...asked, item: 'fx.suspiciousTransactionReports' }),
    ).toMatch(/^BAD_USER_INPUT: fx\.suspiciousTransactionReports is not shared \(不予共享\): .+/)
  })

  const wider = 'A consent may be narrower than the application, not wider.'
  test.each([
    ['more divisions', { divisions: [] }, wider],
    ['a division beside it', { divisions: ['3502'] }, wider],
    ['unmasked', { full: true }, wider],
    ['a longer term', { validTo: '2027-07-01T00:00:00+08:00' }, wider],
    ['fields that there are not', { fields: ['nonsense'] }, 'tax.creditGrade has no field nonsense.'],
    ['a field of another item', { fields: ['Refund.number'] }, 'tax.creditGrade has no field Refund.number.'],
    ['no field at all', { fields: [] }, 'fields must name at least one field, or be left out for all.'],
    ['a quota of nothing', { dailySubjects: 0 }, 'dailySubjects must be at least 1.'],
    ['a quota below nothing', { dailySubjects: -1 }, 'dailySubjects must be at least 1.'],
    [
      'a day that is past',
      { validFrom: '2026-01-01T00:00:00+08:00' },
      'validFrom must not lie in the past: leave it out for at once.',
    ],
  ])('what cannot be consented to changes nothing: %s', async (_what, consent, message) => {
    const id = await submitted()
    expect(await mutate(steward('tax'), 'approveApplication', { application: id, ...consent })).toBe(
      `BAD_USER_INPUT: ${message}`,
    )
    const mine = await running.ask(steward('tax'), `{ application(id: "${id}") { state grant } }`)
    expect(mine.data).toEqual({ application: { state: 'SUBMITTED', grant: null } })
  })

  test('the data must flow within 20 working days of the consent', async () => {
    const id = await submitted()
    const latest = addWorkingDays(dayOf(new Date()), 20) ?? ''
    const late = new Date(Date.parse(`${latest}T00:00:00+08:00`) + 86_400_000).toISOString()
    expect(await mutate(steward('tax'), 'approveApplication', { application: id, validFrom: late })).toBe(
      `BAD_USER_INPUT: The data must flow within 20 working days (art. 22), by ${latest}.`,
    )
  })
})

test('what was delivered as a file is said over HTTP, by the provider, once for a key and on record', async () => {
  const id = await submitted()
  matter(await mutate(steward('tax'), 'approveApplication', { application: id }))
  // As though the item were shared by file: the policies of development share none so that a grant is needed for.
  await running.database.db.updateTable('application').set({ mode: 'FILE' }).where('id', '=', id).execute()
  const said = '{ deliveredAt deliveredLate deliveryTerm { lastDay } actions }'
  const query = `mutation ($input: ApplicationInput!) { recordDelivery(input: $input) { application ${said} } }`
  const input = { clientMutationId: randomUUID(), application: id, reason: '全量文件一份，已经签收' }
  const before = await running.ask(steward('tax'), `{ application(id: "${id}") ${said} }`)
  expect(before.data?.application).toEqual({
    deliveredAt: null,
    deliveredLate: null,
    deliveryTerm: { lastDay: addWorkingDays(dayOf(new Date()), 20) },
    actions: ['recordDelivery'],
  })
  const [first, again] = [
    await running.ask(steward('tax'), query, { input }),
    await running.ask(steward('tax'), query, { input }),
  ]
  expect(first.data).toEqual({
    recordDelivery: {
      application: { deliveredAt: expect.any(String) as string, deliveredLate: false, deliveryTerm: null, actions: [] },
    },
  })
  expect(again.data).toEqual(first.data)
  const events = await Promise.all(
    [first, again].map(async ({ extensions }) =>
      (await recordsOf(running.database.db, extensions?.requestId)).map(({ details }) => details),
    ),
  )
  const event = (outcome: string) => ({ events: [{ mutation: 'recordDelivery', matter: id, outcome }] })
  expect(events).toEqual([[event('begun'), event('done')], [event('repeated')]])
  expect(await mutate(steward('tax'), 'recordDelivery', { application: id })).toBe(
    'CONFLICT: To record delivery is possible once, and has been done.',
  )
})

describe('who sees a matter', () => {
  test('its two sides, the authority and its auditors; to all others it does not exist', async () => {
    const id = await submitted()
    const sees = async (who: Persona): Promise<unknown> => {
      const answer = await running.ask(
        who,
        `{ application(id: "${id}") { id } applications(first: 100) { nodes { id } } }`,
      )
      const { application, applications } = answer.data as {
        application: { id: string } | null
        applications: { nodes: { id: string }[] }
      }
      return [application?.id === id, applications.nodes.some((node) => node.id === id), answer.errors]
    }
    const all = [
      steward('market'),
      officer('market'),
      steward('tax'),
      authority,
      auditor,
      steward('customs'),
      { as: 'bank' },
      operator,
      // Without a role nobody has a part in anything.
      { as: 'authority' },
      { as: 'market', roles: [] },
    ] as const
    expect(await Promise.all(all.map(sees))).toEqual([
      ...Array.from({ length: 5 }, () => [true, true, undefined]),
      ...Array.from({ length: 5 }, () => [false, false, undefined]),
    ])
    expect(await mutate(steward('customs'), 'approveApplication', { application: id })).toBe(
      'NOT_FOUND: There is no such application.',
    )
    expect(await mutate(steward('tax'), 'approveApplication', { application: 'none' })).toBe(
      'NOT_FOUND: There is no such application.',
    )
  })

  test('a draft is its department’s alone until it is submitted, and stays so where it is withdrawn before', async () => {
    const [draft, withdrawn, sent] = [await drafted(), await drafted(), await submitted()]
    matter(await mutate(steward('market'), 'withdrawApplication', { application: withdrawn }))
    matter(await mutate(steward('market'), 'withdrawApplication', { application: sent }))
    const seenBy = async (who: Persona): Promise<boolean[]> => {
      const { data } = await running.ask(
        who,
        `{ one: application(id: "${draft}") { id } two: application(id: "${withdrawn}") { id }
          three: application(id: "${sent}") { id } applications(first: 100) { nodes { id } } }`,
      )
      const { applications, ...single } = data as Record<string, { nodes: { id: string }[] } | null>
      const listed = [draft, withdrawn, sent].map((id) => applications?.nodes.some((node) => node.id === id) === true)
      return [...Object.values(single).map((found) => found !== null), ...listed]
    }
    const all = [officer('market'), steward('market'), officer('tax'), steward('tax'), authority, auditor]
    const foreign = [false, false, true, false, false, true]
    expect(await Promise.all(all.map(seenBy))).toEqual([
      ...Array.from({ length: 2 }, () => Array.from({ length: 6 }, () => true)),
      ...Array.from({ length: 4 }, () => foreign),
    ])
    expect(await mutate(steward('tax'), 'refuseApplication', { application: draft, reason: '依据不足' })).toBe(
      'NOT_FOUND: There is no such application.',
    )
  })

  test('whoever runs, supervises or audits reads no data of departments', async () => {
    const query = `{ enterprise(uscc: "${fuzhou}") { name market { registration { kind } } } }`
    for (const who of [operator, authority, auditor, steward('market')]) {
      running.sandbox.calls.reset()
      const { data, errors } = await running.ask(who, query)
      expect([data, errors?.map(({ extensions }) => extensions.reason), running.calls()]).toEqual([
        { enterprise: { name: null, market: { registration: null } } },
        ['role', 'role'],
        {},
      ])
    }
  })

  test.each([
    ['an operator in a department', { as: 'tax', roles: ['operator'] }],
    ['a steward in a bank', { as: 'bank', roles: ['steward'] }],
    ['an auditor who is the authority too', { as: 'authority', roles: ['authority', 'auditor'] }],
    ['an officer of the authority', { as: 'authority', roles: ['officer'] }],
  ] as const)('roles that may not be held are not accepted: %s', async (_who, who) => {
    const { status, errors } = await running.ask(who, '{ me { roles } }')
    expect([status, errors?.map(({ message }) => message)]).toEqual([
      401,
      [`The token's roles may not be held together, or not by ${who.as}.`],
    ])
  })
})

describe('a mutation sent twice', () => {
  test('answers as the first time and changes nothing; another request under its key is refused', async () => {
    const key = randomUUID()
    const count = async () => {
      const { data } = await running.ask(steward('market'), '{ applications { totalCount } }')
      return (data?.applications as { totalCount: number }).totalCount
    }
    const before = await count()
    const both = await Promise.all([0, 1].map(() => mutate(officer('market'), 'draftApplication', asked, key)))
    const again = await mutate(officer('market'), 'draftApplication', asked, key)
    expect(new Set([...both, again].map((result) => matter(result).id)).size).toBe(1)
    expect(await count()).toBe(before + 1)
    expect(await mutate(officer('market'), 'draftApplication', { ...asked, purpose: 'other' }, key)).toBe(
      'CONFLICT: This clientMutationId was used for another request; send a new one.',
    )
    // Another person's keys are their own.
    expect(
      matter(await mutate(steward('market'), 'submitApplication', { application: matter(again).id }, key)).state,
    ).toBe('SUBMITTED')
  })

  test('a key that is none is refused', async () => {
    expect(await mutate(officer('market'), 'draftApplication', asked, 'short')).toBe(
      'BAD_USER_INPUT: clientMutationId must be 8 to 128 visible ASCII characters, e.g. a UUID.',
    )
  })

  test('it is on record whether it succeeded or not', async () => {
    const id = await submitted()
    const query = `mutation ($input: ApplicationInput!) { refuseApplication(input: $input) { application { id } } }`
    const tell = async (reason: string | null) => {
      const answer = await running.ask(steward('tax'), query, {
        input: { clientMutationId: randomUUID(), application: id, reason },
      })
      const record = (await recordsOf(running.database.db, answer.extensions?.requestId)).at(-1)
      return [record?.action, record?.department, record?.roles, record?.outcome, record?.details]
    }
    expect([await tell(null), await tell('依据不足')]).toEqual([
      [
        'mutation',
        'tax',
        ['steward'],
        'partial',
        { events: [{ matter: id, mutation: 'refuseApplication', outcome: 'INVALID' }] },
      ],
      [
        'mutation',
        'tax',
        ['steward'],
        'answered',
        { events: [{ matter: id, mutation: 'refuseApplication', outcome: 'done' }] },
      ],
    ])
  })

  test('an attempt by whoever has no part in it is on record with its target; what is no id is not', async () => {
    const query = `mutation ($input: SuspendGrantInput!) { suspendGrant(input: $input) { grant { id } } }`
    const tell = async (grant: string) => {
      const input = { clientMutationId: randomUUID(), grant, reason: '涉嫌超范围使用', putRightBy: '2999-12-31' }
      const { extensions } = await running.ask(steward('postal'), query, { input })
      const [record] = await recordsOf(running.database.db, extensions?.requestId)
      return [record?.outcome, record?.details]
    }
    const grant = 'development:customs:tax.creditGrade:clearance'
    const event = { mutation: 'suspendGrant', outcome: 'NOT_FOUND' }
    expect([await tell(grant), await tell('any text at all'), await tell('x'.repeat(201))]).toEqual([
      ['partial', { events: [{ ...event, matter: grant }] }],
      ['partial', { events: [{ ...event, matter: null }] }],
      ['partial', { events: [{ ...event, matter: null }] }],
    ])
  })
})

describe('a grant 共享授权', () => {
  test('suspended, resumed, ended: in force with the next request, with cause and on record', async () => {
    const grant = await granted({ purpose: 'grant-life' })
    const look = async () => seen(await grade(fuzhou, 'grant-life'))
    const life = (who: Persona, mutation: string, stated: Record<string, unknown>) =>
      mutate(who, mutation, { grant, ...stated })
    const until = dayOf(new Date(Date.now() + 30 * 86_400_000))
    const misuse = { reason: '超范围使用，限期整改', putRightBy: until }
    expect(await look()).toMatch(/^[ABMCD]$/)
    expect([
      await life(steward('tax'), 'suspendGrant', { ...misuse, reason: 'x' }),
      await life(steward('tax'), 'suspendGrant', { ...misuse, putRightBy: dayOf(new Date()) }),
      await life(steward('market'), 'suspendGrant', misuse),
    ]).toEqual([
      `BAD_USER_INPUT: To suspend, state a reason, ${textBounds}.`,
      'BAD_USER_INPUT: putRightBy must be a day to come: the reader needs time to put it right (art. 27).',
      'FORBIDDEN: To suspend is for a steward of tax or the authority.',
    ])
    const suspended = matter(await life(authority, 'suspendGrant', misuse))
    expect([suspended.actions, await look()]).toEqual([['resume'], 'suspended'])
    expect(await life(steward('tax'), 'resumeGrant', { reason: '已整改' })).toBe(
      'FORBIDDEN: To resume is for the authority.',
    )
    matter(await life(authority, 'resumeGrant', { reason: '整改已核实' }))
    expect(await look()).toMatch(/^[ABMCD]$/)
    const need = { cause: 'NEED', reason: '系统停用，已与市场监管部门协商' }
    expect([
      await life(steward('tax'), 'terminateGrant', { ...need, cause: 'MISUSE' }),
      await life(authority, 'terminateGrant', need),
      await life(steward('tax'), 'terminateGrant', { ...need, reason: ' ' }),
    ]).toEqual([
      'CONFLICT: To terminate for misuse is not possible in the state ACTIVE.',
      'FORBIDDEN: To terminate for need is for a steward of tax.',
      `BAD_USER_INPUT: To terminate for need, state a reason, ${textBounds}.`,
    ])
    const ended = matter(await life(steward('tax'), 'terminateGrant', need))
    expect(await look()).toBe('other-purpose')
    const step = { cause: null, until: null, article: 27 }
    expect(ended).toEqual({
      id: grant,
      state: 'TERMINATED',
      actions: [],
      putRightBy: null,
      endCause: 'NEED',
      history: [
        { ...step, action: 'grant', from: null, to: 'ACTIVE', reason: null, article: 22 },
        { ...step, action: 'suspend', from: 'ACTIVE', to: 'SUSPENDED', reason: misuse.reason, until },
        { ...step, action: 'resume', from: 'SUSPENDED', to: 'ACTIVE', reason: '整改已核实' },
        { ...step, action: 'terminate', from: 'ACTIVE', to: 'TERMINATED', ...need },
      ],
    })
    const filed = await running.ask(authority, '{ grants(ended: NEED) { nodes { id reader provider endCause } } }')
    expect(filed.data).toEqual({
      grants: { nodes: [{ id: grant, reader: 'market', provider: 'tax', endCause: 'NEED' }] },
    })
  })

  test('its quota counts enterprises, not requests, and is counted before anyone is called', async () => {
    await granted({ purpose: 'few-subjects', divisions: [] }, { dailySubjects: 2 })
    const codes = running.sandbox.witness.list({ limit: 3 }).map(({ uscc }) => uscc)
    const [one = '', two = '', three = ''] = codes
    const look = async (code: string) => seen(await grade(code, 'few-subjects'))
    expect([await look(one), await look(one), await look(two)]).toEqual(
      [0, 1, 2].map(() => expect.stringMatching(/^[ABMCD]$/) as string),
    )
    running.sandbox.calls.reset()
    expect(await look(three)).toBe('quota')
    expect(running.calls()).toEqual({})
    expect(await look(one)).toMatch(/^[ABMCD]$/)
  })

  test('its quota is not used up by enterprises that stand beside, of which it opens nothing', async () => {
    await granted({ purpose: 'few-beside', divisions: [] }, { dailySubjects: 1 })
    const [one = '', two = '', three = ''] = running.sandbox.witness.list({ limit: 3 }).map(({ uscc }) => uscc)
    const look = (fields: string) =>
      running.ask({ ...officer('market'), purpose: 'few-beside', purposes: ['few-beside'] }, `{ ${fields} }`)
    const { data, errors } = await look(`
      before: enterprises(usccs: ["${two}", "${three}"]) { market { registration { authority } } }
      of: enterprise(uscc: "${one}") { tax { creditGrade } }
      found: searchEnterprises(division: "35", first: 5) { nodes { name } }
    `)
    expect([data?.of, errors]).toEqual([
      { tax: { creditGrade: expect.stringMatching(/^[ABMCD]$/) as string } },
      undefined,
    ])
    expect(seen(await grade(one, 'few-beside'))).toMatch(/^[ABMCD]$/)
    expect(seen(await grade(two, 'few-beside'))).toBe('quota')
  })
})

describe('lists by catalogue item', () => {
  interface Listed {
    id: string
    item: string
    endCause?: string
  }
  const listed = async (who: Persona, list: 'applications' | 'grants', args = ''): Promise<Listed[]> => {
    const fields = list === 'grants' ? 'id item endCause' : 'id item'
    const { data } = await running.ask(who, `{ ${list}(first: 100${args}) { totalCount nodes { ${fields} } } }`)
    const { totalCount, nodes } = data?.[list] as { totalCount: number; nodes: Listed[] }
    expect(totalCount).toBe(nodes.length)
    return nodes
  }

  test.each(['applications', 'grants'] as const)('%s are those of the item, in the order of all', async (list) => {
    await granted({ purpose: 'list-by-item' })
    await granted({ purpose: 'list-by-item', item: 'tax.arrears' })
    for (const who of [steward('tax'), steward('market'), authority]) {
      const all = await listed(who, list)
      const of = (item: string) => all.filter((matter) => matter.item === item)
      expect([of('tax.creditGrade').length > 0, of('tax.arrears').length > 0]).toEqual([true, true])
      for (const item of ['tax.creditGrade', 'tax.arrears']) {
        expect(await listed(who, list, `, item: "${item}"`)).toEqual(of(item))
      }
      expect(await listed(who, list, ', item: null')).toEqual(all)
    }
  })

  test('nothing is listed for an item that does not exist, or that others share', async () => {
    await granted({ purpose: 'list-by-item' })
    for (const [who, item] of [
      [steward('tax'), 'tax.nothing'],
      [steward('postal'), 'tax.creditGrade'],
    ] as const) {
      expect(await listed(who, 'applications', `, item: "${item}"`)).toEqual([])
      expect(await listed(who, 'grants', `, item: "${item}"`)).toEqual([])
    }
  })

  test('both filters hold: of the item, and overdue; of the item, and ended for a cause', async () => {
    const need = { cause: 'NEED', reason: '系统停用，已与市场监管部门协商' }
    const ended = await granted({ purpose: 'list-by-both', item: 'tax.arrears' })
    matter(await mutate(steward('tax'), 'terminateGrant', { grant: ended, ...need }))
    expect(await listed(authority, 'grants', ', item: "tax.arrears", ended: NEED')).toEqual([
      { id: ended, item: 'tax.arrears', endCause: 'NEED' },
    ])
    expect(await listed(authority, 'grants', ', item: "tax.arrears", ended: MISUSE')).toEqual([])
    const ofItem = await listed(authority, 'applications', ', item: "tax.arrears"')
    expect(await listed(authority, 'applications', ', item: "tax.arrears", overdue: false')).toEqual(ofItem)
    expect(await listed(authority, 'applications', ', item: "tax.arrears", overdue: true')).toEqual([])
  })
})
