import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

async function up(db: Kysely<unknown>): Promise<void> {
  // What a plan decided on: its catalogue items and their owners, so that a provider finds the use of its data.
  await sql`
    create function plan_concerns(plan text) returns text[] language sql immutable parallel safe as $$
      select coalesce(array_agg(distinct concern), '{}')
      from jsonb_each(plan::jsonb) as decided
      cross join lateral unnest(array[value ->> 'item', split_part(value ->> 'item', '.', 1)]) as concern
      where value ->> 'item' is not null
    $$`.execute(db)
  await sql`create index audit_plan_concerns on audit_plan using gin (plan_concerns(plan))`.execute(db)
  // An export asks what was removed; it must not read the whole ledger for that.
  await sql`
    create index audit_record_retention on audit_record (chain, sequence)
    where record like '%"action":"retention"%'`.execute(db)
}

export const ledger: Migration = { up }
