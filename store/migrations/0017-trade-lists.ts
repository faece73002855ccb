import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** Lists 清单 by who sells, and when they were declared: what a seller's lists are read by, page by page. */
async function up(db: Kysely<unknown>): Promise<void> {
  // Of lists that stand alone: a draft and a deleted one are in nobody's.
  await sql`
    alter table trade_head add column seller text, add column declared_at text, add column trade_mode text`.execute(db)
  await sql`
    update trade_head set seller = said.body::json->'head'->>'ebcCode',
      declared_at = said.body::json->'head'->>'appTime', trade_mode = said.body::json->'head'->>'tradeMode'
    from trade_document as said
    where role = 'list' and said.id = trade_head.document and said.month = trade_head.month
      and said.body::json->>'draft' = 'false' and said.body::json->>'removed' = 'false'`.execute(db)
  await sql`
    create index trade_head_seller on trade_head (seller, declared_at, key) where seller is not null`.execute(db)
}

export const tradeLists: Migration = { up }
