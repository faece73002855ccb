/**
 * Matches lists 清单 with what belongs to them. A result is worked out from everything that is there, never from what came
 * when: whoever comes last sees the same as whoever comes first. What has come is durable before it is matched, and stays
 * noted until its results are; a process that dies leaves its work to the others, or to its next start.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { errorCode } from '../errors.ts'
import { inTransaction } from '../transaction.ts'
import type { Touched } from './arrivals.ts'
import { Bodies } from './bodies.ts'
import { noteChange } from './changes.ts'
import { decide } from './decide.ts'
import { holdGroup, savepoint, TooManyTogether, withoutHyphens } from './groups.ts'
import type { ArrivalSink } from './intake.ts'
import { store } from './results.ts'
import { beginCounting } from './statistics.ts'

export interface Matcher extends ArrivalSink {
  /** Insertions that are not matched yet, of those that came to this process. */
  waiting(): number
  /** How many lists are in which state. */
  counts(): Promise<Record<string, number>>
  /** Resolves when nothing is left to match, of this process or of any other. */
  idle(): Promise<void>
  /** Ends after what is under way. */
  close(): Promise<void>
}

export interface MatcherLimits {
  /** Arrivals not matched yet from which on the next must wait; 50 unless told. */
  waiting?: number
  /** Bodies kept for what comes next to the same order; 4,000 unless told. */
  bodies?: number
  /** Milliseconds after which what another process took over and did not match is matched here; 10,000 unless told. */
  patience?: number
}

/** After a failure, in ms: the database may be starting. */
const pauseAfterFailure = 500

/** After so many failures by itself, what has come is set aside: whoever runs the hub is told, and nobody waits for it. */
const mostFailures = 5

/** Arrivals that are matched together. */
const mostAtOnce = 8

/** 57014, 55P03: a statement, or its wait for a lock, took longer than it may, which says nothing of what has come. */
const isOfWaiting = (error: unknown): boolean => ['57014', '55P03'].includes(errorCode(error) ?? '')

/** @param onFailure told when a round of matching failed; it is tried again */
export function createMatcher(
  pool: pg.Pool,
  onFailure: (error: unknown) => void,
  { waiting = 50, bodies: mostBodies = 4_000, patience = 10_000 }: MatcherLimits = {},
): Matcher {
  const bodies = new Bodies(mostBodies)
  let queue: Touched[] = []
  let working: Promise<void> | null = null
  let closed = false
  let progress = Promise.withResolvers<void>()
  let sweeping: Promise<void> | null = null
  const sweep = setInterval(
    () =>
      void (sweeping ??= collectAll()
        .catch(onFailure)
        .finally(() => (sweeping = null))),
    patience / 2,
  ).unref()

  const room = async (): Promise<void> => {
    while (queue.length >= waiting && !closed) await progress.promise
  }

  const start = (): void => {
    working ??= work().finally(() => (working = null))
  }

  async function work(): Promise<void> {
    let isFailing = false
    // How many of the next are to be matched one by one, because too much hangs together with all of them.
    let single = 0
    while (queue.length > 0 && !closed) {
      // One that cannot be matched must not keep the others from it.
      const together = queue.slice(0, isFailing || single > 0 ? 1 : mostAtOnce)
      try {
        await round(together)
        single = Math.max(0, single - together.length)
        queue = queue.slice(together.length)
        isFailing = false
        progress.resolve()
        progress = Promise.withResolvers<void>()
      } catch (error) {
        if (error instanceof TooManyTogether) {
          single = together.length
          continue
        }
        onFailure(error)
        if (closed) return
        const rest = queue.slice(together.length)
        const counts = isFailing && !isOfWaiting(error)
        queue = counts && (await isSetAside(together[0]?.id)) ? rest : [...rest, ...together]
        isFailing = true
        if (closed) return
        await pause(pauseAfterFailure)
      }
    }
  }

  /** Counts a failure of one by itself, and says whether it is to be left alone; not where the database is to blame. */
  async function isSetAside(id: string | undefined): Promise<boolean> {
    const { rows } = await pool
      .query<{ failures: number }>(
        'update trade_arrival set failures = failures + 1 where id = $1::bigint returning failures',
        [id],
      )
      .catch(() => ({ rows: [] }))
    return (rows[0]?.failures ?? 0) >= mostFailures
  }

  const round = (together: readonly Touched[]): Promise<void> =>
    inTransaction(
      pool,
      async (client) => {
        await match(client, together)
        await client.query('delete from trade_arrival where id = any($1::bigint[])', [together.map(({ id }) => id)])
      },
      `begin; ${beginCounting}; savepoint ${savepoint}`,
    )

  async function match(client: pg.PoolClient, together: readonly Touched[]): Promise<void> {
    const group = await holdGroup(client, together)
    const documents = group === null ? [] : await store(client, group, await decide(client, group, bodies), bodies)
    // The orders of those are told with them.
    const changed = new Set(documents)
    const told = new Set(group?.lists.flatMap(({ key, order }) => (changed.has(key) ? (order ?? []) : [])))
    const orders = together.flatMap((one) => one.orders.map(withoutHyphens)).filter((order) => !told.has(order))
    await noteChange(client, { documents, orders: [...new Set(orders)], numbers: [] })
  }

  /** Takes on some of what has waited so many ms, which processes that are gone have left behind; says how many. */
  async function collect(age: number): Promise<number> {
    const { rows } = await pool.query<Touched>(
      `select id::text, orders, waybills, numbers from trade_arrival
       where received_at < now() - make_interval(secs => $1) and failures < $2 and id <> all ($3::bigint[])
       order by id limit 100`,
      [age / 1000, mostFailures, queue.map(({ id }) => id)],
    )
    const mine = new Set(queue.map(({ id }) => id))
    const taken = rows.filter(({ id }) => !mine.has(id))
    queue.push(...taken)
    if (queue.length > 0) start()
    return taken.length
  }

  /** Takes on all that has waited for long, as there is room for it. */
  async function collectAll(): Promise<void> {
    while (!closed && (await collect(patience)) > 0) await room()
  }

  return {
    take(touched, documents) {
      // It is durable, and another process or the next start matches it.
      if (closed) return
      for (const [id, document] of documents) bodies.put(id, document)
      queue.push(touched)
      start()
    },
    room,
    waiting: () => queue.length,
    async counts() {
      const { rows } = await pool.query<{ state: string; lists: number }>(
        'select state, count(*)::int as lists from trade_match group by state order by state',
      )
      return Object.fromEntries(rows.map(({ state, lists }) => [state, lists]))
    },
    async idle() {
      let taken: number
      do {
        taken = await collect(0)
        await working
      } while ((taken > 0 || queue.length > 0) && !closed)
    },
    async close() {
      closed = true
      clearInterval(sweep)
      progress.resolve()
      await sweeping
      await working
    },
  }
}
