/**
 * Trade documents as they lie in the database, read: current versions, what they were matched with, and how far they have
 * come. Everything takes many at once. What is personal in them stays closed (prints stand for it) until it is asked for
 * by itself.
 */
import type pg from 'pg'
import type { DeclaredKind } from '../../rules/ceb/kinds.ts'
import type { Values } from '../../rules/ceb/message.ts'
import { areWithinSixMonths } from '../../rules/trade/contention.ts'
import {
  isStanding,
  keyNamed,
  kindOf,
  timeOfVersion,
  type CarriageRole,
  type Direction,
  type Role,
  type TradeDocument,
} from '../../rules/trade/document.ts'
import type { ListEffect } from '../../rules/trade/effect.ts'
import type { Numbers } from '../../rules/trade/joining.ts'
import { chainOf, type Chain } from '../../rules/trade/status.ts'
import { keyOf } from './arrivals.ts'
import { Bodies } from './bodies.ts'
import { joinedTo, numberOf, standing, type StoredReceipt } from './joined.ts'
import type { PersonalVault } from './personal-vault.ts'

export type { StoredReceipt } from './joined.ts'

/** The current version of a document. */
export interface StoredDocument {
  /** Names it in the tables: 32 hexadecimal digits. */
  key: string
  /** Personal values are prints; `personal` is empty (see personalOf). */
  document: TradeDocument
  /** preNo 电子口岸编号, given out with the first version unless that brought one. */
  preNo: string
  /** dxpId 传输编号 of whoever declared it first. */
  sender: string
  /** How many versions counted so far, this one among them. */
  versions: number
}

/** How far a document has come. */
export interface DocumentLife {
  /** All that speak of it, also without naming it; ordered by their own time. */
  receipts: readonly StoredReceipt[]
  chain: Chain<StoredReceipt>
  /** invtNo 清单编号 of a list: what it says itself, else what customs' receipts say; null where nobody does. */
  invtNo: string | null
}

/** What a list was matched with. */
export type StoredMatch = Pick<ListEffect, 'state' | 'match' | 'cancellation' | 'returns'> & { decidedAt: Date }

/** Keys of the documents that carry a list's waybill, each in an order of its own. */
export type Carriage = Record<CarriageRole, string[]>

/** What documents are looked for by. */
export type DocumentQuery =
  /** By what names it, e.g. a list 621 by `copNo` and `agentCode`, an order 311 by `ebpCode` and `orderNo`. */
  | { kind: DeclaredKind; names: Values }
  /** By a number of the e-port or of customs; of nobody where several claim it and customs has not said whose it is. */
  | { role: Role; direction: Direction; preNo: string }
  | { role: Role; direction: Direction; invtNo: string }
  /** By its order or waybill (TradeDocument.order, TradeDocument.waybill). */
  | { role: Role; order: string }
  | { role: Role; waybill: string }

export interface TradeLife {
  /**
   * What each query finds, in the order of the queries. By an order or a waybill: what is declared and not deleted, in the
   * order in which its current versions came, one more than `mostFound` at most: whoever makes them up keeps nobody waiting.
   * By what names it or by a number: drafts and deleted ones too.
   */
  find(queries: readonly DocumentQuery[]): Promise<StoredDocument[][]>
  /** Current versions; of keys that are not there nothing. */
  documentsOf(keys: readonly string[]): Promise<Map<string, StoredDocument>>
  /** Receipts and the chain that they make; of keys that are not there nothing. */
  statusesOf(keys: readonly string[]): Promise<Map<string, DocumentLife>>
  /** What lists were matched with; nothing of those that are not matched yet, are drafts or deleted. */
  matchesOf(keys: readonly string[]): Promise<Map<string, StoredMatch>>
  /** What carries the waybills of lists of exports, as far as it is declared and not deleted; of keys that are no lists nothing. */
  carriageOf(keys: readonly string[]): Promise<Map<string, Carriage>>
  /** Opens the personal values of the heads of current versions, by the standard's names of elements. */
  personalOf(keys: readonly string[]): Promise<Map<string, Values>>
  /** Opens what receipts say in words (returnInfo 回执信息), which may name a person; in their order. */
  infosOf(receipts: readonly Pick<StoredReceipt, 'key' | 'digest'>[]): Promise<string[]>
}

const plain = (column: string): string => `replace(${column}::text, '-', '') as key`

const heads = `
  select ${plain('key')}, role, direction, version, document::text as document, month::text as month, pre_no as "preNo",
    invt_no as "invtNo", sender, versions
  from trade_head where key = any($1::uuid[])`

/** Documents of one order or waybill that are looked at; who finds one more knows that they are not all. */
export const mostFound = 50

const ofJoin = (column: string): string => `
  (select key, document from trade_head
    where trade_head.${column} = wanted.${column} and trade_head.role = wanted.role
      and ${standing('version')}
    order by document limit ${mostFound + 1})`

const ofJoins = `
  select ${plain('found.key')}, wanted.place::integer as place
  from unnest($1::text[], $2::uuid[], $3::uuid[]) with ordinality as wanted (role, order_key, waybill_key, place)
  cross join lateral (${ofJoin('order_key')} union all ${ofJoin('waybill_key')}) as found
  order by wanted.place, found.document`

const matches = `select ${plain('list')}, state, result, decided_at as "decidedAt" from trade_match where list = any($1::uuid[])`

const carriage = `
  select ${plain('list.key')}, list.version, replace(carrier.key::text, '-', '') as carrier, carrier.role,
    carrier.version as "carrierVersion"
  from trade_head as list
  left join trade_carriage as carried on carried.waybill_key = list.waybill_key
  left join trade_head as carrier on carrier.key = carried.key and carrier.document = carried.document
    and carrier.direction = list.direction
  where list.key = any($1::uuid[]) and list.role = 'list'
  order by carrier.key`

const sealedOf = `
  select ${plain('trade_head.key')}, sealed from trade_head
  join trade_document on trade_document.id = trade_head.document and trade_document.month = trade_head.month
  where trade_head.key = any($1::uuid[])`

const infos = `
  select ${plain('key')}, digest, sealed from trade_receipt
  where (key, digest) in (select * from unnest($1::uuid[], $2::text[]))`

interface HeadRow {
  key: string
  role: Role
  direction: Direction
  version: string
  document: string
  month: string
  preNo: string
  invtNo: string | null
  sender: string
  versions: number
}

interface CarriageRow {
  key: string
  version: string
  carrier: string | null
  role: CarriageRole | null
  carrierVersion: string | null
}

/** Bodies that are kept for whoever asks again. */
const mostBodies = 1_000

/** @param pool of what answers requests: intake and matching have their own */
export function createTradeLife(pool: pg.Pool, vault: PersonalVault): TradeLife {
  const bodies = new Bodies(mostBodies)

  async function documentsOf(keys: readonly string[]): Promise<Map<string, StoredDocument>> {
    const { rows } = await pool.query<HeadRow>({ name: 'trade-life-heads', text: heads, values: [keys] })
    const found = await bodies.read(pool, rows)
    return new Map(
      rows.flatMap(({ key, document: id, preNo, sender, versions }): [string, StoredDocument][] => {
        const document = found.get(id)
        return document === undefined ? [] : [[key, { key, document, preNo, sender, versions }]]
      }),
    )
  }

  /** Keys by what they were looked for. */
  async function keysFor(queries: readonly DocumentQuery[]): Promise<string[][]> {
    const numbered = queries.flatMap((query) => ('direction' in query ? [query] : []))
    const joining = queries.flatMap((query) => ('order' in query || 'waybill' in query ? [query] : []))
    const [{ owners }, joined] = await Promise.all([
      numbered.length === 0 ? { owners: [] } : joinedTo(pool, [], numbered.map(numbersOf)),
      joining.length === 0
        ? { rows: [] }
        : pool.query<{ key: string; place: number }>({
            name: 'trade-life-joins',
            text: ofJoins,
            values: [
              joining.map(({ role }) => role),
              joining.map((query) => ('order' in query ? keyOf(query.order) : null)),
              joining.map((query) => ('waybill' in query ? keyOf(query.waybill) : null)),
            ],
          }),
    ])
    return queries.map((query) => {
      if ('kind' in query) return [keyOf(keyNamed(query.kind, query.names))]
      if ('direction' in query) return [...(owners[numbered.indexOf(query)] ?? [])].sort().slice(0, mostFound)
      const place = joining.indexOf(query) + 1
      return joined.rows.flatMap((row) => (row.place === place ? row.key : []))
    })
  }

  return {
    documentsOf,
    async find(queries) {
      if (queries.length === 0) return []
      const keys = await keysFor(queries)
      const documents = await documentsOf([...new Set(keys.flat())])
      return keys.map((some) => some.flatMap((key) => documents.get(key) ?? []))
    },
    async statusesOf(keys) {
      const [{ rows }, { receipts }] = await Promise.all([
        pool.query<HeadRow>({ name: 'trade-life-heads', text: heads, values: [keys] }),
        joinedTo(pool, keys),
      ])
      return new Map(
        rows.map(({ key, role, direction, version, invtNo }): [string, DocumentLife] => {
          const theirs = [...(receipts.get(key) ?? [])].sort(byTime)
          const number = role === 'list' ? numberOf(theirs, invtNo) : null
          return [key, { receipts: theirs, chain: chainOf(kindOf(role, direction), version, theirs), invtNo: number }]
        }),
      )
    },
    async matchesOf(keys) {
      const { rows } = await pool.query<{ key: string; state: StoredMatch['state']; result: string; decidedAt: Date }>({
        name: 'trade-life-matches',
        text: matches,
        values: [keys],
      })
      return new Map(
        rows.map(({ key, state, result, decidedAt }) => [
          key,
          {
            ...(JSON.parse(result) as Omit<StoredMatch, 'state' | 'decidedAt'>),
            state,
            decidedAt,
          } satisfies StoredMatch,
        ]),
      )
    },
    async carriageOf(keys) {
      const { rows } = await pool.query<CarriageRow>({ name: 'trade-life-carriage', text: carriage, values: [keys] })
      const found = new Map(rows.map(({ key }): [string, Carriage] => [key, { arrival: [], departure: [], bill: [] }]))
      for (const { key, version, carrier, role, carrierVersion } of rows) {
        if (carrier === null || role === null || carrierVersion === null || !isStanding(carrierVersion)) continue
        if (areWithinSixMonths(timeOfVersion(version), timeOfVersion(carrierVersion)))
          found.get(key)?.[role].push(carrier)
      }
      return found
    },
    async personalOf(keys) {
      const { rows } = await pool.query<{ key: string; sealed: Buffer }>({
        name: 'trade-life-sealed',
        text: sealedOf,
        values: [keys],
      })
      return new Map(rows.map(({ key, sealed }) => [key, vault.open(key, sealed)]))
    },
    async infosOf(receipts) {
      const { rows } = await pool.query<{ key: string; digest: string; sealed: Buffer }>({
        name: 'trade-life-infos',
        text: infos,
        values: [receipts.map(({ key }) => key), receipts.map(({ digest }) => digest)],
      })
      const opened = new Map(
        rows.map(({ key, digest, sealed }) => [`${key} ${digest}`, vault.open(key, sealed).info ?? '']),
      )
      return receipts.map(({ key, digest }) => opened.get(`${key} ${digest}`) ?? '')
    },
  }
}

const numbersOf = (query: Extract<DocumentQuery, { direction: Direction }>): Numbers => ({
  role: query.role,
  direction: query.direction,
  preNo: 'preNo' in query ? query.preNo : null,
  invtNo: 'invtNo' in query ? query.invtNo : null,
  order: null,
})

const byTime = (one: StoredReceipt, other: StoredReceipt): number => {
  const [a, b] = [one, other].map(({ returnTime, key, digest }) => `${returnTime} ${key} ${digest}`) as [string, string]
  return a < b ? -1 : 1
}
