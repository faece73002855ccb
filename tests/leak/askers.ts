/** Random askers: any viewer, by its usual purpose or another's or none, within divisions, with a mandate. */
import { departments, partners, type ViewerId } from '../../departments.ts'
import { purposes, type Asker } from './law.ts'
import type { Random } from './random.ts'
import type { Tree } from './truth.ts'

const viewers = Object.keys({ ...departments, ...partners }) as ViewerId[]

/** What each asks for as a rule; nothing for whoever holds no grant. */
const usualPurposes = new Map<ViewerId, string>([
  ['customs', 'clearance'],
  ['tax', 'refund-review'],
  ['fx', 'authenticity-review'],
  ['market', 'quality-tracing'],
  ['postal', 'delivery'],
  ['commerce', 'statistics'],
  ['bank', 'authenticity-review'],
])

export type Caller = Asker & { as: ViewerId; purposes: string[] }

export function randomAsker(random: Random, usccs: readonly string[]): Caller {
  const as = random.pick(viewers)
  const purpose = randomPurpose(random, as)
  return {
    as,
    purpose,
    purposes: [
      ...new Set([...(purpose === null ? [] : [purpose]), ...(random.chance(40) ? random.some(purposes, 3) : [])]),
    ],
    divisions: randomDivisions(random),
    mandate: as === 'bank' ? randomMandate(random, usccs) : [],
  }
}

function randomPurpose(random: Random, as: ViewerId): string | null {
  const stated = random.chance(75) ? random.pick(purposes) : null
  return random.chance(60) ? (usualPurposes.get(as) ?? null) : stated
}
const randomDivisions = (random: Random) =>
  random.chance(70) ? [] : random.pick([['3501'], ['3506', '3307'], ['350102'], ['33']])
const randomMandate = (random: Random, usccs: readonly string[]) => (random.chance(75) ? random.some(usccs, 6) : [])

/** The same question again with one thing changed. */
export function varied(random: Random, asker: Caller, variables: Tree, usccs: readonly string[]): [Caller, Tree] {
  switch (random.below(5)) {
    case 0:
      return [{ ...asker, as: random.pick(viewers) }, variables]
    case 1: {
      const purpose = randomPurpose(random, asker.as)
      return [{ ...asker, purpose, purposes: purpose === null ? [] : [purpose] }, variables]
    }
    case 2:
      return [{ ...asker, divisions: randomDivisions(random) }, variables]
    case 3:
      return [{ ...asker, mandate: asker.as === 'bank' ? randomMandate(random, usccs) : [] }, variables]
    default: {
      const turned = Object.entries(variables).map(([name, value]) => [
        name,
        typeof value === 'boolean' ? !value : value,
      ])
      return [asker, Object.fromEntries(turned) as Tree]
    }
  }
}
