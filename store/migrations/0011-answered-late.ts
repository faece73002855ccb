import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // Null also for what was answered before this was kept: by which class its term counted is not known any more.
  await sql`alter table application add column answered_late boolean`.execute(db)
}

export const answeredLate: Migration = { up }
