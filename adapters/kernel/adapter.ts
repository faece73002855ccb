import type { DepartmentCache } from './cache.ts'
import type { DepartmentHttp } from './http.ts'
import type { RateLimit } from './rate.ts'
import type { CallScope } from './scope.ts'

/** How a department is spoken to: its contract's version, and loaders made anew for every request. */
export interface Adapter<Loaders> {
  contractVersion: string
  /** Names of the secrets it shows the department; their values come from configuration. */
  credentials: readonly string[]
  /** Most calls that the contract allows; left out where it states none. */
  rate?: RateLimit
  /** Called once for the hub's life; what it returns is called once a request. */
  connect(http: DepartmentHttp, cache: DepartmentCache): (scope: CallScope) => Loaders
}
