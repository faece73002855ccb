import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // A change is a version as well: what was published stays, whatever is published after it.
  await sql`
    create table catalogue_change (
      id text primary key,
      provider text not null,
      item text,
      reason text,
      occurred_on text,
      extension_days int,
      state text not null,
      hash text,
      content jsonb,
      submitted_at timestamptz,
      reviewed_at timestamptz,
      created_at timestamptz not null default now(),
      check ((hash is null) = (content is null))
    )`.execute(db)
  await sql`create index catalogue_change_provider on catalogue_change (provider, state, reviewed_at)`.execute(db)
  await sql`
    create function published_stays() returns trigger language plpgsql as $$
    begin
      if old.state = 'PUBLISHED' then
        raise exception 'a published version of the catalogue stays: % refused', tg_op
          using errcode = 'insufficient_privilege';
      end if;
      return case tg_op when 'DELETE' then old else new end;
    end $$`.execute(db)
  await sql`
    create trigger published_stays before update or delete on catalogue_change
      for each row execute function published_stays()`.execute(db)
}

export const catalogue: Migration = { up }
