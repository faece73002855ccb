import type pg from 'pg'
import { dayOf } from '../../rules/working-day.ts'
import { inTransaction } from '../transaction.ts'
import { Bodies } from './bodies.ts'
import { decide } from './decide.ts'
import { holdGroup, savepoint } from './groups.ts'
import { store } from './results.ts'
import { ensureMonthsOfDeltas, locks, sumTaken } from './summing.ts'

/** Lists that are decided together. */
const mostAtOnce = 100

const next = `
  select key::text as key, order_key::text as "order", waybill_key::text as waybill from trade_head
  where role = 'list' and key > $1::uuid order by key limit $2`

interface Next {
  key: string
  order: string | null
  waybill: string | null
}

/** Whoever sums up in the middle of this would add what is counted anew to it. */
const begin = `begin; ${locks.wait}; lock table trade_statistics_delta in exclusive mode`

/**
 * Counts everything from the start, from the documents and receipts alone, in one transaction: statistics stay as they
 * were until it ends, and what comes meanwhile is stored, and matched after it.
 * @param pool of connections without a limit of time
 * @returns how many lists were looked at
 */
export const rebuildStatistics = (pool: pg.Pool): Promise<number> =>
  inTransaction(
    pool,
    async (client) => {
      await client.query('delete from trade_statistics_delta')
      await client.query('delete from trade_statistics')
      // Also of a year of which nothing is left another edition is due.
      await client.query('update trade_statistics_year set changes = changes + 1')
      await client.query('update trade_match set counted = null where counted is not null')
      return countAll(client)
    },
    begin,
  )

async function countAll(client: pg.PoolClient): Promise<number> {
  const bodies = new Bodies(1_000)
  const today = dayOf(new Date())
  let [last, looked] = ['00000000-0000-0000-0000-000000000000', 0]
  for (;;) {
    const { rows } = await client.query<Next>({ name: 'trade-next', text: next, values: [last, mostAtOnce] })
    if (rows.length === 0) return looked
    last = rows.at(-1)?.key ?? last
    looked += rows.length
    await client.query(`savepoint ${savepoint}`)
    const touched = {
      id: '',
      orders: rows.flatMap(({ order }) => order ?? []),
      waybills: rows.flatMap(({ waybill }) => waybill ?? []),
      numbers: [],
    }
    const group = await holdGroup(client, [touched])
    if (group !== null) await store(client, group, await decide(client, group, bodies), bodies)
    await client.query(`release savepoint ${savepoint}`)
    await ensureMonthsOfDeltas(client, today)
    await sumTaken(client, today)
  }
}
