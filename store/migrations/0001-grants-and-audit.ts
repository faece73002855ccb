import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table sharing_grant (
      id text primary key,
      reader text not null,
      item text not null,
      coordinates text[],
      purpose text not null,
      divisions text[] not null default '{}',
      "full" boolean not null default false,
      requires_mandate boolean not null default false,
      valid_from timestamptz,
      valid_to timestamptz,
      state text not null default 'ACTIVE' check (state in ('ACTIVE', 'SUSPENDED', 'TERMINATED', 'GIVEN_UP')),
      daily_subjects int check (daily_subjects > 0),
      application text,
      created_at timestamptz not null default now()
    )`.execute(db)

  await sql`create table hub_secret (name text primary key, value bytea not null)`.execute(db)

  // The text of `record` is what is hashed; the columns beside it are there to find it by.
  await sql`
    create table audit_record (
      chain uuid not null,
      sequence bigint not null check (sequence > 0),
      recorded_at timestamptz not null,
      request_id text not null,
      department text,
      subjects text[] not null,
      plan text,
      record text not null,
      hash bytea not null,
      primary key (chain, sequence)
    )`.execute(db)
  await sql`create index audit_record_recorded_at on audit_record (recorded_at)`.execute(db)
  // "Who asked about this enterprise?" fastupdate off: a pending list would make one unlucky request pay for many.
  await sql`create index audit_record_subjects on audit_record using gin (subjects) with (fastupdate = off)`.execute(db)

  await sql`
    create table audit_chain (
      chain uuid primary key,
      suite text not null,
      started_at timestamptz not null default now()
    )`.execute(db)
  // What was decided, once for the many requests that share it; named by its hash.
  await sql`create table audit_plan (hash text primary key, plan text not null)`.execute(db)
  await sql`
    create table audit_checkpoint (
      chain uuid not null,
      sequence bigint not null,
      signed text not null,
      signed_at timestamptz not null default now(),
      primary key (chain, sequence)
    )`.execute(db)

  // The retention job alone deletes, and says so beforehand in a record of its own.
  await sql`
    create function audit_is_append_only() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and current_setting('hutong.retention', true) = 'on' then return null; end if;
      raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
    end $$`.execute(db)
  // Per statement, so that even one that would touch no row is refused.
  for (const table of ['audit_record', 'audit_chain', 'audit_plan', 'audit_checkpoint']) {
    await sql`
      create trigger append_only before update or delete or truncate on ${sql.table(table)}
        for each statement execute function audit_is_append_only()`.execute(db)
  }
}

export const grantsAndAudit: Migration = { up }
