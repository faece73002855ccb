/** Grants 共享授权 as their two sides and the authority deal with them (政务数据共享条例 art. 27). */
import { type RawBuilder, sql, type Transaction } from 'kysely'
import type { Grant } from '../../rules/grant.ts'
import {
  checkTimeLeft,
  grantSteps,
  stateAt,
  type EndCause,
  type GrantAction,
  type GrantState,
} from '../../rules/grant-life.ts'
import { findGrant } from '../grants.ts'
import type { Database } from '../schema.ts'
import { hasPart } from './listing.ts'
import { arrivalOf, bumpEpoch, maySee, move, SharingError, type Caller, type MatterStep } from './matters.ts'

/** Who provides an item. */
export type ProviderOf = (item: string) => string

/** Of an item that the catalogue does not hold any more its id still says it. */
export const providerOfItem =
  (item: (id: string) => { provider: string } | null): ProviderOf =>
  (id) =>
    item(id)?.provider ?? id.replace(/\..*$/, '')

export const partiesOf = (grant: Grant, providerOf: ProviderOf) => ({
  consumer: grant.reader,
  provider: providerOf(grant.item),
})

/** What is stated with a step. */
export interface GrantStep {
  grant: string
  reason?: string | null
  /** With `terminate`. */
  cause?: EndCause | null
  /** With `suspend`: the last day (YYYY-MM-DD, Beijing) to put it right. */
  putRightBy?: string | null
}

/** In SQL which grants a caller has a part in; items bear the name of their provider. */
export const grantsSeenBy = (caller: Caller): RawBuilder<boolean> =>
  hasPart(caller, sql.ref('sharing_grant.reader'), sql`split_part(sharing_grant.item, '.', 1)`)

/** In SQL which grants are in a state at an instant, as `stateAt` says of one. */
export const inState = (state: GrantState, at: Date): RawBuilder<boolean> =>
  sql`(case
    when sharing_grant.state in ('ACTIVE', 'SUSPENDED') and sharing_grant.valid_to <= ${at} then 'EXPIRED'
    else sharing_grant.state
  end = ${state})`

/** In SQL which grants were ended for a cause, as `groundsOf` says of one. */
export const endedFor = (cause: EndCause): RawBuilder<boolean> =>
  sql`(sharing_grant.state = 'TERMINATED' and ${cause} = (
    select step.cause from matter_step as step
    where step.kind = 'grant' and step.matter = sharing_grant.id and step.from_state is distinct from step.to_state
    order by step.id desc limit 1
  ))`

/** Carries a grant one step on; every process of the hub knows within a second. Throws SharingError. */
export async function actOnGrant(
  tx: Transaction<Database>,
  caller: Caller,
  action: Exclude<GrantAction, 'grant'>,
  { grant: id, reason = null, cause = null, putRightBy = null }: GrantStep,
  providerOf: ProviderOf,
  now: Date,
): Promise<string> {
  const grant = await findGrant(tx, id)
  if (grant === null || !maySee(caller, partiesOf(grant, providerOf))) {
    throw new SharingError('NOT_FOUND', 'There is no such grant.')
  }
  const state = await move(tx, {
    kind: 'grant',
    matter: id,
    steps: grantSteps,
    state: stateAt(grant, now),
    action,
    caller,
    parties: partiesOf(grant, providerOf),
    reason,
    cause,
    until: putRightBy,
    now,
  })
  const problem = putRightBy === null ? null : checkTimeLeft(putRightBy, now)
  if (problem !== null) throw new SharingError('INVALID', problem)
  await tx.updateTable('sharing_grant').set({ state }).where('id', '=', id).execute()
  await bumpEpoch(tx)
  return id
}

/** Why a grant was ended, and until when its reader has time to put right what it was suspended for, as its history tells. */
export function groundsOf(state: GrantState, history: readonly MatterStep[]) {
  const last = arrivalOf(history)
  return {
    endCause: state === 'TERMINATED' ? (last?.cause ?? null) : null,
    putRightBy: state === 'SUSPENDED' ? (last?.until ?? null) : null,
  }
}
