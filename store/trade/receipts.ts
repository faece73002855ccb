import type pg from 'pg'
import type { TradeReceipt } from '../../rules/trade/receipt.ts'
import { StoreError } from '../errors.ts'
import { keyOf, type Touched } from './arrivals.ts'
import type { ArrivalSink } from './intake.ts'
import type { PersonalVault } from './personal-vault.ts'

export interface TradeReceipts {
  /**
   * Takes receipts over, and says which of them there were before.
   * @throws StoreError TRADE_UNAVAILABLE
   */
  receive(receipts: readonly TradeReceipt[]): Promise<('new' | 'repeated')[]>
}

// A receipt tells of a match where it grants a cancellation or a return, or first says the number of a list.
const insert = `
  with receipt as (
    insert into trade_receipt (key, digest, status, at, sealed, pre_no, invt_no)
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[])
    on conflict do nothing
    returning key, digest, status, invt_no
  ), telling as (
    select key, invt_no from receipt where status = '399' or (invt_no is not null and not exists (
      select from trade_receipt as known where known.key = receipt.key and known.invt_no = receipt.invt_no))
  ), touched as (
    insert into trade_arrival (orders, waybills, numbers)
    select array(select distinct order_key from trade_head where key in (select key from telling) and order_key is not null),
      array(select distinct waybill_key from trade_head where key in (select key from telling) and waybill_key is not null),
      array(select distinct invt_no from telling where invt_no is not null)
    where exists (select from telling)
    returning id::text, orders, waybills, numbers
  )
  select replace(key::text, '-', '') as key, digest, null::json as touched from receipt
  union all select null, null, to_json(touched) from touched`

// What a receipt tells of may have come, and been matched, while the statement above was under way: it looked without it.
const again = `
  insert into trade_arrival (orders, waybills, numbers)
  select array_remove(array_agg(distinct order_key), null), array_remove(array_agg(distinct waybill_key), null), $2::text[]
  from trade_head where key = any($1::uuid[])
  having count(*) > 0
  returning id::text, orders, waybills, numbers`

interface InsertedRow {
  key: string | null
  digest: string | null
  touched: Touched | null
}

export const createTradeReceipts = (pool: pg.Pool, vault: PersonalVault, sink: ArrivalSink): TradeReceipts => ({
  async receive(receipts) {
    if (receipts.length === 0) return []
    const keys = receipts.map(receiptKey)
    const digests = receipts.map((receipt) => vault.print(JSON.stringify(receipt)))
    const values = [
      keys,
      digests,
      receipts.map(({ status }) => status),
      receipts.map(({ at }) => at),
      receipts.map(({ info }, place) => vault.seal(keys[place] ?? '', { info })),
      receipts.map(({ preNo }) => preNo),
      receipts.map(({ invtNo }) => invtNo),
    ]
    const { rows } = await pool
      .query<InsertedRow>({ name: 'trade-receipts', text: insert, values })
      .catch((cause: unknown) => {
        throw new StoreError('TRADE_UNAVAILABLE', 'Receipts could not be stored: send them again.', { cause })
      })
    for (const { touched } of rows) {
      if (touched === null) continue
      sink.take(touched, new Map())
      const looked = await pool.query<Touched>({ name: 'trade-again', text: again, values: [keys, touched.numbers] })
      for (const late of looked.rows) sink.take(late, new Map())
    }
    const added = new Set(rows.map(({ key, digest }) => `${key} ${digest}`))
    return receipts.map((_receipt, place) => (added.delete(`${keys[place]} ${digests[place]}`) ? 'new' : 'repeated'))
  },
})

/** By its document, or else by the number that tells which one it is. */
export const receiptKey = ({ document, direction, preNo, invtNo }: TradeReceipt): string =>
  keyOf(document ?? JSON.stringify(['number', direction, invtNo ?? preNo ?? '']))
