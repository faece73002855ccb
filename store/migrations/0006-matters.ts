import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // Of how its application asked for it; the hub itself opens for API alone.
  await sql`
    alter table sharing_grant
      add column mode text not null default 'API' check (mode in ('API', 'BATCH', 'FILE'))`.execute(db)
  await sql`
    update sharing_grant set mode = application.mode from application
    where application.grant_id = sharing_grant.id`.execute(db)

  // Why a grant was ended; until which day (Beijing) a step leaves time.
  await sql`
    alter table matter_step
      add column cause text check (cause in ('MISUSE', 'NEED')),
      add column until text`.execute(db)

  // A key that is sent again must come in the roles it was used in.
  await sql`alter table mutation_key add column roles text[] not null default '{}'`.execute(db)
}

export const matters: Migration = { up }
