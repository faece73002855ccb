/** Who asks in the tables of the attacks: every viewer with its purpose, without, with another's, and within limits. */
import { departmentIds, departments, partners, type ViewerId } from '../../departments.ts'
import type { Asker } from '../leak/law.ts'
import type { Persona, Running } from '../support/harness.ts'

export interface Cast {
  name: string
  persona: Persona
  /** The same, for the law of tests/leak/law.ts. */
  asker: Asker
}

const usual: Partial<Record<ViewerId, string>> = {
  customs: 'clearance',
  tax: 'refund-review',
  fx: 'authenticity-review',
  market: 'quality-tracing',
  postal: 'delivery',
  commerce: 'statistics',
  bank: 'authenticity-review',
}

const viewers = Object.keys({ ...departments, ...partners }) as ViewerId[]

function cast(persona: Persona): Cast {
  const { as, purpose = null, divisions = [], mandate = [] } = persona
  const limits = [
    purpose ?? 'no purpose',
    ...(divisions.length === 0 ? [] : [`divisions ${divisions.join(' ')}`]),
    ...(mandate.length === 0 ? [] : ['with a mandate']),
  ]
  return { name: `${as}, ${limits.join(', ')}`, persona, asker: { as, purpose, divisions, mandate } }
}

/**
 * The table.
 * @param mandate credit codes that a mandate names
 */
export function castOf(mandate: readonly string[]): Cast[] {
  const stated = (as: ViewerId): Persona => {
    const purpose = usual[as]
    return purpose === undefined ? { as } : { as, purpose, purposes: [purpose] }
  }
  return [
    ...viewers.map(stated),
    ...viewers.map((as): Persona => ({ as })),
    // A purpose that only others hold grants for.
    ...viewers.map((as): Persona => {
      const purpose = as === 'customs' ? 'refund-review' : 'clearance'
      return { as, purpose, purposes: [purpose] }
    }),
    { ...stated('customs'), divisions: ['3307'] },
    { ...stated('tax'), divisions: ['35'] },
    { ...stated('fx'), divisions: ['3307', '3501'] },
    { ...stated('bank'), mandate },
    { ...stated('bank'), mandate, divisions: ['33'] },
  ].map(cast)
}

/** The first enterprise of a division that all departments know, as the witness lists it. */
export function knownToAll({ sandbox }: Running, division: string) {
  const found = sandbox.witness
    .list()
    .find(({ uscc, knownTo }) => uscc.startsWith(division, 2) && knownTo.length === departmentIds.length)
  if (found === undefined) throw new Error(`The world has no enterprise of ${division} that all departments know.`)
  return found
}
