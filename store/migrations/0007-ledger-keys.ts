import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // Every key that ever signed; `signed` is by the key before it, null for the first and where that was lost.
  await sql`
    create table ledger_key (
      kid text primary key,
      public_key text not null,
      signed text,
      added_at timestamptz not null default now()
    )`.execute(db)
  await sql`
    create trigger append_only before update or delete or truncate on ledger_key
      for each statement execute function audit_is_append_only()`.execute(db)
  // A process signs again at the same place of its chain when others have gone on.
  await sql`
    alter table audit_checkpoint
      drop constraint audit_checkpoint_pkey,
      add primary key (chain, sequence, signed_at)`.execute(db)
}

export const ledgerKeys: Migration = { up }
