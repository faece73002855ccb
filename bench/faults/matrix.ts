/** The fault matrix as data: what stands behind the hub, how it fails, and what may come of it. */
import type { UpstreamProblem } from '../../adapters/kernel/errors.ts'
import { departmentIds, type DepartmentId } from '../../departments.ts'
import { proxyFaults, type ProxyFault } from '../../tests/support/fault-proxy.ts'

export type System = DepartmentId | 'Postgres' | 'Redis'
export const systems: readonly System[] = [...departmentIds, 'Postgres', 'Redis']

export const isDepartment = (system: System): system is DepartmentId => system !== 'Postgres' && system !== 'Redis'
export const faults = Object.keys(proxyFaults) as readonly ProxyFault[]

export interface Cell {
  system: System
  fault: ProxyFault
}

/** Causes that errors may name; none where every answer has to be whole. */
const causes: Readonly<Record<ProxyFault, readonly UpstreamProblem[]>> = {
  down: ['unreachable', 'suspended'],
  refused: ['unreachable', 'suspended'],
  hangs: ['timeout', 'suspended', 'busy'],
  slow: ['timeout', 'suspended', 'busy'],
  resets: ['unreachable', 'suspended'],
  half: ['unreachable', 'suspended'],
  garbage: ['contract'],
  huge: ['contract'],
  'wrong-record': ['contract'],
  clock: [],
  expired: ['untrusted', 'unreachable', 'suspended'],
}

/** What an error may say while the store fails: no record, so no answer; or no look at the grants, so nothing by them. */
const ofStore = ['AUDIT_UNAVAILABLE', 'POLICY_UNAVAILABLE'] as const

/** A cache that fails costs no answer. */
const ofCache: readonly string[] = []

export const allowed = ({ system, fault }: Cell): readonly string[] => {
  if (isDepartment(system)) return causes[fault]
  return system === 'Postgres' ? ofStore : ofCache
}

/** Why there is nothing to try; null where there is. */
export function doesNotApply({ system, fault }: Cell): string | null {
  if (isDepartment(system)) return null
  if (system === 'Redis') {
    if (fault === 'wrong-record') return 'no enterprise can be told from what is said to Redis: names are keyed hashes'
    return fault === 'clock' ? 'Redis says no time' : null
  }
  if (fault === 'wrong-record') return 'the store holds no records of enterprises; what it holds is the hub’s own'
  if (fault === 'clock') return 'the hub goes by its own clock: no time in an answer or a record is the database’s'
  return null
}

export const cells: readonly Cell[] = systems.flatMap((system) =>
  faults.map((fault) => ({ system, fault })).filter((cell) => doesNotApply(cell) === null),
)

/** Each is one call, so that what fails is all of a section. A department without any is asked for nothing. */
const sections: Readonly<Partial<Record<DepartmentId, string>>> = {
  customs: 'customs { creditGrade registration { code district filedOn } }',
  tax: 'tax { listedGradeA creditGrade exportRefundClass }',
  fx: 'fx { registered class }',
  market: 'name status market { registration { name kind establishedOn authority } }',
  postal: 'postal { monthlyVolumes { month parcels express } }',
  commerce: 'commerce { filing { number zone filedOn status } }',
}

/** What of an enterprise comes from a department. */
export const fieldsOf = (id: DepartmentId): readonly string[] => (id === 'market' ? ['name', 'status', 'market'] : [id])

/** All sections, or all but one. */
export const document = (without: System | null): string =>
  `query Sections($uscc: USCC!) { enterprise(uscc: $uscc) { uscc ${departmentIds
    .filter((id) => id !== without)
    .flatMap((id) => sections[id] ?? [])
    .join(' ')} } }`
