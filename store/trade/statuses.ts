/** How far lists 清单 have come, kept beside them so that changes can be held to it. */
import type pg from 'pg'
import { kindOf, type Direction } from '../../rules/trade/document.ts'
import { chainOf } from '../../rules/trade/status.ts'
import type { StoredReceipt } from './joined.ts'

/** A list that the transaction holds. */
export interface HeldList {
  key: string
  direction: Direction
  version: string
  status: string | null
  statusAt: string | null
}

const update = `
  update trade_head set status = given.status, status_at = given.at
  from unnest($1::uuid[], $2::text[], $3::text[]) as given (key, status, at)
  where trade_head.key = given.key`

/** Writes down how far lists have come by their receipts, where that is not what stands there. */
export async function settleStatuses(
  client: pg.PoolClient,
  lists: readonly HeldList[],
  receipts: ReadonlyMap<string, readonly StoredReceipt[]>,
): Promise<void> {
  const changes = lists.flatMap(({ key, direction, version, status, statusAt }) => {
    const { current } = chainOf(kindOf('list', direction), version, receipts.get(key) ?? [])
    const [now, at] = [current?.returnStatus ?? null, current?.returnTime ?? null]
    return now === status && at === statusAt ? [] : [{ key, now, at }]
  })
  if (changes.length === 0) return
  await client.query({
    name: 'trade-statuses',
    text: update,
    values: [changes.map(({ key }) => key), changes.map(({ now }) => now), changes.map(({ at }) => at)],
  })
}
