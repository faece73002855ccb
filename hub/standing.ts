/** How the grants of a plan stand while its request is under way: still in force, and within their quotas. */
import { admits } from '../auth/decide.ts'
import type { Guarded } from '../auth/guard.ts'
import type { Quotas } from '../store/quotas.ts'
import type { LivePolicy } from './live-policy.ts'
import type { Trace } from './trace.ts'

type Standing = Pick<Guarded, 'mandate' | 'lapseOf' | 'count'>

const placeOf = (grant: string, uscc: string): string => `${grant} ${uscc}`

export function standing(
  trace: Trace,
  mandate: ReadonlySet<string>,
  policy: Pick<LivePolicy, 'standingOf'>,
  quotas: Quotas,
): Standing {
  const { exhausted, ended } = trace
  /** Grants by which something may have been shown: the ledger never says less than that. */
  const held = new Set<string>()
  return {
    mandate,
    lapseOf(grant, uscc) {
      const standing = policy.standingOf(grant)
      if (standing !== 'active') {
        if (!held.has(grant)) ended.add(grant)
        return standing
      }
      held.add(grant)
      // It was not known before: what is shown by it now is on record, and what was refused with it.
      ended.delete(grant)
      return exhausted.size > 0 && uscc !== undefined && exhausted.has(placeOf(grant, uscc)) ? 'quota' : null
    },
    count(usccs, root) {
      const used = (trace.plan?.quotas.get(root) ?? []).map(({ grant, perDay, filter }) => ({
        grant,
        perDay,
        reached: usccs.filter((uscc) => admits(filter, uscc, mandate)),
      }))
      if (!used.some(({ reached }) => reached.length > 0)) return null
      return Promise.all(
        used.map(async ({ grant, perDay, reached }) => {
          if (reached.length === 0) return
          for (const uscc of await quotas.count(grant, perDay, reached)) {
            exhausted.set(placeOf(grant, uscc), { grant, uscc })
          }
        }),
      ).then(() => undefined)
    },
  }
}
