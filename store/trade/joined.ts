/** Receipts 回执 with the documents that they speak of, named or not (rules/trade/joining.ts). */
import type pg from 'pg'
import { ownersOf, type Numbered, type Numbers, type Purpose } from '../../rules/trade/joining.ts'
import type { StatusReceipt } from '../../rules/trade/status.ts'

/** A receipt as it is stored; what it says in words is sealed, and opened by itself (TradeLife.infosOf). */
export interface StoredReceipt extends StatusReceipt {
  /** Names it, with `digest`: a key of the tables. */
  key: string
  digest: string
  /** Numbers that customs gave; null where it does not say. */
  preNo: string | null
  invtNo: string | null
  /** Whether it names its document; else that is told by numbers, and may be another one once customs says so. */
  named: boolean
}

/** What was asked for, both in the order of asking. */
export interface Joined {
  /** Receipts by the keys of the documents; none where there is none. */
  receipts: ReadonlyMap<string, readonly StoredReceipt[]>
  /** Keys of the documents that each number is of. */
  owners: readonly ReadonlySet<string>[]
  /** Keys of all documents to which one of the numbers was given, by whomever. */
  concerned: ReadonlySet<string>
}

/** Of a version in a column: declared and not deleted, as isStanding says of one. */
export const standing = (column: string): string => `(${column} like '1%' and substr(${column}, 16, 1) <> '3')`

const numberless = `null::text, null::text, null::text`

// Each number is looked up by its index (what has an offset is not merged into a join): before the tables are analyzed the
// planner thinks little of indexes, and would hold every receipt against every number.
// Whatever is linked to what was asked for through receipts without a name, and then who those numbers were given to. Of
// senders who claim one number the first counts; the second is told of it, since it may be the first by now.
// An application that was withdrawn claims none: whoever does not apply for anything is granted nothing.
const statement = `
  with recursive asked as (
    select key, role, direction, pre_no, invt_no, order_key, brought from trade_head where key = any($1::uuid[])
  ), named as (
    select found.* from unnest($1::uuid[]) as given (key) cross join lateral (
      select key, digest, guid, status, at, role, direction, pre_no, invt_no from trade_receipt
      where key = given.key and named offset 0
    ) as found
  ), numbers as (
    select role, direction, pre_no, invt_no, order_key from asked
    union
    select role, direction, pre_no, invt_no, null from named where pre_no is not null or invt_no is not null
    union
    select * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[])
  ), near as (
    select found.* from numbers cross join lateral (
      select key, digest, guid, status, at, role, direction, pre_no, invt_no, order_key from trade_receipt
      where not named and role = numbers.role and direction = numbers.direction
        and (pre_no = numbers.pre_no or invt_no = numbers.invt_no or order_key = numbers.order_key)
      offset 0
    ) as found
    union
    select found.* from near cross join lateral (
      select key, digest, guid, status, at, role, direction, pre_no, invt_no, order_key from trade_receipt
      where not named and role = 'list' and near.role = 'list' and direction = near.direction
        and (pre_no = near.pre_no or invt_no = near.invt_no)
      offset 0
    ) as found
  ), linked as (
    select distinct role, direction, pre_no, invt_no, order_key from near
    union
    select * from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[])
  ), words as (
    select distinct found.* from linked cross join lateral (
      select key, role, direction, pre_no, invt_no from trade_receipt
      where named and role = linked.role and direction = linked.direction
        and (pre_no = linked.pre_no or invt_no = linked.invt_no)
      offset 0
    ) as found
  ), claims as (
    select distinct found.* from linked cross join lateral (
      (select head.key, role, direction, pre_no, null::text as invt_no, null::uuid as order_key, brought, received_at, id
       from trade_head as head join trade_document as said on said.id = head.document and said.month = head.month
       where pre_no = linked.pre_no and role in ('list', 'cancellation', 'return', 'delivery')
         and role = linked.role and direction = linked.direction order by brought, received_at, id limit 2)
      union all
      (select head.key, role, direction, null, invt_no, null, true, received_at, id
       from trade_head as head join trade_document as said on said.id = head.document and said.month = head.month
       where invt_no = linked.invt_no and role = linked.role and direction = linked.direction
         and (role = 'list' or ${standing('head.version')})
       order by received_at, id limit 2)
      union all
      (select head.key, role, direction, null, null, order_key, true, received_at, id
       from trade_head as head join trade_document as said on said.id = head.document and said.month = head.month
       where order_key = linked.order_key and role = linked.role and direction = linked.direction
       order by received_at, id limit 2)
    ) as found
  )
  select 'named' as what, replace(key::text, '-', '') as key, digest, guid, status, at, role, direction,
    pre_no as "preNo", invt_no as "invtNo", null as order, false as brought, 0 as place from named
  union all
  select 'unnamed', replace(key::text, '-', ''), digest, guid, status, at, role, direction, pre_no, invt_no,
    order_key::text, false, 0 from near
  union all
  select 'customs', replace(key::text, '-', ''), ${numberless}, null, role, direction, pre_no, invt_no, null,
    false, 0 from words
  union all
  select 'claim', replace(key::text, '-', ''), ${numberless}, null, role, direction, pre_no, invt_no,
    order_key::text, brought, (row_number() over (order by received_at, id))::int from claims`

interface Row extends Numbers {
  what: 'named' | 'unnamed' | 'customs' | 'claim'
  key: string
  digest: string
  guid: string
  status: string
  at: string
  brought: boolean
  place: number
}

/**
 * Reads, in one statement, the receipts of documents, and the documents of numbers.
 * @param keys of documents, without hyphens
 * @param numbers `order` is a key of the tables; each says one number at least
 * @param purpose for which the documents of the numbers are read
 */
export async function joinedTo(
  client: pg.Pool | pg.PoolClient,
  keys: readonly string[],
  numbers: readonly Numbers[] = [],
  purpose: Purpose = 'find',
): Promise<Joined> {
  const asked = numbers.map((each): Numbers => ({ ...each, order: plainOf(each.order) }))
  const { rows } = await client.query<Row>({
    name: 'trade-joined',
    text: statement,
    values: [
      keys,
      asked.map(({ role }) => role),
      asked.map(({ direction }) => direction),
      asked.map(({ preNo }) => preNo),
      asked.map(({ invtNo }) => invtNo),
      asked.map(({ order }) => order),
    ],
  })
  const of = (what: Row['what']): Row[] => rows.filter((row) => row.what === what)
  const unnamed = of('unnamed').map((row) => ({ ...row, order: plainOf(row.order) }))
  const claims = of('claim').map((row): Numbered => {
    const by = row.preNo !== null && !row.brought ? 'hub' : 'sender'
    return { ...numbersOf(row), document: row.key, by, place: row.place }
  })
  const words = of('customs').map((row): Numbered => ({
    ...numbersOf(row),
    document: row.key,
    by: 'customs',
    place: 0,
  }))
  const numbered = [...words, ...claims]
  const joined = ownersOf<Numbers>(unnamed, numbered)
  const owners = ownersOf<Numbers>([...unnamed, ...asked], numbered, purpose)
  const receipts = new Map(keys.map((key): [string, StoredReceipt[]] => [key, []]))
  for (const row of of('named')) receipts.get(row.key)?.push(receiptOf(row, true))
  for (const row of unnamed) for (const key of joined.get(row) ?? []) receipts.get(key)?.push(receiptOf(row, false))
  return {
    receipts,
    owners: [...owners.values()].slice(unnamed.length),
    concerned: new Set([...words, ...claims].map(({ document }) => document)),
  }
}

const plainOf = (order: string | null): string | null => order?.replaceAll('-', '') ?? null

const numbersOf = ({ role, direction, preNo, invtNo, order }: Row): Numbers => ({
  role,
  direction,
  preNo,
  invtNo,
  order: plainOf(order),
})

const receiptOf = ({ key, digest, guid, status, at, preNo, invtNo }: Row, named: boolean): StoredReceipt => ({
  key,
  digest,
  guid,
  returnStatus: status,
  returnTime: at,
  preNo,
  invtNo,
  named,
})

/** The number 清单编号 that a list goes by: what customs gave it in its receipts, else its own; null where it has neither. */
export const numberOf = (
  receipts: readonly Pick<StoredReceipt, 'invtNo'>[] | undefined,
  own: string | null,
): string | null => receipts?.flatMap(({ invtNo }) => invtNo ?? []).sort()[0] ?? own
