/**
 * What was first written into 0001 itself: grants that can be suspended, and records that are chained. It stands between
 * 0001 and 0002, which build on it, and is for databases of both forms: one that has all this already is left as it is.
 */
import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { canonical, type Json } from '../canonical.ts'
import { itemsOfFirstRelease } from './first-release-items.ts'

const page = 1_000

async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table sharing_grant
      add column if not exists state text not null default 'ACTIVE'
        check (state in ('ACTIVE', 'SUSPENDED', 'TERMINATED', 'GIVEN_UP')),
      add column if not exists daily_subjects int check (daily_subjects > 0),
      add column if not exists application text`.execute(db)

  const { rows: old } = await sql`
    select from information_schema.columns
    where table_schema = current_schema() and table_name = 'audit_record' and column_name = 'process_id'`.execute(db)
  if (old.length > 0) {
    await sql`alter table audit_record rename to audit_record_before`.execute(db)
    await sql`alter table audit_record_before rename constraint audit_record_pkey to audit_record_before_pkey`.execute(
      db,
    )
    await sql`drop index audit_record_recorded_at, audit_record_department, audit_record_subjects`.execute(db)
  }

  // The text of `record` is what is hashed; the columns beside it are there to find it by. A record from before records
  // were chained has no hash.
  await sql`
    create table if not exists audit_record (
      chain uuid not null,
      sequence bigint not null check (sequence > 0),
      recorded_at timestamptz not null,
      request_id text not null,
      department text,
      subjects text[] not null,
      plan text,
      record text not null,
      hash bytea,
      primary key (chain, sequence)
    )`.execute(db)
  await sql`create index if not exists audit_record_recorded_at on audit_record (recorded_at)`.execute(db)
  await sql`
    create index if not exists audit_record_unchained on audit_record (chain, sequence) where hash is null`.execute(db)
  // "Who asked about this enterprise?" fastupdate off: a pending list would make one unlucky request pay for many.
  await sql`
    create index if not exists audit_record_subjects on audit_record using gin (subjects) with (fastupdate = off)`.execute(
    db,
  )

  await sql`
    create table if not exists audit_chain (
      chain uuid primary key,
      suite text not null,
      started_at timestamptz not null default now()
    )`.execute(db)
  // What was decided, once for the many requests that share it; named by its hash.
  await sql`create table if not exists audit_plan (hash text primary key, plan text not null)`.execute(db)
  await sql`
    create table if not exists audit_checkpoint (
      chain uuid not null,
      sequence bigint not null,
      signed text not null,
      signed_at timestamptz not null default now(),
      primary key (chain, sequence)
    )`.execute(db)

  if (old.length > 0) {
    await carryOver(db)
    // From now on every record has one.
    await sql`alter table audit_record add constraint audit_record_hash check (hash is not null) not valid`.execute(db)
    await sql`drop table audit_record_before`.execute(db)
    await sql`drop function audit_record_is_append_only()`.execute(db)
  }

  // The retention job alone deletes, and says so beforehand in a record of its own.
  await sql`
    create or replace function audit_is_append_only() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' and current_setting('hutong.retention', true) = 'on' then return null; end if;
      raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
    end $$`.execute(db)
  // Per statement, so that even one that would touch no row is refused.
  for (const table of ['audit_record', 'audit_chain', 'audit_plan', 'audit_checkpoint']) {
    await sql`
      create or replace trigger append_only before update or delete or truncate on ${sql.table(table)}
        for each statement execute function audit_is_append_only()`.execute(db)
  }
}

/** A record of the first release. */
interface Before {
  process_id: string
  sequence: string
  recorded_at: Date
  request_id: string
  department: string | null
  subject: string | null
  purpose: string | null
  action: string
  operation_name: string | null
  document_hash: string | null
  coordinates: string[]
  decisions: Record<string, { decision: string; rule: string }>
  subjects: string[]
  departments_called: Record<string, number>
  outcome: string
  error_codes: string[]
  duration_ms: number
}

/** Writes the records of the first release as records are written now, page by page; without a hash, for they had none. */
async function carryOver(db: Kysely<unknown>): Promise<void> {
  let last: Pick<Before, 'process_id' | 'sequence'> = {
    process_id: '00000000-0000-0000-0000-000000000000',
    sequence: '0',
  }
  for (;;) {
    const { rows } = await sql<Before>`
      select * from audit_record_before
      where (process_id, sequence) > (${last.process_id}::uuid, ${last.sequence}::bigint)
      order by process_id, sequence limit ${page}`.execute(db)
    for (const row of rows) await write(db, row)
    const end = rows.at(-1)
    if (end === undefined) return
    last = end
  }
}

async function write(db: Kysely<unknown>, row: Before): Promise<void> {
  const text = row.coordinates.length === 0 ? null : planOf(row)
  const hash = text === null ? null : createHash('sha256').update(text).digest('hex')
  if (text !== null) {
    await sql`insert into audit_plan (hash, plan) values (${hash}, ${text}) on conflict do nothing`.execute(db)
  }
  // Roles, mandate and version of the policy were not written down then.
  const record = canonical({
    at: row.recorded_at.toISOString(),
    request: row.request_id,
    department: row.department,
    subject: row.subject,
    roles: [],
    purpose: row.purpose,
    action: row.action,
    operation: row.operation_name,
    document: row.document_hash,
    policyVersion: null,
    plan: hash,
    subjects: row.subjects,
    mandated: [],
    calls: row.departments_called,
    outcome: row.outcome,
    errors: row.error_codes,
    microseconds: Math.round(row.duration_ms * 1000),
  })
  await sql`
    insert into audit_record (chain, sequence, recorded_at, request_id, department, subjects, plan, record)
    values (${row.process_id}, ${row.sequence}, ${row.recorded_at}, ${row.request_id}, ${row.department},
            ${row.subjects}, ${hash}, ${record})`.execute(db)
}

/** What was decided, as plans hold it now. Which rows a rule was for was not written down then: it counts for all. */
function planOf({ coordinates, decisions }: Before): string {
  const decided = coordinates.map((coordinate): [string, Json] => {
    const [item, made] = [itemsOfFirstRelease.get(coordinate), decisions[coordinate]]
    if (item === undefined || made === undefined) return [coordinate, null]
    const { decision, rule } = made
    return [
      coordinate,
      decision === 'DENY'
        ? { item, outcomes: [], denied: rule }
        : { item, outcomes: [{ effect: decision, rule }], denied: 'no-grant' },
    ]
  })
  return canonical(Object.fromEntries(decided))
}

export const chainedRecords: Migration = { up }
