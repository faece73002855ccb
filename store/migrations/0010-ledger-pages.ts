import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // A department's own requests, and those by each plan that decided on its data, newest first.
  await sql`create index audit_record_department on audit_record (department, recorded_at)`.execute(db)
  await sql`create index audit_record_plan on audit_record (plan, recorded_at)`.execute(db)
}

export const ledgerPages: Migration = { up }
