/** Corrections 校核 as the store keeps them (政务数据共享条例 art. 26). */
import { randomUUID } from 'node:crypto'
import { type Kysely, type RawBuilder, type Selectable, sql, type Transaction } from 'kysely'
import {
  correctionDays,
  correctionSteps,
  correctionTerm,
  type CorrectionAction,
  type CorrectionState,
} from '../../rules/correction.ts'
import { checkText } from '../../rules/stated-text.ts'
import { begunToBeOver, isLate } from '../../rules/working-day.ts'
import { noteChange } from '../change-notices.ts'
import type { CorrectionTable, Database } from '../schema.ts'
import { hasPart } from './listing.ts'
import { bumpEpoch, maySee, move, SharingError, type Caller } from './matters.ts'

/** A field that a caller may dispute for an enterprise. */
export interface DisputedField {
  item: string
  provider: string
}

export interface Dispute {
  coordinate: string
  uscc: string
  /** What is inaccurate or incomplete. */
  reason: string
  evidence: string | null
}

export interface Correction extends Dispute, DisputedField {
  id: string
  consumer: string
  state: CorrectionState
  disputedAt: Date
  /** What the provider found, and what it corrected; null before. */
  reply: string | null
  answeredAt: Date | null
  /** Whether that was after its term; null where it was not answered, or has no term that is known. */
  answeredLate: boolean | null
}

/** A field that is under dispute for an enterprise, whoever disputes it. */
export interface OpenDispute {
  coordinate: string
  uscc: string
  provider: string
  /** Of the oldest dispute that is open. */
  since: Date
}

const correctionOf = ({
  disputed_at,
  answered_at,
  answered_late,
  ...row
}: Selectable<CorrectionTable>): Correction => ({
  ...row,
  disputedAt: disputed_at,
  answeredAt: answered_at,
  answeredLate: answered_late,
})

/** In SQL which corrections a caller has a part in. */
export const correctionsSeenBy = (caller: Caller): RawBuilder<boolean> =>
  hasPart(caller, sql.ref('correction.consumer'), sql.ref('correction.provider'))

/** In SQL what `correctionTerm` says of one: that the provider has not replied in time. */
export const overdueCorrections = (at: Date): RawBuilder<boolean> =>
  sql`coalesce(state = 'DISPUTED' and disputed_at < ${begunToBeOver(correctionDays, at)}::timestamptz, false)`

/** Corrections by their ids, in no order. */
export const correctionsOf = async (db: Kysely<Database>, ids: readonly string[]): Promise<Correction[]> =>
  (await db.selectFrom('correction').selectAll().where('id', 'in', ids).execute()).map(correctionOf)

/** A correction that a caller has a part in; null where there is none. */
export async function findCorrection(db: Kysely<Database>, caller: Caller, id: string): Promise<Correction | null> {
  const row = await db.selectFrom('correction').selectAll().where('id', '=', id).executeTakeFirst()
  if (row === undefined) return null
  const correction = correctionOf(row)
  return maySee(caller, correction) ? correction : null
}

/** All fields that are under dispute at the moment. */
export const openDisputes = (db: Kysely<Database>): Promise<OpenDispute[]> =>
  db
    .selectFrom('correction')
    .select((row) => ['coordinate', 'uscc', 'provider', row.fn.min('disputed_at').as('since')])
    .where('state', '=', 'DISPUTED')
    .groupBy(['coordinate', 'uscc', 'provider'])
    .execute()

/**
 * Begins a correction; the provider's clock starts.
 * @param field what the coordinate is to the caller; null where it may not read it for this enterprise
 * @throws SharingError
 */
export async function dispute(
  tx: Transaction<Database>,
  caller: Caller,
  field: DisputedField | null,
  { coordinate, uscc, reason, evidence }: Dispute,
  now: Date,
): Promise<string> {
  const id = randomUUID()
  const consumer = caller.department
  const state = await move(tx, {
    kind: 'correction',
    matter: id,
    steps: correctionSteps,
    state: null,
    action: 'dispute',
    caller,
    parties: { consumer, provider: field?.provider ?? '' },
    reason,
    now,
  })
  // One sentence for all that may not be read, so that it tells nothing of what there is.
  if (field === null) {
    throw new SharingError(
      'FORBIDDEN',
      'Only a field that you may read for this enterprise and the stated purpose can be disputed (art. 26).',
    )
  }
  if (field.provider === consumer) {
    throw new SharingError('INVALID', `${coordinate} is your own: correct it in your own system.`)
  }
  const problem = evidence === null ? null : checkText('evidence', evidence, 26)
  if (problem !== null) throw new SharingError('INVALID', problem)
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('correction')
    .values({
      id,
      consumer,
      ...field,
      coordinate,
      uscc,
      reason,
      evidence,
      state,
      disputed_at: now,
      reply: null,
      answered_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  if (numInsertedOrUpdatedRows === 0n) {
    throw new SharingError('CONFLICT', `${consumer} disputes this field of this enterprise already.`)
  }
  await bumpEpoch(tx)
  return id
}

/** Carries a correction one step on; every process of the hub knows within a second. Throws SharingError. */
export async function settle(
  tx: Transaction<Database>,
  caller: Caller,
  id: string,
  action: Exclude<CorrectionAction, 'dispute'>,
  reason: string | null,
  now: Date,
): Promise<string> {
  const row = await tx.selectFrom('correction').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  if (row === undefined || !maySee(caller, row)) throw new SharingError('NOT_FOUND', 'There is no such correction.')
  const state = await move(tx, {
    kind: 'correction',
    matter: id,
    steps: correctionSteps,
    state: row.state,
    action,
    caller,
    parties: row,
    reason,
    now,
  })
  const late = isLate(correctionTerm(row.state, row.disputed_at, now))
  const answer = action === 'withdraw' ? {} : { reply: reason, answered_at: now, answered_late: late }
  await tx
    .updateTable('correction')
    .set({ ...answer, state })
    .where('id', '=', id)
    .execute()
  // What was copied before holds the value that was wrong.
  if (action === 'correct') await noteChange(tx, { department: row.provider, id: `correction:${id}`, uscc: row.uscc })
  await bumpEpoch(tx)
  return id
}
