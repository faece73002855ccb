import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * What changed lately of trade documents, for those who are subscribed to it: a row for each round of matching and of
 * receipts, written with what it changed and removed after minutes. Rows are only inserted, so that processes never wait
 * for each other, and there is no index: the few of them are read as a whole.
 */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table trade_change (
      -- What is not visible in one snapshot and is in a later one was committed between the two.
      xid xid8 not null default pg_current_xact_id(),
      at timestamptz not null default clock_timestamp(),
      -- Keys of trade_head.
      documents uuid[] not null,
      orders uuid[] not null,
      -- invtNo 清单编号 that receipts gave.
      numbers text[] not null
    )`.execute(db)
}

export const tradeChanges: Migration = { up }
