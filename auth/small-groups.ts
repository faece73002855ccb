/** Statistics leave small groups out but for who could count by himself. */
import { outcomeFor, type Decision, type Holds } from './decide.ts'
import type { Coordinate } from './vocabulary.ts'

/**
 * Whether small groups are told: to who may read all that they are worked out from in full, of every enterprise, however many.
 * @param needless fields that this time nothing is worked out from
 */
export const tellsAll = ({ suppressed = [] }: Decision, holds: Holds, needless: readonly Coordinate[] = []): boolean =>
  suppressed.every((decision) => {
    if (needless.includes(decision.coordinate)) return true
    const outcome = outcomeFor(decision, undefined, holds)
    return outcome?.effect === 'ALLOW' && outcome.filter === null && outcome.quota === null
  })
