/** What is kept of a plan must hold for everyone who gets it: another parse of the document, another day of a grant. */
import { getOperationAST, Kind, parse, type DocumentNode, type FieldNode } from 'graphql'
import { expect, test } from 'vitest'
import { placeOf } from '../auth/plan.ts'
import { createPlanner } from '../hub/plans.ts'
import { buildView } from '../hub/schema.ts'
import { isInTerm, nextChange, type Grant } from '../rules/grant.ts'

const view = buildView()
const day = (text: string) => new Date(`${text}T00:00:00+08:00`)
const grant: Grant = {
  id: 'customs-tax',
  reader: 'customs',
  item: 'tax.creditGrade',
  coordinates: null,
  purpose: 'clearance',
  divisions: [],
  full: false,
  requiresMandate: false,
  validFrom: day('2026-03-01'),
  validTo: day('2026-04-01'),
  state: 'ACTIVE',
  dailySubjects: null,
  mode: 'API',
  application: null,
}
const source = '{ enterprise(uscc: "91350102MYE0000341") { tax { creditGrade } } }'
const viewer = { department: 'customs', reads: true, purpose: 'clearance', divisions: [] }

function planned(planner: ReturnType<typeof createPlanner>, document: DocumentNode, asker = viewer) {
  const operation = getOperationAST(document)
  if (operation === null || operation === undefined) throw new Error('no operation')
  return planner({ documentHash: 'the same', document, operation, viewer: asker, variables: {} })
}

const sectionOf = (document: DocumentNode): FieldNode => {
  const [operation] = document.definitions
  const enterprise = operation?.kind === Kind.OPERATION_DEFINITION && operation.selectionSet.selections[0]
  const section = enterprise && enterprise.kind === Kind.FIELD && enterprise.selectionSet?.selections[0]
  if (!section || section.kind !== Kind.FIELD) throw new Error('no section')
  return section
}

test('a document parsed anew finds its plan, and in it what its sections read', () => {
  const planner = createPlanner(view, () => ({ grants: [], published: null, version: '1' }))
  const [first, again] = [parse(source), parse(source)]
  const plan = planned(planner, first)
  expect(planned(planner, again)).toBe(plan)
  expect(sectionOf(again)).not.toBe(sectionOf(first))
  expect(plan.reads.get(placeOf(sectionOf(again), 'Enterprise'))?.map(({ coordinate }) => coordinate)).toEqual([
    'TaxRecord.creditGrade',
  ])
})

test('a grant begins and ends by itself, with plans that were made before', () => {
  let now = day('2026-02-01')
  const planner = createPlanner(
    view,
    () => ({ grants: [grant], published: null, version: '1' }),
    () => now,
  )
  const rules: Record<string, (string | undefined)[]> = {}
  for (const at of ['2026-02-01', '2026-02-28', '2026-03-01', '2026-03-31', '2026-04-01', '2027-01-01']) {
    now = day(at)
    rules[at] = planned(planner, parse(source))
      .decisions.get('TaxRecord.creditGrade')
      ?.outcomes.map(({ rule }) => rule) ?? ['undecided']
  }
  expect(rules).toEqual({
    '2026-02-01': [],
    '2026-02-28': [],
    '2026-03-01': ['grant:customs-tax'],
    '2026-03-31': ['grant:customs-tax'],
    '2026-04-01': [],
    '2027-01-01': [],
  })
})

test('what is withheld stays so, whatever a grant says', () => {
  const reports = 'fx.suspiciousTransactionReports'
  const planner = createPlanner(view, () => ({
    grants: [{ ...grant, item: reports, validFrom: null, validTo: null }],
    published: null,
    version: '1',
  }))
  const document = parse(
    '{ enterprise(uscc: "91350102MYE0000341") { fx { suspiciousTransactionReports { number } } } }',
  )
  const decided = ['fx', 'customs'].map((department) => {
    const decision = planned(planner, document, { ...viewer, department }).decisions.get(
      'SuspiciousTransactionReport.number',
    )
    return [decision?.item, decision?.outcomes.map(({ rule }) => rule), decision?.denial.rule]
  })
  expect(decided).toEqual([
    [reports, ['own'], 'row'],
    [reports, [], 'withheld'],
  ])
})

test('the term of a grant includes its first instant and not its last', () => {
  const ends = day('2026-04-01')
  expect([
    isInTerm(grant, day('2026-03-01')),
    isInTerm(grant, new Date(ends.getTime() - 1)),
    isInTerm(grant, ends),
    isInTerm({ validFrom: null, validTo: null }, ends),
  ]).toEqual([true, true, false, true])
  expect([
    nextChange([grant, { validFrom: null, validTo: day('2026-03-15') }], day('2026-03-01')),
    nextChange([grant], day('2026-02-01')),
    nextChange([grant], ends),
    nextChange([], ends),
  ]).toEqual([day('2026-03-15'), day('2026-03-01'), null, null])
})
