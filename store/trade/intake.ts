/**
 * Takes trade documents over. Those that arrive while a statement is under way share the next one, so that many messages
 * share one fsync; a message is answered when all of its documents are durable. Handing in again what is not known to
 * have arrived does no harm.
 */
import type pg from 'pg'
import { reused, type TradeDocument } from '../../rules/trade/document.ts'
import { dayOf } from '../../rules/working-day.ts'
import { errorCode, StoreError } from '../errors.ts'
import { inTheOpen, insertDocuments, type Arrived, type Touched } from './arrivals.ts'
import { ensureMonths, monthOfDay } from './months.ts'
import type { PersonalVault } from './personal-vault.ts'

export type { Arrival, Arrived } from './arrivals.ts'

/** Whoever matches what has come. */
export interface ArrivalSink {
  /** Takes over what is durable; documents by the number under which they lie. */
  take(touched: Touched, documents: ReadonlyMap<string, TradeDocument>): void
  /** Resolves when there is room for more. */
  room(): Promise<void>
}

export interface TradeIntake {
  /**
   * Resolves when all are durable, and tells what became of each, in their order.
   * @param sender dxpId 传输编号; of a document that another one declared first nothing is changed
   * @throws StoreError TRADE_UNAVAILABLE when that is not known
   */
  receive(documents: readonly TradeDocument[], sender: string): Promise<Arrived[]>
  /** Waits for what is under way, and refuses what comes later. */
  close(): Promise<void>
}

/** Most documents in one statement. */
const mostAtOnce = 600
/** Most documents waiting; beyond it they are refused at once. */
const mostWaiting = 20_000

/** Waybills of one number, each more than six months from the others: more nobody gives out. */
const mostReuses = 8

/** What was handed in together. */
interface Handed {
  arrivals: Arrived[]
  open: number
  resolve(arrivals: Arrived[]): void
  reject(error: StoreError): void
}

interface Waiting {
  document: TradeDocument
  sender: string
  place: number
  handed: Handed
  /** How many documents of its number there are before it. */
  reuses: number
}

export function createTradeIntake(
  pool: pg.Pool,
  vault: PersonalVault,
  sink: ArrivalSink,
  now: () => Date = () => new Date(),
): TradeIntake {
  let queue: Waiting[] = []
  let writing: Promise<void> | null = null
  let closed = false
  let month = ''

  async function write(): Promise<void> {
    // What is handed in in the same turn shares the first statement.
    await Promise.resolve()
    while (queue.length > 0) {
      const batch = withoutRepeats(queue)
      queue = queue.slice(batch.length)
      await sink.room()
      await insert(batch)
    }
    writing = null
  }

  /** Inserts, or tells why not: of documents that cannot be kept each by itself, so that it keeps no other from it. */
  async function insert(batch: readonly Waiting[]): Promise<void> {
    try {
      await insertTogether(batch)
    } catch (cause) {
      if (!isOfDocuments(cause)) {
        for (const { handed } of batch) handed.reject(unavailable('could not be stored', cause))
      } else if (batch.length === 1) {
        for (const waiting of batch) arrived(waiting, { arrival: 'unstorable', preNo: '' })
      } else {
        const half = Math.ceil(batch.length / 2)
        await insert(batch.slice(0, half))
        await insert(batch.slice(half))
      }
    }
  }

  function arrived({ place, handed }: Waiting, said: Arrived): void {
    handed.arrivals[place] = said
    handed.open -= 1
    if (handed.open === 0) handed.resolve(handed.arrivals)
  }

  async function insertTogether(batch: readonly Waiting[]): Promise<void> {
    const day = dayOf(now())
    if (month !== monthOfDay(day)) {
      await ensureMonths(pool, day)
      month = monthOfDay(day)
    }
    const { arrivals, touched } = await insertDocuments(
      pool,
      vault,
      batch.map(({ document, sender }) => ({ ...document, sender })),
      day,
    )
    const stored = new Map<string, TradeDocument>()
    const again: Waiting[] = []
    for (const [index, { arrival, preNo, id }] of arrivals.entries()) {
      const waiting = batch[index]
      if (waiting === undefined) continue
      if (id !== null) stored.set(id, inTheOpen(waiting.document))
      if (arrival !== 'reused') arrived(waiting, { arrival, preNo })
      else if (waiting.reuses < mostReuses) again.push(asReused(waiting))
      else arrived(waiting, { arrival: 'stale', preNo })
    }
    if (touched !== null) sink.take(touched, stored)
    if (again.length > 0) await insert(again)
  }

  return {
    receive(documents, sender) {
      if (documents.length === 0) return Promise.resolve([])
      if (closed) return Promise.reject(unavailable('came while the hub stops'))
      if (queue.length + documents.length > mostWaiting)
        return Promise.reject(unavailable(`found ${queue.length} others waiting`))
      const { promise, resolve, reject } = Promise.withResolvers<Arrived[]>()
      const handed: Handed = { arrivals: [], open: documents.length, resolve, reject }
      for (const [place, document] of documents.entries()) queue.push({ document, sender, place, handed, reuses: 0 })
      writing ??= write()
      return promise
    },
    async close() {
      closed = true
      await writing
    },
  }
}

/** The first of those that wait, as far as no key comes twice: a statement can change a row once. */
function withoutRepeats(queue: readonly Waiting[]): Waiting[] {
  const keys = new Set<string>()
  const batch: Waiting[] = []
  for (const waiting of queue) {
    const { key } = waiting.document
    if (batch.length === mostAtOnce || keys.has(key)) break
    keys.add(key)
    batch.push(waiting)
  }
  return batch
}

/** As the next of its number. */
function asReused(waiting: Waiting): Waiting {
  const reuses = waiting.reuses + 1
  return { ...waiting, document: reused(waiting.document, reuses + 1), reuses }
}

/** Whether an error is of what was to be stored, and not of the database: classes 22 and 23, 54 where it is too large. */
const isOfDocuments = (error: unknown): boolean => /^(22|23|54)/.test(errorCode(error) ?? '')

const unavailable = (what: string, cause?: unknown): StoreError =>
  new StoreError('TRADE_UNAVAILABLE', `Trade documents ${what}: send them again.`, { cause })
