/**
 * What may be shared and asked at this moment: policies, grants, the published catalogue and registered documents as the
 * store holds them. Every process looks several times a second whether the store has gone on, so that a suspension reaches
 * requests under way anywhere within a second.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { readPublished } from '../auth/published.ts'
import type { Policy } from '../auth/vocabulary.ts'
import { isInTerm, type Grant } from '../rules/grant.ts'
import { loadDocuments, type Documents } from '../store/documents.ts'
import { loadGrants } from '../store/grants.ts'
import type { Database } from '../store/schema.ts'
import { publishedContents } from '../store/sharing/catalogue-changes.ts'
import { openDisputes } from '../store/sharing/corrections.ts'
import { disputesOf, type Disputes } from './disputes.ts'
import type { Logger } from './log.ts'
import type { PolicyState } from './plans.ts'
import { policyVersion } from './policy-version.ts'

export interface LivePolicy {
  state: () => PolicyState
  /** How a grant stands at this moment: in force, or not, or not known since the store could not be read for a second. */
  standingOf(grant: string): 'active' | 'ended' | 'unknown'
  /**
   * For a request that begins while looking takes long, as where the process has much to do at once: resolves when the
   * look has ended, or has taken as long again. Null where nothing need be waited for.
   */
  caughtUp(): Promise<void> | null
  /** Fields that a provider has been asked to verify 校核. */
  disputes: () => Disputes
  documents: () => Documents
  /** Reads the store again; what this process changed is in force when it resolves. */
  refresh: () => Promise<void>
  stop(): Promise<void>
}

/** Between two looks at the store, in ms. */
const interval = 250
/** After a look has gone on, or failed and been repeated, for this long (ms), what was read before counts no more. */
const patience = 1000

export async function openLivePolicy(
  db: Kysely<Database>,
  policies: readonly Policy[],
  log: Logger,
): Promise<LivePolicy> {
  let epoch = ''
  let state: PolicyState = { grants: [], published: readPublished([]), version: '' }
  let active: ReadonlyMap<string, Grant> = new Map()
  let disputes: Disputes = new Map()
  let documents: Documents = { sources: new Map(), limited: new Set() }
  let stopped = false
  let looking: Promise<void> = Promise.resolve()
  /** When the first look began that no other has succeeded since; on the clock of performance.now(). */
  let waitingSince: number | null = null

  async function load(): Promise<void> {
    waitingSince ??= performance.now()
    const { epoch: now } = await db.selectFrom('sharing_epoch').select('epoch').executeTakeFirstOrThrow()
    if (now !== epoch) {
      // Read after the epoch: a change in between is read now and once more at the next look.
      const { grants, version, unreadable } = await loadGrants(db)
      if (unreadable.length > 0) log.error({ grants: unreadable }, 'grants cannot be read and open nothing')
      const disputed = disputesOf(await openDisputes(db))
      const registered = await loadDocuments(db, documents)
      const published = readPublished(await publishedContents(db))
      // Nothing is read after this: of a look that fails in the midst, nothing counts, and it is repeated.
      epoch = now
      disputes = disputed
      documents = registered
      active = new Map(grants.filter((grant) => grant.state === 'ACTIVE').map((grant) => [grant.id, grant]))
      if (published.unreadable.length > 0) {
        log.error({ items: published.unreadable }, 'published items cannot be read and count as not published')
      }
      state = { grants, published, version: policyVersion(policies, published, version) }
    }
    waitingSince = null
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

  const isBehind = (): boolean => waitingSince !== null && performance.now() - waitingSince > patience

  return {
    state: () => state,
    caughtUp: () =>
      isBehind()
        ? Promise.race([looking.catch(() => undefined), wait(patience, undefined, { ref: false })]).then(
            () => undefined,
          )
        : null,
    standingOf(id) {
      // A suspension would not be known here: what rests on a grant is refused until one can look again.
      if (isBehind()) return 'unknown'
      const grant = active.get(id)
      return grant !== undefined && isInTerm(grant, new Date()) ? 'active' : 'ended'
    },
    disputes: () => disputes,
    documents: () => documents,
    refresh,
    async stop() {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      await looking.catch(() => undefined)
    },
  }
}
