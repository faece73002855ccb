import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The life of trade documents: which of them a receipt speaks of, and how far each list has come. */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table trade_receipt
      -- Of its own; empty where it came before guids were kept.
      add column guid text not null default '',
      -- What it speaks of; null where it came before this was kept.
      add column role text,
      add column direction text,
      -- False where it does not name its document, which a number tells then.
      add column named boolean not null default true,
      -- Of the order that it names in place of its document.
      add column order_key uuid`.execute(db)
  await sql`
    update trade_receipt set role = head.role, direction = head.direction
    from trade_head as head where head.key = trade_receipt.key`.execute(db)
  await sql`create index trade_receipt_pre_no on trade_receipt (pre_no) where pre_no is not null`.execute(db)
  await sql`create index trade_receipt_order on trade_receipt (order_key) where order_key is not null`.execute(db)
  await sql`
    alter table trade_head
      -- Of a list: how far it has come by its receipts, and since when by their own time.
      add column status text,
      add column status_at text,
      -- Whether pre_no is what the document itself said, and not given out here.
      add column brought boolean not null default false,
      -- Of a waybill, YYYYMMDD: an earlier version from before that day is of another waybill of the same number.
      add column changes_since text`.execute(db)
  // Of those that a receipt may leave unnamed.
  await sql`
    create index trade_head_pre_no on trade_head (pre_no)
    where role in ('list', 'cancellation', 'return', 'delivery')`.execute(db)
  await sql`
    create index trade_head_cleared on trade_head (status_at)
    where role = 'list' and direction = 'export' and status = '899'`.execute(db)
  // Summaries 汇总申报 and what is in them: no list is in two.
  await sql`
    create table trade_summary (
      -- Of the first of its applications 701.
      key uuid primary key,
      -- In which its lists were cleared, as its first day.
      month date not null,
      applications uuid[] not null,
      body text not null
    )`.execute(db)
  await sql`create index trade_summary_month on trade_summary (month)`.execute(db)
  await sql`create table trade_summary_list (list uuid primary key, summary uuid not null)`.execute(db)
  await sql`create index trade_summary_list_summary on trade_summary_list (summary)`.execute(db)
  // The next start works out how far lists have come that have receipts already.
  await sql`
    insert into trade_arrival (orders, waybills, numbers)
    select array_remove(array[order_key], null), array_remove(array[waybill_key], null), '{}' from trade_head
    where role = 'list' and key in (select key from trade_receipt)`.execute(db)
}

export const tradeLife: Migration = { up }
