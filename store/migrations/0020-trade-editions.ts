import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Editions of the statistics of trade: what of a city's year is told to who may not read the lists themselves. Nothing else
 * is in them, so whoever reads them alone can tell nothing else.
 */
async function up(db: Kysely<unknown>): Promise<void> {
  // How often sums of a city's year were changed in months that had ended: of a year that is not in here there is nothing.
  await sql`
    create table trade_statistics_year (
      city text not null,
      year text not null,
      changes bigint not null default 0,
      since timestamptz not null default now(),
      changed_at timestamptz not null default now(),
      primary key (city, year)
    )`.execute(db)
  await sql`
    create table trade_edition (
      city text not null,
      year text not null,
      -- Those that it was made after.
      changes bigint not null,
      -- The first day that is not in it: of the month after, or of the year.
      ended date not null,
      -- The day on which it was made.
      made_on date not null,
      primary key (city, year)
    )`.execute(db)
  // One answer, by all classes of a dimension that a question narrows; of the empty one nothing is narrowed.
  await sql`
    create table trade_edition_part (
      city text not null,
      year text not null,
      subject text not null,
      dimension text not null,
      span text not null,
      first date not null,
      -- JSON (rules/trade/edition.ts).
      told text not null,
      primary key (city, year, subject, dimension, span, first)
    )`.execute(db)
  await sql`
    insert into trade_statistics_year (city, year, changes)
    select distinct city, to_char(day, 'YYYY'), 1 from trade_statistics where subject = 'city' and grain = 'Y'`.execute(
    db,
  )
}

export const tradeEditions: Migration = { up }
