/**
 * What may be shared at this moment: policies, and grants as the store holds them. Every process looks several times a
 * second whether the store has gone on, so that a suspension reaches requests under way anywhere within a second.
 */
import type { Kysely } from 'kysely'
import type { Policy } from '../auth/vocabulary.ts'
import { loadGrants } from '../store/grants.ts'
import type { Database } from '../store/schema.ts'
import { openDisputes } from '../store/sharing/corrections.ts'
import { disputesOf, type Disputes } from './disputes.ts'
import type { Logger } from './log.ts'
import type { PolicyState } from './plans.ts'
import { policyVersion } from './policy-version.ts'

export interface LivePolicy {
  state: () => PolicyState
  /** True while the grant is active. */
  isActive(grant: string): boolean
  /** Fields that a provider has been asked to verify 校核. */
  disputes: () => Disputes
  /** Reads the store again; what this process changed is in force when it resolves. */
  refresh: () => Promise<void>
  stop(): Promise<void>
}

/** Between two looks at the store, in ms. */
const interval = 250

export async function openLivePolicy(
  db: Kysely<Database>,
  policies: readonly Policy[],
  log: Logger,
): Promise<LivePolicy> {
  let epoch = ''
  let state: PolicyState = { grants: [], version: '' }
  let active: ReadonlySet<string> = new Set()
  let disputes: Disputes = new Map()
  let stopped = false
  let looking: Promise<void> = Promise.resolve()

  async function load(): Promise<void> {
    const { epoch: now } = await db.selectFrom('sharing_epoch').select('epoch').executeTakeFirstOrThrow()
    if (now === epoch) return
    // Read after the epoch: a change in between is read now and once more at the next look.
    const { grants, version } = await loadGrants(db)
    disputes = disputesOf(await openDisputes(db))
    epoch = now
    active = new Set(grants.filter((grant) => grant.state === 'ACTIVE').map(({ id }) => id))
    state = { grants, version: policyVersion(policies, version) }
  }
  const refresh = (): Promise<void> => (looking = looking.catch(() => undefined).then(load))
  await refresh()

  let timer: NodeJS.Timeout | null = null
  let isFailing = false
  const look = (): void => {
    timer = setTimeout(() => {
      void refresh()
        .then(
          () => (isFailing = false),
          (error: unknown) => {
            // Said once: with the store away nothing guarded is answered anyway, for want of a record.
            if (!isFailing) log.error({ err: error }, 'policies could not be read again')
            isFailing = true
          },
        )
        .finally(() => {
          if (!stopped) look()
        })
    }, interval)
    timer.unref()
  }
  look()

  return {
    state: () => state,
    isActive: (grant) => active.has(grant),
    disputes: () => disputes,
    refresh,
    async stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      await looking.catch(() => undefined)
    },
  }
}
