import { hash } from 'node:crypto'
import type pg from 'pg'
import { isTime } from '../../rules/ceb/meaning.ts'
import { openStatuses, receptionOf } from '../../rules/trade/change.ts'
import { areWithinSixMonths, sixMonthsBack } from '../../rules/trade/contention.ts'
import { timeOfVersion, waybillsOf, type TradeDocument } from '../../rules/trade/document.ts'
import { stands } from '../../rules/trade/match.ts'
import { monthOfDay } from './months.ts'
import type { PersonalVault } from './personal-vault.ts'

/** A document as it is stored in the open: prints stand for its personal values, which lie beside it, closed. */
export const inTheOpen = (document: TradeDocument): TradeDocument => ({ ...document, personal: {} })

/**
 * What became of a document: it is the first of its key, newer than what there was, the same, older, one that may not be
 * changed any more, another's, or one that the database cannot keep.
 */
export type Arrival = 'new' | 'newer' | 'repeated' | 'stale' | 'closed' | 'foreign' | 'unstorable'

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

/** `reused`: what is there is of another waybill, whose number was given out again. */
type Insertion = Omit<Arrived, 'arrival'> & { arrival: Arrival | 'reused' }

/** By what a seller's lists are read. */
const listed = ({ ebcCode, appTime, tradeMode }: TradeDocument['head']) => ({
  seller: ebcCode,
  declared_at: appTime,
  trade_mode: tradeMode,
})

/** One insertion: what became of each document, in their order, and under which number the accepted ones lie. */
export interface Inserted {
  arrivals: (Insertion & { id: string | null })[]
  /** Null where nothing was new or newer. */
  touched: Touched | null
}

/** The first 128 bits of SHA-256, as a UUID: what names a document, an order or a waybill, in the tables. */
export const keyOf = (name: string): string => hash('sha256', name).slice(0, 32)

/**
 * The status for which a stored document may not be changed: of the list, or of the list that declares its order or its
 * waybill; null where it may. What was matched with a list whose cancellation was granted is free for the next one. An
 * application of a summary has one where that let its lists go (standing.ts): another one may have applied for them.
 */
const closedStatus = (stored: string, open: string): string => `
  case
    when ${stored}.role = 'list' then case when ${stored}.status <> all (${open}::text[]) then ${stored}.status end
    when ${stored}.role = 'summary' then ${stored}.status
    when ${stored}.role in ('order', 'payment', 'waybill') then (
      select list.status from trade_head as list
      where list.role = 'list' and list.status <> all (${open}::text[])
        and case when ${stored}.role <> 'waybill' then list.order_key = ${stored}.order_key
          else list.waybill_key = ${stored}.waybill_key and substr(list.version, 2, 8) >= coalesce(${stored}.changes_since, '') end
        and not exists (select from trade_match where trade_match.list = list.key and state = 'CANCELLED')
      limit 1)
  end`

// As the ledger's: one parameter for each list, so that the statement is prepared once; bodies as lines of text, none
// of which is parsed by the database.
const insert = `
  with arriving as materialized (
    select nextval('trade_document_id') as id, entry.*
    from rows from (
      json_to_recordset($1) as (
        key uuid, kind text, role text, direction text, version text, order_key uuid, waybill_key uuid,
        sender text, pre_no text, invt_no text, since text, sealed bytea, seller text, declared_at text, trade_mode text),
      string_to_table($2, E'\\n')
    ) as entry (key, kind, role, direction, version, order_key, waybill_key, sender, pre_no, invt_no, since, sealed,
      seller, declared_at, trade_mode, body)
  ), head as (
    insert into trade_head as stored (key, role, direction, version, document, month, order_key, waybill_key, sender, pre_no, invt_no,
      brought, changes_since, seller, declared_at, trade_mode)
    select key, role, direction, version, id, $3, order_key, waybill_key, sender,
      coalesce(pre_no, 'B' || $6 || lpad((id % 1000000000)::text, 9, '0')), invt_no,
      pre_no is not null, since, seller, declared_at, trade_mode
    from arriving order by key
    on conflict (key) do update set role = excluded.role, direction = excluded.direction, version = excluded.version,
      document = excluded.document, month = excluded.month,
      order_key = excluded.order_key, waybill_key = excluded.waybill_key, invt_no = excluded.invt_no,
      changes_since = excluded.changes_since, left_order = stored.order_key, left_waybill = stored.waybill_key, left_number = stored.invt_no,
      seller = excluded.seller, declared_at = excluded.declared_at, trade_mode = excluded.trade_mode,
      versions = stored.versions + 1
    where stored.version < excluded.version collate "C" and stored.sender = excluded.sender
      and substr(stored.version, 2, 8) >= coalesce(excluded.changes_since, '') and ${closedStatus('stored', '$8')} is null
    returning key, document, versions, pre_no, left_order, left_waybill, left_number
  ), stored as (
    insert into trade_document (id, month, kind, key, sender, version, body, sealed)
    select id, $3, kind, arriving.key, sender, version, body, sealed from arriving join head on head.document = arriving.id
  ), carried as (
    insert into trade_carriage (waybill_key, key, document)
    select distinct given.waybill, head.key, head.document
    from unnest($9::uuid[], $10::uuid[]) as given (key, waybill) join head on head.key = given.key
  ), touched as (
    insert into trade_arrival (orders, waybills, numbers)
    select $4::uuid[] || array(select left_order from head where left_order is not null and left_order <> all ($4::uuid[])),
      $5::uuid[] || array(select left_waybill from head where left_waybill is not null and left_waybill <> all ($5::uuid[])),
      $7::text[] || array(select left_number from head where left_number is not null and left_number <> all ($7::text[]))
    where exists (select from head)
    returning id, orders, waybills, numbers
  )
  select (select json_agg(json_build_array(replace(key::text, '-', ''), document::text, versions, pre_no)) from head) as taken,
    touched.* from (select) as always left join touched on true`

interface InsertedRow extends Omit<Touched, 'id'> {
  id: string | null
  taken: [key: string, document: string, versions: number, preNo: string][] | null
}

/**
 * Inserts documents, each key at most once among them. What is not newer than what there is changes nothing. A document
 * that moves to another order or waybill touches those that it leaves as well.
 * @param day YYYY-MM-DD, in Beijing
 */
export async function insertDocuments(
  pool: pg.Pool | pg.PoolClient,
  vault: PersonalVault,
  documents: readonly (TradeDocument & Sent)[],
  day: string,
): Promise<Inserted> {
  const keys = documents.map(({ key }) => keyOf(key))
  const orders = new Set<string>()
  const waybills = new Set<string>()
  const numbers = new Set<string>()
  const index = documents.map((document, place) => {
    const { kind, role, direction, version, order, waybill, invtNo, head, personal, sender } = document
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
      since: role === 'waybill' && isTime(head.appTime ?? '') ? sixMonthsBack(head.appTime ?? '') : null,
      sealed,
      ...(role === 'list' && stands(document) ? listed(head) : null),
    }
  })
  const bodies = documents.map(({ sender: _sender, ...document }) => JSON.stringify(inTheOpen(document)))
  const carriage = documents.flatMap((document, place) =>
    waybillsOf(document).map((waybill) => ({ key: keys[place] ?? '', waybill: keyOf(waybill) })),
  )
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
      openStatuses,
      carriage.map(({ key }) => key),
      carriage.map(({ waybill }) => waybill),
    ],
  })
  const [row] = rows
  if (row === undefined) throw new TypeError('The insertion of trade documents said nothing.')
  const accepted = new Map(row.taken?.map(([key, ...how]) => [key, how]))
  const before = await storedOf(
    pool,
    keys.filter((key) => !accepted.has(key)),
  )
  return {
    arrivals: documents.map((document, index) => {
      const key = keys[index] ?? ''
      const taken = accepted.get(key)
      if (taken === undefined) return { ...notTaken(document, before.get(key)), id: null }
      const [id, versions, preNo] = taken
      return { arrival: versions === 1 ? 'new' : 'newer', preNo, id }
    }),
    touched: row.id === null ? null : { id: row.id, orders: row.orders, waybills: row.waybills, numbers: row.numbers },
  }
}

/** What is there of a document that was not taken. */
interface StoredVersion {
  key: string
  version: string
  sender: string
  preNo: string
  /** For which it may not be changed; null where it may. */
  status: string | null
}

async function storedOf(pool: pg.Pool | pg.PoolClient, keys: readonly string[]): Promise<Map<string, StoredVersion>> {
  if (keys.length === 0) return new Map()
  const { rows } = await pool.query<StoredVersion>({
    name: 'trade-stored',
    text: `
      select replace(stored.key::text, '-', '') as key, version, sender, pre_no as "preNo", ${closedStatus('stored', '$2')} as status
      from trade_head as stored where key = any($1::uuid[])`,
    values: [keys, openStatuses],
  })
  return new Map(rows.map((row) => [row.key, row]))
}

function notTaken(document: TradeDocument & Sent, stored: StoredVersion | undefined): Insertion {
  if (stored === undefined) throw new TypeError('A document was neither taken nor there.')
  const { version, sender, preNo, status } = stored
  if (isOfAnother(document, version)) return { arrival: 'reused', preNo: '' }
  if (sender !== document.sender) return { arrival: 'foreign', preNo: '' }
  const reception = receptionOf(document, { version }, status)
  // Where it might be changed by now, it might not a moment before.
  return { arrival: reception === 'repeated' || reception === 'stale' ? reception : 'closed', preNo }
}

/** Whether a number was given out again, and what is there is of another waybill. */
const isOfAnother = ({ role, head }: TradeDocument, version: string): boolean =>
  role === 'waybill' && !areWithinSixMonths(head.appTime ?? '', timeOfVersion(version))
