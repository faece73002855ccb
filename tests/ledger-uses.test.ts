/** The ledger says of a request what the guard decided in it, for every enterprise and field, whatever the plan. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { denied, outcomeFor, type Decision, type Holds, type Outcome } from '../auth/decide.ts'
import { fieldsUnder, type Plan, type PlanField } from '../auth/plan.ts'
import type { Coordinate } from '../auth/vocabulary.ts'
import { auditEntry, begunEntry } from '../hub/audit-entry.ts'
import { noPlan } from '../hub/pipeline.ts'
import { beginTrace } from '../hub/trace.ts'
import type { AuditDecisions } from '../store/audit-record.ts'
import { usesOf, type Use } from '../store/ledger-uses.ts'

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
          dxpIds: new Set(),
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

describe('roots', () => {
  const [one = '', two = '', three = ''] = codes
  const open = { outcomes: [{ effect: 'ALLOW', rule: 'open' }], denied: 'no-grant' }
  const decisions: AuditDecisions = {
    'A.every': { item: 'a.every', ...open },
    'A.first': { item: 'a.first', ...open, roots: [0] },
    'A.last': { item: 'a.last', ...open, roots: [1, 2] },
    'Query.a': null,
  }
  const said = (subjects: string[], roots?: number[][]) =>
    usesOf({ subjects, mandated: [], ...(roots === undefined ? {} : { roots }) }, decisions).map(
      ({ uscc, coordinate }) => [codes.indexOf(uscc), coordinate],
    )

  test('a field counts for the enterprises of the roots that it stands under', () => {
    expect(said([one, two, three], [[0, 2], [1], [2]])).toEqual([
      [0, 'A.every'],
      [0, 'A.first'],
      [1, 'A.every'],
      [1, 'A.last'],
      [2, 'A.every'],
      [2, 'A.first'],
      [2, 'A.last'],
    ])
  })

  test('an enterprise that no root names counts for all of them, and so does each where no roots are on record', () => {
    const all = ['A.every', 'A.first', 'A.last']
    expect(said([one, two], [[0], [], []])).toEqual([
      [0, 'A.every'],
      [0, 'A.first'],
      ...all.map((coordinate) => [1, coordinate]),
    ])
    expect(said([one, two])).toEqual([0, 1].flatMap((code) => all.map((coordinate) => [code, coordinate])))
  })

  const planOf = (...roots: string[][]): Plan => {
    const fieldOf = (coordinate: string, responseKey: string, children: PlanField[] = []): PlanField => {
      const isData = children.length === 0
      const decision: Decision = {
        coordinate: coordinate as Coordinate,
        owner: 'tax',
        item: isData ? 'tax.item' : null,
        outcomes: [],
        denial: { rule: 'no-grant', reason: '', advice: '' },
        remedy: null,
      }
      const [typeName = '', fieldName = ''] = coordinate.split('.')
      const rest = { isList: false, fetches: null, nodes: [] }
      return { ...rest, responseKey, typeName, fieldName, coordinate: decision.coordinate, decision, children }
    }
    const fields = roots.map((coordinates, at) =>
      fieldOf(
        'Query.enterprise',
        `key${at}`,
        coordinates.map((coordinate) => fieldOf(coordinate, coordinate)),
      ),
    )
    const all = fields.flatMap((field) => [...fieldsUnder(field)])
    return { ...noPlan, fields, decisions: new Map(all.map(({ coordinate, decision }) => [coordinate, decision])) }
  }
  const traceOf = (plan: Plan, ...touched: string[][]) => ({
    ...beginTrace(undefined),
    plan,
    roots: new Map(touched.map((usccs, at) => [`key${at}`, new Set(usccs)])),
  })

  test.each<[string, string[][], string[][], number[][] | undefined]>([
    ['one root', [['A.a', 'A.b']], [[one, two]], undefined],
    ['roots with the same fields', [['A.a'], ['A.a']], [[one], [two]], undefined],
    [
      'roots about the same enterprises',
      [['A.a'], ['A.b']],
      [
        [one, two],
        [two, one],
      ],
      undefined,
    ],
    ['roots with fields and enterprises of their own', [['A.a'], ['A.b']], [[one, two], [two]], [[0, 1], [1]]],
    ['a root without data, about another', [['A.a'], []], [[one], [two]], [[0], [1]]],
    ['a root without data, about none', [['A.a'], []], [[one]], undefined],
    ['roots that touched nothing', [['A.a'], ['A.b']], [[], []], undefined],
  ])('%s', (_what, fields, touched, roots) => {
    const trace = traceOf(planOf(...fields), ...touched)
    const entry = auditEntry(trace)
    expect([entry.roots, entry.subjects]).toEqual([roots, [...new Set(touched.flat())]])
    // What has begun has decided nothing yet that roots could stand over.
    const begun = begunEntry(trace, { mutation: 'giveUpGrant', matter: 'g', outcome: 'begun' })
    expect([begun.plan, begun.roots, begun.subjects]).toEqual([null, undefined, entry.subjects])
  })

  test('roots are counted as the plan has them, whichever began first, and if one never did', () => {
    const { roots, ...trace } = traceOf(planOf(['A.a'], ['A.b'], ['A.c']), [one], [], [two])
    roots.delete('key1')
    const entry = auditEntry({ ...trace, roots: new Map([...roots].reverse()) })
    expect([entry.subjects, entry.roots]).toEqual([
      [two, one],
      [[1], [], [0]],
    ])
  })

  test('an enterprise that is of no root, as a change notice names it, is on record beside those that are', () => {
    const trace = { ...traceOf(planOf(['A.a'], ['A.b']), [one], [two]), subjects: new Set([three, one]) }
    const entry = auditEntry(trace)
    expect([entry.subjects, entry.roots]).toEqual([
      [one, two, three],
      [[0], [1]],
    ])
    expect(usesOf(entry, JSON.parse(entry.plan?.text ?? '{}') as AuditDecisions).map(shortly)).toEqual([
      `${one} A.a`,
      `${two} A.b`,
      `${three} A.a`,
      `${three} A.b`,
    ])
  })
})

const shortly = ({ uscc, coordinate }: Use): string => `${uscc} ${coordinate}`
