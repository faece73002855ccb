/** What of a comparison can be believed, on a machine that has other things to do. */
import type { Measured } from './load.ts'
import { median } from './table.ts'
import type { Regime } from './throughput.ts'

/** What a server is compared by: answers a second, or its own processor time where those cannot be believed. */
export type Measure = 'perSecond' | 'own'

/** How much of the limit a server comes to, round by round. */
export const ratiosOf = (
  server: readonly Measured[],
  limit: readonly Measured[],
  by: Measure = 'perSecond',
): number[] =>
  server.map((round, at) => {
    const other = limit[at]?.[by] ?? Number.NaN
    return by === 'perSecond' ? round.perSecond / other : other / round.own
  })

/** Between the least and the most of some values, of their median. */
export const spread = (values: readonly number[]): number =>
  (Math.max(...values) - Math.min(...values)) / median(values)

/** More than this between rounds of the same, and the machine had too much else to do. */
export const tolerable = 0.15
/** A limit that leaves more of its core idle than this, without any delay, was held up by what loads it. */
const idle = 0.15

/** Of the limit, which every regime has first. */
export function steadiness({ delay, servers }: Regime) {
  const rounds = servers[0]?.rounds ?? []
  const of = (what: keyof Measured): number[] => rounds.map((round) => round[what])
  return {
    perSecond: spread(of('perSecond')),
    own: spread(of('own')),
    busy: median(of('busy')),
    isHeldUp: delay === 0 && median(of('busy')) < 1 - idle,
  }
}

/** What the servers of a regime can be compared by; null where the machine was too noisy for either. */
export function comparable(regime: Regime): Measure | null {
  const { perSecond, own, isHeldUp } = steadiness(regime)
  if (perSecond <= tolerable && !isHeldUp) return 'perSecond'
  return own <= tolerable ? 'own' : null
}
