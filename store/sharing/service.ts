/** What callers do with matters of data sharing: each method is one field of the hub's schema, seen by one caller. */
import { type Kysely, sql } from 'kysely'
import {
  applicationSteps,
  deliveryTerm,
  type ApplicationAction,
  type ApplicationState,
} from '../../rules/application.ts'
import type { SharedItem, SharingRequest } from '../../rules/application-request.ts'
import type { Consent } from '../../rules/consent.ts'
import type { Grant } from '../../rules/grant.ts'
import { grantSteps, stateAt, type EndCause, type GrantAction, type GrantState } from '../../rules/grant-life.ts'
import type { List } from '../../rules/page.ts'
import { actionsOf } from '../../rules/transition.ts'
import { grantsOf, readable } from '../grants.ts'
import type { Database } from '../schema.ts'
import { answerTerm, consented, overdueOnes } from './application-terms.ts'
import { act, applicationsOf, draft, findApplication, problemWith, seenBy, type Application } from './applications.ts'
import { mustBePublished } from './catalogue-changes.ts'
import {
  actOnGrant,
  endedFor,
  grantsSeenBy,
  groundsOf,
  inState,
  partiesOf,
  providerOfItem,
  type GrantStep,
  type ProviderOf,
} from './grants.ts'
import { listOf } from './listing.ts'
import { actorOf, courseOf, historiesOf, historyOf, SharingError, type Caller, type MatterStep } from './matters.ts'
import { createMutate, type Keyed, type Note } from './mutation.ts'
import { disposalsRecorded } from './use-records.ts'
import { stepView, termView } from './views.ts'

export interface SharingParts {
  db: Kysely<Database>
  /** An item of the catalogue. */
  item: (id: string) => SharedItem | null
  /** Puts what was changed in force in this process. */
  refresh: () => Promise<void>
  now?: () => Date
}

export type ApplicationView = ReturnType<typeof applicationView>
export type GrantView = ReturnType<typeof grantView> & { disposalRecorded: boolean }

/** Which applications; null and absent leave none out. */
export interface WantedApplications {
  /** True for those not answered or not shared in time, false for the others. */
  overdue?: boolean | null
  /** True for those answered after their term, false for those answered in time. */
  answeredLate?: boolean | null
  /** True for batches and files delivered after their term, false for those delivered in time. */
  deliveredLate?: boolean | null
  /** Of the catalogue. */
  item?: string | null
}

/** Which grants; null and absent leave none out. */
export interface WantedGrants {
  /** Those that were ended for this cause. */
  ended?: EndCause | null
  /** Those in this state at the moment. */
  state?: GrantState | null
  /** Of the catalogue. */
  item?: string | null
}

/** The sharing of one caller. */
export interface Sharing {
  applications(wanted: WantedApplications): List<ApplicationView>
  application(id: string): Promise<ApplicationView | null>
  grants(wanted: WantedGrants): List<GrantView>
  draftApplication(input: Keyed & SharingRequest): Promise<ApplicationView>
  actOnApplication(
    mutation: string,
    action: Exclude<ApplicationAction, 'draft'>,
    input: Keyed & { application: string; reason?: string | null; days?: number | null; consent?: Consent },
  ): Promise<ApplicationView>
  actOnGrant(mutation: string, action: Exclude<GrantAction, 'grant'>, input: Keyed & GrantStep): Promise<GrantView>
}

/** Makes the sharing of a caller; `note` takes what goes on record. */
export function createSharing(parts: SharingParts): (caller: Caller, note: Note) => Sharing {
  const { db, item, refresh, now = () => new Date() } = parts
  const providerOf = providerOfItem(item)

  return (caller, note) => {
    const mutate = createMutate({ db, refresh }, caller, note)
    const answeredAs = (of: string): SharedItem['answeredAs'] => item(of)?.answeredAs ?? 'CONDITIONAL'
    const shownApplication = (application: Application, history: readonly MatterStep[]): ApplicationView =>
      applicationView(application, history, caller, item(application.item), now())
    const shownGrants = async (ids: readonly string[]): Promise<GrantView[]> => {
      const [grants, history] = await Promise.all([grantsOf(db, ids), historiesOf(db, 'grant', ids)])
      const disposed = await disposalsRecorded(db, grants, history, now())
      return grants.map((grant) => ({
        ...grantView(grant, history(grant.id), caller, providerOf, now()),
        disposalRecorded: disposed.has(grant.id),
      }))
    }
    const theApplication = async (id: string): Promise<ApplicationView> => {
      const found = await findApplication(db, caller, id)
      if (found === null) throw new SharingError('NOT_FOUND', 'There is no such application.')
      return shownApplication(found, await historyOf(db, 'application', id))
    }

    return {
      applications({ overdue, answeredLate, deliveredLate, item: of }) {
        const where = async () => [
          seenBy(caller),
          ...(of == null ? [] : [sql<boolean>`item = ${of}`]),
          ...(answeredLate == null ? [] : [sql<boolean>`answered_late = ${answeredLate}`]),
          ...(deliveredLate == null ? [] : [sql<boolean>`delivered_late = ${deliveredLate}`]),
          ...(overdue == null ? [] : [sql<boolean>`${await overdueOnes(db, answeredAs, now())} = ${overdue}`]),
        ]
        return listOf(db, { table: 'application', newest: 'created_at', where }, async (ids) => {
          const [found, history] = await Promise.all([applicationsOf(db, ids), historiesOf(db, 'application', ids)])
          return found.map((application) => shownApplication(application, history(application.id)))
        })
      },
      async application(id) {
        const found = await findApplication(db, caller, id)
        return found === null ? null : shownApplication(found, await historyOf(db, 'application', id))
      },
      grants({ ended, state, item: of }) {
        const where = [
          grantsSeenBy(caller),
          readable,
          ...(of == null ? [] : [sql<boolean>`item = ${of}`]),
          ...(state == null ? [] : [inState(state, now())]),
          ...(ended == null ? [] : [endedFor(ended)]),
        ]
        return listOf(db, { table: 'sharing_grant', newest: null, where: () => where }, shownGrants)
      },
      draftApplication: async (input) =>
        theApplication(
          await mutate('draftApplication', input, null, async (tx) => {
            const asked = item(input.item)
            if (asked === null) throw new SharingError('INVALID', `The catalogue has no item ${input.item}.`)
            await mustBePublished(tx, asked)
            return draft(tx, caller, asked, input, now())
          }),
        ),
      actOnApplication: async (mutation, action, input) =>
        theApplication(
          await mutate(mutation, input, input.application, async (tx) => {
            const found = await findApplication(tx, caller, input.application)
            const asked = found === null ? null : item(found.item)
            return act(tx, caller, input.application, action, {
              ...input,
              ...(asked === null ? {} : { item: asked }),
              now: now(),
            })
          }),
        ),
      async actOnGrant(mutation, action, input) {
        const id = await mutate(mutation, input, input.grant, (tx) =>
          actOnGrant(tx, caller, action, input, providerOf, now()),
        )
        const [grant] = await shownGrants([id])
        if (grant === undefined) throw new SharingError('NOT_FOUND', 'There is no such grant.')
        return grant
      },
    }
  }
}

function applicationView(
  application: Application,
  history: readonly MatterStep[],
  caller: Caller,
  item: SharedItem | null,
  at: Date,
) {
  const { coordinates, validTo, submittedAt, answeredAt, deliveredAt, divisions, ...rest } = application
  const { flowsFrom: _flowsFrom, grantState: _grantState, ...shown } = rest
  const toAnswer = answerTerm(application, item?.answeredAs ?? 'CONDITIONAL', at)
  const course = courseOf<ApplicationState, ApplicationAction>(application.state, history, application, at, toAnswer)
  const next = actionsOf(applicationSteps, course, actorOf(caller, application)).filter(
    (action) => problemWith(action, application, item, at) === null,
  )
  return {
    ...shown,
    divisions: [...divisions],
    fields: coordinates === null ? null : [...coordinates],
    validTo: validTo.toISOString(),
    submittedAt: submittedAt?.toISOString() ?? null,
    answeredAt: answeredAt?.toISOString() ?? null,
    answerTerm: termView(toAnswer),
    deliveryTerm: termView(deliveryTerm(consented(application), at)),
    deliveredAt: deliveredAt?.toISOString() ?? null,
    actions: next.filter((action) => action !== 'draft'),
    history: history.map(stepView),
  }
}

function grantView(grant: Grant, history: readonly MatterStep[], caller: Caller, providerOf: ProviderOf, at: Date) {
  const { coordinates, divisions, validFrom, validTo, ...shown } = grant
  const state = stateAt(grant, at)
  const parties = partiesOf(grant, providerOf)
  const course = courseOf<typeof state, GrantAction>(state, history, parties, at)
  const next = actionsOf(grantSteps, course, actorOf(caller, parties))
  return {
    ...shown,
    ...groundsOf(state, history),
    state,
    provider: parties.provider,
    divisions: [...divisions],
    fields: coordinates === null ? null : [...coordinates],
    validFrom: validFrom?.toISOString() ?? null,
    validTo: validTo?.toISOString() ?? null,
    actions: next.filter((action) => action !== 'grant'),
    history: history.map(stepView),
  }
}
