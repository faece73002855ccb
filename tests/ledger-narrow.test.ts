/** What is looked for in the ledger stays within what the caller may see: that there is an entry tells nothing of the rest. */
import { describe, expect, test } from 'vitest'
import type { Persona } from './support/harness.ts'
import {
  customs,
  enterprise,
  fuzhou,
  idOf,
  jinhua,
  names,
  page,
  running,
  sanming,
  seen,
  type Entry,
  type Page,
} from './support/ledger-pages.ts'

const taxSteward: Persona = { as: 'tax', roles: ['steward'] }
const both = (fields: string): string => `{ enterprises(usccs: ["${fuzhou}", "${sanming}"]) { ${fields} } }`
const nothing = {
  nodes: [],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
}

describe('an enterprise', () => {
  test('that looks for another hears nothing of a request in which both were', async () => {
    const id = idOf(await running.ask({ as: 'portal' }, both('name')))
    const { nodes } = await page(enterprise, { first: 1 })
    expect(nodes.map(({ requestId, uses }) => [requestId, uses.map(({ uscc }) => uscc)])).toEqual([[id, [fuzhou]]])
    expect(await page(enterprise, { uscc: sanming })).toEqual(nothing)
    expect(await page(enterprise, { uscc: sanming, item: 'market.registration' })).toEqual(nothing)
    expect((await page(enterprise, { uscc: fuzhou, first: 1 })).nodes).toEqual(nodes)
  })

  test('with a mandate for two may look for each', async () => {
    const two: Persona = { as: 'portal', mandate: [fuzhou, sanming] }
    const codes = async (uscc: string): Promise<string[]> =>
      (await page(two, { uscc, first: 100 })).nodes.flatMap(({ uses }) => uses.map((use) => use.uscc))
    expect(new Set(await codes(fuzhou))).toEqual(new Set([fuzhou]))
    expect(new Set(await codes(sanming))).toEqual(new Set([sanming]))
    expect(await page(two, { uscc: jinhua })).toEqual(nothing)
  })
})

test('an enterprise hears nothing of what is withheld: no entry, no page, no filter tells of it', async () => {
  const uscc = '91350104MYW0260W10'
  const asks = (as: 'fx' | 'customs', fields: string) =>
    running.ask({ as }, `{ enterprise(uscc: "${uscc}") { ${fields} } }`)
  const reports = 'suspiciousTransactionReports { reportedOn }'
  const known = idOf(await asks('fx', 'fx { class }'))
  const own = await asks('fx', `fx { ${reports} }`)
  expect(own.errors).toBeUndefined()
  const denied = await asks('customs', `fx { ${reports} }`)
  expect(denied.errors?.map(({ extensions }) => extensions.reason)).toEqual(['withheld'])
  const mixed = idOf(await asks('customs', `fx { class ${reports} }`))

  const it: Persona = { as: 'portal', mandate: [uscc] }
  const told = async (filter: Record<string, unknown>): Promise<unknown[]> =>
    (await page(it, filter)).nodes.map(({ requestId, uses }) => [requestId, uses.map(({ item }) => item)])
  expect(await told({})).toEqual([
    [mixed, ['fx.class']],
    [known, ['fx.class']],
  ])
  // Nor does how the request ended.
  expect((await page(it)).nodes.map(({ outcome }) => outcome)).toEqual(['answered', 'answered'])
  // The entries between the two take up no place on a page.
  const { pageInfo, nodes } = await page(it, { first: 1 })
  expect(nodes.map(({ requestId }) => requestId)).toEqual([mixed])
  expect(await told({ first: 1, after: pageInfo.endCursor })).toEqual([[known, ['fx.class']]])
  expect((await page(it, { first: 2 })).pageInfo.hasNextPage).toBe(false)
  for (const filter of [{}, { uscc }, { department: 'fx' }]) {
    expect(await page(it, { ...filter, item: 'fx.suspiciousTransactionReports' })).toEqual(nothing)
  }
  // Its own department and the auditor have it on record.
  const ofFx = (await page({ as: 'fx' }, { item: 'fx.suspiciousTransactionReports' })).nodes
  expect(ofFx.map(({ requestId }) => requestId)).toEqual([mixed, idOf(denied), idOf(own)])
})

describe('a department', () => {
  test("that looks for another department's item hears of its own requests alone", async () => {
    // In the request of customs were items of tax and of market; tax looks for those of market.
    expect(await names(taxSteward)).toEqual(['clearance', 'refunds'])
    expect(await names(taxSteward, { item: 'market.legalRepresentative' })).toEqual([])
    expect(await names(taxSteward, { item: 'tax.creditGrade' })).toEqual(['clearance'])
    // Of its own requests it sees all.
    expect(await names(taxSteward, { item: 'customs.declarations' })).toEqual(['refunds'])
    expect(await names({ as: 'customs' }, { item: 'market.legalRepresentative' })).toEqual(['clearance'])
    expect(await names({ as: 'customs' }, { item: 'customs.declarations' })).toEqual(['refunds'])
  })
})

const uses = (entry: Entry): string => JSON.stringify(entry.uses.map(({ uscc, item }) => [uscc, item]))

test('whoever looks for whatever: of what is not its own request there is no entry without a use that it may see', async () => {
  await running.ask(customs, both('market { legalRepresentative { name } } tax { creditGrade } fx { class }'))
  await running.ask({ as: 'fx', purpose: 'settlement' }, both('tax { exportRefundClass } customs { creditGrade }'))
  const readers: Persona[] = [
    ...(['customs', 'tax', 'fx', 'market', 'postal', 'commerce', 'bank'] as const).map((as) => ({ as })),
    ...[[fuzhou], [sanming], [jinhua], [fuzhou, jinhua]].map((mandate) => ({ as: 'portal' as const, mandate })),
  ]
  const items = [undefined, 'tax', 'tax.creditGrade', 'market.legalRepresentative', 'market.registration', 'fx.class']
  const wanted = [undefined, fuzhou, sanming, jinhua].flatMap((uscc) =>
    items.flatMap((item) => [undefined, 'customs'].map((department) => ({ uscc, item, department }))),
  )
  const empty: unknown[] = []
  let shown = 0
  for (const reader of readers) {
    for (const filter of wanted) {
      const { nodes } = await page(reader, { ...filter, first: 100 })
      shown += nodes.length
      const bare = nodes.filter((entry) => entry.department !== reader.as && entry.uses.length === 0)
      empty.push(...bare.map((entry) => [reader, filter, entry.requestId, uses(entry)]))
    }
  }
  expect(empty).toEqual([])
  expect(shown).toBeGreaterThan(100)
})

test('pages are full, and end where there is no more', async () => {
  for (const [who, filter] of [
    [taxSteward, { item: 'tax.creditGrade' }],
    [enterprise, { uscc: fuzhou }],
    [{ as: 'market' }, { item: 'market.registration' }],
  ] satisfies [Persona, Record<string, unknown>][]) {
    const until = new Date().toISOString()
    const whole = (await page(who, { ...filter, first: 100, to: until })).nodes.map(({ requestId }) => requestId)
    const paged: string[] = []
    let after: string | null = null
    for (;;) {
      const { nodes, pageInfo }: Page = await page(who, { ...filter, first: 1, after, to: until })
      expect(nodes).toHaveLength(1)
      paged.push(...nodes.map(({ requestId }) => requestId))
      after = pageInfo.endCursor
      if (!pageInfo.hasNextPage) break
    }
    expect(whole.length).toBeGreaterThan(1)
    expect(paged).toEqual(whole)
  }
  expect((await seen(taxSteward)).length).toBe(2)
})
