import type pg from 'pg'
import type { Direction, Role } from '../../rules/trade/document.ts'
import type { Numbers } from '../../rules/trade/joining.ts'
import type { Touched } from './arrivals.ts'
import { Hanging } from './hanging.ts'
import { joinedTo, numberOf, type StoredReceipt } from './joined.ts'
import { settleStatuses } from './statuses.ts'

/** A document as the tables know it; keys without hyphens. */
export interface Head {
  key: string
  role: Role
  direction: Direction
  version: string
  /** Under which number, and in which month, its body lies. */
  document: string
  month: string
  order: string | null
  waybill: string | null
  invtNo: string | null
  /** Of a list, how far it has come, and since when. */
  status: string | null
  statusAt: string | null
}

/** Lists that belong together, and whatever belongs to any of them. */
export interface Group {
  /** Held until the transaction ends, with the numbers that receipts gave them, before those that they say themselves. */
  lists: Head[]
  /** All documents, the lists among them. */
  heads: Head[]
  /** What speaks of the lists, by their keys. */
  receipts: ReadonlyMap<string, readonly StoredReceipt[]>
}

/**
 * Lists that hang together by their orders and waybills are decided together. More than this many nobody declares, and
 * whoever makes them up must not keep the others waiting: those beyond are decided when they are touched themselves.
 */
const mostTogether = 50

/** Lists that are held for several arrivals at once. */
const mostHeld = 5000

/** So much hangs together with several arrivals that each is to be matched by itself. */
export class TooManyTogether extends Error {}

const plain = (column: string): string => `replace(${column}::text, '-', '')`
const columns = `${plain('key')} as key, role, direction, version, document::text as document, month::text as month,
  ${plain('order_key')} as "order", ${plain('waybill_key')} as waybill, invt_no as "invtNo",
  status, status_at as "statusAt"`

const touching = `
  select ${columns} from trade_head
  where role = 'list' and (order_key = any($1::uuid[]) or waybill_key = any($2::uuid[]))`

// In the order of their keys, in one statement, so that two processes that hold the same lists do not wait for each other.
const hold = `${touching} order by trade_head.key for no key update`
const holdKeys = `
  select ${columns} from trade_head where key = any($1::uuid[]) and role = 'list'
  order by trade_head.key for no key update`

const related = `
  select ${columns} from trade_head where order_key = any($1::uuid[])
  union
  select ${columns} from trade_head where waybill_key = any($2::uuid[])
  union
  select ${columns} from trade_head where invt_no = any($3::text[])`

const ofNumbers = `
  select ${plain('order_key')} as "order", ${plain('waybill_key')} as waybill from trade_head
  where role = 'list' and (invt_no = any($1::text[]) or key = any($2::uuid[]))`

const numbersOfLists = (numbers: readonly string[]): Numbers[] =>
  numbers.flatMap((invtNo) =>
    (['import', 'export'] as const).map((direction): Numbers => ({
      role: 'list',
      direction,
      preNo: null,
      invtNo,
      order: null,
    })),
  )

/** Where the locks of a transaction are given up to; its owner sets it at the beginning. */
export const savepoint = 'before_hold'

/**
 * Holds all lists that hang together with what was touched, and reads what belongs to them after that: whoever held them
 * before has committed. Null where there is no list. Throws TooManyTogether where there are more of them than are held
 * for several arrivals.
 */
export async function holdGroup(client: pg.PoolClient, touched: readonly Touched[]): Promise<Group | null> {
  const orders = new Set(touched.flatMap((one) => one.orders.map(withoutHyphens)))
  const waybills = new Set(touched.flatMap((one) => one.waybills.map(withoutHyphens)))
  const numbers = touched.flatMap((one) => one.numbers)
  if (numbers.length > 0) {
    const keys = [...(await joinedTo(client, [], numbersOfLists(numbers))).concerned]
    const { rows } = await client.query<Pick<Head, 'order' | 'waybill'>>({
      name: 'trade-numbers',
      text: ofNumbers,
      values: [numbers, keys],
    })
    addNames(rows, orders, waybills)
  }
  let lists = await listsOf(client, 'trade-hold', hold, [[...orders], [...waybills]])
  // Those that are held may share orders and waybills with others, which are to be held too; all at once, see above.
  const asked = [...[...orders].map(orderName), ...[...waybills].map(waybillName)]
  while (addNames(lists, orders, waybills)) {
    const near = await nearTo(client, lists, asked)
    addNames(near, orders, waybills)
    if (near.length === lists.length) break
    await client.query(`rollback to savepoint ${savepoint}`)
    lists = await listsOf(client, 'trade-hold-keys', holdKeys, [near.map(({ key }) => key)])
  }
  if (lists.length === 0) return null
  if (lists.length > mostHeld && touched.length > 1) throw new TooManyTogether()
  return { lists, ...(await relatedTo(client, lists)) }
}

/**
 * Lists, and all that hang together with any of them; none is held by that.
 * @param known names of which the lists are all there are
 */
async function nearTo(client: pg.PoolClient, lists: readonly Head[], known: readonly string[]): Promise<Head[]> {
  const near = new Map<string, Head>()
  const asked = new Set(known)
  const hanging = new Hanging()
  let found = lists
  while (found.length > 0) {
    for (const list of found) {
      near.set(list.key, list)
      hanging.bear(namesOf(list))
    }
    // What already hangs together with too many others is followed no further, whatever else is touched.
    const next = [...new Set(found.flatMap(namesOf))].filter(
      (name) => !asked.has(name) && hanging.bearers(name) < mostTogether,
    )
    for (const name of next) asked.add(name)
    const keysOf = (kind: string): string[] =>
      next.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length))
    const touched =
      next.length === 0
        ? []
        : await listsOf(client, 'trade-touching', touching, [keysOf(orderName('')), keysOf(waybillName(''))])
    found = touched.filter(({ key }) => !near.has(key))
  }
  return [...near.values()]
}

const orderName = (key: string): string => `order ${key}`
const waybillName = (key: string): string => `waybill ${key}`

/** What a document shares with others of its order and its waybill. */
export const namesOf = ({ order, waybill }: Head): string[] => [
  ...(order === null ? [] : [orderName(order)]),
  ...(waybill === null ? [] : [waybillName(waybill)]),
]

export const withoutHyphens = (key: string): string => key.replaceAll('-', '')

async function listsOf(client: pg.PoolClient, name: string, text: string, values: string[][]): Promise<Head[]> {
  return (await client.query<Head>({ name, text, values })).rows
}

/** Adds the orders and waybills of lists to those that are known; true where there are new ones. */
function addNames(
  lists: readonly Pick<Head, 'order' | 'waybill'>[],
  orders: Set<string>,
  waybills: Set<string>,
): boolean {
  const before = orders.size + waybills.size
  for (const { order, waybill } of lists) {
    if (order !== null) orders.add(order)
    if (waybill !== null) waybills.add(waybill)
  }
  return orders.size + waybills.size > before
}

/** Reads whatever belongs to lists, and gives them the numbers and the status that their receipts say. */
async function relatedTo(client: pg.PoolClient, lists: readonly Head[]): Promise<Omit<Group, 'lists'>> {
  const { receipts } = await joinedTo(
    client,
    lists.map(({ key }) => key),
  )
  await settleStatuses(client, lists, receipts)
  for (const list of lists) list.invtNo = numberOf(receipts.get(list.key), list.invtNo)
  const values = [
    [...new Set(lists.flatMap(({ order }) => order ?? []))],
    [...new Set(lists.flatMap(({ waybill }) => waybill ?? []))],
    lists.flatMap(({ invtNo }) => invtNo ?? []),
  ]
  const { rows } = await client.query<Head>({ name: 'trade-related', text: related, values })
  const numbers = new Map(lists.map(({ key, invtNo }) => [key, invtNo]))
  return { heads: rows.map((head) => ({ ...head, invtNo: numbers.get(head.key) ?? head.invtNo })), receipts }
}
