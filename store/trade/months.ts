import type pg from 'pg'

/** The month of a day YYYY-MM-DD, as its first day: `2026-11-01`. */
export const monthOfDay = (day: string): string => `${day.slice(0, 7)}-01`

/** Makes sure that there is a partition for the month of a day and for the one after it. */
export async function ensureMonths(pool: pg.Pool, day: string): Promise<void> {
  const [year = 0, month = 0] = monthOfDay(day).split('-').map(Number)
  for (const ahead of [0, 1]) {
    const [from, to] = [ahead, ahead + 1].map((more) =>
      new Date(Date.UTC(year, month - 1 + more)).toISOString().slice(0, 10),
    )
    const name = `trade_document_${from?.slice(0, 4)}_${from?.slice(5, 7)}`
    const { rowCount } = await pool.query('select from pg_class where relname = $1', [name])
    if (rowCount !== 0) continue
    // Bodies are small, and read again within seconds: to compress them would cost more than it saves.
    await pool.query(
      `do $$ begin
        perform pg_advisory_xact_lock(hashtext('${name}'));
        if to_regclass('${name}') is null then
          create table ${name} partition of trade_document for values from ('${from}') to ('${to}');
          alter table ${name} alter column body set storage external;
        end if;
      end $$`,
    )
  }
}
