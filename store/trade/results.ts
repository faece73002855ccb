import type pg from 'pg'
import type { Bodies } from './bodies.ts'
import type { MatchRow } from './decide.ts'
import type { Group } from './groups.ts'
import { recount, type Standing } from './statistics.ts'

// What it counts in statistics may change while it comes to the same, as with the time of its clearance.
const results = `
  insert into trade_match as stored (list, state, buyer, year, purchase, counted, result)
  select list, state, buyer, year, purchase, counted, result from rows from (
    json_to_recordset($1) as (list uuid, state text, buyer text, year smallint, purchase text, counted text),
    string_to_table($2, E'\\n')) as entry (list, state, buyer, year, purchase, counted, result)
  order by list
  on conflict (list) do update set state = excluded.state, result = excluded.result, buyer = excluded.buyer,
    year = excluded.year, purchase = excluded.purchase, counted = excluded.counted,
    decided_at = case when (stored.result, stored.state) = (excluded.result, excluded.state)
      then stored.decided_at else now() end
  where (stored.result, stored.state) <> (excluded.result, excluded.state)
    or (stored.buyer, stored.year, stored.purchase, stored.counted)
      is distinct from (excluded.buyer, excluded.year, excluded.purchase, excluded.counted)
  returning replace(list::text, '-', '') as list, decided_at = now() as "isNew"`

const before = `
  select replace(list::text, '-', '') as list, counted from trade_match
  where list = any($1::uuid[]) and state = 'MATCHED' and counted is not null`

// A list that was deleted, or is a draft now, has no result any more.
const remove = `delete from trade_match where list = any($1::uuid[]) returning replace(list::text, '-', '') as list`

/**
 * Stores what lists come to, and what that changes in the statistics. What was decided is held until the transaction ends.
 * @returns keys of the lists that come to something else than before
 */
export async function store(
  client: pg.PoolClient,
  { lists }: Group,
  rows: readonly MatchRow[],
  bodies: Bodies,
): Promise<string[]> {
  const decided = new Set(rows.map(({ list }) => list))
  const gone = lists.map(({ key }) => key).filter((key) => !decided.has(key))
  const found = await client.query<Standing>({ name: 'trade-counted', text: before, values: [[...decided, ...gone]] })
  const removed = gone.length === 0 ? [] : (await client.query<{ list: string }>(remove, [gone])).rows
  const index = rows.map(({ list, state, purchase, counted }) => ({
    list,
    state,
    buyer: purchase?.buyer ?? null,
    year: purchase?.year ?? null,
    purchase: purchase === null ? null : JSON.stringify(purchase.returned),
    counted,
  }))
  const texts = rows.map(({ result }) => JSON.stringify(result))
  const { rows: stored } = await client.query<{ list: string; isNew: boolean }>({
    name: 'trade-results',
    text: results,
    values: [JSON.stringify(index), texts.join('\n')],
  })
  const now = rows.flatMap(({ list, state, counted }) =>
    state === 'MATCHED' && counted !== null ? [{ list, counted }] : [],
  )
  await recount(client, found.rows, now, bodies)
  return [...removed, ...stored.filter(({ isNew }) => isNew)].map(({ list }) => list)
}
