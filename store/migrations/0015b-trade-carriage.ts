import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Waybills that arrivals, departures and bills carry: many each, named in their lines. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table trade_carriage (
      waybill_key uuid not null,
      key uuid not null,
      -- The version that says so; it counts as long as that does.
      document bigint not null,
      primary key (waybill_key, key, document)
    )`.execute(db)
}

export const tradeCarriage: Migration = { up }
