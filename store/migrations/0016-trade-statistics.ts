import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Statistics of trade documents. What a round of matching adds or takes away is written with its results, in rows that are
 * only inserted, so that processes never wait for each other; sums are made of them in the background, and whoever reads
 * adds both up.
 */
async function up(db: Kysely<unknown>): Promise<void> {
  // As what the list counts: its document, logistics time and returns. Null where it would not count even if it matched.
  await sql`alter table trade_match add column counted text`.execute(db)
  await sql`
    create table trade_statistics_delta (
      id bigint generated always as identity primary key,
      subject text not null,
      -- Those of the cells, as their first days.
      months date[] not null,
      -- A JSON list of cells (rules/trade/statistics.ts).
      cells text not null
    )`.execute(db)
  // Sums by day (D), month (M) and year (Y), each in the partition of its first day.
  await sql`
    create table trade_statistics (
      month date not null,
      grain text not null,
      subject text not null,
      category text not null,
      city text not null,
      day date not null,
      key text not null,
      office text not null,
      district text not null,
      direction text not null,
      mode text not null,
      time text not null,
      currency text not null,
      lists bigint not null,
      seconds numeric not null,
      amount numeric not null,
      primary key (subject, grain, category, city, day, key, office, district, direction, mode, time, currency, month)
    ) partition by range (month)`.execute(db)
  // Of months without a partition of their own: what is older than two years when it comes.
  await sql`create table trade_statistics_earlier partition of trade_statistics default`.execute(db)
  // The next start counts the lists that were matched before anything was counted, some at a time.
  await sql`
    insert into trade_arrival (orders, waybills, numbers)
    select array_remove(array_agg(order_key), null), array_remove(array_agg(waybill_key), null), '{}'
    from (
      select order_key, waybill_key, row_number() over (order by key) / 50 as part
      from trade_head join trade_match on list = key where state = 'MATCHED') as matched
    group by part`.execute(db)
}

export const tradeStatistics: Migration = { up }
