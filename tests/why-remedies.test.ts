/** What can be done about a denial: what to apply for, and whom to turn to where one cannot apply. */
import { describe, expect, test } from 'vitest'
import { lapses } from '../auth/denial.ts'
import { whyOf, type WhyRequest } from '../auth/why.ts'
import type { Grant } from '../rules/grant.ts'
import { catalogue, entryOf, grant, request } from './support/why.ts'

describe('what to apply for', () => {
  const applied = (coordinate: string, viewer: Partial<WhyRequest['viewer']>, grants: readonly Grant[] = []) => {
    const { rule, apply } = whyOf(catalogue, grants, entryOf(coordinate), request(viewer))
    return [rule, apply]
  }
  const remedy = { item: 'tax.creditGrade', fields: ['TaxRecord.creditGrade'] }

  test.each([
    ['without a grant', 'TaxRecord.creditGrade', {}, [], ['no-grant', remedy]],
    ['for another purpose', 'TaxRecord.creditGrade', { purpose: 'audit' }, [grant('g')], ['other-purpose', remedy]],
    ['beyond the rows', 'TaxRecord.creditGrade', {}, [grant('g', { divisions: ['44'] })], ['row', remedy]],
    [
      'all of an item, where it leads to all',
      'TaxRecord.refunds',
      {},
      [],
      ['no-grant', { item: 'tax.refunds', fields: null }],
    ],
    ['nothing while suspended', 'TaxRecord.creditGrade', {}, [grant('g', { state: 'SUSPENDED' })], ['suspended', null]],
    ['nothing withheld', 'SuspiciousTransactionReport.number', {}, [], ['withheld', null]],
    ['nothing by a bank', 'TaxRecord.creditGrade', { department: 'bank' }, [], ['no-grant', null]],
    ['nothing in another role', 'TaxRecord.creditGrade', { reads: false }, [], ['role', null]],
    ['nothing of its own', 'TaxRecord.creditGrade', { department: 'tax', divisions: ['44'] }, [], ['row', null]],
    ['nothing that is open', 'CustomsRecord.creditGrade', {}, [], ['open', null]],
  ])('%s', (_what, coordinate, viewer, grants, wanted) => {
    expect(applied(coordinate, viewer, grants)).toEqual(wanted)
  })

  const bank = { department: 'bank', purpose: 'clearance' }
  const held = { reader: 'bank' } as const
  const cannotApply = 'Only departments apply (政务数据共享条例 art. 20): turn to'
  test.each([
    ['a bank without a grant', bank, [], `${cannotApply} fx, on whose behalf a bank asks.`],
    ['the portal', { department: 'portal' }, [], `${cannotApply} tax, which provides it.`],
    [
      'a bank beyond its divisions',
      bank,
      [grant('g', { ...held, divisions: ['44'] })],
      `${cannotApply} fx, on whose behalf a bank asks.`,
    ],
    [
      'a bank without the mandate',
      bank,
      [grant('g', { ...held, requiresMandate: true })],
      'Send a token whose mandate names the enterprise.',
    ],
    [
      'a bank whose grant is suspended',
      bank,
      [grant('g', { ...held, state: 'SUSPENDED' })],
      'Turn to fx, on whose behalf a bank asks, to have it settled.',
    ],
  ] satisfies [string, Partial<WhyRequest['viewer']>, Grant[], string][])(
    'who cannot apply is told what to do instead: %s',
    (_what, viewer, grants, wanted) => {
      const { advice, apply } = whyOf(catalogue, grants, entryOf('TaxRecord.creditGrade'), request(viewer))
      expect([advice, apply]).toEqual([wanted, null])
    },
  )

  test('of what every department may read', () => {
    const advised = ['bank', 'portal'].map(
      (department) => whyOf(catalogue, [], entryOf('TaxRecord.exportRefundClass'), request({ department })).advice,
    )
    expect(advised).toEqual(['Turn to fx, on whose behalf a bank asks.', 'Turn to tax, which provides it.'])
  })

  test('a grant that lapses under way: more can be had by a department alone', () => {
    const more = { item: 'tax.creditGrade', fields: null }
    expect([lapses.quota('g', more).advice, lapses.quota('g', null).advice]).toEqual([
      'Ask again tomorrow, or apply for more.',
      'Ask again tomorrow.',
    ])
    expect([lapses.ended('g', more).advice, lapses.ended('g', null).advice]).toEqual([
      'Ask the sharing office of your department.',
      'Turn to whoever gave it.',
    ])
  })

  test('the fields beneath, where it leads to a part of its item', () => {
    const { apply } = whyOf(catalogue, [], entryOf('Declaration.lines'), request({ department: 'tax' }))
    expect(apply?.item).toBe('customs.declarations')
    expect(apply?.fields?.every((name) => name.startsWith('DeclarationLine.'))).toBe(true)
  })
})
