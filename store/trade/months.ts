import type pg from 'pg'

/** The month of a day YYYY-MM-DD, as its first day: `2026-11-01`. */
export const monthOfDay = (day: string): string => `${day.slice(0, 7)}-01`

/** The first day of the month so many months after that of a day, or before. */
export function monthAfter(day: string, months: number): string {
  const [year = 0, month = 0] = day.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 + months)).toISOString().slice(0, 10)
}

/** Makes sure that there is a partition of documents for the month of a day and for the one after it. */
export async function ensureMonths(pool: pg.Pool, day: string): Promise<void> {
  for (const ahead of [0, 1]) {
    // Bodies are small, and read again within seconds: to compress them would cost more than it saves.
    await ensureMonth(pool, 'trade_document', monthAfter(day, ahead), 'alter column body set storage external')
  }
}

/** From how many months before today on statistics have partitions of their own. */
const monthsBack = 24

/** Makes sure that statistics have partitions for months of late; what is older lies in the one for all else. */
export async function ensureStatisticsMonths(
  pool: pg.Pool | pg.PoolClient,
  months: readonly string[],
  today: string,
): Promise<void> {
  const [first, last] = [monthAfter(today, -monthsBack), monthAfter(today, 1)]
  for (const month of months) {
    if (month < first || month > last) continue
    // Sums that are changed often: a page has room for another version of a row.
    await ensureMonth(pool, 'trade_statistics', month, 'set (fillfactor = 70)', 'trade_statistics_earlier')
  }
}

async function ensureMonth(
  pool: pg.Pool | pg.PoolClient,
  table: string,
  month: string,
  alteration: string,
  forAllElse?: string,
): Promise<void> {
  const name = `${table}_${month.slice(0, 4)}_${month.slice(5, 7)}`
  const { rowCount } = await pool.query('select from pg_class where relname = $1', [name])
  if (rowCount !== 0) return
  // To try in vain would have readers wait at every round.
  const elsewhere = forAllElse && (await pool.query(`select from ${forAllElse} where month = $1 limit 1`, [month]))
  if (elsewhere && elsewhere.rowCount !== 0) return
  await pool.query(
    `do $$ begin
      perform pg_advisory_xact_lock(hashtext('${name}'));
      if to_regclass('${name}') is null then
        create table ${name} partition of ${table} for values from ('${month}') to ('${monthAfter(month, 1)}');
        alter table ${name} ${alteration};
      end if;
    exception when check_violation then
      -- Some of the month has come to the partition for all else: then it stays there. As an exception of the block's own
      -- it ends no transaction around it.
      null;
    end $$`,
  )
}
