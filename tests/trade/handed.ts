/** Purchases handed in at a running hub, of which all are matched and stored under the same times whenever that is. */
import { dayOf } from '../../rules/working-day.ts'
import { makeEditions } from '../../store/trade/editions.ts'
import { sumAll } from '../../store/trade/summing.ts'
import { transfer } from '../ceb/messages.ts'
import type { Persona, Running } from '../support/harness.ts'
import { messageOf, purchase, receiptOf } from './messages.ts'

/** Sells purchases 1 and 2. */
export const seller = '91350102MYE0000341'
/** Sells purchase 3, elsewhere. */
export const elsewhere = '91330702MYQ0003787'
/** Of all orders. */
export const platform = '3501960E1A'

const portal: Persona = { as: 'portal', dxpIds: [transfer.dxpId ?? ''] }

/** Hands messages in, and resolves when they are matched. Throws where one is refused. */
export async function handIn(running: Running, messages: readonly string[], as: Persona = portal): Promise<void> {
  const authorization = `Bearer ${await running.token(as)}`
  for (const body of messages) {
    const headers = { 'content-type': 'application/xml', authorization }
    const response = await fetch(`${running.hub.url}/ceb`, { method: 'POST', headers, body })
    const text = await response.text()
    if (!response.ok || /returnStatus>-/.test(text)) throw new Error(text)
  }
  const waiting = async (): Promise<boolean> =>
    (await running.database.pool.query('select from trade_arrival')).rowCount !== 0
  while (await waiting());
}

/** Has statistics tell everybody what has come. */
export async function publish({ database: { pool } }: Running): Promise<void> {
  await sumAll(pool)
  await makeEditions(pool, dayOf(new Date()), 'now')
}

/** Purchase 1 matches; 2 was paid by somebody else and too little, and what goes back is counted otherwise than declared; 3 is another seller's and lacks its payment. */
export async function handInPurchases(running: Running): Promise<void> {
  const [first, second, third] = [purchase('1'), purchase('2'), purchase('3')]
  const payment = messageOf('411', {
    orderNo: 'SO2',
    payTransactionId: 'ZF2',
    amountPaid: '1',
    payerName: '付演示',
  })
  const other = { ebcCode: elsewhere, ebcName: '金华示例贸易有限公司' }
  await handIn(running, [
    ...Object.values(first),
    second['311'],
    payment,
    second['511'],
    messageOf('621', { orderNo: 'SO2', logisticsNo: 'YD2', copNo: 'QD2', invtNo: '35002026I000000001' }), // as in the 625
    messageOf('625', { orderNo: 'SO2', logisticsNo: 'YD2', copNo: 'TH2' }).replace('<ceb:unit>122<', '<ceb:unit>011<'),
    messageOf('311', { orderNo: 'SO3', payTransactionId: 'ZF3', ...other }),
    third['511'],
    messageOf('621', { orderNo: 'SO3', logisticsNo: 'YD3', copNo: 'QD3', ...other }),
  ])
  const told = { guid: '11111111-1111-4111-8111-111111111111' }
  const refused = { guid: '22222222-2222-4222-8222-222222222222' }
  await handIn(running, [receiptOf('QD1', '120', told), receiptOf('QD1', '-621004', refused)], { as: 'customs' })
  const { pool } = running.database
  await pool.query(`update trade_match set decided_at = '2026-11-20T02:00:00Z'`)
  await pool.query(`update trade_head set pre_no = 'B20261120000000001'`)
}
