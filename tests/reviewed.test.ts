/**
 * A field as policies run it and as the catalogue was published: whatever the two say, for whomever, it is read as far as both
 * allow, each held by itself against what was decided; longer than 300 lines since all that goes by the two is tried on one field.
 */
import { describe, expect, test } from 'vitest'
import type { Catalogue, Entry } from '../auth/catalogue.ts'
import { decide, outcomeFor, type Outcome } from '../auth/decide.ts'
import { readPublished } from '../auth/published.ts'
import type { CatalogueItem, Policy } from '../auth/vocabulary.ts'
import { tellableItems } from '../hub/ledger-parts.ts'
import { policyVersion } from '../hub/policy-version.ts'
import { sharedItems } from '../hub/shared-items.ts'
import type { Grant } from '../rules/grant.ts'
import { stricter, type SharingClass } from '../rules/sharing.ts'
import { catalogue, fuzhou, grant, jinhua } from './support/why.ts'

const classes = ['OPEN', 'UNCONDITIONAL', 'CONDITIONAL', 'WITHHELD'] as const
const coordinate = 'Firm.keeper'

/** The field in an item; null for one that carries no data of an item. */
const entryIn = (item: CatalogueItem | null, masked: boolean, kind: Entry['kind'] = 'data'): Entry => ({
  coordinate,
  owner: 'tax',
  kind,
  item,
  mask: masked ? 'name' : null,
  beneath: [],
  isWhole: false,
})
const itemOf = (id: CatalogueItem['id'], sharing: SharingClass): CatalogueItem => ({
  id,
  zh: id,
  en: id,
  sharing,
  data: [coordinate],
})
const publishing = (id: string, sharing: SharingClass, masked: boolean) => ({
  [id]: { zh: id, sharing, sharingModes: ['API'], legalBasis: null, dataItems: [{ coordinate, masked }] },
})
const catalogueOf = (entry: Entry, published: Catalogue['published'] = null): Catalogue => ({
  published,
  entries: new Map([[entry.coordinate, entry]]),
  items: new Map(),
})

const [here, before, elsewhere] = ['tax.here', 'tax.before', 'customs.before'] as const
const viewers = ['tax', 'customs', 'bank'].flatMap((department) =>
  [null, 'clearance'].flatMap((purpose) =>
    [[], ['35']].map((divisions) => ({ department, purpose, divisions, reads: true })),
  ),
)
const grantsOf = (id: string, reader: string): Grant[][] => {
  const held = (change: Partial<Grant>, name: string) =>
    grant(`${id} ${reader} ${name}`, { item: id, reader, ...change })
  return [
    [],
    [held({}, 'all')],
    [held({ full: true }, 'full')],
    [held({ divisions: ['35'], dailySubjects: 3 }, 'some'), held({ full: true, divisions: ['33'] }, 'others')],
    [held({ requiresMandate: true }, 'mandate')],
    [held({ state: 'SUSPENDED' }, 'suspended')],
    [held({ purpose: 'audit' }, 'audit'), held({ mode: 'FILE' }, 'file')],
  ]
}
const holds = { mandate: new Set([fuzhou]), lapseOf: () => null }
const rankOf = (outcome: Outcome | null | undefined): number =>
  outcome == null ? 0 : outcome.effect === 'MASK' ? 1 : 2

describe('what runs and what was published, in every class, masked or not, in the same item or another', () => {
  const runs = [
    ...classes.flatMap((sharing) => [true, false].map((masked) => entryIn(itemOf(here, sharing), masked))),
    entryIn(null, false, 'door'),
    entryIn(null, false, 'follows'),
  ]
  const stood = [
    null,
    ...[here, before, elsewhere].flatMap((id) =>
      classes.flatMap((sharing) => [true, false].map((masked) => ({ id, sharing, masked }))),
    ),
  ]
  const nameOf = ({ kind, item, mask }: Entry) => `${item?.sharing ?? kind}${mask === null ? '' : ', masked'}`

  test.each(runs.map((entry) => [nameOf(entry), entry] as const))('runs as %s', (_name, entry) => {
    const counts = { same: 0, closed: 0 }
    for (const was of stood) {
      const published = readPublished(was === null ? [] : [publishing(was.id, was.sharing, was.masked)])
      // What was not published is its provider's own; what is no data is so whether it was published or not.
      const asItWas =
        was === null
          ? entry.item === null
            ? entry
            : entryIn(itemOf(here, 'WITHHELD'), false)
          : {
              ...entryIn(itemOf(was.id, was.sharing), was.masked),
              owner: was.id === elsewhere ? ('customs' as const) : ('tax' as const),
            }
      for (const viewer of viewers) {
        const sets = grantsOf(here, viewer.department).flatMap((one) =>
          grantsOf(was === null || was.id === here ? before : was.id, viewer.department).map((other) => [
            ...one,
            ...other,
          ]),
        )
        for (const grants of sets) {
          const quotas = new Map(grants.map(({ id, dailySubjects }) => [id, dailySubjects]))
          const [run, then, decided] = [
            decide(catalogueOf(entry), entry, viewer, grants),
            decide(catalogueOf(asItWas), asItWas, viewer, grants),
            decide(catalogueOf(entry, published), entry, viewer, grants),
          ]
          for (const uscc of [fuzhou, jinhua]) {
            const [one, other, both] = [run, then, decided].map((of) => outcomeFor(of, uscc, holds))
            const [ran = 0, stoodAt = 0, is = 0] = [one, other, both].map(rankOf)
            const told = JSON.stringify([
              was,
              viewer,
              grants.map(({ id }) => id),
              uscc,
              one?.rule,
              other?.rule,
              both?.rule,
            ])
            // Two grants are not held together, and the mask that was is not known.
            const needsTwo = one?.grant != null && other?.grant != null && one.grant !== other.grant
            const maskIsUnknown = ran === 2 && stoodAt === 1
            const least = Math.min(ran, stoodAt)
            if (needsTwo || maskIsUnknown) expect(is, told).toBeLessThanOrEqual(least)
            else expect(is, told).toBe(least)
            if (is < ran) expect(decided.denial.rule, told).toBe('unreviewed')
            counts[is === ran ? 'same' : 'closed'] += 1
            if (both?.grant == null) continue
            // What rests on a grant in either of the two ends with it, and its rule and quota are the grant's.
            expect(both).toMatchObject({ rule: `grant:${both.grant}`, quota: quotas.get(both.grant) ?? null })
            for (const { id } of grants) {
              const lapsed = { ...holds, lapseOf: (grantId: string) => (grantId === id ? ('ended' as const) : null) }
              // At once, or as a plan that is made after it says.
              const without = grants.map((held) => (held.id === id ? { ...held, state: 'SUSPENDED' as const } : held))
              const most = [entry, asItWas].map((of, i) =>
                Math.max(
                  rankOf(outcomeFor([run, then][i] ?? run, uscc, lapsed)),
                  rankOf(outcomeFor(decide(catalogueOf(of), of, viewer, without), uscc, holds)),
                ),
              )
              expect(rankOf(outcomeFor(decided, uscc, lapsed)), `${told} without ${id}`).toBeLessThanOrEqual(
                Math.min(...most),
              )
            }
          }
        }
      }
    }
    expect([counts.same > 0, counts.closed > 0]).toEqual([true, true])
  })
})

describe('why it is denied', () => {
  const customs = { department: 'customs', purpose: 'clearance', divisions: [], reads: true }
  const entry = entryIn(itemOf(here, 'UNCONDITIONAL'), false)
  const said = (of: Entry, published: Parameters<typeof readPublished>[0], grants: Grant[] = []) => {
    const { outcomes, denial } = decide(catalogueOf(of, readPublished(published)), of, customs, grants)
    return outcomes.map(({ effect, rule }) => `${effect} ${rule}`).join(', ') || `${denial.rule}: ${denial.reason}`
  }
  const unseen = 'the authority has not reviewed the policies that run here (政务数据共享条例 art. 17)'
  const conditional = entryIn(itemOf(here, 'CONDITIONAL'), false)
  test.each<[string, string, string]>([
    ['not published', said(entry, []), `unreviewed: Firm.keeper does not stand in the published catalogue: ${unseen}`],
    [
      'in another class',
      said(entry, [publishing(here, 'WITHHELD', false)]),
      `unreviewed: tax.here (tax.here) was published as WITHHELD 不予共享, not as UNCONDITIONAL 无条件共享: ${unseen}`,
    ],
    [
      'withheld, where a grant is needed for it now: there is nothing to apply for yet',
      said(conditional, [publishing(here, 'WITHHELD', false)]),
      `unreviewed: tax.here (tax.here) was published as WITHHELD 不予共享, not as CONDITIONAL 有条件共享: ${unseen}`,
    ],
    [
      'in another item',
      said(entry, [publishing(before, 'CONDITIONAL', false)]),
      `unreviewed: Firm.keeper was published in tax.before (tax.before), not in tax.here: ${unseen}`,
    ],
    [
      'in an item, and in none here',
      said(entryIn(null, false, 'follows'), [publishing(here, 'CONDITIONAL', false)]),
      `unreviewed: Firm.keeper was published in tax.here (tax.here), and stands in no item here: ${unseen}`,
    ],
    [
      'masked, and in full here',
      said(conditional, [publishing(here, 'CONDITIONAL', true)], [grant('g', { item: here })]),
      `unreviewed: Firm.keeper was published masked 脱敏, not in full: ${unseen}`,
    ],
    [
      'unmasked, and masked for those without a grant here',
      said(entryIn(itemOf(here, 'CONDITIONAL'), true), [publishing(here, 'CONDITIONAL', false)]),
      `unreviewed: Firm.keeper was not published as shown masked 脱敏 to departments without a grant: ${unseen}`,
    ],
    [
      'more open than it runs: what runs says why',
      said(conditional, [publishing(here, 'OPEN', false)]),
      'no-grant: customs holds no grant for tax.here (tax.here), which is shared conditionally 有条件共享',
    ],
    [
      'withheld here, and not published',
      said(entryIn(itemOf(here, 'WITHHELD'), false), []),
      'withheld: tax.here (tax.here) is not shared 不予共享: ',
    ],
    [
      'in full, and masked here: what runs masks',
      said(
        entryIn(itemOf(here, 'CONDITIONAL'), true),
        [publishing(here, 'CONDITIONAL', false)],
        [grant('g', { item: here })],
      ),
      'MASK grant:g',
    ],
    ['as it runs', said(entry, [publishing(here, 'UNCONDITIONAL', false)]), 'ALLOW unconditional'],
    [
      'for a grant, and for every department here: by the grant, as it was',
      said(entry, [publishing(here, 'CONDITIONAL', false)], [grant('g', { item: here })]),
      'ALLOW grant:g',
    ],
  ])('%s', (_what, is, wanted) => {
    expect(is).toBe(wanted)
  })
})

test('what cannot be read of the published catalogue counts as not published', () => {
  const good = publishing(here, 'OPEN', false)[here]
  const bad = [
    'text',
    null,
    { ...good, sharing: 'toString' },
    { ...good, sharing: undefined },
    { ...good, sharingModes: 'API' },
    { ...good, dataItems: {} },
    { ...good, dataItems: [{ coordinate, masked: 'no' }] },
    { ...good, dataItems: [{ masked: true }] },
    { ...good, dataItems: ['Firm.keeper'] },
  ]
  for (const said of bad) {
    const { items, fields, unreadable } = readPublished([{ [here]: said }])
    expect([said, items.size, fields.size, unreadable]).toEqual([said, 0, 0, [here]])
  }
  expect(readPublished([{ 'nobody.here': good }]).unreadable).toEqual(['nobody.here'])
  expect(readPublished([{ [here]: good }, { [before]: { ...good, dataItems: [] } }])).toMatchObject({ unreadable: [] })
})

test('a field that stands in two published items counts by the stricter, in whichever order they come', () => {
  const entry = entryIn(itemOf(here, 'OPEN'), false)
  const portal = { department: 'portal', purpose: null, divisions: [], reads: true }
  const standings = classes.flatMap((one) => classes.map((other) => [one, other] as const))
  for (const [one, other] of standings) {
    const sections = [publishing(here, one, false), publishing(elsewhere, other, false)]
    const orders = [sections, sections.toReversed(), [Object.assign({}, ...sections) as Record<string, unknown>]]
    const found = orders.map((order) => {
      const published = readPublished(order)
      const field = published.fields.get(coordinate)
      const { outcomes } = decide(catalogueOf(entry, published), entry, portal, [])
      return [field?.item.id, field?.item.sharing, outcomes.length > 0]
    })
    const wanted = stricter(one, other)
    // Of two in the same class the first by its id.
    const id = other === wanted ? elsewhere : here
    expect([one, other, ...found]).toEqual([one, other, ...orders.map(() => [id, wanted, wanted === 'OPEN'])])
  }
})

test('what was published in an item that is withheld is recorded under it, which nobody is told of, wherever it runs', () => {
  const runs = entryIn(itemOf(here, 'OPEN'), false)
  const above: Entry = { ...runs, coordinate: 'Firm.book', kind: 'container', beneath: [coordinate], isWhole: true }
  const customs = { department: 'customs', purpose: 'clearance', divisions: [], reads: true }
  const items = (...published: Parameters<typeof readPublished>[0]) => {
    const decided = {
      ...catalogueOf(runs, readPublished(published)),
      entries: new Map([runs, above].map((entry) => [entry.coordinate, entry])),
    }
    return [runs, above].map((entry) => decide(decided, entry, customs, []).item)
  }
  expect(items(publishing(before, 'WITHHELD', false))).toEqual([before, before])
  expect(tellableItems(readPublished([publishing(before, 'WITHHELD', false)])).has(before)).toBe(false)
  expect(items(publishing(before, 'OPEN', false))).toEqual([here, here])
  expect(items(publishing(here, 'WITHHELD', false))).toEqual([here, here])
  expect(items()).toEqual([here, here])
})

test('attack 6: policies have another version with every publication that decides, and the same in any order', () => {
  const policies: Policy[] = []
  const version = (...contents: Parameters<typeof readPublished>[0]) =>
    policyVersion(policies, readPublished(contents), 'g')
  const [one, other] = [publishing(here, 'OPEN', false), publishing(before, 'CONDITIONAL', true)]
  const moved = { ...other, [before]: { ...other[before], dataItems: [{ coordinate: 'Firm.name', masked: true }] } }
  const versions = [
    version(),
    version(one),
    version(other),
    version(publishing(here, 'CONDITIONAL', false)),
    version(publishing(here, 'OPEN', true)),
    version({ ...one, ...moved }),
    policyVersion(policies, readPublished([one]), 'h'),
  ]
  expect(new Set(versions).size).toBe(versions.length)
  expect(version({ ...one, ...moved })).toBe(version({ ...moved, ...one }))
  const reworded = { [here]: { ...one[here], conditions: '另一条件' } }
  expect(version(reworded)).toBe(version(one))
})

test('what may be applied for is what both share', () => {
  const item = 'tax.refunds'
  const run = sharedItems(catalogue, () => null)(item)
  const fields = run?.coordinates ?? []
  const content = (change: Record<string, unknown> = {}, held: readonly string[] = fields) => ({
    [item]: {
      zh: '退税',
      sharing: 'CONDITIONAL',
      sharingModes: ['API', 'FILE'],
      legalBasis: null,
      dataItems: held.map((name) => ({ coordinate: name, masked: false })),
      ...change,
    },
  })
  const asked = (published: ReturnType<typeof content>) =>
    sharedItems(catalogue, () => readPublished([published]))(item)
  expect(asked(content())).toEqual(run)
  expect(asked(content({ sharing: 'OPEN' }))).toEqual(run)
  // The term is that of the class in force.
  expect(asked(content({ sharing: 'UNCONDITIONAL' }))).toEqual({ ...run, answeredAs: 'UNCONDITIONAL' })
  const forAll = 'tax.exportRefundClass'
  const closed = content()[item]
  expect(sharedItems(catalogue, () => readPublished([{ [forAll]: closed }]))(forAll)).toMatchObject({
    sharing: 'CONDITIONAL',
    answeredAs: 'CONDITIONAL',
  })
  expect(asked(content({ sharing: 'WITHHELD', legalBasis: '示例法' }))).toEqual({
    ...run,
    sharing: 'WITHHELD',
    answeredAs: 'WITHHELD',
    legalBasis: run?.legalBasis ?? '示例法',
  })
  expect(asked(content({ sharingModes: ['FILE'] }))).toEqual({ ...run, sharingModes: [] })
  expect(asked(content({}, fields.slice(1)))).toEqual({ ...run, coordinates: fields.slice(1) })
  expect(sharedItems(catalogue, () => readPublished([]))(item)).toEqual(run)
})
