import type pg from 'pg'
import { dayOf } from '../rules/working-day.ts'

/** Counts the distinct enterprises that a grant is used for on a day (Beijing time). */
export interface Quotas {
  /** Counts these enterprises; what comes back are those beyond the quota. Each enterprise counts once a day. */
  count(grant: string, perDay: number, usccs: readonly string[]): Promise<readonly string[]>
}

/** Quotas over all processes of the hub; what this process has counted today is not asked for again. */
export function createQuotas(pool: pg.Pool, now: () => Date = () => new Date()): Quotas {
  let today = ''
  let known = new Map<string, Set<string>>()
  return {
    async count(grant, perDay, usccs) {
      const day = dayOf(now())
      if (day !== today) {
        today = day
        known = new Map()
      }
      let counted = known.get(grant)
      if (counted === undefined) known.set(grant, (counted = new Set()))
      const held = counted
      const fresh = usccs.filter((uscc) => !held.has(uscc))
      if (fresh.length === 0) return []
      const { rows } = await pool.query<{ beyond: string[] }>('select count_subjects($1, $2, $3, $4) as beyond', [
        grant,
        day,
        perDay,
        fresh,
      ])
      const beyond = rows[0]?.beyond ?? fresh
      for (const uscc of fresh) if (!beyond.includes(uscc)) held.add(uscc)
      return beyond
    },
  }
}
