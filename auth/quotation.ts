/** Values that are quoted elsewhere than in their own field: they are read as far as that may be read. */
import { masks } from '../rules/mask.ts'
import { denied, outcomeFor, type Decision, type Holds, type Outcome } from './decide.ts'
import { unplanned } from './denial.ts'
import { Denied } from './denied.ts'
import type { Plan } from './plan.ts'
import { onceHad } from './reach.ts'
import type { Coordinate } from './vocabulary.ts'

/** A value of other fields, which stood beside a value of yet others: both say something of each other. */
export interface Quotation {
  /**
   * The field that the value stands in, or all that it is worked out from; empty where it is the same whatever documents
   * say, null where the view has no such field.
   */
  quotes: readonly Coordinate[] | null
  beside: readonly Coordinate[] | null
  /** Its document is nobody's, whosever the quotation is: for who may read everybody's, to others as if not there. */
  nobodys: boolean
  readonly value: Promise<string | null> | string | null
}

/**
 * The value, as far as its own field may be read; nothing where that which it stood beside may not. One that is worked out
 * from several fields is shown where each of them may be read in full.
 * @param known fields that may be quoted
 * @param subject the enterprise that the quotation is of
 */
export function quoted(
  quotation: Quotation,
  known: readonly Coordinate[],
  subject: string | undefined,
  context: Holds & { plan: Plan },
): unknown {
  const { quotes, beside, nobodys } = quotation
  if (quotes === null || beside === null) return null
  const decisionOf = (coordinate: Coordinate): Decision => {
    const decision = known.includes(coordinate) ? context.plan.decisions.get(coordinate) : undefined
    if (decision === undefined)
      throw new Denied({ coordinate, owner: 'hub', item: null, denial: unplanned(coordinate), remedy: null })
    if (outcomeFor(decision, subject, context) === null) throw new Denied(denied(decision, subject, context))
    return decision
  }
  for (const coordinate of beside) decisionOf(coordinate)
  const ways = quotes.map((coordinate) => outcomeFor(decisionOf(coordinate), nobodys ? undefined : subject, context))
  if (ways.includes(null)) return null
  if (ways.length > 1 && ways.some((way) => way?.effect !== 'ALLOW')) return null
  const [way] = ways
  // Read where it is shown alone.
  return onceHad(quotation.value, (value) => (way?.effect === 'MASK' ? masked(value, way) : value))
}

export const masked = (value: unknown, outcome: Outcome): unknown =>
  typeof value === 'string' && outcome.mask !== null ? masks[outcome.mask](value) : null
