import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { departmentIds, type DepartmentId } from '../departments.ts'
import { lies } from '../sandbox/lies.ts'
import {
  errorsOf,
  from,
  persona,
  runFaultyHub,
  told,
  without,
  type Enterprise,
  type Fault,
} from './support/faulty-hub.ts'
import type { Answer } from './support/harness.ts'

/** Attack 19: the same for lists of 50, and for what is asked by its number: a department that is down, slow, flaky or lying. Its part is an error or the truth; the others' parts stand. */

const { running, usccs, fifty, inTime, faulty, whole, recovered } = await runFaultyHub(3000, 1500)
const { sandbox } = running
afterEach(() => sandbox.faults.clear())
afterAll(() => running.stop())

describe('attack 19, a list of 50', () => {
  let baseline: Answer
  const list = () => baseline.data?.enterprises as Enterprise[]

  beforeAll(async () => {
    baseline = await whole(fifty)
    for (const id of departmentIds)
      expect(list().filter((enterprise) => enterprise[id] !== null).length, id).toBeGreaterThan(25)
  })

  const batched = ['customs', 'fx', 'market'] as const satisfies DepartmentId[]
  describe.each(batched)('%s in one batch', (id) => {
    test.each(['reordered', 'duplicated'] as const)('%s: every record is where it belongs', async (lie) => {
      faulty(id, { kind: 'lying', lie })
      const answer = await inTime(fifty)
      expect(told(answer)).toEqual({ data: baseline.data, errors: undefined })
      await recovered(fifty, baseline)
    })
  })

  const missing: [DepartmentId, Fault, string[]][] = departmentIds.flatMap((id) => [
    [id, { kind: 'lying', lie: 'other-record' }, ['contract']],
    [id, { kind: 'lying', lie: 'polluted' }, ['contract']],
    [id, { kind: 'down' }, ['unreachable', 'suspended']],
    [id, { kind: 'slow' }, ['timeout', 'suspended', 'busy']],
  ])
  test.each(missing)('%s %o: its parts are errors, the others stand', async (id, fault, expected) => {
    faulty(id, fault)
    const answer = await inTime(fifty)
    const errors = errorsOf(answer, id)
    expect(answer.data).toEqual({ enterprises: list().map((enterprise) => without(enterprise, id)) })
    expect(errors.map(([path]) => path).toSorted()).toEqual(
      usccs.flatMap((_, i) => from(id).map((field) => `enterprises.${i}.${field}`)).toSorted(),
    )
    for (const [, cause] of errors) expect(expected).toContain(cause)
    await recovered(fifty, baseline)
  })

  test.each(['tax', 'postal', 'commerce'] as const)('%s lying by turns: the true record or an error', async (id) => {
    faulty(id, { kind: 'lying' })
    const answer = await inTime(fifty)
    const failed = new Set(errorsOf(answer, id).map(([path]) => path))
    expect(answer.data).toEqual({
      enterprises: list().map((enterprise, i) =>
        failed.has(`enterprises.${i}.${id}`) ? without(enterprise, id) : enterprise,
      ),
    })
    await recovered(fifty, baseline)
  })
})

describe('attack 19, asked by number', () => {
  const asked = {
    customs: () => {
      const number = sandbox.world.customs.get(usccs[0] ?? '')?.declarations[0]?.invtNo ?? ''
      return running.ask(
        persona,
        `{ declaration(number: "${number}") { number declaredAt tradeMode status { code at } country value { amount currency }
          lines { gnum hsCode name quantity price country } } }`,
      )
    },
    postal: () => {
      const number = sandbox.world.postal.get(usccs[0] ?? '')?.shipments[0]?.mailNo ?? ''
      return running.ask(
        persona,
        `{ shipment(trackingNumber: "${number}") { trackingNumber service acceptedAt deliveredAt destination weight
          events { at place code text } } }`,
      )
    },
    pages: () =>
      running.ask(
        persona,
        `{ enterprise(uscc: "${usccs[0] ?? ''}") { customs { declarations(first: 3) { totalCount nodes { number declaredAt } } } } }`,
      ),
  } as const
  const given = [
    ['declaration(number)', 'customs', asked.customs, 'declaration', { declaration: null }],
    ['shipment(trackingNumber)', 'postal', asked.postal, 'shipment', { shipment: null }],
    [
      'a page of declarations',
      'customs',
      asked.pages,
      'enterprise.customs.declarations',
      { enterprise: { customs: { declarations: null } } },
    ],
  ] as const
  const faults: [string, Fault, string][] = [
    ['down', { kind: 'down' }, 'unreachable'],
    ['slow', { kind: 'slow' }, 'timeout'],
    ...lies
      .filter((lie) => lie !== 'duplicated' && lie !== 'reordered')
      .map((lie): [string, Fault, string] => [lie, { kind: 'lying', lie }, 'contract']),
  ]

  test.each(given.flatMap((one) => faults.map((fault) => [one[0], fault[0], one, fault] as const)))(
    '%s, %s: an error; then the answer again',
    async (_name, _fault, [, id, ask, path, want], [, fault, cause]) => {
      const baseline = await whole(ask)
      faulty(id, fault)
      const answer = await inTime(ask)
      expect(errorsOf(answer, id)).toEqual([[path, cause]])
      expect(answer.data).toEqual(want)
      await recovered(ask, baseline)
    },
  )
})
