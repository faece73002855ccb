/**
 * Tells of changes of trade documents to those who wait for them, in this process, whichever process made them: as long as
 * anyone waits, it looks four times a second what was committed since, as the hub does for grants. A notification of the
 * database would come sooner, but takes a connection of its own, which poolers do not give, and a lock of all commits.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'

/** What a round changed; keys as in the tables. */
export interface Changed {
  documents: readonly string[]
  /** Those that something came to beside. */
  orders: readonly string[]
  /** invtNo 清单编号 that receipts gave. */
  numbers: readonly string[]
}

/** Writes it down, to be told of when the transaction is committed. */
export async function noteChange(client: pg.PoolClient, { documents, orders, numbers }: Changed): Promise<void> {
  if (documents.length + orders.length + numbers.length === 0) return
  await client.query({ name: 'trade-change', text: note, values: [documents, orders, numbers] })
}

const note = `
  insert into trade_change (documents, orders, numbers)
  values ($1::uuid[], $2::uuid[], $3::text[])`

/** What changes are waited for by: a list, an order or a seller by its key or code, a list by its number. */
export type Name = `${'list' | 'order' | 'number' | 'seller'} ${string}`

/**
 * Changes since the last that was taken, as keys of lists, at most 100 of them; the rest comes with the next. There are
 * none where something else that was waited for has changed.
 */
export interface Watch extends AsyncIterableIterator<readonly string[], undefined> {
  /** Waits for more; what may have changed before that counts as a change. */
  also(name: Name): void
  /** As if something had changed. */
  wake(): void
  /** Has lists that were taken come again with the next. */
  putBack(lists: readonly string[]): void
  /** Ends it; whoever waits for the next is told. */
  end(): void
  /** True where it ended since more lists had changed than are kept for it. */
  readonly isBehind: boolean
}

export interface TradeChanges {
  /** Begins to wait: what is committed after it resolves is told. */
  watch(names: readonly Name[]): Promise<Watch>
  /** Ends all of them. */
  close(): Promise<void>
}

/** Between two looks, in ms. */
const usually = 250
/** How long changes are kept, and after which time without a look some may be gone, in seconds. */
const kept = 120
const lost = 60
/** Lists that one event tells of, and that are kept for one who does not take them. */
const mostAtOnce = 100
const mostWaiting = 2_000

const plain = (column: string): string => `replace(${column}::text, '-', '')`

// A snapshot tells for good what was committed before it, in whatever order: so each change is seen once, and none missed.
const look = `
  with changed as materialized (
    select documents, orders, numbers from trade_change where not pg_visible_in_snapshot(xid, $1::pg_snapshot)
  ), head as materialized (
    select key, role, order_key, waybill_key, seller, invt_no
    from (select distinct unnest(documents) as key from changed) as named join trade_head using (key)
  ), list as (
    select key, order_key, seller, invt_no from head where role = 'list'
    union
    -- What is told of a seller's lists must not say that a waybill has changed, which may be another's.
    select list.key, list.order_key, null, list.invt_no
    from head join trade_head as list on list.waybill_key = head.waybill_key and list.role = 'list'
    where head.role = 'waybill'
  )
  select pg_current_snapshot()::text as snapshot,
    (select json_agg(json_build_array(${plain('key')}, ${plain('order_key')}, seller, invt_no)) from list) as lists,
    array(select ${plain('order_key')} from head where role <> 'list' and order_key is not null
      union select ${plain('unnest(orders)')} from changed) as orders,
    array(select distinct unnest(numbers) from changed) as numbers`

interface Looked {
  snapshot: string
  lists: [key: string, order: string | null, seller: string | null, number: string | null][] | null
  orders: string[]
  numbers: string[]
}

const now = 'select pg_current_snapshot()::text as snapshot'
const prune = `delete from trade_change where at < now() - make_interval(secs => ${kept})`

/** @param onFailure told when a look failed; it is tried again */
export function createTradeChanges(pool: pg.Pool, onFailure: (error: unknown) => void, every = usually): TradeChanges {
  const waiting = new Map<Name, Set<OpenWatch>>()
  let looking: Promise<void> | null = null
  /** Of the last look; null while nobody waits. */
  let snapshot: string | null = null
  let lookedAt = 0
  let beginning: Promise<void> | null = null
  let closed = false
  const pruning = setInterval(() => void pool.query(prune).catch(onFailure), (kept / 2) * 1000).unref()

  const open = (): Set<OpenWatch> => new Set([...waiting.values()].flatMap((those) => [...those]))
  const tell = (name: Name, list: string | null): void => {
    for (const watch of waiting.get(name) ?? []) watch.tell(list)
  }

  async function lookOnce(since: string): Promise<void> {
    const { rows } = await pool.query<Looked>({ name: 'trade-changes', text: look, values: [since] })
    const [found] = rows
    if (found === undefined) throw new TypeError('A look at changes said nothing.')
    // Rows may be gone that nobody saw.
    const isLate = performance.now() - lookedAt > lost * 1000
    snapshot = found.snapshot
    lookedAt = performance.now()
    if (isLate) for (const watch of open()) watch.miss()
    for (const [list, order, seller, number] of found.lists ?? []) {
      tell(`list ${list}`, list)
      if (order !== null) tell(`order ${order}`, list)
      if (seller !== null) tell(`seller ${seller}`, list)
      if (number !== null) tell(`number ${number}`, list)
    }
    for (const order of found.orders) tell(`order ${order}`, null)
    for (const number of found.numbers) tell(`number ${number}`, null)
  }

  async function lookOn(): Promise<void> {
    let isFailing = false
    while (!closed) {
      await pause(every, undefined, { ref: false })
      if (waiting.size === 0 || snapshot === null) break
      try {
        await lookOnce(snapshot)
        isFailing = false
      } catch (error) {
        if (!isFailing) onFailure(error)
        isFailing = true
      }
    }
    snapshot = null
    looking = null
  }

  async function begin(): Promise<void> {
    const { rows } = await pool.query<{ snapshot: string }>(now)
    snapshot = rows[0]?.snapshot ?? null
    lookedAt = performance.now()
    looking ??= lookOn()
  }

  return {
    async watch(names) {
      const watch = new OpenWatch(waiting)
      for (const name of names) watch.wait(name)
      try {
        if (closed) watch.end()
        else if (snapshot === null) await (beginning ??= begin().finally(() => (beginning = null)))
      } catch (error) {
        watch.end()
        throw error
      }
      return watch
    },
    async close() {
      closed = true
      clearInterval(pruning)
      for (const watch of open()) watch.end()
      await looking
    },
  }
}

/** One who waits. What has changed is kept until it is taken, so that who takes it late is told less often, of as much. */
class OpenWatch implements Watch {
  readonly names = new Set<Name>()
  isBehind = false
  readonly #waiting: Map<Name, Set<OpenWatch>>
  readonly #lists = new Set<string>()
  #isWoken = false
  #hasEnded = false
  #taker = Promise.withResolvers<void>()

  constructor(waiting: Map<Name, Set<OpenWatch>>) {
    this.#waiting = waiting
  }

  wait(name: Name): void {
    if (this.#hasEnded) return
    this.names.add(name)
    const those = this.#waiting.get(name)
    if (those === undefined) this.#waiting.set(name, new Set([this]))
    else those.add(this)
  }

  also(name: Name): void {
    if (this.names.has(name)) return
    this.wait(name)
    this.wake()
  }

  wake(): void {
    this.#isWoken = true
    this.#taker.resolve()
  }

  putBack(lists: readonly string[]): void {
    for (const list of lists) this.#lists.add(list)
  }

  /** @param list the one that has changed; null where it is something else */
  tell(list: string | null): void {
    if (list !== null) this.#lists.add(list)
    if (this.#lists.size > mostWaiting) this.miss()
    else this.wake()
  }

  /** What has changed is not known: whoever waits for lists one by one has to begin anew. */
  miss(): void {
    if ([...this.names].some((name) => name.startsWith('seller '))) {
      this.isBehind = true
      this.end()
    } else this.wake()
  }

  end(): void {
    this.#hasEnded = true
    for (const name of this.names) {
      const those = this.#waiting.get(name)
      those?.delete(this)
      if (those?.size === 0) this.#waiting.delete(name)
    }
    this.#taker.resolve()
  }

  async next(): Promise<IteratorResult<readonly string[], undefined>> {
    while (!this.#isWoken && !this.#hasEnded) {
      await this.#taker.promise
      if (!this.#isWoken) this.#taker = Promise.withResolvers()
    }
    if (this.#hasEnded) return { done: true, value: undefined }
    const taken = [...this.#lists].slice(0, mostAtOnce)
    for (const list of taken) this.#lists.delete(list)
    this.#isWoken = this.#lists.size > 0
    if (!this.#isWoken) this.#taker = Promise.withResolvers()
    return { done: false, value: taken }
  }

  async return(): Promise<IteratorResult<readonly string[], undefined>> {
    this.end()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
