/** What the catalogue must state, and what stops the start-up where it does not (政务数据共享条例 arts. 13, 15). */
import { describe, expect, test } from 'vitest'
import { matchesSearch, type ItemContent } from '../auth/catalogue-content.ts'
import { PolicyError } from '../auth/policy-error.ts'
import { policies } from '../codegen/generated/grid.ts'
import { buildView } from '../hub/schema.ts'
import { changeTerm, isSubmittedLate } from '../rules/catalogue-change.ts'
import { missingOf, type StatedItem } from '../rules/catalogue-item.ts'

const complete: StatedItem = {
  id: 'tax.arrears',
  sharing: 'UNCONDITIONAL',
  dataFormat: 'JSON',
  updateFrequency: 'DAILY',
  sharingModes: ['API'],
  classification: 'THEME',
  grade: 'GENERAL_2',
}
const { sharingModes: _modes, ...withoutModes } = complete
const withheld = { ...complete, sharing: 'WITHHELD', sharingModes: [] } as const

describe('an item', () => {
  test.each([
    ['that states all', complete, []],
    ['without its mode', withoutModes, ['tax.arrears must state its sharingModes (art. 13)']],
    ['with no mode', { ...complete, sharingModes: [] }, ['tax.arrears must state its sharingModes (art. 13)']],
    [
      'that states nothing',
      { id: 'a.b', sharing: 'OPEN' } as const,
      ['dataFormat', 'updateFrequency', 'sharingModes', 'classification', 'grade'].map(
        (term) => `a.b must state its ${term} (art. 13)`,
      ),
    ],
    [
      'shared conditionally without conditions',
      { ...complete, sharing: 'CONDITIONAL' } as const,
      ['tax.arrears is CONDITIONAL and must state its conditions of use (art. 15)'],
    ],
    [
      'shared conditionally under a blank condition',
      { ...complete, sharing: 'CONDITIONAL', conditions: ' ' } as const,
      ['tax.arrears is CONDITIONAL and must state its conditions of use (art. 15)'],
    ],
    [
      'withheld without reason and law',
      withheld,
      [
        'tax.arrears is WITHHELD and must state its reason (art. 15)',
        'tax.arrears is WITHHELD and must name its legal basis (art. 15)',
      ],
    ],
    [
      'withheld and provided all the same',
      { ...withheld, reason: '理由', legalBasis: '法律', sharingModes: ['API'] } as const,
      ['tax.arrears is WITHHELD and cannot have a sharing mode'],
    ],
    [
      'shared with all under conditions of its own',
      { ...complete, conditions: '另行申请' },
      ['tax.arrears is UNCONDITIONAL and cannot have conditions of use (art. 15)'],
    ],
  ] satisfies [string, StatedItem, string[]][])('%s', (_what, item, wanted) => {
    expect(missingOf(item)).toEqual(wanted)
  })

  test('that lacks something stops the start-up, with all that is missing at once', () => {
    const changed = Object.values(policies).map((policy) => ({
      ...policy,
      items: policy.items.map(({ conditions: _conditions, reason: _reason, ...item }) => item),
    }))
    let problems: readonly string[] = []
    try {
      buildView({ policies: changed })
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error
      problems = error.problems
    }
    const items = Object.values(policies).flatMap((policy) => policy.items)
    const conditional = items.filter(({ sharing }) => sharing === 'CONDITIONAL')
    expect(problems.filter((problem) => problem.includes('conditions of use')).length).toBe(conditional.length)
    expect(problems.length).toBe(conditional.length + 1)
    expect(problems).toContain('fx.suspiciousTransactionReports is WITHHELD and must state its reason (art. 15)')
  })
})

describe('the term of a change', () => {
  const change = {
    state: 'ANNOUNCED',
    occurredOn: '2026-09-25',
    extensionDays: null,
    submittedAt: null,
    reviewedAt: null,
  } as const
  const at = new Date('2026-10-12T00:00:00+08:00')
  const submitted = { ...change, state: 'SUBMITTED', submittedAt: new Date('2026-09-29T23:30:00+08:00') } as const

  test.each([
    // 2026: holidays until 27 September and from 1 to 7 October; Saturday 10 October is worked.
    ['ten working days', change, { lastDay: '2026-10-15', state: 'running' }],
    ['five more', { ...change, extensionDays: 5 } as const, { lastDay: '2026-10-22', state: 'running' }],
    ['two to review', submitted, { lastDay: '2026-10-08', state: 'overdue' }],
    ['none once published', { ...submitted, state: 'PUBLISHED' } as const, null],
    [
      'that goes on while returned',
      { ...submitted, state: 'RETURNED' } as const,
      { lastDay: '2026-10-15', state: 'running' },
    ],
    [
      'from the return, of what nobody announced',
      { ...submitted, state: 'RETURNED', occurredOn: null, reviewedAt: new Date('2026-09-30T10:00:00+08:00') } as const,
      { lastDay: '2026-10-20', state: 'running' },
    ],
    ['none once withdrawn', { ...change, state: 'WITHDRAWN' } as const, null],
  ])('%s', (_what, given, wanted) => {
    expect(changeTerm(given, at)).toEqual(wanted)
  })

  test.each([
    ['in time', '2026-10-15T23:59:59.999+08:00', false],
    ['late', '2026-10-16T00:00:00+08:00', true],
  ])('kept by what was submitted %s', (_what, text, late) => {
    const given = { ...submitted, submittedAt: new Date(text) }
    expect([isSubmittedLate(given), isSubmittedLate({ ...given, occurredOn: null }), isSubmittedLate(change)]).toEqual([
      late,
      null,
      null,
    ])
  })
})

describe('a search', () => {
  const item = {
    ...complete,
    zh: '欠税信息',
    en: 'Unpaid amounts',
    provider: 'tax',
    conditions: '依法须先核查欠税的部门',
    reason: '不宜公开',
    legalBasis: '税收征收管理法第四十五条',
    dataItems: [
      { coordinate: 'TaxRecord.arrears', type: 'Money', description: 'Amount owed 欠缴税款.', masked: false },
    ],
  } as unknown as ItemContent

  test.each([
    ['the name', '欠税', true],
    ['words in any order, letters of either case', 'UNPAID tax', true],
    ['a description', '欠缴税款', true],
    ['a coordinate', 'taxrecord.', true],
    ['the id', 'tax.arrears', true],
    ['nothing', '', true],
    ['the provider', '税务', true],
    ['the provider as people call it', '税务局', true],
    ['the provider in full', '税务总局 欠税', true],
    ['the conditions', '须先核查', true],
    ['the reason', '不宜公开', true],
    ['the legal basis', '征收管理法', true],
    ['a word that stands nowhere', '欠税 refund', false],
    ['another provider', '海关', false],
    ['a code of the catalogue', 'GENERAL_2', false],
  ])('by %s: %s', (_what, search, wanted) => {
    expect(matchesSearch(item, search)).toBe(wanted)
  })
})
