/**
 * Policies that open more than the authority has published (政务数据共享条例 arts. 16, 17), over HTTP on two processes: until it has
 * reviewed them, what both allow is in force; longer than 300 lines since one catalogue is tried before, while and after it is.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contentOf } from '../auth/catalogue-content.ts'
import { policies } from '../codegen/generated/grid.ts'
import { developmentGrants } from '../auth/development-grants.ts'
import type { DepartmentId } from '../departments.ts'
import { sectionsOf, startCatalogue } from '../hub/catalogue.ts'
import { buildView } from '../hub/schema.ts'
import type { Json } from '../store/canonical.ts'
import { waitUntil } from '../store/engine/process.ts'
import { seedGrants } from '../store/grants.ts'
import { publishedContents } from '../store/sharing/catalogue-changes.ts'
import { openCatalogue } from '../store/sharing/catalogue-opening.ts'
import { grantOf } from './attacks/granted-hub.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { runHub, type Answer, type Persona, type Running } from './support/harness.ts'
import { mutate } from './support/mutations.ts'

interface Item {
  sharing: string
  dataItems: { coordinate: string; masked: boolean }[]
}
const view = buildView()
const sections = sectionsOf(contentOf(view.schema, view.catalogue))

/** The catalogue as an earlier release had it: what its items said otherwise; null for one that it did not have. */
const earlier = (changes: Record<string, ((item: Item) => Item) | null>) =>
  sections.map(({ provider, content }) => ({
    provider,
    content: JSON.parse(
      JSON.stringify(
        Object.fromEntries(
          Object.entries(content).flatMap(([id, item]) => {
            const change = changes[id]
            if (change === null) return []
            return [[id, change === undefined ? item : change(item as unknown as Item)]]
          }),
        ),
      ),
    ) as Readonly<Record<string, Json>>,
  }))
const as = (sharing: string) => (item: Item) => ({ ...item, sharing })
const masked = (of: boolean) => (item: Item) => ({
  ...item,
  dataItems: item.dataItems.map((field) => ({ ...field, masked: of })),
})
const without = (coordinate: string) => (item: Item) => ({
  ...item,
  dataItems: item.dataItems.filter((field) => field.coordinate !== coordinate),
})

const uscc = '91350102MYE0000341'
const clearance = { as: 'customs', purpose: 'clearance' } as const
const audit = { as: 'customs', purpose: 'audit', purposes: ['audit'] } as const
const authority: Persona = { as: 'authority', roles: ['authority'] }

let store: FreshDatabase
let one: Running
let other: Running
beforeAll(async () => {
  store = await freshDatabase()
  await seedGrants(store.db, [
    ...developmentGrants(Object.values(policies)),
    grantOf('customs', 'market.legalRepresentative', 'audit'),
    grantOf('customs', 'tax.taxpayer', 'audit'),
  ])
  const before = earlier({
    // What policies open now.
    'tax.exportRefundClass': as('CONDITIONAL'),
    'tax.creditGrade': as('WITHHELD'),
    'tax.listedGradeA': as('UNCONDITIONAL'),
    'tax.taxpayer': without('TaxRecord.levyMethod'),
    'fx.registered': null,
    'market.legalRepresentative': masked(false),
    // What policies close now.
    'fx.suspiciousTransactionReports': as('UNCONDITIONAL'),
    'tax.arrears': as('OPEN'),
  })
  await openCatalogue(store.db, before, { publishFirst: true }, new Date('2026-03-02T09:00:00+08:00'))
  one = await runHub({ config: { databaseUrl: store.url } })
  const { ledger, trade } = one.hub.config
  other = await runHub({ config: { databaseUrl: store.url, ledger, trade } })
})
afterAll(async () => {
  await one.stop()
  await other.stop()
  await store.drop()
})

const selections = {
  refundClass: 'tax { exportRefundClass }',
  grade: 'tax { creditGrade }',
  listed: 'tax { listedGradeA }',
  levy: 'tax { levyMethod }',
  registered: 'fx { registered }',
  representative: 'market { legalRepresentative { name } }',
  reports: 'fx { suspiciousTransactionReports { number } }',
  arrears: 'tax { arrears { amount } }',
} as const
type Asked = keyof typeof selections
const ask = (running: Running, who: Persona, what: Asked): Promise<Answer> =>
  running.ask(who, `{ enterprise(uscc: "${uscc}") { ${selections[what]} } }`)
/** `shown`, or why not. */
const said = async (running: Running, who: Persona, what: Asked): Promise<unknown> =>
  (await ask(running, who, what)).errors?.[0]?.extensions.reason ?? 'shown'

const both = async (who: Persona, what: Asked) => [await said(one, who, what), await said(other, who, what)]
const denied = ['unreviewed', 'unreviewed']

interface Change {
  id: string
  provider: DepartmentId
  state: string
}
/** The authority publishes what lies with it of a department, on a process. */
async function publish(running: Running, provider: DepartmentId): Promise<unknown> {
  const { data } = await running.ask(authority, '{ catalogueChanges { nodes { id provider state } } }')
  const { nodes } = data?.catalogueChanges as { nodes: Change[] }
  const [change] = nodes.filter((node) => node.provider === provider && node.state === 'SUBMITTED')
  return mutate(running, authority, ['publishCatalogueChange', 'CatalogueChangeInput', 'change { state }'], {
    change: change?.id,
  })
}

describe('before the authority has reviewed', () => {
  test.each<[string, Persona, Asked]>([
    ['a class that every department may read now, and needed a grant', clearance, 'refundClass'],
    ['what was withheld, with a grant for it', clearance, 'grade'],
    ['what is open now, for a bank', { as: 'bank' }, 'listed'],
    ['an item that is new', clearance, 'registered'],
    ['a mask for those without a grant', { as: 'fx' }, 'representative'],
  ])('%s is denied', async (_what, who, what) => {
    expect(await both(who, what)).toEqual(denied)
  })

  test('a field that is new in its item is denied to whoever has a grant for all of it, and no other is', async () => {
    const { data, errors } = await one.ask(audit, `{ enterprise(uscc: "${uscc}") { tax { taxpayerKind levyMethod } } }`)
    expect([data, errors?.map(({ extensions }) => [extensions.coordinate, extensions.reason])]).toEqual([
      { enterprise: { tax: { taxpayerKind: expect.any(String) as string, levyMethod: null } } },
      [['TaxRecord.levyMethod', 'unreviewed']],
    ])
  })

  test('its department is not asked, and the answer says why', async () => {
    one.sandbox.calls.reset()
    const { errors, extensions } = await ask(one, clearance, 'refundClass')
    expect([
      one.calls(),
      extensions?.provenance,
      errors?.map(({ message, extensions: told }) => [message, told]),
    ]).toEqual([
      {},
      [],
      [
        [
          'tax.exportRefundClass (出口退税分类管理类别) was published as CONDITIONAL 有条件共享, not as UNCONDITIONAL 无条件共享: the authority has not reviewed the policies that run here (政务数据共享条例 art. 17). Ask again once it has published them; it has 2 working days to review what was submitted. Until then: Apply to tax for tax.exportRefundClass, stating basis, scenario and scope (政务数据共享条例 art. 20).',
          {
            code: 'UNAUTHORIZED_FIELD_OR_TYPE',
            coordinate: 'TaxRecord.exportRefundClass',
            department: 'tax',
            reason: 'unreviewed',
            catalogueItem: 'tax.exportRefundClass',
            apply: {
              mutation: 'draftApplication',
              item: 'tax.exportRefundClass',
              fields: ['TaxRecord.exportRefundClass'],
            },
          },
        ],
      ],
    ])
  })

  test('why and explain say it too', async () => {
    const { data } = await one.ask(
      clearance,
      `{ why(coordinate: "TaxRecord.exportRefundClass", uscc: "${uscc}") { decision rule apply { item } steps { check holds text } } }`,
    )
    const { steps, ...why } = data?.why as { steps: { check: string; holds: boolean; text: string }[] }
    expect([why, steps.map(({ check, holds }) => [check, holds])]).toEqual([
      { decision: 'DENY', rule: 'unreviewed', apply: { item: 'tax.exportRefundClass' } },
      [
        ['class', false],
        ['own', false],
        ['department', true],
        ['catalogue', false],
        ['decision', false],
      ],
    ])
    expect(steps.find(({ check }) => check === 'catalogue')?.text).toBe(
      'tax.exportRefundClass (出口退税分类管理类别) was published as CONDITIONAL 有条件共享, not as UNCONDITIONAL 无条件共享. Until the authority has reviewed it, what both allow is in force (政务数据共享条例 arts. 16, 17).',
    )
    const response = await fetch(`${one.hub.url}/explain`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await one.token({ as: 'customs' })}` },
      body: JSON.stringify({ query: `{ enterprise(uscc: "${uscc}") { ${selections.refundClass} } }` }),
    })
    const { fields } = (await response.json()) as { fields: { path: string; decision: string; rule: string }[] }
    expect(fields.map(({ path, decision, rule }) => `${decision} ${path} ${rule}`)).toEqual([
      'ALLOW enterprise door',
      'ALLOW enterprise.tax door',
      'DENY enterprise.tax.exportRefundClass unreviewed',
    ])
  })

  test('the catalogue and why say the class in force, the stricter of both, and are searched by it', async () => {
    const ids = ['tax.exportRefundClass', 'tax.creditGrade', 'tax.arrears', 'tax.taxpayer', 'fx.registered']
    const shown = 'sharing sharingModes publication'
    const { data } = await one.ask(
      clearance,
      `{ ${ids.map((id) => `${id.replace('.', '_')}: catalogueItem(id: "${id}") { ${shown} }`).join(' ')}
        why(coordinate: "TaxRecord.exportRefundClass") { sharing }
        above: why(coordinate: "TaxRecord.arrears") { sharing }
        section: why(coordinate: "Enterprise.tax") { sharing }
        unconditional: catalogue(provider: "tax", sharing: UNCONDITIONAL, first: 100) { nodes { id } }
        withheld: catalogue(provider: "tax", sharing: WITHHELD, first: 100) { nodes { id } } }`,
    )
    const sharingModes = ['API']
    expect(data).toEqual({
      tax_exportRefundClass: { sharing: 'CONDITIONAL', sharingModes, publication: 'CHANGED' },
      tax_creditGrade: { sharing: 'WITHHELD', sharingModes, publication: 'CHANGED' },
      tax_arrears: { sharing: 'CONDITIONAL', sharingModes, publication: 'CHANGED' },
      tax_taxpayer: { sharing: 'CONDITIONAL', sharingModes, publication: 'CHANGED' },
      fx_registered: { sharing: 'UNCONDITIONAL', sharingModes, publication: 'NEW' },
      why: { sharing: 'CONDITIONAL' },
      above: { sharing: 'CONDITIONAL' },
      section: { sharing: null },
      unconditional: { nodes: [{ id: 'tax.listedGradeA' }] },
      withheld: { nodes: [{ id: 'tax.creditGrade' }] },
    })
  })

  test('what is closed in code is closed at once, and the provider reads its own', async () => {
    expect([
      await said(one, clearance, 'reports'),
      await said(one, { as: 'portal' }, 'arrears'),
      await said(one, { as: 'tax' }, 'refundClass'),
      await said(one, { as: 'tax' }, 'grade'),
      await said(one, { as: 'fx' }, 'registered'),
    ]).toEqual(['withheld', 'no-grant', 'shown', 'shown', 'shown'])
  })

  test('a grant opens what needed one, and a department what it may read by both', async () => {
    expect(await said(one, audit, 'representative')).toBe('shown')
    expect(await said(one, { as: 'fx' }, 'listed')).toBe('shown')
  })

  test('it is not disputed, nor applied for where it was withheld', async () => {
    const dispute = { coordinate: 'TaxRecord.creditGrade', uscc, reason: '与公示不一致' }
    expect(await mutate(one, clearance, ['disputeField', 'DisputeInput', 'correction { id }'], dispute)).toMatch(
      /^FORBIDDEN: Only a field that you may read/,
    )
    const asked = {
      purpose: 'review',
      basis: '海关法第六条',
      scenario: '通关核对',
      scope: '关税司',
      validTo: '2030-01-01T00:00:00Z',
    }
    const draft = ['draftApplication', 'DraftApplicationInput', 'application { state }'] as const
    expect(await mutate(one, clearance, draft, { ...asked, item: 'tax.creditGrade' })).toMatch(
      /^BAD_USER_INPUT: tax\.creditGrade is not shared \(不予共享\): /,
    )
  })
})

test('what it says to apply for is shown once that was consented to', async () => {
  expect(await said(one, audit, 'refundClass')).toBe('unreviewed')
  const drafted = await mutate(one, audit, ['draftApplication', 'DraftApplicationInput', 'application { id }'], {
    item: 'tax.exportRefundClass',
    fields: ['TaxRecord.exportRefundClass'],
    purpose: 'audit',
    basis: '海关法第六条',
    scenario: '通关核对',
    scope: '关税司',
    validTo: '2030-01-01T00:00:00Z',
  })
  const { id: application } = drafted as { id: string }
  const step = async (as: 'customs' | 'tax', name: string, input: string) =>
    mutate(one, { as, roles: ['steward'] }, [name, input, 'application { state answerTerm { state } }'], {
      application,
    })
  expect([
    await step('customs', 'submitApplication', 'ApplicationInput'),
    await step('tax', 'approveApplication', 'ApproveApplicationInput'),
  ]).toEqual([
    { state: 'SUBMITTED', answerTerm: expect.anything() as unknown },
    { state: 'APPROVED', answerTerm: null },
  ])
  expect(await said(one, audit, 'refundClass')).toBe('shown')
  expect(await said(one, clearance, 'refundClass')).toBe('unreviewed')
})

/** Whether the enterprise hears that others looked at its grade of credit. */
const isTold = async (running: Running): Promise<boolean> => {
  const { data } = await running.ask(
    { as: 'portal', mandate: [uscc] },
    '{ ledger(item: "tax.creditGrade") { nodes { at } } }',
  )
  return (data?.ledger as { nodes: unknown[] }).nodes.length > 0
}

test('the enterprise hears nothing of what was withheld', async () => {
  expect(await said(one, clearance, 'grade')).toBe('unreviewed')
  expect(await isTold(one)).toBe(false)
})

test('what the authority publishes on one process is in force on every one within a second', async () => {
  const versions = async () =>
    Promise.all(
      [one, other].map(async (running) => (await running.ask(clearance, '{ me { policyVersion } }')).data?.me),
    )
  const [before] = await versions()
  expect(await both(clearance, 'refundClass')).toEqual(denied)
  expect(await publish(other, 'tax')).toEqual({ state: 'PUBLISHED' })
  const began = performance.now()
  expect(await said(other, clearance, 'refundClass')).toBe('shown')
  expect(await waitUntil(async () => (await said(one, clearance, 'refundClass')) === 'shown', 1_000)).toBe(true)
  expect(performance.now() - began).toBeLessThan(1_000)
  const after = await versions()
  expect([after[0], after[0]]).toEqual([after[1], expect.not.objectContaining(before as object)])
  expect([await both(clearance, 'grade'), await both({ as: 'bank' }, 'listed')]).toEqual([
    ['shown', 'shown'],
    ['shown', 'shown'],
  ])
  expect(await isTold(one)).toBe(true)
  // Of each department by itself.
  expect([await both(clearance, 'registered'), await both({ as: 'fx' }, 'representative')]).toEqual([denied, denied])
  expect(await publish(one, 'fx')).toEqual({ state: 'PUBLISHED' })
  expect(await waitUntil(async () => (await said(other, clearance, 'registered')) === 'shown', 1_000)).toBe(true)
})

test('the first version of all, which development publishes by itself, is read again before anyone asks', async () => {
  const fresh = await freshDatabase()
  const found: number[] = []
  const refresh = async () => void found.push((await publishedContents(fresh.db)).length)
  await startCatalogue(view, 'production', { db: fresh.db, refresh })
  const unreviewed = await publishedContents(fresh.db)
  await fresh.db.deleteFrom('catalogue_change').execute()
  await startCatalogue(view, 'development', { db: fresh.db, refresh })
  await fresh.drop()
  expect([unreviewed, found]).toEqual([[], [0, sections.length]])
})

test('a hub that starts then decides by what was published, from its first request on', async () => {
  const { ledger, trade } = one.hub.config
  const third = await runHub({ config: { databaseUrl: store.url, ledger, trade } })
  const found = [await said(third, clearance, 'refundClass'), await said(third, { as: 'fx' }, 'representative')]
  const { unpublished } = third.hub
  await third.stop()
  expect([found, unpublished]).toEqual([['shown', 'unreviewed'], ['market']])
})
