/** A database of trade documents with two processes at it, what comes to them in any order, and what is asked of them. */
import { keyNamed, type TradeDocument } from '../../rules/trade/document.ts'
import { periodOf } from '../../rules/trade/period.ts'
import type { TradeReceipt } from '../../rules/trade/receipt.ts'
import type { Subject } from '../../rules/trade/statistics.ts'
import { keyOf } from '../../store/trade/arrivals.ts'
import { createTradeIntake, type Arrived } from '../../store/trade/intake.ts'
import { createMatcher, type Matcher } from '../../store/trade/matcher.ts'
import { createPersonalVault, type PersonalVault } from '../../store/trade/personal-vault.ts'
import { createTradeReceipts, type TradeReceipts } from '../../store/trade/receipts.ts'
import type { StatisticsQuery } from '../../store/trade/statistics-query.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'

export interface Process {
  /** Hands in as the one sender of the tests, or as another. */
  intake: { receive(this: void, documents: readonly TradeDocument[], sender?: string): Promise<Arrived[]> }
  receipts: TradeReceipts
  matcher: Matcher
}

export interface Stored {
  database: FreshDatabase
  vault: PersonalVault
  one: Process
  other: Process
  /** What went wrong in matching, since the last time that it was cleared. */
  failures: unknown[]
  /** States of lists by what they are called; those that are not among the documents by their keys. */
  states(
    this: void,
    documents: readonly TradeDocument[],
    called?: (list: TradeDocument) => string,
  ): Promise<Record<string, string>>
  /** Resolves when all that has come is matched. */
  settled(this: void): Promise<void>
  /** After all that has come is matched, which holds the tables that are emptied. */
  clear(): Promise<void>
  close(): Promise<void>
}

export const now = (): Date => new Date('2026-11-21T04:00:00Z')

export async function openStored(): Promise<Stored> {
  const database = await freshDatabase()
  const { pool } = database
  const vault = createPersonalVault(Buffer.alloc(32, 7))
  const failures: unknown[] = []
  const stops: (() => Promise<void>)[] = []
  const start = (): Process => {
    const matcher = createMatcher(pool, (error) => failures.push(error), { patience: 60_000, bodies: 20 })
    const intake = createTradeIntake(pool, vault, matcher, now)
    stops.push(async () => {
      await intake.close()
      await matcher.close()
    })
    return {
      matcher,
      intake: { receive: (documents, sender = 'DXPENT0000000001') => intake.receive(documents, sender) },
      receipts: createTradeReceipts(pool, vault, matcher),
    }
  }
  const [one, other] = [start(), start()]
  const settled = async (): Promise<void> => {
    await one.matcher.idle()
    await other.matcher.idle()
  }
  return {
    database,
    vault,
    one,
    other,
    failures,
    async states(documents, called = ({ head }) => head.copNo ?? '') {
      const { rows } = await pool.query<{ list: string; state: string }>(
        `select replace(list::text, '-', '') as list, state from trade_match`,
      )
      const names = new Map(documents.map((document) => [keyOf(document.key), called(document)]))
      return Object.fromEntries(rows.map(({ list, state }) => [names.get(list) ?? list, state]))
    },
    settled,
    async clear() {
      await settled()
      await pool.query(
        `truncate trade_document, trade_head, trade_arrival, trade_match, trade_receipt, trade_summary, trade_summary_list, trade_carriage,
          trade_statistics, trade_statistics_delta, trade_statistics_year, trade_edition, trade_edition_part`,
      )
      failures.length = 0
    },
    async close() {
      for (const stop of stops) await stop()
      await database.drop()
    },
  }
}

/**
 * Takes each step once, in an order that is chosen, and some of them while others are under way.
 * @param choose a number from 0 on, below the count that it is given
 */
export async function inAnyOrder(
  steps: readonly (() => Promise<unknown>)[],
  choose: (count: number) => number,
): Promise<void> {
  const left = [...steps]
  const under: Promise<unknown>[] = []
  while (left.length > 0) {
    under.push(...left.splice(choose(left.length), 1).map((step) => step()))
    if (choose(3) === 0) await Promise.all(under.splice(0))
  }
  await Promise.all(under)
}

/** What asks for all that was traded in a period, e.g. `2026-Q4`, by subject. */
export function everythingIn(text: string, subject: Subject = 'city'): StatisticsQuery {
  const period = periodOf(text)
  if (period === null) throw new RangeError(`${text} is no period.`)
  return {
    subject,
    period,
    city: null,
    district: null,
    offices: null,
    local: [],
    category: null,
    direction: null,
    modes: null,
    times: null,
  }
}

/** The status with which customs grants a cancellation or a return. */
export const grantOf = ({ kind }: TradeDocument): string => (kind === '213' ? '800' : '399')

/** A receipt of customs for a document. */
export const receiptFor = (
  { kind, role, head, direction }: TradeDocument,
  status: string,
  info = '',
  at = '20261121120000000',
): TradeReceipt => ({
  guid: `${status}-${head.copNo}`,
  role,
  document: keyNamed(kind, head),
  direction,
  status,
  at,
  info,
  preNo: null,
  invtNo: null,
  order: null,
})
