import type { Decision } from './decide.ts'
import { applyFor, type Denial, type Remedy } from './denial.ts'
import type { Coordinate, Owner } from './vocabulary.ts'

/** A field that the viewer may not read. The hub turns it into the client's error. */
export class Denied extends Error {
  readonly coordinate: Coordinate
  readonly owner: Owner
  readonly item: string | null
  readonly denial: Denial
  /** What to apply for; null where applying does not help. */
  readonly apply: Remedy | null
  constructor(decision: Pick<Decision, 'coordinate' | 'owner' | 'item' | 'denial' | 'remedy'>) {
    super(decision.denial.reason)
    this.name = 'Denied'
    this.coordinate = decision.coordinate
    this.owner = decision.owner
    this.item = decision.item
    this.denial = decision.denial
    this.apply = applyFor(decision)
  }
}
