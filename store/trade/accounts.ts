import type pg from 'pg'
import { limitsOf, type Purchase } from '../../rules/trade/annual.ts'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { limitFinding } from '../../rules/trade/match.ts'
import type { Bodies } from './bodies.ts'
import type { MatchRow } from './decide.ts'

/** What counts against a buyer's limits: an import list that matches in all else. */
export interface Purchased {
  /** The print of the buyer's identity number. */
  buyer: string
  year: number
  list: TradeDocument
  /** Quantities of granted returns, by gnum. */
  returned: [gnum: string, qty: string][]
}

/** What the limits say of some lists, and the rows of others that change by it. */
export interface Limited {
  /** By the names of lists. */
  exceeded: Map<string, 'single-limit' | 'annual-limit'>
  others: MatchRow[]
}

const accountsOf = `
  select buyer, year from trade_match where list = any($1::uuid[]) and buyer is not null`

/** Of a buyer and year one process at a time decides; in one order, so that none waits for another that waits for it. */
const hold = `
  select pg_advisory_xact_lock(1953653093, account)
  from (select distinct hashtext(buyer || ' ' || year) as account from unnest($1::text[], $2::smallint[]) as given (buyer, year)
        order by account) as accounts`

const others = `
  select replace(list::text, '-', '') as list, state, result, trade_match.buyer, trade_match.year, purchase, counted,
    document::text as document, month::text as month
  from trade_match join trade_head on trade_head.key = list
  where (trade_match.buyer, trade_match.year) in (select * from unnest($1::text[], $2::smallint[]))
    and list <> all ($3::uuid[])`

interface OtherRow {
  list: string
  state: MatchRow['state']
  result: string
  buyer: string
  year: number
  purchase: string
  counted: string | null
  document: string
  month: string
}

/**
 * Looks at the limits of the buyers of some lists.
 * @param lists their keys, those that are gone among them: what they used of a year is free again
 * @param rows of those that stand, as they are before the limits
 */
export async function limitRows(
  client: pg.PoolClient,
  lists: readonly string[],
  rows: ReadonlyMap<string, MatchRow>,
  bodies: Bodies,
): Promise<Limited> {
  const accounts = new Map<string, [buyer: string, year: number]>()
  const add = (buyer: string, year: number): void => void accounts.set(`${buyer} ${year}`, [buyer, year])
  for (const { purchase } of rows.values()) if (purchase !== null) add(purchase.buyer, purchase.year)
  const before = await client.query<{ buyer: string; year: number }>({
    name: 'trade-accounts',
    text: accountsOf,
    values: [lists],
  })
  for (const { buyer, year } of before.rows) add(buyer, year)
  if (accounts.size === 0) return { exceeded: new Map(), others: [] }
  const held = [...accounts.values()]
  const [buyers, years] = [held.map(([buyer]) => buyer), held.map(([, year]) => year)]
  await client.query({ name: 'trade-hold-accounts', text: hold, values: [buyers, years] })
  const found = await client.query<OtherRow>({ name: 'trade-others', text: others, values: [buyers, years, lists] })
  const documents = await bodies.read(client, found.rows)
  const mine = [...rows.values()].flatMap(({ purchase }) => purchase ?? [])
  const theirs = found.rows.flatMap((row) => {
    const list = documents.get(row.document)
    if (list === undefined) return []
    const returned = JSON.parse(row.purchase) as Purchased['returned']
    return [{ row, purchase: { buyer: row.buyer, year: row.year, list, returned } satisfies Purchased }]
  })
  const verdicts = limitsOf([...mine, ...theirs.map(({ purchase }) => purchase)].map(asPurchase))
  const exceededBy = (list: TradeDocument) => verdicts.get(list.key)?.exceeded ?? null
  return {
    exceeded: new Map(
      mine.flatMap(({ list }) => {
        const exceeded = exceededBy(list)
        return exceeded === null ? [] : [[list.key, exceeded] as const]
      }),
    ),
    others: theirs.flatMap(({ row, purchase }): MatchRow[] => {
      const exceeded = exceededBy(purchase.list)
      const state = exceeded === null ? 'MATCHED' : 'REJECTED'
      if (state === row.state) return []
      const match: MatchRow['result']['match'] =
        exceeded === null ? { state: 'MATCHED' } : { state: 'REJECTED', findings: [limitFinding(exceeded)] }
      const result = { ...(JSON.parse(row.result) as MatchRow['result']), match }
      return [{ list: row.list, state, result, purchase, counted: row.counted }]
    }),
  }
}

const asPurchase = ({ list, returned }: Purchased): Purchase => ({
  list,
  cancelled: false,
  returned: new Map(returned),
})
