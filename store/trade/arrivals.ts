import { hash } from 'node:crypto'
import type pg from 'pg'
import type { TradeDocument } from '../../rules/trade/document.ts'
import { monthOfDay } from './months.ts'
import type { PersonalVault } from './personal-vault.ts'

/** A document as it is stored in the open: prints stand for its personal values, which lie beside it, closed. */
export const inTheOpen = (document: TradeDocument): TradeDocument => ({ ...document, personal: {} })

/** What became of a document: it is the first of its key, newer than what there was, the same, older, or another's. */
export type Arrival = 'new' | 'newer' | 'repeated' | 'stale' | 'foreign'

/** Who sent a document: dxpId 传输编号. */
export interface Sent {
  sender: string
}

/** Groups of documents that something has come to: those of an order, of a waybill, and of a list's number. */
export interface Touched {
  /** As trade_arrival has it; a bigint as text. */
  id: string
  orders: readonly string[]
  waybills: readonly string[]
  /** invtNo 清单编号. */
  numbers: readonly string[]
}

/** What became of a document, and its preNo 电子口岸编号. */
export interface Arrived {
  arrival: Arrival
  preNo: string
}

/** One insertion: what became of each document, in their order, and under which number the accepted ones lie. */
export interface Inserted {
  arrivals: (Arrived & { id: string | null })[]
  /** Null where nothing was new or newer. */
  touched: Touched | null
}

/** The first 128 bits of SHA-256, as a UUID: what names a document, an order or a waybill, in the tables. */
export const keyOf = (name: string): string => hash('sha256', name).slice(0, 32)

// As the ledger's: one parameter for each list, so that the statement is prepared once; bodies as lines of text, none
// of which is parsed by the database.
const insert = `
  with arriving as materialized (
    select nextval('trade_document_id') as id, entry.*
    from rows from (
      json_to_recordset($1) as (
        key uuid, kind text, role text, direction text, version text, order_key uuid, waybill_key uuid,
        sender text, pre_no text, invt_no text, sealed bytea),
      string_to_table($2, E'\\n')
    ) as entry (key, kind, role, direction, version, order_key, waybill_key, sender, pre_no, invt_no, sealed, body)
  ), head as (
    insert into trade_head as stored (key, role, direction, version, document, month, order_key, waybill_key, sender, pre_no, invt_no)
    select key, role, direction, version, id, $3, order_key, waybill_key, sender,
      coalesce(pre_no, 'B' || $6 || lpad((id % 1000000000)::text, 9, '0')), invt_no
    from arriving order by key
    on conflict (key) do update set role = excluded.role, direction = excluded.direction, version = excluded.version,
      document = excluded.document, month = excluded.month,
      order_key = excluded.order_key, waybill_key = excluded.waybill_key, invt_no = excluded.invt_no,
      left_order = stored.order_key, left_waybill = stored.waybill_key, left_number = stored.invt_no,
      versions = stored.versions + 1
    where stored.version < excluded.version collate "C" and stored.sender = excluded.sender
    returning key, document, versions, pre_no, left_order, left_waybill, left_number
  ), stored as (
    insert into trade_document (id, month, kind, key, sender, version, body, sealed)
    select id, $3, kind, arriving.key, sender, version, body, sealed from arriving join head on head.document = arriving.id
  ), touched as (
    insert into trade_arrival (orders, waybills, numbers)
    select $4::uuid[] || array(select left_order from head where left_order is not null and left_order <> all ($4::uuid[])),
      $5::uuid[] || array(select left_waybill from head where left_waybill is not null and left_waybill <> all ($5::uuid[])),
      $7::text[] || array(select left_number from head where left_number is not null and left_number <> all ($7::text[]))
    where exists (select from head)
    returning id, orders, waybills, numbers
  )
  select array(select replace(key::text, '-', '') from head order by key) as keys,
    array(select document::text from head order by key) as documents,
    array(select versions from head order by key) as versions,
    array(select pre_no from head order by key) as "preNos",
    touched.* from (select) as always left join touched on true`

interface InsertedRow extends Omit<Touched, 'id'> {
  id: string | null
  keys: string[]
  documents: string[]
  versions: number[]
  preNos: string[]
}

/**
 * Inserts documents, each key at most once among them. What is not newer than what there is changes nothing. A document
 * that moves to another order or waybill touches those that it leaves as well.
 * @param day YYYY-MM-DD, in Beijing
 */
export async function insertDocuments(
  pool: pg.Pool,
  vault: PersonalVault,
  documents: readonly (TradeDocument & Sent)[],
  day: string,
): Promise<Inserted> {
  const keys = documents.map(({ key }) => keyOf(key))
  const orders = new Set<string>()
  const waybills = new Set<string>()
  const numbers = new Set<string>()
  const index = documents.map(
    ({ kind, role, direction, version, order, waybill, invtNo, head, personal, sender }, place) => {
      const [orderKey, waybillKey] = [order && keyOf(order), waybill && keyOf(waybill)]
      if (orderKey !== null) orders.add(orderKey)
      if (waybillKey !== null) waybills.add(waybillKey)
      if (invtNo !== null) numbers.add(invtNo)
      const key = keys[place] ?? ''
      const sealed = `\\x${vault.seal(key, personal).toString('hex')}`
      return {
        key,
        kind,
        role,
        direction,
        version,
        order_key: orderKey,
        waybill_key: waybillKey,
        sender,
        pre_no: head.preNo || null,
        invt_no: invtNo,
        sealed,
      }
    },
  )
  const bodies = documents.map((document) => JSON.stringify(inTheOpen(document)))
  const { rows } = await pool.query<InsertedRow>({
    name: 'trade-insert',
    text: insert,
    values: [
      JSON.stringify(index),
      bodies.join('\n'),
      monthOfDay(day),
      [...orders],
      [...waybills],
      day.replaceAll('-', ''),
      [...numbers],
    ],
  })
  const [row] = rows
  if (row === undefined) throw new TypeError('The insertion of trade documents said nothing.')
  const accepted = new Map(row.keys.map((key, place) => [key, place]))
  const before = await versionsOf(
    pool,
    keys.filter((key) => !accepted.has(key)),
  )
  return {
    arrivals: documents.map(({ version, sender }, index) => {
      const key = keys[index] ?? ''
      const place = accepted.get(key)
      if (place === undefined) {
        const there = before.get(key)
        const isTheirs = there === undefined || there.sender === sender
        const arrival = !isTheirs ? 'foreign' : there?.version === version ? 'repeated' : 'stale'
        return { arrival, preNo: isTheirs ? (there?.pre_no ?? '') : '', id: null }
      }
      return {
        arrival: row.versions[place] === 1 ? 'new' : 'newer',
        preNo: row.preNos[place] ?? '',
        id: row.documents[place] ?? null,
      }
    }),
    touched: row.id === null ? null : { id: row.id, orders: row.orders, waybills: row.waybills, numbers: row.numbers },
  }
}

interface VersionRow {
  key: string
  version: string
  sender: string
  pre_no: string
}

async function versionsOf(pool: pg.Pool, keys: readonly string[]): Promise<Map<string, VersionRow>> {
  if (keys.length === 0) return new Map()
  const { rows } = await pool.query<VersionRow>(
    `select replace(key::text, '-', '') as key, version, sender, pre_no from trade_head where key = any($1)`,
    [keys],
  )
  return new Map(rows.map((row) => [row.key, row]))
}
