/** The ledger says of a request what the guard decided in it, for every enterprise and field, whatever the plan. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { denied, outcomeFor, type Decision, type Holds, type Outcome } from '../auth/decide.ts'
import type { Coordinate } from '../auth/vocabulary.ts'
import { auditEntry } from '../hub/audit-entry.ts'
import { noPlan } from '../hub/pipeline.ts'
import { beginTrace } from '../hub/trace.ts'
import type { AuditDecisions } from '../store/audit-record.ts'
import { usesOf } from '../store/ledger-uses.ts'

const codes = ['91350102MYE0000341', '91350404MY900022X6', '91330702MYQ0003787']
const grants = ['a', 'grant:b', 'c d']

const outcome: fc.Arbitrary<Outcome> = fc
  .record({
    effect: fc.constantFrom('ALLOW' as const, 'MASK' as const),
    by: fc.constantFrom('open', 'own', 'unconditional', 'masked', ...grants),
    filter: fc.option(
      fc.record({ divisions: fc.subarray(['35', '350102', '3307']), mandate: fc.boolean() }, { noNullPrototype: true }),
    ),
  })
  .map(({ effect, by, filter }) => {
    const grant = grants.includes(by) ? by : null
    return { effect, rule: grant === null ? by : `grant:${by}`, filter, mask: null, grant, quota: null }
  })

const decision = fc.record({
  item: fc.option(fc.constantFrom('tax.creditGrade', 'customs.declarations'), { freq: 5 }),
  outcomes: fc.array(outcome, { maxLength: 4 }),
})

const request = fc.record({
  decisions: fc.array(decision, { maxLength: 5 }),
  subjects: fc.subarray(codes),
  mandate: fc.subarray(codes),
  ended: fc.subarray(grants, { maxLength: 1 }),
  exhausted: fc.subarray(grants.flatMap((grant) => codes.map((uscc) => ({ grant, uscc })))),
})

test('record and plan together say what outcomeFor said', () => {
  fc.assert(
    fc.property(request, ({ decisions, subjects, mandate, ended, exhausted }) => {
      const planned = decisions.map(({ item, outcomes }, index): Decision => ({
        coordinate: `Type.field${index}`,
        owner: 'tax',
        item,
        outcomes,
        denial: { rule: 'no-grant', reason: '', advice: '' },
        remedy: null,
      }))
      const holds: Holds = {
        mandate: new Set(mandate),
        lapseOf: (grant, uscc) =>
          ended.includes(grant)
            ? 'ended'
            : exhausted.some((place) => place.grant === grant && place.uscc === uscc)
              ? 'quota'
              : null,
      }
      const entry = auditEntry({
        ...beginTrace(undefined),
        principal: {
          department: 'customs',
          subject: 'officer-7',
          roles: ['officer'],
          purposes: [],
          divisions: [],
          mandate: holds.mandate,
          expiresAt: 0,
        },
        plan: { ...noPlan, decisions: new Map<Coordinate, Decision>(planned.map((one) => [one.coordinate, one])) },
        subjects: new Set(subjects),
        ended: new Set(ended),
        exhausted: new Map(exhausted.map((place) => [JSON.stringify(place), place])),
      })
      const written = JSON.parse(entry.plan?.text ?? '{}') as AuditDecisions
      const wanted = subjects.flatMap((uscc) =>
        planned.flatMap((one) => {
          if (one.item === null) return []
          const held = outcomeFor(one, uscc, holds)
          const { coordinate, item } = one
          return held === null
            ? [[uscc, coordinate, item, 'DENY', denied(one, uscc, holds).denial.rule]]
            : [[uscc, coordinate, item, held.effect, held.rule, held.grant]]
        }),
      )
      const said = usesOf(entry, written).map(({ uscc, coordinate, item, effect, rule, grant }) =>
        effect === 'DENY' ? [uscc, coordinate, item, effect, rule] : [uscc, coordinate, item, effect, rule, grant],
      )
      expect(said).toEqual(wanted)
    }),
    { numRuns: 2_000 },
  )
})

test('a quota that was used up and a grant that ended are named', () => {
  const [one = '', two = ''] = codes
  const decisions = {
    'TaxRecord.creditGrade': {
      item: 'tax.creditGrade',
      outcomes: [{ effect: 'ALLOW', rule: 'grant:g', divisions: ['35'] }],
      denied: 'row',
    },
    'Query.enterprise': null,
  }
  const use = { coordinate: 'TaxRecord.creditGrade', item: 'tax.creditGrade' }
  const lapsed = [{ grant: 'g', uscc: two, rule: 'quota' as const }]
  expect(usesOf({ subjects: codes, mandated: [], lapsed }, decisions)).toEqual([
    { ...use, uscc: one, effect: 'ALLOW', rule: 'grant:g', grant: 'g' },
    { ...use, uscc: two, effect: 'DENY', rule: 'quota', grant: 'g' },
    { ...use, uscc: codes[2], effect: 'DENY', rule: 'row', grant: null },
  ])
  const ended = [{ grant: 'g', uscc: null, rule: 'suspended' as const }]
  expect(usesOf({ subjects: [one], mandated: [], lapsed: ended }, decisions)).toEqual([
    { ...use, uscc: one, effect: 'DENY', rule: 'suspended', grant: 'g' },
  ])
})
