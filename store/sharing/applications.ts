/** Applications for sharing 共享申请 as the store keeps them (政务数据共享条例 arts. 20–22). */
import { randomUUID } from 'node:crypto'
import { type Kysely, type RawBuilder, type Selectable, sql, type Transaction, type Updateable } from 'kysely'
import {
  applicationSteps,
  checkDelivery,
  deliveryTerm,
  longestExtension,
  type ApplicationAction,
  type ApplicationState,
} from '../../rules/application.ts'
import { checkApplicant, checkRequest, type SharedItem, type SharingRequest } from '../../rules/application-request.ts'
import { agreementOn, checkStep, type Consent } from '../../rules/consent.ts'
import { grantSteps, type GrantState } from '../../rules/grant-life.ts'
import { isLate } from '../../rules/working-day.ts'
import type { ApplicationTable, Database } from '../schema.ts'
import { answerTerm, consented } from './application-terms.ts'
import { hasPart } from './listing.ts'
import { actorOf, bumpEpoch, maySee, move, SharingError, type Caller } from './matters.ts'

export interface Application extends SharingRequest {
  id: string
  consumer: string
  provider: string
  state: ApplicationState
  submittedAt: Date | null
  answeredAt: Date | null
  /** Whether that was after its term; null where it was not answered, or has no term that is known. */
  answeredLate: boolean | null
  /** Working days that the authority added. */
  extensionDays: number | null
  /** When its provider said that batches or files were delivered. */
  deliveredAt: Date | null
  /** Whether that was after its term; null where it was not delivered, or has no term that is known. */
  deliveredLate: boolean | null
  grant: string | null
  /** From when on data can flow by its grant. */
  flowsFrom: Date | null
  /** Of its grant, as it is stored. */
  grantState: GrantState | null
}

type Row = Selectable<ApplicationTable> & { flows_from: Date | null; grant_state: GrantState | null }

const applicationOf = (row: Row): Application => ({
  id: row.id,
  consumer: row.consumer,
  provider: row.provider,
  item: row.item,
  coordinates: row.coordinates,
  purpose: row.purpose,
  basis: row.basis,
  scenario: row.scenario,
  scope: row.scope,
  divisions: row.divisions,
  full: row.full,
  dailySubjects: row.daily_subjects,
  mode: row.mode as SharingRequest['mode'],
  validTo: row.valid_to,
  state: row.state,
  submittedAt: row.submitted_at,
  answeredAt: row.answered_at,
  answeredLate: row.answered_late,
  extensionDays: row.extension_days,
  deliveredAt: row.delivered_at,
  deliveredLate: row.delivered_late,
  grant: row.grant_id,
  flowsFrom: row.flows_from,
  grantState: row.grant_state,
})

const selected = (db: Kysely<Database>) =>
  db
    .selectFrom('application')
    .leftJoin('sharing_grant', 'sharing_grant.id', 'application.grant_id')
    .selectAll('application')
    .select(['sharing_grant.valid_from as flows_from', 'sharing_grant.state as grant_state'])

/** A draft is the consumer's own until its sharing office consents by submitting it (art. 20). */
const maySeeApplication = (caller: Caller, application: Application): boolean =>
  application.submittedAt === null
    ? actorOf(caller, application).sides.includes('consumer')
    : maySee(caller, application)

/** In SQL what `maySeeApplication` says of one. */
export const seenBy = (caller: Caller): RawBuilder<boolean> => sql`(
  ${hasPart(caller, sql.ref('application.consumer'), sql.ref('application.provider'))}
  and (application.submitted_at is not null or application.consumer = ${caller.department})
)`

/** Applications by their ids, in no order. */
export const applicationsOf = async (db: Kysely<Database>, ids: readonly string[]): Promise<Application[]> =>
  (await selected(db).where('application.id', 'in', ids).execute()).map(applicationOf)

/** An application that a caller has a part in; null where there is none. */
export async function findApplication(db: Kysely<Database>, caller: Caller, id: string): Promise<Application | null> {
  const row = await selected(db).where('application.id', '=', id).executeTakeFirst()
  if (row === undefined) return null
  const application = applicationOf(row)
  return maySeeApplication(caller, application) ? application : null
}

/** Drafts that a department may have lying about, so that nobody fills the list of all. */
export const mostDrafts = 100

export async function draft(
  tx: Transaction<Database>,
  caller: Caller,
  item: SharedItem,
  request: SharingRequest,
  now: Date,
): Promise<string> {
  const stranger = checkApplicant(caller.department)
  if (stranger !== null) throw new SharingError('FORBIDDEN', stranger)
  const problem = checkRequest(request, item, now)
  if (problem !== null) throw new SharingError('INVALID', problem)
  await mustHaveRoom(tx, caller.department)
  const id = randomUUID()
  const parties = { consumer: caller.department, provider: item.provider }
  if (parties.consumer === parties.provider) {
    throw new SharingError('INVALID', `${item.id} is your own; there is nothing to apply for.`)
  }
  const state = await move(tx, {
    kind: 'application',
    matter: id,
    steps: applicationSteps,
    state: null,
    action: 'draft',
    caller,
    parties,
    now,
  })
  await tx
    .insertInto('application')
    .values({
      id,
      ...parties,
      item: item.id,
      coordinates: request.coordinates === null ? null : [...request.coordinates],
      purpose: request.purpose,
      basis: request.basis,
      scenario: request.scenario,
      scope: request.scope,
      divisions: [...request.divisions],
      full: request.full,
      daily_subjects: request.dailySubjects,
      mode: request.mode,
      valid_to: request.validTo,
      state,
    })
    .execute()
  return id
}

/** Throws SharingError where a department has as many drafts as it may. */
async function mustHaveRoom(tx: Transaction<Database>, consumer: string): Promise<void> {
  // One draft of a department after the other, or two at once would both find room.
  await sql`select pg_advisory_xact_lock(hashtext(${`drafts of ${consumer}`}))`.execute(tx)
  const { drafts } = await tx
    .selectFrom('application')
    .select((on) => on.fn.countAll<string>().as('drafts'))
    .where('consumer', '=', consumer)
    .where('state', '=', 'DRAFTED')
    .executeTakeFirstOrThrow()
  if (Number(drafts) < mostDrafts) return
  throw new SharingError(
    'CONFLICT',
    `${consumer} has ${mostDrafts} drafts that were not submitted: submit or withdraw one first.`,
  )
}

/** Carries an application one step on. Throws SharingError. */
export async function act(
  tx: Transaction<Database>,
  caller: Caller,
  id: string,
  action: Exclude<ApplicationAction, 'draft'>,
  given: { reason?: string | null; days?: number | null; consent?: Consent; item?: SharedItem; now: Date },
): Promise<string> {
  const row = await selected(tx).where('application.id', '=', id).forUpdate('application').executeTakeFirst()
  const application = row === undefined ? null : applicationOf(row)
  if (application === null || !maySeeApplication(caller, application))
    throw new SharingError('NOT_FOUND', 'There is no such application.')
  const { now } = given
  const step = {
    kind: 'application',
    matter: id,
    steps: applicationSteps,
    state: application.state,
    action,
    caller,
    term: answerTerm(application, given.item?.answeredAs ?? 'CONDITIONAL', now),
    now,
  } as const
  const reason = given.reason ?? null
  const state = await move(tx, { ...step, parties: application, reason })
  const problem = problemWith(action, application, given.item ?? null, now)
  if (problem !== null) throw new SharingError('INVALID', problem)
  const set: Updateable<ApplicationTable> = {}
  if (action === 'submit') set.submitted_at = now
  if (action === 'consentToExtension') set.extension_days = extensionOf(given.days)
  if (action === 'approve' || action === 'refuse') {
    set.answered_at = now
    // Kept, since the class of the item that the term hangs on may change later.
    set.answered_late = isLate(step.term)
  }
  if (action === 'recordDelivery') {
    set.delivered_at = now
    set.delivered_late = isLate(deliveryTerm(consented(application), now))
  }
  if (action === 'approve') set.grant_id = await grantFrom(tx, caller, application, given)
  await tx
    .updateTable('application')
    .set({ ...set, state })
    .where('id', '=', id)
    .execute()
  return id
}

/** What item and grant leave no room for, in a sentence; null where a step is left to whoever takes it. */
export const problemWith = (
  action: ApplicationAction,
  application: Application,
  item: SharedItem | null,
  at: Date,
): string | null => {
  if (action === 'recordDelivery') return checkDelivery(consented(application), at)
  return item === null ? null : checkStep(action, application, item, at)
}

function extensionOf(days: number | null = null): number {
  if (days !== null && days >= 1 && days <= longestExtension) return days
  throw new SharingError('INVALID', `days must be from 1 to ${longestExtension} working days (art. 21).`)
}

/** Makes the grant of a consent. */
async function grantFrom(
  tx: Transaction<Database>,
  caller: Caller,
  asked: Application,
  { consent = {}, item, now }: { consent?: Consent; item?: SharedItem; now: Date },
): Promise<string> {
  if (item === undefined) throw new SharingError('INVALID', `The catalogue has no item ${asked.item}.`)
  const found = agreementOn(asked, consent, item, now)
  if ('problem' in found) throw new SharingError('INVALID', found.problem)
  const { coordinates, divisions, full, dailySubjects, mode, validFrom, validTo } = found.agreed
  // As in a development grant the id says where it came from; rules put `grant:` before it.
  const id = `application:${asked.id}`
  const step = { kind: 'grant', matter: id, steps: grantSteps, state: null, action: 'grant', caller, now } as const
  await move(tx, { ...step, parties: asked })
  await tx
    .insertInto('sharing_grant')
    .values({
      id,
      reader: asked.consumer,
      item: asked.item,
      coordinates: coordinates === null ? null : [...coordinates],
      purpose: asked.purpose,
      divisions: [...divisions],
      full,
      requires_mandate: false,
      valid_from: validFrom,
      valid_to: validTo,
      state: 'ACTIVE',
      daily_subjects: dailySubjects,
      mode,
      application: asked.id,
    })
    .execute()
  await bumpEpoch(tx)
  return id
}
