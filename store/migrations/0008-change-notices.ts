import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // What departments said has changed; `usccs` is null for all of their records.
  await sql`
    create table change_notice (
      department text not null,
      id text not null,
      at timestamptz not null default clock_timestamp(),
      usccs text[],
      primary key (department, id)
    )`.execute(db)
  await sql`create index change_notice_at on change_notice (at)`.execute(db)
}

export const changeNotices: Migration = { up }
