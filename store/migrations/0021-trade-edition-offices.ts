import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The customs offices that an edition was made with, by which LOCAL 本地 is told. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table trade_edition add column offices text[] not null default '{}'`.execute(db)
  // Of the two zones whose offices were known.
  await sql`update trade_edition set offices = '{2921,2922}' where city = '3307'`.execute(db)
  await sql`update trade_edition set offices = '{2941,2942,2943}' where city = '3309'`.execute(db)
}

export const tradeEditionOffices: Migration = { up }
