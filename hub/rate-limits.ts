/**
 * How much a department may ask in a window of ten seconds: requests, and enterprises asked about. It is decided from
 * memory, at once. Where processes of the hub share their counts, each tells the others what it counted every tenth of a
 * second; what they share is that old at most, and where it cannot be had, each goes by its own.
 */
import { rateLimited } from './errors.ts'

/** Counts that processes share. */
export interface SharedCounts {
  /**
   * Tells all that this process has counted, which is forgotten after so many ms. To tell it again, or a smaller one late,
   * changes nothing. @returns what the others have counted; rejects where that cannot be told, whether it was taken or not
   */
  tell(key: string, total: number, lifetime: number): Promise<number>
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
  /** What this process counted. */
  own: number
  /** What of it the others can know. */
  told: number
  /** What the others had counted, as far as this one was told. */
  others: number
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
    if (count === undefined) counts.set(key, (count = { own: 0, told: 0, others: 0 }))
    return count
  }

  const share = async (with_: SharedCounts, key: string, count: Count): Promise<void> => {
    const total = count.own
    // Where it fails it may have been taken all the same; it is told again at the next turn, which changes nothing then.
    const others = await with_.tell(`counted:${key}:${window}`, total, rateWindow * 2).catch(() => null)
    if (others === null) return
    count.told = Math.max(count.told, total)
    count.others = Math.max(count.others, others)
  }
  const timer =
    shared === null
      ? undefined
      : setInterval(() => {
          for (const [key, count] of counts) if (count.own > count.told) void share(shared, key, count)
        }, every)
  timer?.unref()

  return {
    take(kind, department, amount) {
      const allowed = rates[kind]
      const count = countOf(`${kind}:${department}`)
      if (count.others + count.own + amount > allowed) {
        const left = rateWindow - (now() % rateWindow)
        throw rateLimited(`${allowed} ${nouns[kind]} in ${rateWindow / 1000} seconds`, department, left)
      }
      count.own += amount
    },
    stop: () => clearInterval(timer),
  }
}
