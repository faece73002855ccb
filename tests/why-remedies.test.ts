/** What can be done about a denial: what to apply for, and whom to turn to where one cannot apply. */
import { describe, expect, test } from 'vitest'
import { decide } from '../auth/decide.ts'
import { lapses } from '../auth/denial.ts'
import { readPublished } from '../auth/published.ts'
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

  describe('of what the authority has not reviewed', () => {
    const item = (sharing: string, masked: Record<string, boolean>) => ({
      zh: '项',
      sharing,
      sharingModes: ['API'],
      dataItems: Object.entries(masked).map(([coordinate, isMasked]) => ({ coordinate, masked: isMasked })),
    })
    const asked = (
      coordinate: string,
      items: Record<string, unknown>,
      grants: readonly Grant[] = [],
      viewer: Partial<WhyRequest['viewer']> = {},
    ) => {
      const published = readPublished([items])
      const found = whyOf({ ...catalogue, published }, grants, entryOf(coordinate), request(viewer))
      const [later, meanwhile] = found.advice?.split(' Until then: ') ?? []
      expect(later).toBe('Ask again once it has published them; it has 2 working days to review what was submitted.')
      return [found.rule, found.apply, meanwhile]
    }
    const forAll = 'TaxRecord.exportRefundClass'
    const apply = 'stating basis, scenario and scope (政务数据共享条例 art. 20).'
    const closed = (sharing = 'CONDITIONAL') => ({ 'tax.exportRefundClass': item(sharing, { [forAll]: false }) })
    const held = (change: Partial<Grant> = {}) => grant('g', { item: 'tax.exportRefundClass', ...change })
    const remedy = { item: 'tax.exportRefundClass', fields: [forAll] }
    const grade = 'TaxRecord.creditGrade'
    const masked = { 'tax.creditGrade': item('CONDITIONAL', { [grade]: true }) }

    test.each([
      [
        'a grant, where one was needed',
        asked(forAll, closed()),
        [remedy, `Apply to tax for tax.exportRefundClass, ${apply}`],
      ],
      [
        'the purpose of the grant that it has',
        asked(forAll, closed(), [held({ purpose: 'audit' })]),
        [remedy, 'Send the header X-Purpose: audit.'],
      ],
      ['nothing that was withheld', asked(forAll, closed('WITHHELD')), [null, undefined]],
      ['nothing that is new', asked(forAll, {}), [null, undefined]],
      [
        'nothing that moved between items',
        asked(forAll, { 'tax.refunds': item('CONDITIONAL', { [forAll]: false }) }),
        [null, undefined],
      ],
      [
        'nothing by a bank',
        asked(grade, masked, [grant('g', { reader: 'bank' })], { department: 'bank' }),
        [null, undefined],
      ],
      [
        'a grant in full, where it was published masked',
        asked(grade, masked, [grant('g')]),
        [
          { item: 'tax.creditGrade', fields: [grade] },
          `Apply to tax for tax.creditGrade in full (full: true), ${apply}`,
        ],
      ],
    ])('%s', (_what, found, wanted) => {
      expect(found).toEqual(['unreviewed', ...wanted])
    })

    test('a wider grant, where it has one, by which it reads in either class', () => {
      const decided = { ...catalogue, published: readPublished([closed()]) }
      const { rule, apply: found } = whyOf(decided, [held({ divisions: ['44'] })], entryOf(forAll), request())
      expect([rule, found]).toEqual(['row', remedy])
    })

    test('a grant in full opens it then', () => {
      const decided = { ...catalogue, published: readPublished([masked]) }
      const { rule, apply: none } = whyOf(decided, [grant('g', { full: true })], entryOf(grade), request())
      expect([rule, none]).toEqual(['grant:g', null])
    })

    test('nothing while its grant is suspended, where others see it masked', () => {
      const name = 'LegalRepresentative.name'
      const unmasked = { 'market.legalRepresentative': item('CONDITIONAL', { [name]: false }) }
      const suspended = grant('g', { item: 'market.legalRepresentative', state: 'SUSPENDED' })
      expect(asked(name, unmasked, [suspended])).toEqual(['unreviewed', null, undefined])
      expect(asked(name, unmasked)).toEqual([
        'unreviewed',
        { item: 'market.legalRepresentative', fields: [name] },
        `Apply to market for market.legalRepresentative, ${apply}`,
      ])
    })

    test('the class in force, of a field, of what leads to it and of what moved', () => {
      const published = readPublished([
        {
          ...closed(),
          'tax.refunds': item('WITHHELD', {}),
          'tax.arrears': item('OPEN', { 'Arrears.amount': false }),
          'market.moved': item('WITHHELD', { [grade]: false }),
        },
      ])
      const classOf = (coordinate: string) =>
        whyOf({ ...catalogue, published }, [], entryOf(coordinate), request()).sharing
      expect([forAll, 'TaxRecord.refunds', 'TaxRecord.arrears', grade, 'Enterprise.tax'].map(classOf)).toEqual([
        'CONDITIONAL',
        'WITHHELD',
        'CONDITIONAL',
        'WITHHELD',
        null,
      ])
    })

    test('of what leads to it the fields that were published', () => {
      const refunds = [...catalogue.entries.values()].filter(
        ({ kind, item: of }) => kind === 'data' && of?.id === 'tax.refunds',
      )
      const [first, ...others] = refunds.map(({ coordinate }) => [coordinate, false] as const)
      const partial = { 'tax.refunds': item('CONDITIONAL', Object.fromEntries(others)) }
      const decided = { ...catalogue, published: readPublished([partial]) }
      const whole = entryOf('TaxRecord.refunds')
      const fieldsOf = (isWhole: boolean) =>
        decide(decided, { ...whole, isWhole }, request().viewer, []).remedy?.fields?.toSorted()
      expect([first !== undefined, fieldsOf(true), fieldsOf(false)]).toEqual([
        true,
        undefined,
        others.map(([coordinate]) => coordinate).toSorted(),
      ])
    })
  })

  test('the fields beneath, where it leads to a part of its item', () => {
    const { apply } = whyOf(catalogue, [], entryOf('Declaration.lines'), request({ department: 'tax' }))
    expect(apply?.item).toBe('customs.declarations')
    expect(apply?.fields?.every((name) => name.startsWith('DeclarationLine.'))).toBe(true)
  })
})
