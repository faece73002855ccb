import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table correction (
      id text primary key,
      consumer text not null,
      provider text not null,
      item text not null,
      coordinate text not null,
      uscc text not null,
      reason text not null,
      evidence text,
      state text not null check (state in ('DISPUTED', 'CORRECTED', 'CONFIRMED', 'WITHDRAWN')),
      disputed_at timestamptz not null,
      reply text,
      answered_at timestamptz
    )`.execute(db)
  // One open dispute for a consumer, field and enterprise; also what every process reads when the epoch goes on.
  await sql`
    create unique index correction_open on correction (uscc, coordinate, consumer) where state = 'DISPUTED'`.execute(db)

  await sql`
    create table use_record (
      id text primary key,
      grant_id text not null references sharing_grant (id),
      reader text not null,
      provider text not null,
      subject text not null,
      scenario text not null,
      process text not null,
      effect text not null,
      storage text not null,
      destruction text,
      used_from timestamptz not null,
      used_to timestamptz not null check (used_to >= used_from),
      recorded_at timestamptz not null default now()
    )`.execute(db)
  await sql`create index use_record_grant on use_record (grant_id, recorded_at)`.execute(db)
  await sql`
    create trigger append_only before update or delete or truncate on use_record
      for each statement execute function audit_is_append_only()`.execute(db)
  // Kept at least 3 years (art. 29, rules/use-record.ts): deletion before that is refused even where retention deletes.
  await sql`
    create function use_record_is_kept() returns trigger language plpgsql as $$
    begin
      if old.recorded_at > now() - interval '3 years' then
        raise exception 'use_record %: kept at least 3 years, DELETE refused', old.id
          using errcode = 'insufficient_privilege';
      end if;
      return old;
    end $$`.execute(db)
  await sql`
    create trigger kept before delete on use_record
      for each row execute function use_record_is_kept()`.execute(db)
}

export const corrections: Migration = { up }
