/**
 * How much a department may ask in a window of ten seconds: requests, and enterprises asked about. It is decided from
 * memory, at once. Where processes of the hub share their counts, each tells the others what it counted every tenth of a
 * second; what they share is that old at most, and where it cannot be had, each goes by its own.
 */
import { rateLimited } from './errors.ts'

/** Counts that processes share. */
export interface SharedCounts {
  /** Adds to a count, which is forgotten after so many ms. @returns what it is then; rejects where it cannot be told */
  add(key: string, amount: number, lifetime: number): Promise<number>
}

export interface Rates {
  /** Requests of a department in ten seconds. */
  requests: number
  /** Enterprises that they ask about, each request's for itself. */
  subjects: number
}

export interface RateLimits {
  /** Counts what a department asks. @throws GraphQLError RATE_LIMITED where it is too much */
  take(kind: keyof Rates, department: string, amount: number): void
  stop(): void
}

/** Length of a window, in ms. They begin at the same time in every process. */
export const rateWindow = 10_000
/** How often counts are shared, in ms. */
const every = 100

interface Count {
  /** What all processes counted, as far as this one was told; its own, where it was told nothing. */
  known: number
  /** What this one counted since. */
  fresh: number
}

const nouns = { requests: 'requests', subjects: 'enterprises' } as const

export function createRateLimits(
  rates: Rates,
  shared: SharedCounts | null,
  now = (): number => Date.now(),
): RateLimits {
  let window = -1
  let counts = new Map<string, Count>()

  const countOf = (key: string): Count => {
    const current = Math.floor(now() / rateWindow)
    if (current !== window) {
      window = current
      counts = new Map()
    }
    let count = counts.get(key)
    if (count === undefined) counts.set(key, (count = { known: 0, fresh: 0 }))
    return count
  }

  const share = async (with_: SharedCounts, key: string, count: Count): Promise<void> => {
    const amount = count.fresh
    count.known += amount
    count.fresh = 0
    // Where it fails, what this process counted still counts here.
    const all = await with_.add(`rate:${key}:${window}`, amount, rateWindow * 2).catch(() => count.known)
    count.known = Math.max(count.known, all)
  }
  const timer =
    shared === null
      ? undefined
      : setInterval(() => {
          for (const [key, count] of counts) if (count.fresh > 0) void share(shared, key, count)
        }, every)
  timer?.unref()

  return {
    take(kind, department, amount) {
      const allowed = rates[kind]
      const count = countOf(`${kind}:${department}`)
      if (count.known + count.fresh + amount > allowed) {
        const left = rateWindow - (now() % rateWindow)
        throw rateLimited(`${allowed} ${nouns[kind]} in ${rateWindow / 1000} seconds`, department, left)
      }
      count.fresh += amount
    },
    stop: () => clearInterval(timer),
  }
}
