/** How many connections and subscriptions each department has to this process, of as many as it may have at once. */
import { limitExceeded } from './errors.ts'
import type { Limits } from './limits.ts'

type Kind = keyof Pick<Limits, 'connections' | 'subscriptions'>

export interface Places {
  /**
   * Takes one, and says how it is given back, which may be done more than once.
   * @throws GraphQLError LIMIT_EXCEEDED
   */
  take(kind: Kind, department: string): () => void
  /** How many are taken, by all departments. */
  taken(kind: Kind): number
}

export function createPlaces(limits: Pick<Limits, Kind>): Places {
  const counts = { connections: new Map<string, number>(), subscriptions: new Map<string, number>() }
  return {
    take(kind, department) {
      const [count, allowed] = [counts[kind], limits[kind]]
      const taken = count.get(department) ?? 0
      if (taken >= allowed) {
        throw limitExceeded(`${department} may have ${allowed} ${kind} at once, and has them.`, {
          limit: kind,
          allowed,
        })
      }
      count.set(department, taken + 1)
      let isTaken = true
      return () => {
        if (isTaken) count.set(department, (count.get(department) ?? 0) - 1)
        isTaken = false
      }
    },
    taken: (kind) => [...counts[kind].values()].reduce((sum, count) => sum + count, 0),
  }
}
