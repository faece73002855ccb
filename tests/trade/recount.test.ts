/** `hutong ceb recount`: whatever became of statistics, they are those of the lists again. */
import { afterAll, expect, test } from 'vitest'
import { hutong } from '../support/serve.ts'
import { made } from './documents.ts'
import { openStored } from './stored.ts'

const stored = await openStored()
const { pool } = stored.database
afterAll(() => stored.close())

const sums = async (): Promise<string[]> => {
  const { rows } = await pool.query<{ sum: string }>(
    `select concat_ws(' ', grain, subject, category, day, key, mode, time, currency, lists, trim_scale(amount)) as sum
     from trade_statistics order by 1`,
  )
  return rows.map(({ sum }) => sum)
}

const recount = () => hutong(['ceb', 'recount'], { DATABASE_URL: stored.database.url }).ended

test('from nothing, and again', async () => {
  const numbers = ['1', '2', '3']
  await stored.one.intake.receive(
    numbers.flatMap((number) => {
      const [orderNo, logisticsNo] = [`SO-${number}`, `YD-${number}`]
      return [
        made('303', { orderNo }),
        made('403', { orderNo }),
        // The last one never goes on its way.
        ...(number === '3' ? [] : [made('505', { logisticsNo })]),
        made('603', { orderNo, logisticsNo, copNo: `QD-${number}` }),
      ]
    }),
  )
  await stored.settled()
  // As nothing but a restored database or a fault could leave them.
  await pool.query(
    'delete from trade_statistics_delta; delete from trade_statistics; update trade_match set counted = null',
  )
  const told = { code: 0, stdout: 'Statistics are counted anew, from 3 lists.\n', stderr: '', signal: null }
  expect(await recount()).toEqual(told)
  const counted = await sums()
  expect(counted.filter((sum) => sum.startsWith('Y city '))).toEqual([
    'Y city  2026-01-01  9610 NOT_RELEASED 502 2 123',
    'Y city 69 2026-01-01  9610 NOT_RELEASED 502 2 123',
  ])
  expect(await recount()).toEqual(told)
  expect(await sums()).toEqual(counted)
})
