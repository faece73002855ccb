/** What the hub knows of open disputes 校核 and says of them: who may open one, and which shown fields are disputed. */
import type { UpstreamProblem } from '../adapters/kernel/errors.ts'
import type { Obtained } from '../adapters/kernel/scope.ts'
import { disputableField } from '../auth/disputable.ts'
import type { Catalogue } from '../auth/catalogue.ts'
import type { Guarded } from '../auth/guard.ts'
import type { Principal } from '../auth/token.ts'
import type { DepartmentId } from '../departments.ts'
import { isInTerm } from '../rules/grant.ts'
import type { Disputable } from '../store/sharing/correction-service.ts'
import type { OpenDispute } from '../store/sharing/corrections.ts'
import type { PolicyState } from './plans.ts'
import type { Trace } from './trace.ts'
import { viewerOf } from './viewer.ts'

/** Open disputes by coordinate and credit code. */
export type Disputes = ReadonlyMap<string, OpenDispute>

const keyOf = (coordinate: string, uscc: string): string => `${coordinate} ${uscc}`

export const disputesOf = (open: readonly OpenDispute[]): Disputes =>
  new Map(open.map((dispute) => [keyOf(dispute.coordinate, dispute.uscc), dispute]))

/** Notes what is shown although it is disputed; null, so that nothing is noted, where there is no dispute at all. */
export const disputeWatch = (trace: Trace, disputes: Disputes): Guarded['shown'] =>
  disputes.size === 0
    ? null
    : (coordinate, uscc) => {
        const key = keyOf(coordinate, uscc)
        const dispute = disputes.get(key)
        if (dispute !== undefined) trace.disputed.set(key, dispute)
      }

/** A disputed field of an answer, as provenance says it. */
export interface Disputed {
  coordinate: string
  uscc: string
  since: string
}

/** What an answer says of a department's part of it. */
interface Said {
  department: DepartmentId
  fetchedAt: string
  freshness: Obtained
  /** Of the longest call, to a tenth. */
  milliseconds: number
  /** Of a copy, in whole seconds. */
  age?: number
  /** Why an old copy had to do. */
  cause?: UpstreamProblem
  disputed?: Disputed[]
}

/** The provenance of an answer, with what of it the providers have been asked to verify (art. 26). */
export function provenanceOf({ provenance, disputed }: Trace): Said[] {
  const departments: Said[] = []
  for (const { department, fetchedAt, freshness, milliseconds, cause } of provenance.values()) {
    const said: Said = {
      department,
      fetchedAt: fetchedAt.toISOString(),
      freshness,
      milliseconds: Math.round(milliseconds * 10) / 10,
    }
    if (freshness === 'cached' || freshness === 'stale') said.age = ageOf(fetchedAt)
    if (cause !== null) said.cause = cause
    departments.push(said)
  }
  if (disputed.size === 0) return departments
  const all = [...disputed.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, dispute]) => dispute)
  return departments.map((said) => {
    const its = all
      .filter(({ provider }) => provider === said.department)
      .map(({ coordinate, uscc, since }): Disputed => ({ coordinate, uscc, since: since.toISOString() }))
    return its.length === 0 ? said : { ...said, disputed: its }
  })
}

/** In whole seconds. */
const ageOf = (at: Date): number => Math.max(0, Math.floor((Date.now() - at.getTime()) / 1000))

/** Says for a caller which fields it may dispute. A sharing office may dispute what its officers may read. */
export function disputableBy(
  principal: Principal | null,
  purpose: string | null,
  catalogue: Catalogue,
  policy: () => PolicyState,
): Disputable {
  return (coordinate, uscc) => {
    if (principal === null) return null
    const at = new Date()
    const { roles, mandate } = principal
    const reads = roles.some((role) => role === 'officer' || role === 'steward')
    const viewer = { ...viewerOf(principal, purpose), reads }
    const { grants, published } = policy()
    const inTerm = grants.filter((grant) => isInTerm(grant, at))
    const decidedBy = { catalogue: { ...catalogue, published }, grants: inTerm, viewer }
    return disputableField(decidedBy, mandate, coordinate, uscc)
  }
}
