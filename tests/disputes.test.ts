/** What may be disputed 校核 (政务数据共享条例 art. 26), by whom, for which enterprise: what its caller may itself read. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { textBounds } from '../rules/stated-text.ts'
import { recordsOf } from './support/audit.ts'
import { runHub, type Persona, type Running } from './support/harness.ts'
import { mutate } from './support/mutations.ts'

let running: Running
beforeAll(async () => {
  running = await runHub()
})
afterAll(() => running.stop())

const fuzhou = '91350102MYE0000341'
const jinhua = '91330702MYQ0003787'
const nobody = '91350102MA0000001L'
const customs: Persona = { as: 'customs', purpose: 'clearance' }
const authority: Persona = { as: 'authority', roles: ['authority'] }
const auditor: Persona = { as: 'authority', roles: ['auditor'] }
const grade = { coordinate: 'TaxRecord.creditGrade', uscc: fuzhou, reason: '与税务局官网公示不一致' }
const dispute = (who: Persona, change: Record<string, unknown> = {}) =>
  mutate(running, who, ['disputeField', 'DisputeInput', 'correction { coordinate uscc consumer provider state }'], {
    ...grade,
    ...change,
  })

describe('what may be disputed', () => {
  const unreadable =
    'FORBIDDEN: Only a field that you may read for this enterprise and the stated purpose can be disputed (art. 26).'
  const role = 'FORBIDDEN: To dispute is for an officer or a steward of a department.'
  const bank: Persona = { as: 'bank', purpose: 'authenticity-review', mandate: [fuzhou] }
  const refundReview: Persona = { as: 'tax', purpose: 'refund-review' }
  test.each<[string, Persona, Record<string, unknown>, string]>([
    ['a field without a grant', customs, { coordinate: 'Refund.amount' }, unreadable],
    ['a list without a grant', customs, { coordinate: 'TaxRecord.refunds' }, unreadable],
    ['a field for another purpose', { as: 'customs' }, {}, unreadable],
    [
      'a field that is withheld',
      customs,
      { coordinate: 'ForeignExchangeRecord.suspiciousTransactionReports' },
      unreadable,
    ],
    ['a field that there is not', customs, { coordinate: 'TaxRecord.secret' }, unreadable],
    ['what is no coordinate', customs, { coordinate: '税务' }, unreadable],
    ['the door to a section', customs, { coordinate: 'Enterprise.tax' }, unreadable],
    ['what finds records of any enterprise', customs, { coordinate: 'Query.shipment' }, unreadable],
    ['a field of the hub', customs, { coordinate: 'Viewer.department' }, unreadable],
    [
      'a field outside the divisions of the grant',
      refundReview,
      { coordinate: 'Settlement.number', uscc: jinhua },
      unreadable,
    ],
    ['a field outside the divisions of the token', { ...customs, divisions: ['3307'] }, {}, unreadable],
    ['by a partner, a field that is open', bank, { coordinate: 'Enterprise.name' }, unreadable],
    [
      'by a partner, an enterprise outside its mandate',
      bank,
      { coordinate: 'ForeignExchangeRecord.class', uscc: jinhua },
      unreadable,
    ],
    ['by the portal, a field that is open', { as: 'portal' }, { coordinate: 'Enterprise.name' }, unreadable],
    ['by the authority', authority, {}, role],
    ['by the auditor', auditor, {}, role],
    ['by an operator', { as: 'operations' }, {}, role],
    [
      'a field of its own',
      { as: 'tax' },
      {},
      'BAD_USER_INPUT: TaxRecord.creditGrade is your own: correct it in your own system.',
    ],
    ['without a reason', customs, { reason: ' ' }, `BAD_USER_INPUT: To dispute, state a reason, ${textBounds}.`],
    ['hardly a reason', customs, { reason: '错' }, `BAD_USER_INPUT: To dispute, state a reason, ${textBounds}.`],
    [
      'with a book for evidence',
      customs,
      { evidence: '证'.repeat(4001) },
      `BAD_USER_INPUT: evidence must be stated, ${textBounds} (art. 26).`,
    ],
  ])('not %s', async (_what, who, change, message) => {
    expect(await dispute(who, change)).toBe(message)
  })

  test.each<[string, Persona, Record<string, unknown>, string]>([
    ['by grant', refundReview, { coordinate: 'Settlement.number' }, 'fx'],
    [
      'by a sharing office, what its officers may read',
      { as: 'customs', roles: ['steward'], purpose: 'clearance' },
      { coordinate: 'Shipment.destination' },
      'postal',
    ],
    ['what is open', { as: 'postal' }, { coordinate: 'Enterprise.name' }, 'market'],
    ['what is shared unconditionally', { as: 'postal' }, { coordinate: 'ForeignExchangeRecord.class' }, 'fx'],
    ['what is shown masked', { as: 'postal' }, { coordinate: 'LegalRepresentative.name' }, 'market'],
    ['a list that lacks something', customs, { coordinate: 'PostalRecord.shipments' }, 'postal'],
    ['by a partner with a grant and a mandate', bank, { coordinate: 'ForeignExchangeRecord.class' }, 'fx'],
    ['whether there is a record or not', customs, { uscc: nobody }, 'tax'],
  ])('%s', async (_what, who, change, provider) => {
    running.sandbox.calls.reset()
    const { coordinate, uscc } = { ...grade, ...change }
    const want = { coordinate, uscc, consumer: who.as, provider, state: 'DISPUTED' }
    expect(await dispute(who, change)).toEqual(want)
    expect(running.calls()).toEqual({})
  })

  test('not what the same department disputes already; another department may', async () => {
    const field = { coordinate: 'CommerceFiling.zone', uscc: jinhua }
    const both = await Promise.all([dispute({ as: 'fx' }, field), dispute({ as: 'fx' }, field)])
    expect(both.map((result) => (typeof result === 'string' ? result : 'done')).sort()).toEqual([
      'CONFLICT: fx disputes this field of this enterprise already.',
      'done',
    ])
    expect(await dispute({ as: 'market' }, field)).toEqual({
      ...field,
      consumer: 'market',
      provider: 'commerce',
      state: 'DISPUTED',
    })
  })
})

test('a dispute sent twice is one; done or refused, it is on record with its enterprise', async () => {
  const query = 'mutation ($input: DisputeInput!) { disputeField(input: $input) { correction { id } } }'
  const tell = async (input: Record<string, unknown>) => {
    const answer = await running.ask(customs, query, { input })
    const record = (await recordsOf(running.database.db, answer.extensions?.requestId)).at(-1)
    const { correction } = (answer.data?.disputeField ?? { correction: null }) as { correction: { id: string } | null }
    return {
      id: correction?.id ?? null,
      subjects: record?.subjects,
      outcome: record?.outcome,
      details: record?.details,
    }
  }
  const input = { ...grade, coordinate: 'CommerceFiling.status', clientMutationId: randomUUID() }
  const first = await tell(input)
  expect(first).toEqual({
    id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
    subjects: [fuzhou],
    outcome: 'answered',
    details: { events: [{ mutation: 'disputeField', matter: first.id, outcome: 'done' }] },
  })
  const repeated = { events: [{ mutation: 'disputeField', matter: first.id, outcome: 'repeated' }] }
  expect(await tell(input)).toEqual({ ...first, details: repeated })
  expect(await tell({ ...input, coordinate: 'Refund.amount', clientMutationId: randomUUID() })).toEqual({
    id: null,
    subjects: [fuzhou],
    outcome: 'partial',
    details: { events: [{ mutation: 'disputeField', matter: null, outcome: 'FORBIDDEN' }] },
  })
})
