/** `hutong ceb recount`: the statistics of trade are counted from the start, straight in the database. */
import { zonesWith } from '../rules/trade/zones.ts'
import { dayOf } from '../rules/working-day.ts'
import { openDatabase } from '../store/database.ts'
import { makeEditions } from '../store/trade/editions.ts'
import { rebuildStatistics } from '../store/trade/statistics-rebuild.ts'
import type { StoreConfig } from './config.ts'

/** @throws StoreError */
export async function recountStatistics({ databaseUrl, dataFolder, trade }: StoreConfig): Promise<string> {
  const database = await openDatabase(databaseUrl === null ? { dataFolder } : { databaseUrl })
  try {
    const lists = await rebuildStatistics(database.maintenance)
    await makeEditions(database.maintenance, dayOf(new Date()), 'now', zonesWith(trade.offices))
    return `Statistics are counted anew, from ${lists} ${lists === 1 ? 'list' : 'lists'}.\n`
  } finally {
    await database.stop()
  }
}
