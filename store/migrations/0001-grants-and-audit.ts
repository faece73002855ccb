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
      created_at timestamptz not null default now()
    )`.execute(db)

  await sql`create table hub_secret (name text primary key, value bytea not null)`.execute(db)

  await sql`
    create table audit_record (
      process_id uuid not null,
      sequence bigint not null check (sequence > 0),
      recorded_at timestamptz not null,
      request_id text not null,
      department text,
      subject text,
      purpose text,
      action text not null,
      operation_name text,
      document_hash text,
      coordinates text[] not null,
      decisions jsonb not null,
      subjects text[] not null,
      departments_called jsonb not null,
      outcome text not null check (outcome in ('answered', 'partial', 'refused', 'failed')),
      error_codes text[] not null,
      duration_ms real not null,
      previous_hash bytea,
      hash bytea,
      primary key (process_id, sequence)
    )`.execute(db)
  await sql`create index audit_record_recorded_at on audit_record (recorded_at)`.execute(db)
  await sql`create index audit_record_department on audit_record (department)`.execute(db)
  // "Who asked about this enterprise?" fastupdate off: a pending list would make one unlucky request pay for many.
  await sql`create index audit_record_subjects on audit_record using gin (subjects) with (fastupdate = off)`.execute(db)

  await sql`
    create function audit_record_is_append_only() returns trigger language plpgsql as $$
    begin
      raise exception 'audit_record is append-only: % refused', tg_op using errcode = 'insufficient_privilege';
    end $$`.execute(db)
  // Per statement, so that even one that would touch no row is refused.
  await sql`
    create trigger audit_record_append_only
      before update or delete or truncate on audit_record
      for each statement execute function audit_record_is_append_only()`.execute(db)
}

export const grantsAndAudit: Migration = { up }
