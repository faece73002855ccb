import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The customs offices that an edition was made with, by which LOCAL 本地 is told. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table trade_edition add column offices text[] not null default '{}'`.execute(db)
}

export const tradeEditionOffices: Migration = { up }
