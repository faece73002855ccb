/** Who sees what of the ledger, over HTTP; and what an entry says. */
import { describe, expect, test } from 'vitest'
import { waitUntil } from '../store/engine/process.ts'
import type { Answer, Persona } from './support/harness.ts'
import {
  asked,
  auditor,
  customs,
  enterprise,
  fuzhou,
  grade,
  idOf,
  insert,
  jinhua,
  names,
  of,
  page,
  running,
  sanming,
  seen,
  short,
  type Use,
} from './support/ledger-pages.ts'

describe('who sees what', () => {
  test('the auditor and the authority: all', async () => {
    const all = ['clearance', 'refunds', 'public', 'mandated', 'nobody', 'later']
    expect(await names(auditor)).toEqual(all)
    expect(await names({ as: 'authority', roles: ['authority'] })).toEqual(all)
    const entries = await seen(auditor)
    expect(of(entries, 'clearance')).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      requestId: asked.clearance,
      department: 'customs',
      subject: 'customs-officer',
      purpose: 'clearance',
      action: 'query',
      outcome: 'partial',
      policyVersion: expect.stringMatching(/^[0-9a-f]{12}$/) as string,
      uses: expect.any(Array) as Use[],
    })
    expect(short(of(entries, 'clearance'))).toMatchInlineSnapshot(`
      [
        "3501 Enterprise.name ALLOW open",
        "3501 LegalRepresentative.name ALLOW grant:development:customs:market.legalRepresentative:clearance",
        "3501 MarketRecord.legalRepresentative ALLOW grant:development:customs:market.legalRepresentative:clearance",
        "3501 TaxRecord.arrears DENY no-grant",
        "3501 TaxRecord.creditGrade ALLOW grant:development:customs:tax.creditGrade:clearance",
      ]
    `)
    expect(short(of(entries, 'refunds'))).toMatchInlineSnapshot(`
      [
        "3501 CustomsRecord.declarations ALLOW grant:development:tax:customs.declarations:refund-review",
        "3501 Declaration.number ALLOW grant:development:tax:customs.declarations:refund-review",
        "3307 CustomsRecord.declarations DENY row",
        "3307 Declaration.number DENY row",
      ]
    `)
    expect(of(entries, 'nobody')).toEqual({
      ...of(entries, 'nobody'),
      department: null,
      subject: null,
      purpose: null,
      outcome: 'refused',
      uses: [],
    })
  })

  test('a department: its own requests in full, and of others what they used of its data', async () => {
    const entries = await seen({ as: 'tax', roles: ['steward'] })
    expect(entries.map(([name]) => name)).toEqual(['clearance', 'refunds'])
    expect(short(of(entries, 'clearance'))).toEqual([
      `3501 TaxRecord.arrears DENY no-grant`,
      `3501 TaxRecord.creditGrade ALLOW ${grade}`,
    ])
    expect(of(entries, 'clearance').uses.at(-1)?.grant).toBe(grade.slice('grant:'.length))
    expect(short(of(entries, 'refunds'))).toEqual(short(of(await seen(auditor), 'refunds')))
    expect(await names({ as: 'customs' })).toEqual(['clearance', 'refunds', 'later'])
    expect(await names({ as: 'market' })).toEqual(['clearance', 'public', 'mandated'])
    expect(await names({ as: 'fx' })).toEqual([])
    expect(await names({ as: 'bank' })).toEqual([])
  })

  test('whoever sees a part of a request hears how that part ended', async () => {
    // Of what customs asked, tax refused its arrears.
    const outcome = async (who: Persona, filter: Record<string, unknown> = {}) =>
      of(await seen(who, filter), 'clearance').outcome
    expect([await outcome(auditor), await outcome({ as: 'customs' })]).toEqual(['partial', 'partial'])
    expect([await outcome({ as: 'tax' }), await outcome(enterprise)]).toEqual(['partial', 'partial'])
    expect(await outcome({ as: 'market' })).toBe('answered')
    // What is looked for changes nothing of that.
    expect(await outcome({ as: 'tax' }, { item: 'tax.creditGrade' })).toBe('partial')
  })

  test('an enterprise: itself, without the officer, investigations later; nobody through the portal sees another', async () => {
    const entries = await seen(enterprise)
    expect(entries.map(([name]) => name)).toEqual(['clearance', 'mandated'])
    const { subject, department, purpose } = of(entries, 'clearance')
    expect({ subject, department, purpose }).toEqual({ subject: null, department: 'customs', purpose: 'clearance' })
    expect(short(of(entries, 'clearance'))).toEqual(short(of(await seen(auditor), 'clearance')))
    expect(await names({ as: 'portal' })).toEqual([])
    expect(await names({ as: 'portal', mandate: [sanming] })).toEqual(['public'])
    expect(await names({ as: 'portal', mandate: [jinhua] })).toEqual([])
    expect(await names(enterprise, { uscc: sanming })).toEqual([])
  })

  test('an investigation shows once the delay is over', async () => {
    const day = 86_400_000
    const before = await Promise.all([29.9, 30.1].map((days) => insert(new Date(Date.now() - days * day))))
    const { nodes } = await page(enterprise, { first: 100 })
    expect(before.map((id) => nodes.some(({ requestId }) => requestId === id))).toEqual([false, true])
    expect(nodes.find(({ requestId }) => requestId === before[1])).toEqual({
      at: expect.any(String) as string,
      requestId: before[1],
      department: 'tax',
      subject: null,
      purpose: 'refund-review',
      action: 'query',
      outcome: 'answered',
      policyVersion: null,
      // Of the two enterprises of the request, the one that asks.
      uses: [
        {
          uscc: fuzhou,
          coordinate: 'TaxRecord.creditGrade',
          item: 'tax.creditGrade',
          effect: 'ALLOW',
          rule: 'own',
          grant: null,
        },
      ],
    })
  })

  test('the delay counts from each request, not from the last of an inquiry; the auditor waits for nothing', async () => {
    const day = 86_400_000
    const inquiry = await Promise.all([45, 31, 15, 0].map((days) => insert(new Date(Date.now() - days * day))))
    const shown = async (who: Persona) => {
      const { nodes } = await page(who, { first: 100 })
      return inquiry.map((id) => nodes.some(({ requestId }) => requestId === id))
    }
    expect([await shown(enterprise), await shown(auditor)]).toEqual([
      [true, true, false, false],
      [true, true, true, true],
    ])
  })

  test('whoever runs the hub, and roles that are none: nothing', async () => {
    for (const who of [{ as: 'operations' }, { as: 'customs', roles: [] }, { as: 'authority' }] satisfies Persona[]) {
      expect((await page(who)).nodes).toEqual([])
    }
    expect((await running.ask(null, '{ ledger { nodes { requestId } } }')).errors?.[0]?.extensions.code).toBe(
      'UNAUTHENTICATED',
    )
  })
})

test('a field that the quota of a grant denied is not said to have been shown', async () => {
  const grant = grade.slice('grant:'.length)
  const { pool } = running.database
  await pool.query('update sharing_grant set daily_subjects = 1 where id = $1', [grant])
  await pool.query('update sharing_epoch set epoch = epoch + 1')
  const both = `{ enterprises(usccs: ["${fuzhou}", "${sanming}"]) { tax { creditGrade } } }`
  let answer: Answer | undefined
  const limited = async (): Promise<boolean> => {
    answer = await running.ask(customs, both)
    return answer.errors?.[0]?.extensions.reason === 'quota'
  }
  expect(await waitUntil(limited, 5_000)).toBe(true)
  const { nodes } = await page(auditor, { uscc: sanming, first: 1 })
  expect(nodes.map(({ requestId, uses }) => ({ requestId, uses }))).toEqual([
    {
      requestId: idOf(answer as Answer),
      uses: [
        {
          uscc: sanming,
          coordinate: 'TaxRecord.creditGrade',
          item: 'tax.creditGrade',
          effect: 'DENY',
          rule: 'quota',
          grant,
        },
      ],
    },
  ])
  const [own] = (await page({ as: 'customs' }, { first: 1 })).nodes
  expect(own?.uses.map(({ uscc, effect }) => [uscc, effect])).toEqual([
    [fuzhou, 'ALLOW'],
    [sanming, 'DENY'],
  ])
})
