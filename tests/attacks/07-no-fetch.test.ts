/** Attack 7: fetch, then filter. A denied field's department is not called, not recorded as called, and not waited for. */
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { departmentIds, type DepartmentId } from '../../departments.ts'
import { buildView } from '../../hub/schema.ts'
import { sightOf } from '../leak/law.ts'
import { recordsOf } from '../support/audit.ts'
import { runHub, type Answer, type Persona } from '../support/harness.ts'
import { castOf, knownToAll } from './askers.ts'
import { aliased, plainly, protectedBelow, type Protected } from './coordinates.ts'

const running = await runHub({ config: { limits: { aliases: 1000, depth: 30, fields: 20_000, cost: 1_000_000 } } })
const { sandbox } = running
afterEach(() => sandbox.faults.clear())
afterAll(() => running.stop())

const fields = protectedBelow(buildView(), 'Enterprise')
const [in3501, in3307] = [knownToAll(running, '3501').uscc, knownToAll(running, '3307').uscc]

const deniedTo = (cast: ReturnType<typeof castOf>[number], owner: DepartmentId, uscc: string): Protected[] =>
  fields.filter((field) => field.owner === owner && sightOf(field.coordinate, cast.asker, uscc) === 'none')

async function recordOf(answer: Answer) {
  const [record] = await recordsOf(running.database.db, answer.extensions?.requestId ?? '')
  return record && { calls: record.calls, outcome: record.outcome, errors: record.errors }
}

/** Counted by the hub itself, for whoever watches it. */
async function counted(): Promise<string[]> {
  const text = await (await fetch(`${running.hub.url}/metrics`)).text()
  return text.split('\n').filter((line) => line.startsWith('hutong_department_calls_total'))
}

/** What anyone may ask of the departments' health. */
const health = async () =>
  (await running.ask({ as: 'portal' }, '{ departments { id health latencyMs lastCallAt } }')).data

const table = castOf([in3501]).flatMap((cast) =>
  departmentIds.flatMap((owner) => {
    const uscc = deniedTo(cast, owner, in3501).length > 0 ? in3501 : in3307
    const denied = deniedTo(cast, owner, uscc)
    return denied.length === 0 ? [] : [[cast.name, owner, cast.persona, uscc, denied] as const]
  }),
)
const told = ({ data, errors }: Answer) => ({ data, errors })

describe('what is denied is not asked for', () => {
  test('attack 7: the table holds every department with its fields', () => {
    // Market and commerce share with every department what they do not open, and are closed to partners alone.
    const unlimited = table.filter(([, , { divisions }]) => divisions === undefined)
    const readers = (owner: DepartmentId) =>
      new Set(unlimited.filter(([, id]) => id === owner).map(([, , { as }]) => as)).size
    expect(Object.fromEntries(departmentIds.map((id) => [id, readers(id)]))).toEqual({
      customs: 7,
      tax: 7,
      fx: 7,
      market: 2,
      postal: 7,
      commerce: 2,
    })
  })

  test.each(table)('attack 7: %s, of %s', async (_as, owner, persona, uscc, denied) => {
    const query = `query ($uscc: USCC!) { enterprise(uscc: $uscc) { uscc ${aliased(denied)} } }`
    const [before, healthBefore] = [await counted(), await health()]
    sandbox.calls.reset()
    const answer = await running.ask(persona, query, { uscc })
    expect(answer.errors?.length).toBe(denied.length)
    expect({ calls: running.calls(), tokens: sandbox.calls.report().customs.tokens }).toEqual({ calls: {}, tokens: 0 })
    expect(answer.extensions?.provenance).toEqual([])
    expect(await recordOf(answer)).toEqual({
      calls: {},
      outcome: 'partial',
      errors: ['UNAUTHORIZED_FIELD_OR_TYPE'],
    })
    expect([await counted(), await health()]).toEqual([before, healthBefore])

    // Nor is it noticed how the department fares: whoever waited for it would see it late, or broken.
    for (const kind of ['slow', 'down', 'lying']) {
      sandbox.faults.set(owner, { kind, seconds: 600 })
      expect(told(await running.ask(persona, query, { uscc }))).toEqual(told(answer))
    }
    expect(running.calls()).toEqual({})
  })
})

describe('what is denied beside what is open costs no call of its own', () => {
  const ask = async (persona: Persona, below: string) => {
    sandbox.calls.reset()
    const answer = await running.ask(persona, `{ enterprise(uscc: "${in3501}") { ${below} } }`)
    const recorded = (await recordOf(answer))?.calls
    const report = sandbox.calls.report()
    const operations = Object.fromEntries(
      departmentIds.flatMap((id) => (report[id].total === 0 ? [] : [[id, Object.keys(report[id].byOperation).length]])),
    )
    expect(Object.keys(recorded ?? {}).sort()).toEqual(Object.keys(operations).sort())
    return { operations, denied: answer.errors?.map(({ path }) => path?.slice(1).join('.')) }
  }

  test.each([
    [
      'declarations beside the credit grade',
      { as: 'portal' },
      'customs { creditGrade declarations(first: 1) { totalCount } }',
      { operations: { customs: 1 }, denied: ['customs.declarations'] },
    ],
    [
      'reports beside the class',
      { as: 'tax' },
      'fx { class suspiciousTransactionReports { number } }',
      { operations: { fx: 1 }, denied: ['fx.suspiciousTransactionReports'] },
    ],
    [
      'tax beside the other sections',
      { as: 'portal' },
      'name customs { creditGrade } tax { creditGrade arrears { amount } }',
      { operations: { customs: 1, market: 1 }, denied: ['tax.creditGrade', 'tax.arrears'] },
    ],
    [
      'the enterprise behind a declaration',
      { as: 'postal', purpose: 'delivery' },
      'customs { declarations(first: 1) { nodes { number enterprise { name } } } }',
      { operations: { customs: 1 }, denied: ['customs.declarations.nodes.0.enterprise'] },
    ],
  ] as const)('attack 7: %s', async (_what, persona, below, wanted) => {
    expect(await ask(persona, below)).toEqual(wanted)
  })

  test('attack 7: one enterprise of a list that the grant does not reach is not asked for', async () => {
    sandbox.calls.reset()
    const answer = await running.ask(
      { as: 'tax', purpose: 'refund-review' },
      `{ enterprises(usccs: ["${in3501}", "${in3307}"]) { uscc customs { declarations(first: 1) { totalCount } } } }`,
    )
    expect(answer.errors?.map(({ path }) => path?.join('.'))).toEqual(['enterprises.1.customs.declarations'])
    expect(sandbox.calls.report().customs).toMatchObject({ total: 1, codes: { [in3501]: 1 } })
    expect(Object.keys(sandbox.calls.report().customs.codes)).toEqual([in3501])
  })
})

describe('a record by its number is not asked for by whoever may read nothing of any', () => {
  const byNumber = [
    ['customs', 'declaration(number: "35002026E00000000014")', 'Declaration'],
    ['postal', 'shipment(trackingNumber: "LY000000147CN")', 'Shipment'],
  ] as const
  const cases = byNumber.flatMap(([owner, root, type]) =>
    castOf([in3501]).flatMap((cast) => {
      const all = protectedBelow(buildView(), type)
      const denied = all.filter(({ coordinate }) => sightOf(coordinate, cast.asker, null) === 'none')
      return denied.length === 0 ? [] : [[cast.name, owner, cast.persona, root, denied] as const]
    }),
  )
  test.each(cases)('attack 7: %s, of %s', async (_as, _owner, persona, root, denied) => {
    sandbox.calls.reset()
    const answer = await running.ask(
      persona,
      `{ ${denied.map((field) => `${field.alias}: ${root} { ${plainly(field)} }`).join(' ')} }`,
    )
    expect(answer.data).toEqual(Object.fromEntries(denied.map(({ alias }) => [alias, null])))
    expect(answer.errors?.map(({ path }) => path?.join('.')).sort()).toEqual(denied.map(({ alias }) => alias).sort())
    expect([running.calls(), (await recordOf(answer))?.calls]).toEqual([{}, {}])
  })
})
