import type pg from 'pg'
import { kindOf, type Role } from '../../rules/trade/document.ts'
import type { Numbers } from '../../rules/trade/joining.ts'
import { tellsOfClearance } from '../../rules/trade/logistics-time.ts'
import type { TradeReceipt } from '../../rules/trade/receipt.ts'
import { isFinal } from '../../rules/trade/status.ts'
import { StoreError } from '../errors.ts'
import { inTransaction } from '../transaction.ts'
import { keyOf, type Touched } from './arrivals.ts'
import { noteChange } from './changes.ts'
import type { ArrivalSink } from './intake.ts'
import { joinedTo, type StoredReceipt } from './joined.ts'
import type { PersonalVault } from './personal-vault.ts'
import { settleStatuses, type HeldList } from './statuses.ts'

export interface TradeReceipts {
  /**
   * Takes receipts over, and says which of them there were before. What they say counts when it resolves: a change of a
   * list that comes later is held to its new status.
   * @throws StoreError TRADE_UNAVAILABLE
   */
  receive(receipts: readonly TradeReceipt[]): Promise<('new' | 'repeated')[]>
}

// In the order of their keys, so that two that take over the same receipts do not wait for each other.
const insert = `
  insert into trade_receipt (key, digest, status, at, sealed, pre_no, invt_no, guid, role, direction, named, order_key)
  select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::text[], $8::text[],
    $9::text[], $10::text[], $11::boolean[], $12::uuid[]) as given (key, digest)
  order by given.key, given.digest
  on conflict do nothing
  returning replace(key::text, '-', '') as key, digest`

const hold = `
  select replace(key::text, '-', '') as key, role, direction, version, status, status_at as "statusAt" from trade_head
  where key = any($1::uuid[]) and role in ('list', 'cancellation', 'return') order by trade_head.key for no key update`

const touch = `
  insert into trade_arrival (orders, waybills, numbers)
  select array_remove(array_agg(distinct order_key), null), array_remove(array_agg(distinct waybill_key), null),
    coalesce(array_agg(distinct invt_no) filter (where invt_no is not null), '{}')
  from trade_head where key = any($1::uuid[])
  having count(*) > 0
  returning id::text, orders, waybills, numbers`

interface Inserted {
  key: string
  digest: string
}

export const createTradeReceipts = (pool: pg.Pool, vault: PersonalVault, sink: ArrivalSink): TradeReceipts => {
  /** Has lists come as far as their receipts say, and notes what is told of to be matched. */
  async function settle(
    client: pg.PoolClient,
    receipts: readonly TradeReceipt[],
    isNew: (receipt: StoredReceipt) => boolean,
    isChange: boolean,
  ): Promise<Settled> {
    const named = receipts.flatMap(({ document, role }) =>
      document === null || !isHeld(role) ? [] : [keyOf(document)],
    )
    const numbered = receipts.filter(
      ({ document, role, preNo, invtNo }) =>
        document === null || preNo !== null || (role === 'list' && invtNo !== null),
    )
    const { owners, concerned } = await joinedTo(
      client,
      [],
      numbered.map((receipt): Numbers => ({ ...receipt, order: receipt.order && keyOf(receipt.order) })),
      'join',
    )
    const { rows: held } = await client.query<Held>({
      name: 'trade-hold-heads',
      text: hold,
      values: [[...new Set([...named, ...concerned])]],
    })
    const { receipts: theirs } = await joinedTo(
      client,
      held.map(({ key }) => key),
    )
    const lists = held.filter(({ role }) => role === 'list')
    await settleStatuses(client, lists, theirs)
    if (isChange) {
      const its = receipts.flatMap(({ document }) => (document === null ? [] : keyOf(document)))
      const numbers = receipts.flatMap(({ role, invtNo }) => (role === 'list' ? (invtNo ?? []) : []))
      await noteChange(client, {
        documents: [...new Set([...its, ...concerned])],
        orders: [],
        numbers: [...new Set(numbers)],
      })
    }
    /** Numbers were given to it too, and it may have had receipts that are another's now. */
    const mayHaveLost = ({ key }: Held): boolean => isChange && concerned.has(key) && !theirs.get(key)?.some(isNew)
    const telling = held.filter((one) => tells(one, theirs.get(one.key) ?? [], isNew) || mayHaveLost(one))
    const { rows: touched } =
      telling.length === 0
        ? { rows: [] }
        : await client.query<Touched>({ name: 'trade-touch', text: touch, values: [telling.map(({ key }) => key)] })
    const there = new Set(held.map(({ key }) => key))
    return { touched, isWhole: named.every((key) => there.has(key)) && owners.every(({ size }) => size > 0) }
  }

  return {
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
        receipts.map(({ guid }) => guid),
        receipts.map(({ role }) => role),
        receipts.map(({ direction }) => direction),
        receipts.map(({ document }) => document !== null),
        receipts.map(({ order }) => order && keyOf(order)),
      ]
      try {
        const { added, settled } = await inTransaction(pool, async (client) => {
          const { rows } = await client.query<Inserted>({ name: 'trade-receipts', text: insert, values })
          const added = new Set(rows.map(nameOf))
          const isNew = (receipt: StoredReceipt): boolean => added.has(nameOf(receipt))
          return { added, settled: await settle(client, receipts, isNew, added.size > 0) }
        })
        for (const touched of settled.touched) sink.take(touched, new Map())
        // What they tell of may have come while that was under way, and neither has seen the other.
        if (!settled.isWhole) {
          const late = await inTransaction(pool, (client) => settle(client, receipts, () => true, true))
          for (const touched of late.touched) sink.take(touched, new Map())
        }
        return receipts.map((_receipt, place) =>
          added.delete(`${keys[place]} ${digests[place]}`) ? 'new' : 'repeated',
        )
      } catch (cause) {
        throw new StoreError('TRADE_UNAVAILABLE', 'Receipts could not be stored: send them again.', { cause })
      }
    },
  }
}

const nameOf = ({ key, digest }: Inserted): string => `${key} ${digest}`

/** Roles on whose receipts a match, or a change, depends. */
const isHeld = (role: Role): boolean => role === 'list' || role === 'cancellation' || role === 'return'

/**
 * Whether receipts tell of a match: they grant a cancellation or a return, say a number of a list for the first time, or
 * how far its clearance has come.
 */
function tells(
  { role, direction }: Held,
  receipts: readonly StoredReceipt[],
  isNew: (receipt: StoredReceipt) => boolean,
): boolean {
  if (role !== 'list') return receipts.some(({ returnStatus }) => isFinal(kindOf(role, direction), returnStatus))
  // Whatever comes after it tells whether what was sent back has been declared again.
  if (receipts.some(({ returnStatus }) => returnStatus === '100') && receipts.some(isNew)) return true
  // A new number may have had others join that came before.
  const isNumbered = receipts.some((receipt) => isNew(receipt) && (receipt.preNo !== null || receipt.invtNo !== null))
  if (receipts.some((receipt) => (isNumbered || isNew(receipt)) && tellsOfClearance(receipt.returnStatus))) return true
  // Of receipts that do not name it the older ones may have become its own only now.
  const told = receipts.filter((receipt) => receipt.named && !isNew(receipt))
  const known = new Set(told.map(({ invtNo }) => invtNo))
  return receipts.some(
    (receipt) => receipt.invtNo !== null && (isNumbered || isNew(receipt)) && !known.has(receipt.invtNo),
  )
}

interface Held extends HeldList {
  role: Role
}

interface Settled {
  touched: Touched[]
  /** False where a document has not come. */
  isWhole: boolean
}

/** By its document, or else by the number that tells which one it is. */
export const receiptKey = ({ document, role, direction, preNo, invtNo, order }: TradeReceipt): string =>
  keyOf(document ?? JSON.stringify(['number', role, direction, preNo, invtNo, order]))
