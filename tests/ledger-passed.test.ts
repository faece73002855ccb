/** Pages of the ledger where most entries are about what whoever looks does not look for. */
import { expect, test } from 'vitest'
import type { Persona } from './support/harness.ts'
import { customs, idOf, jinhua, page, running, type Page } from './support/ledger-pages.ts'

const taxSteward: Persona = { as: 'tax', roles: ['steward'] }
const uscc = '91330903MYR0064J0R'

/** Asks for the credit grade of one and the registration of another; gives the id of the request. */
async function asks(one: string, other: string): Promise<string> {
  const answer = await running.ask(
    customs,
    `{
      a: enterprise(uscc: "${one}") { tax { creditGrade } }
      b: enterprise(uscc: "${other}") { market { registration { authority } } }
    }`,
  )
  return idOf(answer)
}

test('entries that are passed over take up no place on a page', async () => {
  const wanted: string[] = []
  for (const one of [uscc, jinhua, jinhua, uscc, jinhua, uscc, jinhua, jinhua, jinhua]) {
    const id = await asks(one, one === uscc ? jinhua : uscc)
    if (one === uscc) wanted.unshift(id)
  }
  const filter = { uscc, first: 1 }
  const paged: string[] = []
  for (let after: string | null = null, more = true; more;) {
    const { nodes, pageInfo }: Page = await page(taxSteward, { ...filter, after })
    expect(nodes).toHaveLength(1)
    paged.push(...nodes.map(({ requestId }) => requestId))
    after = pageInfo.endCursor
    more = pageInfo.hasNextPage
  }
  expect(paged).toEqual(wanted)
})

test('where many are passed over a page ends early, and says where to go on', async () => {
  const wanted = await asks(uscc, jinhua)
  const passed = await asks(jinhua, uscc)
  // As if it had been asked over and over, by whoever wants nobody to find what was asked before.
  await running.database.pool.query(
    `with chain as (insert into audit_chain (chain, suite) values (gen_random_uuid(), 'SHA256-Ed25519') returning chain)
     insert into audit_record (chain, sequence, recorded_at, request_id, department, subjects, plan, record, hash)
     select chain.chain, number, recorded_at, request_id, department, subjects, plan, record, hash
     from audit_record, chain, generate_series(1, 2200) as number where request_id = $1`,
    [passed],
  )
  const filter = { uscc, item: 'tax.creditGrade', first: 1 }
  const first = await page(taxSteward, filter)
  expect(first).toMatchObject({ nodes: [], pageInfo: { hasNextPage: true, startCursor: null } })
  const second = await page(taxSteward, { ...filter, after: first.pageInfo.endCursor })
  expect(second.nodes.map(({ requestId }) => requestId)).toEqual([wanted])
})
