import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // Null also for what came before deliveries were recorded: whether it did, only its two sides know.
  await sql`alter table application
    add column delivered_at timestamptz,
    add column delivered_late boolean`.execute(db)
}

export const deliveries: Migration = { up }
