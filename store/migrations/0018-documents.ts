import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // `id` is sha256: and the hash of `source`, so that a document is never changed.
  await sql`
    create table registered_document (
      department text not null,
      id text not null,
      file text not null,
      source text not null,
      registered_at timestamptz not null default now(),
      primary key (department, id)
    )`.execute(db)
  // Who may ask by its registered documents alone.
  await sql`
    create table limited_department (
      department text primary key,
      since timestamptz not null default now()
    )`.execute(db)
}

export const documents: Migration = { up }
