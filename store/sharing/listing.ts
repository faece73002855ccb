/** Lists of matters, read page by page where they lie: what a caller has no part in is neither read nor counted. */
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { List } from '../../rules/page.ts'
import type { Database } from '../schema.ts'
import { actorOf, type Caller } from './matters.ts'

/** The rows of a table that are listed. */
export interface Rows {
  table: 'application' | 'sharing_grant' | 'correction' | 'use_record' | 'catalogue_change'
  /** The column of the time by which the newest come first; by their ids where there is none. */
  newest: string | null
  /** What all of them fulfil. */
  where: () => Promise<readonly RawBuilder<boolean>[]> | readonly RawBuilder<boolean>[]
}

/** In SQL what `maySee` says of one matter. @param consumer @param provider where their ids are found in a row */
export function hasPart(
  caller: Caller,
  consumer: RawBuilder<string>,
  provider: RawBuilder<string>,
): RawBuilder<boolean> {
  const { department } = caller
  const sidesAs = (parties: { consumer: string; provider: string }) => actorOf(caller, parties).sides
  if (sidesAs({ consumer: '', provider: '' }).includes('authority')) return sql`true`
  if (sidesAs({ consumer: department, provider: '' }).length === 0) return sql`false`
  return sql`(${consumer} = ${department} or ${provider} = ${department})`
}

/** @param read what the rows with these ids are to the caller, in any order */
export function listOf<T extends { id: string }>(
  db: Kysely<Database>,
  { table, newest, where }: Rows,
  read: (ids: readonly string[]) => Promise<readonly T[]>,
): List<T> {
  const rows = sql.table(table)
  const id = sql`${sql.ref(`${table}.id`)} collate "C"`
  const place = newest === null ? null : sql`(${sql.ref(`${table}.${newest}`)}, ${id})`
  const order = newest === null ? id : sql`${sql.ref(`${table}.${newest}`)} desc, ${id} desc`
  const beyond = (after: string): RawBuilder<boolean> =>
    place === null
      ? sql`${id} > ${after}`
      : sql`${place} < (select ${sql.ref(newest ?? 'id')}, id from ${rows} as last where last.id = ${after})`
  const all = (conditions: readonly RawBuilder<boolean>[]) =>
    conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `)
  return {
    async page(first, after) {
      const conditions = [...(await where()), ...(after === null ? [] : [beyond(after)])]
      const found = await sql<{ id: string }>`
        select ${sql.ref(`${table}.id`)} from ${rows} where ${all(conditions)} order by ${order} limit ${first + 1}
      `.execute(db)
      const ids = found.rows.slice(0, first).map((row) => row.id)
      const items = new Map((ids.length === 0 ? [] : await read(ids)).map((item) => [item.id, item]))
      return {
        items: ids.flatMap((key) => {
          const item = items.get(key)
          return item === undefined ? [] : [{ key, item }]
        }),
        more: found.rows.length > first,
      }
    },
    async count() {
      const { rows: counted } = await sql<{ all: number }>`
        select count(*)::int as all from ${rows} where ${all(await where())}`.execute(db)
      return counted[0]?.all ?? 0
    },
  }
}
