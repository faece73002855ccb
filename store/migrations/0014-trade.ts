import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Trade documents 单证. Keys are 128 bits of a hash of what names a document, so that indexes stay small whatever numbers
 * enterprises give out. All statements keep to what PostgreSQL's relatives that spread tables over servers take as well:
 * every unique index holds the key, or the month.
 */
async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create sequence trade_document_id cache 100`.execute(db)
  // What was taken over, every version of it. Never changed, so that what was read once needs no second look.
  await sql`
    create table trade_document (
      id bigint not null,
      month date not null,
      received_at timestamptz not null default now(),
      kind text not null,
      key uuid not null,
      sender text not null,
      version text not null,
      body text not null,
      sealed bytea,
      primary key (id, month)
    ) partition by range (month)`.execute(db)
  // The version that counts of each document, and what it is matched by.
  await sql`
    create table trade_head (
      key uuid primary key,
      role text not null,
      direction text not null,
      version text not null,
      document bigint not null,
      month date not null,
      order_key uuid,
      waybill_key uuid,
      -- Of the version before, so that what the document has left is matched anew.
      left_order uuid,
      left_waybill uuid,
      left_number text,
      -- dxpId 传输编号 of whoever declared it first, who alone may change it.
      sender text not null,
      -- preNo 电子口岸编号, given out with the first version unless the document brought one.
      pre_no text not null,
      -- invtNo 清单编号, as far as the document itself says it.
      invt_no text,
      versions integer not null default 1
    )`.execute(db)
  await sql`create index trade_head_order on trade_head (order_key) where order_key is not null`.execute(db)
  await sql`create index trade_head_waybill on trade_head (waybill_key) where waybill_key is not null`.execute(db)
  await sql`create index trade_head_number on trade_head (invt_no) where invt_no is not null`.execute(db)
  // What has come and is not matched yet: written with the documents, deleted with the results.
  await sql`
    create table trade_arrival (
      id bigint generated always as identity primary key,
      orders uuid[] not null,
      waybills uuid[] not null,
      numbers text[] not null,
      -- How often it could not be matched by itself.
      failures smallint not null default 0,
      received_at timestamptz not null default now()
    )`.execute(db)
  await sql`
    create table trade_match (
      list uuid primary key,
      state text not null,
      result text not null,
      -- What counts against a buyer's limits: an import list that matches in all else.
      buyer text,
      year smallint,
      purchase text,
      decided_at timestamptz not null default now()
    )`.execute(db)
  await sql`create index trade_match_buyer on trade_match (buyer, year) where buyer is not null`.execute(db)
  // Receipts 回执 of customs for documents.
  await sql`
    create table trade_receipt (
      key uuid not null,
      -- Of all that it says: two may have the same status at the same time.
      digest text not null,
      status text not null,
      at text not null,
      sealed bytea not null,
      pre_no text,
      invt_no text,
      received_at timestamptz not null default now(),
      primary key (key, digest)
    )`.execute(db)
  await sql`create index trade_receipt_number on trade_receipt (invt_no) where invt_no is not null`.execute(db)
}

export const trade: Migration = { up }
