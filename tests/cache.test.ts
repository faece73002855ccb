/** Freshness over HTTP: what is answered from copies, how old, what provenance says of it, and who may see it. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { departmentIds } from '../departments.ts'
import { recordsOf } from './support/audit.ts'
import { runHub, type Answer, type Persona, type Running } from './support/harness.ts'

let running: Running
let usccs: string[]
let nth = 0

beforeAll(async () => {
  running = await runHub({ config: { cache: { use: 'on' }, ledger: { investigations: ['investigation'] } } })
  const known = running.sandbox.witness.list()
  usccs = known.filter(({ knownTo }) => knownTo.length === departmentIds.length).map(({ uscc }) => uscc)
})
afterAll(() => running.stop())
/** One that nobody has asked for yet, so that no test meets the copies of another. */
let uscc: string
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
  uscc = usccs[nth] ?? ''
  nth += 1
  running.sandbox.calls.reset()
})
afterEach(() => {
  running.sandbox.faults.clear()
  vi.useRealTimers()
})

const customs: Persona = { as: 'customs', purpose: 'clearance' }
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000)
const ask = (fields: string, who: Persona = customs) =>
  running.ask(who, `{ enterprise(uscc: "${uscc}") { ${fields} } }`)
const calls = () => {
  const counted = running.calls()
  running.sandbox.calls.reset()
  return counted
}
/** By department how it was obtained, how old it is and why. */
const obtained = ({ extensions }: Answer) =>
  Object.fromEntries(
    (extensions?.provenance ?? []).map((said) => {
      const { department, fetchedAt: _at, milliseconds: _took, ...rest } = said as unknown as Record<string, unknown>
      return [String(department), rest]
    }),
  )

const sections = `
  market { penalties { totalCount } } customs { creditGrade } tax { creditGrade } fx { class }
  postal { monthlyVolumes { month } } commerce { filing { number } }`

describe('answers from copies', () => {
  test('six sections once more: no call, and provenance says so with the age', async () => {
    const first = await ask(sections)
    expect([first.errors, calls()]).toEqual([
      undefined,
      { market: 1, customs: 1, tax: 1, fx: 1, postal: 1, commerce: 1 },
    ])
    later(90)
    const second = await ask(sections)
    expect([second.data, second.errors, calls()]).toEqual([first.data, undefined, {}])
    const cached = { freshness: 'cached', age: expect.toSatisfy((age: number) => age === 90 || age === 91) as number }
    expect(obtained(second)).toEqual(
      Object.fromEntries(['market', 'customs', 'tax', 'fx', 'postal', 'commerce'].map((id) => [id, cached])),
    )
    const [record] = await recordsOf(running.database.db, second.extensions?.requestId)
    expect(record?.calls).toEqual({})
  })

  test('50 enterprises once more: no call; of 60 only those not yet known, in one batch', async () => {
    const fifty = usccs.slice(50, 100)
    const list = (codes: readonly string[]) =>
      running.ask(
        customs,
        'query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { fx { class } tax { creditGrade } } }',
        {
          usccs: codes,
        },
      )
    const first = await list(fifty)
    expect(calls()).toEqual({ fx: 1, tax: 50 })
    expect([(await list(fifty)).data, calls()]).toEqual([first.data, {}])
    await list(usccs.slice(50, 110))
    expect(calls()).toEqual({ fx: 1, tax: 10 })
  })

  test.each([
    ['of a day', 'market { penalties { totalCount } }', 3600, 5401],
    ['of a week', 'commerce { overseasWarehouses { name } }', 7 * 3600, 10.5 * 3600 + 1],
    ['of a change', 'fx { class }', 300, 451],
    ['of a day and of a change: the stricter', 'commerce { filing { number } overseasWarehouses { name } }', 300, 451],
  ])('data %s', async (_name, fields, fresh, fetched) => {
    const token = { ...customs, purposes: ['clearance', String(nth)] }
    const at = async (seconds: number) => {
      vi.setSystemTime(began + seconds * 1000)
      // A token of its own: that of an hour ago has run out.
      const answer = await ask(fields, { ...token, purposes: [...token.purposes, String(seconds)] })
      expect(answer.errors).toBeUndefined()
      return [calls(), Object.values(obtained(answer)).map(({ freshness }) => freshness)]
    }
    const began = Date.now()
    const id = fields.split(' ')[0] ?? ''
    expect(await at(0)).toEqual([{ [id]: 1 }, ['live']])
    expect(await at(fresh - 5)).toEqual([{}, ['cached']])
    expect(await at(fetched)).toEqual([{ [id]: 1 }, [id === 'commerce' ? 'revalidated' : 'live']])
  })

  test('what is given out in real time is asked for every time, and what stands beside it in the record too', async () => {
    await ask('customs { creditGrade }')
    calls()
    await ask('customs { creditGrade }')
    expect(calls()).toEqual({})
    for (const _ of [1, 2]) {
      const answer = await ask('name market { penalties { totalCount } }')
      expect([calls(), obtained(answer)]).toEqual([{ market: 1 }, { market: { freshness: 'live' } }])
    }
  })

  test('a page of declarations is asked for every time, the record beside it is not', async () => {
    const fields = 'customs { creditGrade declarations(first: 1) { totalCount } }'
    const who: Persona = { as: 'customs' }
    await ask(fields, who)
    expect(calls()).toEqual({ customs: 2 })
    await ask(fields, who)
    expect(calls()).toEqual({ customs: 1 })
  })

  test('a field that is denied demands nothing', async () => {
    await ask('customs { creditGrade }', { as: 'portal' })
    calls()
    const denied = await ask('customs { creditGrade inspections { totalCount } }', { as: 'portal' })
    expect([denied.errors?.length, calls()]).toEqual([1, {}])
  })

  test('a mutation of one answer does not show in the next', async () => {
    const wide = `market { registration { name } legalRepresentative { name idNumber } penalties(first: 1) { nodes { number } } }`
    const first = await ask(wide)
    const masked = await ask(wide, { as: 'tax' })
    expect((await ask(wide)).data).toEqual(first.data)
    expect(masked.data).not.toEqual(first.data)
  })
})

describe('who may see', () => {
  test('what another was answered opens nothing: the decision is made before, and masks are laid over afterwards', async () => {
    const fields = 'tax { creditGrade taxpayerKind } market { legalRepresentative { name idNumber } } fx { class }'
    const own = await ask('tax { creditGrade taxpayerKind }', { as: 'tax' })
    expect(own.errors).toBeUndefined()
    await ask(fields)
    calls()
    const portal = await ask('tax { creditGrade } fx { class }', { as: 'portal' })
    expect([portal.data, calls(), portal.extensions?.provenance]).toEqual([
      { enterprise: { tax: { creditGrade: null }, fx: { class: null } } },
      {},
      [],
    ])
    const fx = await ask(fields, { as: 'fx' })
    const { market, tax } = fx.data?.enterprise as { market: { legalRepresentative: object }; tax: object }
    expect(tax).toEqual({ creditGrade: null, taxpayerKind: null })
    expect(JSON.stringify(market.legalRepresentative)).toMatch(/\*/)
  })

  test('a grant that ends opens nothing any more, copy or not', async () => {
    const fields = 'tax { creditGrade }'
    const first = await ask(fields)
    expect(first.errors).toBeUndefined()
    const { db } = running.database
    const set = async (state: string) => {
      await db
        .updateTable('sharing_grant')
        .set({ state: state as 'ACTIVE' })
        .where('item', '=', 'tax.creditGrade')
        .execute()
      await db
        .updateTable('sharing_epoch')
        .set((eb) => ({ epoch: eb('epoch', '+', '1') }))
        .execute()
    }
    await set('SUSPENDED')
    await vi.waitFor(async () => {
      const { data, errors } = await ask(fields)
      expect([data, errors?.map(({ extensions }) => extensions.code)]).toEqual([
        { enterprise: { tax: { creditGrade: null } } },
        ['UNAUTHORIZED_FIELD_OR_TYPE'],
      ])
    }, 5000)
    await set('ACTIVE')
    calls()
    await vi.waitFor(async () => expect((await ask(fields)).data).toEqual(first.data), 5000)
    expect(calls()).toEqual({})
  })

  test('a request for an investigation leaves no copy that others could notice', async () => {
    const unseen: Persona = { as: 'fx', purposes: ['investigation'], purpose: 'investigation' }
    for (const _ of [1, 2]) {
      expect((await ask('fx { class }', unseen)).errors).toBeUndefined()
      expect(calls()).toEqual({ fx: 1 })
    }
    expect(obtained(await ask('fx { class }'))).toEqual({ fx: { freshness: 'live' } })
    const seen = await ask('fx { class }', unseen)
    expect(obtained(seen).fx?.freshness).toBe('cached')
  })
})

test('metrics count what was answered from copies, by department', async () => {
  const said = async () => {
    const text = await (await fetch(`${running.hub.url}/metrics`)).text()
    const lines = text.matchAll(/^hutong_copies_total\{department="postal",outcome="(\w+)"\} (\d+)$/gm)
    return Object.fromEntries([...lines].map(([, outcome = '', count]) => [outcome, Number(count)]))
  }
  const before = await said()
  for (const _ of [1, 2, 3]) await ask('postal { monthlyVolumes { month } }')
  expect(await said()).toEqual({ ...before, hits: (before.hits ?? 0) + 2, misses: (before.misses ?? 0) + 1 })
})

test('the catalogue says of every item how long copies are kept', async () => {
  const { data } = await running.ask(
    { as: 'portal' },
    `{ a: catalogueItem(id: "tax.creditGrade") { freshFor staleFor } b: catalogueItem(id: "customs.declarations") { freshFor staleFor }
       c: catalogueItem(id: "market.registration") { freshFor staleFor } }`,
  )
  expect(data).toEqual({
    a: { freshFor: 43_200, staleFor: 86_400 },
    b: { freshFor: 0, staleFor: 0 },
    c: { freshFor: 0, staleFor: 3600 },
  })
})

// At the end: a breaker that opens in the future stays open once the clock is set back.
describe('a department that is down', () => {
  test('an enterprise keeps its name for an hour, but not who acts for it', async () => {
    const fields = 'market { legalRepresentative { name } }'
    const name = (await ask('name')).data
    running.sandbox.faults.set('market', { kind: 'down', seconds: 3600 })
    later(600)
    const answer = await ask('name')
    expect([answer.data, answer.errors, obtained(answer)]).toEqual([
      name,
      undefined,
      { market: { freshness: 'stale', age: 600, cause: expect.any(String) as string } },
    ])
    expect((await ask(fields)).data).toEqual({ enterprise: { market: null } })
  })

  test('stale within the limit, marked with its age and the cause; then an error', async () => {
    const first = await ask('tax { creditGrade } fx { class }')
    running.sandbox.faults.set('tax', { kind: 'down', seconds: 3600 })
    running.sandbox.faults.set('fx', { kind: 'down', seconds: 3600 })
    const began = Date.now()
    const at = (seconds: number) => {
      vi.setSystemTime(began + seconds * 1000)
      return ask('tax { creditGrade } fx { class }', { ...customs, purposes: ['clearance', String(seconds)] })
    }
    // Grades of tax are renewed once a year, classes of fx on change.
    const stale = await at(3000)
    expect([stale.data, stale.errors]).toEqual([first.data, undefined])
    expect(obtained(stale)).toEqual({
      tax: { freshness: 'cached', age: 3000 },
      fx: { freshness: 'stale', age: 3000, cause: 'unreachable' },
    })
    const partly = await at(80_000)
    const { tax } = first.data?.enterprise as Record<string, unknown>
    expect([partly.data, obtained(partly)]).toEqual([
      { enterprise: { tax, fx: null } },
      { tax: { freshness: 'stale', age: 80_000, cause: 'unreachable' } },
    ])
    expect(partly.errors?.map(({ path, extensions }) => [path, extensions.code])).toEqual([
      [['enterprise', 'fx'], 'DEPARTMENT_UNAVAILABLE'],
    ])
    expect((await at(90_000)).data).toEqual({ enterprise: { tax: null, fx: null } })
  })
})
