import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // Lists of matters are read page by page: by either side, or all of them, newest first.
  for (const [table, consumer, newest] of [
    ['application', 'consumer', 'created_at'],
    ['correction', 'consumer', 'disputed_at'],
    ['use_record', 'reader', 'recorded_at'],
  ] as const) {
    const order = sql`${sql.ref(newest)} desc, id collate "C" desc`
    for (const side of [consumer, 'provider']) {
      await sql`create index ${sql.raw(`${table}_${side}`)} on ${sql.table(table)} (${sql.ref(side)}, ${order})`.execute(
        db,
      )
    }
    await sql`create index ${sql.raw(`${table}_newest`)} on ${sql.table(table)} (${order})`.execute(db)
  }
  await sql`create index sharing_grant_reader on sharing_grant (reader)`.execute(db)
  await sql`create index sharing_grant_provider on sharing_grant (split_part(item, '.', 1))`.execute(db)
  // What runs: drafts are counted, and terms looked at.
  await sql`create index application_open on application (state, consumer) where state in ('DRAFTED', 'SUBMITTED')`.execute(
    db,
  )
}

export const lists: Migration = { up }
