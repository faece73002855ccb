/** What may be asked for, and what may be consented to (政务数据共享条例 arts. 20–22). */
import { describe, expect, test } from 'vitest'
import { checkApplicant, type Extent, type SharedItem } from '../../rules/application-request.ts'
import { coverage } from '../../rules/working-day.ts'
import { agreementOn, type Consent } from '../../rules/consent.ts'

const now = new Date('2025-09-29T10:00:00+08:00')
const item: SharedItem = {
  id: 'tax.refunds',
  provider: 'tax',
  sharing: 'CONDITIONAL',
  answeredAs: 'CONDITIONAL',
  sharingModes: ['API', 'FILE'],
  legalBasis: null,
  coordinates: ['Refund.number', 'Refund.amount'],
}
const asked: Extent = {
  coordinates: ['Refund.number'],
  divisions: ['35'],
  full: false,
  dailySubjects: 200,
  mode: 'API',
  validTo: new Date('2026-06-30T00:00:00+08:00'),
}

describe('a consent', () => {
  test('that says nothing gives what was asked for, at once', () => {
    expect(agreementOn(asked, {}, item, now)).toEqual({ agreed: { ...asked, validFrom: now } })
  })

  test('may be narrower in everything', () => {
    const consent = {
      coordinates: ['Refund.amount'],
      divisions: ['3501', '350203'],
      dailySubjects: 1,
      // The last day of the term, after the holidays of 1 to 8 October and with Saturday the 11th made up for them.
      validFrom: new Date('2025-11-03T23:59:59+08:00'),
      validTo: new Date('2025-12-31T00:00:00+08:00'),
    }
    const all = { ...asked, coordinates: null, full: true }
    expect(agreementOn(all, { ...consent, full: false }, item, now)).toEqual({
      agreed: { ...consent, full: false, mode: 'API' },
    })
  })

  const wider = 'A consent may be narrower than the application, not wider.'
  const late = 'The data must flow within 20 working days (art. 22), by 2025-11-03.'
  test.each<[string, Consent, string, Partial<Extent>?, Partial<SharedItem>?]>([
    ['a field beyond those asked for', { coordinates: ['Refund.number', 'Refund.amount'] }, wider],
    ['all divisions', { divisions: [] }, wider],
    ['a division beside them', { divisions: ['3501', '33'] }, wider],
    ['in full', { full: true }, wider],
    ['more enterprises', { dailySubjects: 201 }, wider],
    ['a longer term', { validTo: new Date('2026-06-30T00:00:01+08:00') }, wider],
    ['no field', { coordinates: [] }, 'fields must name at least one field, or be left out for all.'],
    ['a field of nothing', { coordinates: ['nonsense'] }, 'tax.refunds has no field nonsense.', { coordinates: null }],
    ['a division that is none', { divisions: ['35x'] }, '"35x" is not a division code.'],
    ['no enterprise', { dailySubjects: 0 }, 'dailySubjects must be at least 1.'],
    [
      'an instant before',
      { validFrom: new Date(now.getTime() - 1) },
      'validFrom must not lie in the past: leave it out for at once.',
    ],
    ['an end before it begins', { validTo: now }, 'The grant must end after it begins.'],
    ['a day too late', { validFrom: new Date('2025-11-04T00:00:00+08:00') }, late],
    [
      'a way that the catalogue does not offer',
      {},
      'tax.refunds is shared by API or FILE, not by BATCH (arts. 20, 22).',
      { mode: 'BATCH' },
    ],
    ['what the catalogue has dropped since', {}, 'tax.refunds has no field Refund.number.', {}, { coordinates: [] }],
    [
      'what has become withheld since',
      {},
      'tax.refunds is not shared (不予共享): 某法第一条.',
      {},
      { sharing: 'WITHHELD', sharingModes: [], legalBasis: '某法第一条' },
    ],
  ])('may not say %s', (_what, consent, problem, change = {}, itemNow = {}) => {
    expect(agreementOn({ ...asked, ...change }, consent, { ...item, ...itemNow }, now)).toEqual({ problem })
  })
})

test('begins at once where nobody knows the working days that it must begin within (art. 22)', () => {
  const december = new Date(`${coverage.to}-12-15T10:00:00+08:00`)
  const validTo = new Date(`${coverage.to + 1}-06-30T00:00:00+08:00`)
  const consent = { validFrom: new Date(`${coverage.to}-12-16T00:00:00+08:00`) }
  expect([
    agreementOn({ ...asked, validTo }, consent, item, december),
    agreementOn({ ...asked, validTo }, {}, item, december),
  ]).toEqual([
    {
      problem: `The data must flow within 20 working days (art. 22), and those after ${coverage.to} are not known yet: leave validFrom out for at once.`,
    },
    { agreed: { ...asked, validTo, validFrom: december } },
  ])
})

test('what is shared with every department is consented to as asked for: a provider adds no conditions (art. 15)', () => {
  const unconditional = { ...item, sharing: 'UNCONDITIONAL' } as const
  const problem = 'tax.refunds is shared with every department (无条件共享): a consent must not narrow it (art. 15).'
  const all = { ...asked, coordinates: null, dailySubjects: null, divisions: [], full: true }
  const narrower: Consent[] = [
    { coordinates: ['Refund.number'] },
    { divisions: ['35'] },
    { full: false },
    { dailySubjects: 1 },
    { validTo: new Date('2026-01-01T00:00:00+08:00') },
  ]
  expect(narrower.map((consent) => agreementOn(all, consent, unconditional, now))).toEqual(
    narrower.map(() => ({ problem })),
  )
  const later = new Date('2025-10-20T00:00:00+08:00')
  expect([
    agreementOn(asked, {}, unconditional, now),
    agreementOn(asked, { divisions: ['35'], validTo: asked.validTo, validFrom: later }, unconditional, now),
  ]).toEqual([{ agreed: { ...asked, validFrom: now } }, { agreed: { ...asked, validFrom: later } }])
})

test('who applies is a government department', () => {
  expect(['customs', 'tax', 'bank', 'portal', 'authority'].map(checkApplicant)).toEqual([
    null,
    null,
    ...['bank', 'portal', 'authority'].map(
      (who) =>
        `Only government departments apply for sharing: customs, tax, fx, market, postal, commerce; ${who} is none (arts. 2, 20).`,
    ),
  ])
})
