/** What resolvers are given: the loaders of one request, and who is asking. */
import type { Loaders } from '../codegen/generated/grid.ts'
import type { Guarded } from '../auth/guard.ts'
import type { Cursors } from '../rules/page.ts'

/** The entity: what its fields resolve from is its key alone. */
export interface Enterprise {
  uscc: string
}

/** Who is asking, as `me` shows it. */
export interface Viewer {
  department: string
  subject: string
  purposes: string[]
  purpose: string | null
  divisions: string[]
  policyVersion: string
}

/** A department and how it has been answering. */
export interface Department {
  id: string
  nameEn: string
  nameZh: string
  contractVersion: string
  health: 'UP' | 'DEGRADED' | 'DOWN' | 'UNKNOWN'
  latencyMs: number | null
  lastCallAt: string | null
}

export interface Context extends Guarded {
  load: Loaders
  /** Cursors of a list, by its coordinate, for whoever asks. */
  cursors: (list: string) => Cursors
  viewer: Viewer
  departments: () => Department[]
}
