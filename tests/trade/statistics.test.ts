/** The statistics of trade in a real database: what is counted, and what is told of it. */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { TradeDocument } from '../../rules/trade/document.ts'
import type { TradeReceipt } from '../../rules/trade/receipt.ts'
import { readStatistics, type StatisticsQuery } from '../../store/trade/statistics-query.ts'
import { startSumming } from '../../store/trade/summing.ts'
import { made, withLine, type SampleKind } from './documents.ts'
import { everythingIn, openStored, receiptFor } from './stored.ts'

const stored = await openStored()
const { one, other, settled, failures, database } = stored
const summing = startSumming(database.pool, (error) => failures.push(error), 3_600_000)
afterAll(async () => {
  await summing.close()
  await stored.close()
})
beforeEach(() => stored.clear())

const everything = everythingIn('2026')

/** What one query tells: groups, lists and amounts. */
async function asked(query: Partial<StatisticsQuery> = {}): Promise<string[]> {
  const groups = await readStatistics(database.pool, { ...everything, ...query })
  return groups.map(
    ({ key, lists, released, timed, seconds, amounts }) =>
      `${key}: ${[lists, released, timed, seconds].join('/')} ${amounts.map(({ currency, amount }) => `${amount} ${currency}`).join(', ')}`,
  )
}

/** How many lists are in which state. */
async function states(): Promise<string[]> {
  const { rows } = await database.pool.query<{ said: string }>(
    `select state || ' ' || count(*) as said from trade_match group by state order by state`,
  )
  return rows.map(({ said }) => said)
}

/** The receipt in which customs gives a list the number that a cancellation or a return names. */
const numberFor = ({ invtNo }: TradeDocument, list: TradeDocument): TradeReceipt => ({
  ...receiptFor(list, '120'),
  invtNo,
})

/** An export that matches. */
function sale(number: string, change: Partial<Record<SampleKind, Record<string, string>>> = {}): TradeDocument[] {
  const [orderNo, logisticsNo] = [`SO-${number}`, `YD-${number}`]
  return [
    made('303', { orderNo, ...change['303'] }),
    made('403', { orderNo, ...change['403'] }),
    made('505', { logisticsNo, ...change['505'] }),
    made('603', { orderNo, logisticsNo, copNo: `QD-${number}`, ...change['603'] }),
  ]
}

/** A purchase of 5,000 yuan or less that matches. */
const purchase = (number: string, price: string, change: Record<string, string> = {}): TradeDocument[] => {
  const [orderNo, logisticsNo, payTransactionId] = [`SO-${number}`, `YD-${number}`, `ZF-${number}`]
  const priced = withLine(0, { price, qty: '1', totalPrice: price })
  const only = (lines: Record<string, string>[]): Record<string, string>[] => priced(lines).slice(0, 1)
  return [
    made('311', { orderNo, payTransactionId }, only),
    made('411', { orderNo, payTransactionId }),
    made('511', { logisticsNo }),
    made('621', { orderNo, logisticsNo, copNo: `QD-${number}`, freight: '0', ...change }, only),
  ]
}

describe('what is counted', () => {
  test('only what matches, once, until it is deleted or its cancellation is granted', async () => {
    const [order, payment, waybill, list] = sale('1') as [TradeDocument, TradeDocument, TradeDocument, TradeDocument]
    await one.intake.receive([order, payment, list])
    await settled()
    expect(await asked()).toEqual([])
    await other.intake.receive([waybill])
    await settled()
    await other.intake.receive([waybill, list])
    await settled()
    expect(await asked()).toEqual(['3501: 1/0/0/0 61.5 502'])
    await summing.now()
    expect(await asked()).toEqual(['3501: 1/0/0/0 61.5 502'])
    await one.intake.receive([
      made('603', { orderNo: 'SO-1', logisticsNo: 'YD-1', copNo: 'QD-1', appType: '3', appTime: '20261120093100' }),
    ])
    await settled()
    expect(await asked()).toEqual([])
    await summing.now()
    expect(await asked()).toEqual([])
    expect(failures).toEqual([])
  })

  test('a purchase beyond the year of its buyer counts when another is cancelled', async () => {
    const six = ['1', '2', '3', '4', '5', '6'].map((number) =>
      purchase(number, '4900', { appTime: `2026112009300${number}` }),
    )
    await one.intake.receive(six.flat())
    await settled()
    expect(await asked()).toEqual(['3501: 5/0/0/0 24500 142'])
    const cancellation = made('623', { orderNo: 'SO-1', logisticsNo: 'YD-1' })
    await one.intake.receive([cancellation])
    await other.receipts.receive([receiptFor(cancellation, '399')])
    await settled()
    expect(await states()).toEqual(['MATCHED 5', 'REJECTED 1'])
    await one.receipts.receive([numberFor(cancellation, six[0]?.[3] ?? cancellation)])
    await settled()
    expect(await states()).toEqual(['CANCELLED 1', 'MATCHED 5'])
    expect(await asked()).toEqual(['3501: 5/0/0/0 24500 142'])
    expect(failures).toEqual([])
  })

  test('a list that was sent back, from when on customs has begun with it again', async () => {
    const documents = sale('1')
    const list = documents[3] ?? expect.fail('there are four')
    await one.intake.receive(documents)
    await other.receipts.receive([receiptFor(list, '100', '', '20261122120000000')])
    await settled()
    expect(await asked()).toEqual([])
    await one.receipts.receive([receiptFor(list, '300', '', '20261122130000000')])
    await settled()
    expect(await asked()).toEqual(['3501: 1/0/0/0 61.5 502'])
  })

  test('a list of exports of which some goes back, and which is then cancelled, by the number that customs gave it', async () => {
    const documents = sale('1')
    const [back, cancellation] = [made('213', {}, (lines) => lines.slice(0, 1)), made('605')]
    await one.intake.receive([...documents, back, cancellation])
    await one.receipts.receive([receiptFor(back, '399')])
    await settled()
    const whole = await asked()
    await other.receipts.receive([receiptFor(back, '800')])
    await settled()
    expect(await asked()).toEqual(whole)
    await one.receipts.receive([numberFor(back, documents[3] ?? back)])
    await settled()
    expect([whole, await asked()]).toEqual([['3501: 1/0/0/0 61.5 502'], ['3501: 1/0/0/0 41 502']])
    await other.receipts.receive([receiptFor(cancellation, '399')])
    await settled()
    expect([await asked(), await states()]).toEqual([[], ['CANCELLED 1']])
    expect(failures).toEqual([])
  })

  test('a release by the number of a list: from when on customs says whose it is, whatever a list says itself', async () => {
    const documents = purchase('1', '100', { invtNo: '35002026I000000001' })
    const list = documents[3] ?? made('621')
    await one.intake.receive(documents)
    await settled()
    const receipt = receiptFor(list, '800', '', '20261120123000000')
    await other.receipts.receive([{ ...receipt, document: null, invtNo: '35002026I000000001' }])
    await settled()
    expect(await asked()).toEqual(['3501: 1/0/0/0 100 142'])
    await one.receipts.receive([{ ...receiptFor(list, '120'), invtNo: '35002026I000000001' }])
    await settled()
    expect(await asked()).toEqual(['3501: 1/1/1/10800 100 142'])
  })
})

describe('what is asked for', () => {
  beforeEach(async () => {
    const documents = [
      ...sale('1'),
      ...sale('2', { '603': { appTime: '20261020093000' }, '505': { appTime: '20261020093000' } }),
      ...sale('3', { '303': { orderType: 'B' }, '603': { tradeMode: '9710', portCode: '2200' } }),
      ...sale('4', {
        '303': { orderType: 'W', ebcCode: '3504961X7S' },
        '403': { ebcCode: '3504961X7S' },
        '603': { tradeMode: '9810', ebcCode: '3504961X7S' },
      }),
      ...purchase('5', '100'),
    ]
    await one.intake.receive(documents)
    await settled()
    await one.receipts.receive([receiptFor(sale('1')[3] ?? made('603'), '800', '', '20261122093000000')])
    await settled()
    // Half of it is summed up, and half is not.
    await summing.now()
    await one.intake.receive(sale('6'))
    await settled()
  })

  test('by period, direction, mode, category, logistics time and level', async () => {
    const [total, other] = ['3501: 5/1/1/172800', '3504: 1/0/0/0 61.5 502']
    expect(await asked()).toEqual([`${total} 100 142, 246 502`, other])
    expect(await asked(everythingIn('2026-Q4'))).toEqual([`${total} 100 142, 246 502`, other])
    expect(await asked(everythingIn('2026-10'))).toEqual(['3501: 1/0/0/0 61.5 502'])
    expect(await asked(everythingIn('2026-10-20'))).toEqual(['3501: 1/0/0/0 61.5 502'])
    expect(await asked(everythingIn('2025'))).toEqual([])
    expect(await asked({ direction: 'import' })).toEqual(['3501: 1/0/0/0 100 142'])
    expect(await asked({ modes: ['9710', '9810'] })).toEqual(['3501: 1/0/0/0 61.5 502', other])
    expect(await asked({ category: '69', city: '3504' })).toEqual([other])
    expect(await asked({ category: '01' })).toEqual([])
    expect(await asked({ times: ['WITHIN_2_DAYS'] })).toEqual(['3501: 1/1/1/172800 61.5 502'])
    expect(await asked({ city: '3501', district: '22' })).toEqual(['3501: 1/0/0/0 61.5 502'])
    expect(await asked({ city: '3501', district: '35', offices: ['3599'] })).toEqual([])
  })

  test('countries, sites, enterprises and goods each come to the total of the city', async () => {
    const total = await readStatistics(database.pool, { ...everything, city: '3501' })
    for (const subject of ['country', 'site', 'enterprise', 'chapter', 'heading', 'code'] as const) {
      const groups = await readStatistics(database.pool, { ...everything, subject, city: '3501' })
      const sums = new Map<string, number>()
      for (const { amounts } of groups)
        for (const { currency, amount } of amounts) sums.set(currency, (sums.get(currency) ?? 0) + Number(amount))
      expect({ subject, sums: [...sums].sort().map(([currency, sum]) => ({ currency, amount: String(sum) })) }).toEqual(
        {
          subject,
          sums: total[0]?.amounts,
        },
      )
    }
  })
})
