import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // Null also for what was answered before this was kept.
  await sql`alter table correction add column answered_late boolean`.execute(db)
}

export const lateReplies: Migration = { up }
