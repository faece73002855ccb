/** Grants 共享授权 as their two sides and the authority deal with them (政务数据共享条例 art. 27). */
import type { Kysely, Transaction } from 'kysely'
import type { Grant } from '../../rules/grant.ts'
import { grantSteps, type GrantAction } from '../../rules/grant-life.ts'
import { findGrant, loadGrants } from '../grants.ts'
import type { Database } from '../schema.ts'
import { bumpEpoch, maySee, move, SharingError, type Caller } from './matters.ts'

/** Who provides an item. */
export type ProviderOf = (item: string) => string

/** Of an item that the catalogue does not hold any more its id still says it. */
export const providerOfItem =
  (item: (id: string) => { provider: string } | null): ProviderOf =>
  (id) =>
    item(id)?.provider ?? id.replace(/\..*$/, '')

const partiesOf = (grant: Grant, providerOf: ProviderOf) => ({
  consumer: grant.reader,
  provider: providerOf(grant.item),
})

/** The grants that a caller has a part in, by their ids. */
export async function grantsFor(db: Kysely<Database>, caller: Caller, providerOf: ProviderOf): Promise<Grant[]> {
  const { grants } = await loadGrants(db)
  return grants.filter((grant) => maySee(caller, partiesOf(grant, providerOf)))
}

/** Carries a grant one step on; every process of the hub knows within a second. Throws SharingError. */
export async function actOnGrant(
  tx: Transaction<Database>,
  caller: Caller,
  id: string,
  action: Exclude<GrantAction, 'grant'>,
  reason: string | null,
  providerOf: ProviderOf,
): Promise<string> {
  const grant = await findGrant(tx, id)
  if (grant === null || !maySee(caller, partiesOf(grant, providerOf))) {
    throw new SharingError('NOT_FOUND', 'There is no such grant.')
  }
  const parties = partiesOf(grant, providerOf)
  const state = await move(tx, {
    kind: 'grant',
    matter: id,
    steps: grantSteps,
    state: grant.state,
    action,
    caller,
    parties,
    reason,
  })
  await tx.updateTable('sharing_grant').set({ state }).where('id', '=', id).execute()
  await bumpEpoch(tx)
  return id
}
