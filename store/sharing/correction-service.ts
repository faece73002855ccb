/** What callers do with corrections 校核: each method is one field of the hub's schema, seen by one caller. */
import { sql } from 'kysely'
import { correctionSteps, correctionTerm, type CorrectionAction } from '../../rules/correction.ts'
import type { List } from '../../rules/page.ts'
import { actionsOf } from '../../rules/transition.ts'
import {
  correctionsOf,
  correctionsSeenBy,
  dispute,
  findCorrection,
  overdueCorrections,
  settle,
  type Correction,
  type Dispute,
  type DisputedField,
} from './corrections.ts'
import { listOf } from './listing.ts'
import { actorOf, courseOf, historiesOf, historyOf, SharingError, type Caller, type MatterStep } from './matters.ts'
import { createMutate, type Keyed, type MutationParts, type Note } from './mutation.ts'
import { stepView, termView } from './views.ts'

export type CorrectionView = ReturnType<typeof correctionView>

/** Which corrections; null and absent leave none out. */
export interface WantedCorrections {
  /** True for those whose term has passed without a reply, false for the others. */
  overdue?: boolean | null
  /** True for those answered after their term, false for those answered in time. */
  answeredLate?: boolean | null
}

/** The corrections of one caller. */
export interface Corrections {
  corrections(wanted: WantedCorrections): List<CorrectionView>
  correction(id: string): Promise<CorrectionView | null>
  disputeField(input: Keyed & Dispute): Promise<CorrectionView>
  settle(
    mutation: string,
    action: Exclude<CorrectionAction, 'dispute'>,
    input: Keyed & { correction: string; reason?: string | null },
  ): Promise<CorrectionView>
}

/** What a coordinate is to the caller for an enterprise; null where it may not read it. */
export type Disputable = (coordinate: string, uscc: string) => DisputedField | null

/** Makes the corrections of a caller; `note` takes what goes on record. */
export function createCorrections(
  parts: MutationParts & { now?: () => Date },
): (caller: Caller, note: Note, disputable: Disputable) => Corrections {
  const { db, now = () => new Date() } = parts
  return (caller, note, disputable) => {
    const mutate = createMutate(parts, caller, note)
    const shown = async (correction: Correction): Promise<CorrectionView> =>
      correctionView(correction, await historyOf(db, 'correction', correction.id), caller, now())
    const theCorrection = async (id: string): Promise<CorrectionView> => {
      const found = await findCorrection(db, caller, id)
      if (found === null) throw new SharingError('NOT_FOUND', 'There is no such correction.')
      return shown(found)
    }
    return {
      corrections({ overdue, answeredLate }) {
        const at = now()
        const where = () => [
          correctionsSeenBy(caller),
          ...(answeredLate == null ? [] : [sql<boolean>`answered_late = ${answeredLate}`]),
          ...(overdue == null ? [] : [sql<boolean>`${overdueCorrections(at)} = ${overdue}`]),
        ]
        return listOf(db, { table: 'correction', newest: 'disputed_at', where }, async (ids) => {
          const [found, history] = await Promise.all([correctionsOf(db, ids), historiesOf(db, 'correction', ids)])
          return found.map((correction) => correctionView(correction, history(correction.id), caller, at))
        })
      },
      async correction(id) {
        const found = await findCorrection(db, caller, id)
        return found === null ? null : shown(found)
      },
      disputeField: async (input) =>
        theCorrection(
          await mutate('disputeField', input, null, (tx) =>
            dispute(tx, caller, disputable(input.coordinate, input.uscc), input, now()),
          ),
        ),
      settle: async (mutation, action, input) =>
        theCorrection(
          await mutate(mutation, input, input.correction, (tx) =>
            settle(tx, caller, input.correction, action, input.reason ?? null, now()),
          ),
        ),
    }
  }
}

function correctionView(correction: Correction, history: readonly MatterStep[], caller: Caller, at: Date) {
  const { disputedAt, answeredAt, ...shown } = correction
  const course = courseOf<typeof correction.state, CorrectionAction>(correction.state, history, correction, at)
  const next = actionsOf(correctionSteps, course, actorOf(caller, correction))
  return {
    ...shown,
    disputedAt: disputedAt.toISOString(),
    answeredAt: answeredAt?.toISOString() ?? null,
    term: termView(correctionTerm(correction.state, disputedAt, at)),
    actions: next.filter((action) => action !== 'dispute'),
    history: history.map(stepView),
  }
}
