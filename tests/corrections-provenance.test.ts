/** What an answer says of fields under dispute 校核 (政务数据共享条例 art. 26): of those that were shown, and of no other. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { waitUntil } from '../store/engine/process.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { runHub, type Answer, type Persona, type Running } from './support/harness.ts'
import { mutate } from './support/mutations.ts'

let store: FreshDatabase
let one: Running
let other: Running
beforeAll(async () => {
  store = await freshDatabase()
  one = await runHub({ config: { databaseUrl: store.url } })
  const { ledger, trade } = one.hub.config
  other = await runHub({ config: { databaseUrl: store.url, ledger, trade } })
})
afterAll(async () => {
  await one.stop()
  await other.stop()
  await store.drop()
})

const fuzhou = '91350102MYE0000341'
const jinhua = '91330702MYQ0003787'
const customs: Persona = { as: 'customs', purpose: 'clearance' }
const since = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string

/** What each department's entry says is disputed; a department without the word is left out. */
const disputedOf = ({ extensions }: Answer) =>
  Object.fromEntries(
    (extensions?.provenance ?? []).flatMap((entry) =>
      entry.disputed === undefined ? [] : [[entry.department, entry.disputed] as const],
    ),
  )
const dispute = async (who: Persona, coordinate: string, uscc: string): Promise<string> =>
  (
    await mutate(one, who, ['disputeField', 'DisputeInput', 'correction { id }'], {
      coordinate,
      uscc,
      reason: '与公示信息不一致',
    }).then((correction) => correction as { id: string })
  ).id
const settle = (who: Persona, mutation: string, correction: string) =>
  mutate(one, who, [mutation, 'CorrectionInput', 'correction { state }'], { correction, reason: '经核实处理' })

const grade = (uscc: string) => `{ enterprise(uscc: "${uscc}") { tax { creditGrade } } }`

test('without a dispute provenance is as it was', async () => {
  const { extensions } = await one.ask(customs, grade(fuzhou))
  expect(extensions?.provenance.map((entry) => Object.keys(entry))).toEqual([
    ['department', 'fetchedAt', 'freshness', 'milliseconds'],
  ])
})

test.each(['correctField', 'confirmField', 'withdrawDispute'])(
  'from the dispute to %s, on both processes within a second',
  async (mutation) => {
    const said = { tax: [{ coordinate: 'TaxRecord.creditGrade', uscc: fuzhou, since }] }
    const id = await dispute(customs, 'TaxRecord.creditGrade', fuzhou)
    expect(disputedOf(await one.ask(customs, grade(fuzhou)))).toEqual(said)
    const isSaid = async () => Object.keys(disputedOf(await other.ask(customs, grade(fuzhou)))).length > 0
    expect(await waitUntil(isSaid, 1_000)).toBe(true)
    expect(disputedOf(await other.ask(customs, grade(fuzhou)))).toEqual(said)

    const who: Persona = mutation === 'withdrawDispute' ? customs : { as: 'tax', roles: ['steward'] }
    expect(await settle(who, mutation, id)).toEqual({ state: expect.not.stringMatching('DISPUTED') as string })
    expect(disputedOf(await one.ask(customs, grade(fuzhou)))).toEqual({})
    expect(await waitUntil(async () => !(await isSaid()), 1_000)).toBe(true)
  },
)

test('it is said of what this request showed to this viewer, and of nothing else', async () => {
  await dispute(customs, 'TaxRecord.creditGrade', fuzhou)
  await dispute(customs, 'TaxRecord.creditGrade', jinhua)
  await dispute({ as: 'market' }, 'TaxRecord.exportRefundClass', fuzhou)
  await dispute(customs, 'Shipment.trackingNumber', fuzhou)
  await dispute({ as: 'fx' }, 'Enterprise.name', fuzhou)
  await dispute({ as: 'fx' }, 'LegalRepresentative.name', fuzhou)
  await dispute({ as: 'fx', purpose: 'authenticity-review' }, 'Refund.amount', fuzhou)
  const [gradeHere, gradeThere] = [fuzhou, jinhua].map((uscc) => ({ coordinate: 'TaxRecord.creditGrade', uscc, since }))
  const refundClass = { coordinate: 'TaxRecord.exportRefundClass', uscc: fuzhou, since }
  const shipment = { coordinate: 'Shipment.trackingNumber', uscc: fuzhou, since }
  const name = { coordinate: 'Enterprise.name', uscc: fuzhou, since }
  const representative = { coordinate: 'LegalRepresentative.name', uscc: fuzhou, since }
  const both = '{ creditGrade exportRefundClass }'

  const cases: [string, Persona, string, object][] = [
    [
      'under an alias',
      customs,
      `{ e: enterprise(uscc: "${fuzhou}") { t: tax { g: creditGrade } } }`,
      { tax: [gradeHere] },
    ],
    [
      'of a list, each enterprise',
      customs,
      `{ enterprises(usccs: ["${jinhua}", "${fuzhou}"]) { tax ${both} } }`,
      { tax: [gradeThere, gradeHere, refundClass] },
    ],
    [
      'asked for of one enterprise, not of the other that stands beside it',
      customs,
      `{ a: enterprise(uscc: "${fuzhou}") { tax { creditGrade } } b: enterprise(uscc: "${jinhua}") { tax { exportRefundClass } } }`,
      { tax: [gradeHere] },
    ],
    [
      'not what is denied to this viewer',
      { as: 'commerce' },
      `{ enterprise(uscc: "${fuzhou}") { name tax ${both} postal { shipments { nodes { trackingNumber } } } } }`,
      { market: [name], tax: [refundClass] },
    ],
    [
      'to the provider',
      { as: 'tax' },
      `{ enterprise(uscc: "${fuzhou}") { tax ${both} } }`,
      { tax: [gradeHere, refundClass] },
    ],
    [
      'to a partner, what is open',
      { as: 'portal' },
      `{ enterprise(uscc: "${fuzhou}") { name tax ${both} } }`,
      { market: [name] },
    ],
    [
      'within a list of a record',
      customs,
      `{ enterprise(uscc: "${fuzhou}") { postal { shipments(first: 2) { nodes { trackingNumber } } } } }`,
      { postal: [shipment] },
    ],
    [
      'not of a field beside it',
      customs,
      `{ enterprise(uscc: "${fuzhou}") { postal { shipments(first: 2) { nodes { destination } } } } }`,
      {},
    ],
    [
      'of a field that is masked',
      { as: 'tax' },
      `{ enterprise(uscc: "${fuzhou}") { market { legalRepresentative { name } } } }`,
      { market: [representative] },
    ],
    [
      'within a list of another department',
      { as: 'tax' },
      `{ enterprise(uscc: "${fuzhou}") { tax { refunds(first: 1) { nodes { amount { currency } } } } } }`,
      { tax: [{ coordinate: 'Refund.amount', uscc: fuzhou, since }] },
    ],
    ['not of another enterprise', { as: 'tax' }, `{ enterprise(uscc: "${jinhua}") { name } }`, {}],
  ]
  const said = await Promise.all(
    cases.map(async ([what, who, query]) => [what, disputedOf(await one.ask(who, query))] as const),
  )
  expect(said).toEqual(cases.map(([what, , , want]) => [what, want]))

  // A record found by its own number belongs to the enterprise that it names.
  const listed = await one.ask(
    customs,
    `{ enterprise(uscc: "${fuzhou}") { postal { shipments(first: 1) { nodes { trackingNumber } } } } }`,
  )
  const { nodes } = (listed.data?.enterprise as { postal: { shipments: { nodes: { trackingNumber: string }[] } } })
    .postal.shipments
  const found = await one.ask(
    customs,
    `{ shipment(trackingNumber: "${nodes[0]?.trackingNumber ?? ''}") { trackingNumber } }`,
  )
  expect(disputedOf(found)).toEqual({ postal: [shipment] })

  // What is masked stays so.
  const masked = await one.ask(
    { as: 'tax' },
    `{ enterprise(uscc: "${fuzhou}") { market { legalRepresentative { name } } } }`,
  )
  expect(masked.data).toEqual({ enterprise: { market: { legalRepresentative: { name: '陈**' } } } })

  // A department that does not answer has shown nothing.
  one.sandbox.faults.set('tax', { kind: 'down', seconds: 30 })
  expect(disputedOf(await one.ask(customs, grade(fuzhou)))).toEqual({})
  one.sandbox.faults.clear()
})
