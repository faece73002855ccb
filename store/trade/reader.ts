/** Reads trade documents and their matches for one request: what is asked for together is read together. */
import DataLoader from 'dataloader'
import type pg from 'pg'
import type { Values } from '../../rules/ceb/message.ts'
import { addDecimals } from '../../rules/decimal.ts'
import { limitsOf } from '../../rules/trade/annual.ts'
import type { PilotZones } from '../../rules/trade/zones.ts'
import type { Direction } from '../../rules/trade/document.ts'
import type { ListEffect } from '../../rules/trade/effect.ts'
import { stands } from '../../rules/trade/match.ts'
import type { DocumentLife, DocumentQuery, StoredDocument, StoredMatch, TradeLife } from './life.ts'
import type { PersonalVault } from './personal-vault.ts'
import { createStatisticsReader, type StatisticsReader } from './statistics-reader.ts'

export interface ListFilter {
  direction: Direction | null
  state: ListEffect['state'] | null
  tradeMode: string | null
  /** YYYYMMDDhhmmss, China's time. */
  from: string | null
  before: string | null
}

export interface TradeReader {
  /** What a query finds, without drafts and deleted ones. */
  find(query: DocumentQuery): Promise<readonly StoredDocument[]>
  /** Current versions by their keys in the tables, without drafts and deleted ones. */
  documents(keys: readonly string[]): Promise<readonly StoredDocument[]>
  /** How far a document has come, by its key in the tables. */
  life(key: string): Promise<DocumentLife | null>
  /** What the prints in a document's head stand for, by its key in the tables. */
  personal(key: string): Promise<Values>
  /** A list's match, by its key in the tables; null before it was matched. */
  match(list: string): Promise<StoredMatch | null>
  /** Lists of a seller by its credit code, those declared last first. */
  listsOf(
    seller: string,
    filter: ListFilter,
    first: number,
    after: string | null,
  ): Promise<{ items: { key: string; item: StoredDocument }[]; more: boolean; end: string | null }>
  /** What a person has bought in a year, in yuan; null where there are too many lists to look at. */
  year(idNumber: string, year: number): Promise<{ used: string | null; lists: number }>
  statistics: StatisticsReader
  /** With the customs offices that they have here. */
  zones: PilotZones
}

/** Lists of a seller that are looked at for one page. */
const mostScanned = 1_000
/** Lists of a person in a year that are summed up. */
const mostOfYear = 2_000

const scan = `
  select replace(scanned.key::text, '-', '') as key, declared_at as "declaredAt",
    ($5::text is null or direction = $5) and ($6::text is null or trade_mode = $6)
      and ($7::text is null or coalesce(state, 'PENDING') = $7) as fits
  from (
    select key, declared_at, direction, trade_mode from trade_head
    where seller = $1 and ($2::text is null or declared_at >= $2) and ($3::text is null or declared_at < $3)
      and ($4::text is null or (declared_at, key) < (split_part($4, ' ', 1), split_part($4, ' ', 2)::uuid))
    order by declared_at desc, key desc limit ${mostScanned}) as scanned
  left join trade_match on list = scanned.key
  order by declared_at desc, scanned.key desc`

const ofYear = `
  select replace(list::text, '-', '') as key, purchase from trade_match where buyer = $1 and year = $2
  limit ${mostOfYear + 1}`

/** One loader for what the life of documents tells of many keys at once. */
const loaderOf = <T>(
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): DataLoader<string, T | null> =>
  new DataLoader(
    async (keys) => {
      const found = await read(keys)
      return keys.map((key) => found.get(key) ?? null)
    },
    { maxBatchSize: 100 },
  )

export function createTradeReader(
  pool: pg.Pool,
  { print }: Pick<PersonalVault, 'print'>,
  life: TradeLife,
  zones: PilotZones,
): TradeReader {
  const found = new DataLoader<DocumentQuery, StoredDocument[], string>((queries) => life.find(queries), {
    maxBatchSize: 100,
    cacheKeyFn: (query) => JSON.stringify(query),
  })
  const lives = loaderOf((keys) => life.statusesOf(keys))
  const personals = loaderOf((keys) => life.personalOf(keys))
  const matches = loaderOf((keys) => life.matchesOf(keys))

  return {
    async find(query) {
      return (await found.load(query)).filter(({ document }) => stands(document))
    },
    async documents(keys) {
      return [...(await life.documentsOf(keys)).values()].filter(({ document }) => stands(document))
    },
    life: (key) => lives.load(key),
    async personal(key) {
      return (await personals.load(key)) ?? {}
    },
    match: (list) => matches.load(list),
    statistics: createStatisticsReader(pool),
    zones,
    async listsOf(seller, { direction, state, tradeMode, from, before }, first, after) {
      const values = [seller, from, before, after, direction, tradeMode, state]
      const { rows } = await pool.query<{ key: string; declaredAt: string; fits: boolean }>({
        name: 'trade-read-lists',
        text: scan,
        values,
      })
      const fitting = rows.filter(({ fits }) => fits)
      const page = fitting.slice(0, first)
      const documents = await life.documentsOf(page.map(({ key }) => key))
      const cursor = (row: { key: string; declaredAt: string }): string => `${row.declaredAt} ${row.key}`
      const last = rows.at(-1)
      const isFull = fitting.length > first
      return {
        items: page.flatMap((row) => {
          const item = documents.get(row.key)
          return item === undefined ? [] : [{ key: cursor(row), item }]
        }),
        more: isFull || rows.length === mostScanned,
        end: isFull || last === undefined ? null : cursor(last),
      }
    },
    async year(idNumber, year) {
      const values = [print(idNumber.toUpperCase()), year]
      const { rows } = await pool.query<{ key: string; purchase: string }>({
        name: 'trade-read-year',
        text: ofYear,
        values,
      })
      if (rows.length > mostOfYear) return { used: null, lists: rows.length }
      const documents = await life.documentsOf(rows.map(({ key }) => key))
      const purchases = rows.flatMap(({ key, purchase }) => {
        const list = documents.get(key)?.document
        const returned = new Map(JSON.parse(purchase) as [string, string][])
        return list === undefined ? [] : [{ list, cancelled: false, returned }]
      })
      const counted = [...limitsOf(purchases).values()].filter(({ exceeded }) => exceeded === null)
      return { used: addDecimals('0', ...counted.map(({ takes }) => takes)), lists: counted.length }
    },
  }
}
