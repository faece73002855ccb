/** A hub's own server with an executor of the test's choosing, departments that are played, and nothing kept on disk. */
import type { AddressInfo } from 'node:net'
import { locatedError, type GraphQLError } from 'graphql'
import { NoticeError } from '../../auth/notice.ts'
import type { Principal } from '../../auth/token.ts'
import { contentOf } from '../../auth/catalogue-content.ts'
import { departmentIds } from '../../departments.ts'
import { readConfig } from '../../hub/config.ts'
import { createCursors } from '../../hub/cursors.ts'
import { disputesOf } from '../../hub/disputes.ts'
import type { Executor } from '../../hub/executor.ts'
import { credentialNames } from '../../hub/hub.ts'
import type { Logger } from '../../hub/log.ts'
import { createMetrics } from '../../hub/metrics.ts'
import { watchOverload } from '../../hub/overload.ts'
import { createPlaces } from '../../hub/places.ts'
import { createPlanner } from '../../hub/plans.ts'
import { createRateLimits } from '../../hub/rate-limits.ts'
import type { View } from '../../hub/schema.ts'
import { createServer } from '../../hub/server.ts'
import type { Grant } from '../../rules/grant.ts'
import type { AuditEntry } from '../../store/audit.ts'
import type { AuditDecisions } from '../../store/audit-record.ts'
import { usesOf, type Use } from '../../store/ledger-uses.ts'
import type { CatalogueMatters } from '../../store/sharing/catalogue-service.ts'
import type { OpenDispute } from '../../store/sharing/corrections.ts'
import type { Trade } from '../../hub/trade.ts'
import type { Ledger } from '../../store/ledger-query.ts'
import type { Corrections } from '../../store/sharing/correction-service.ts'
import type { Sharing } from '../../store/sharing/service.ts'
import type { UseRecords } from '../../store/sharing/use-record-service.ts'
import type { Calls, Conditions, Players } from './departments.ts'
import { asFault } from './faults.ts'
import { calm, pass } from './later.ts'
import type { Matters } from './matters.ts'
import { playedTrade } from './trade.ts'

/** All that an answer depends on besides the question. */
export interface Scene extends Conditions {
  principal: Principal
  purpose: string | null
  /** Grants that end while the request is under way: when so many calls have been answered. */
  ending: { grants: ReadonlySet<string>; after: number }
  disputes: readonly OpenDispute[]
  /** How many more enterprises a grant with a quota may be used for. */
  left: number
}

export interface Question {
  query: string
  variables?: Record<string, unknown> | null
  operationName?: string | null
}

/** What is held against what: all that a request leaves behind but its number and its times. */
export interface Outcome {
  status: number
  /** As text, for the order of members counts. */
  data: string
  /** In no order: what fails later may be said first. */
  errors: string[]
  provenance: string[]
  calls: string[]
  audit: Record<string, unknown>
  /** What the record says was seen, in the order of its texts. */
  uses: Use[]
  /** The enterprises that were counted against a quota, by grant. */
  counted: string[]
  logged: string[]
  /** What the executor made, before anything is kept from the client. */
  made: string[]
}

export interface Stage {
  ask(scene: Scene, question: Question): Promise<Outcome>
  close(): Promise<void>
}

export const secret = Buffer.alloc(32, 7)

export async function createStage(
  view: View,
  grants: readonly Grant[],
  players: Players,
  matters: (scene: Scene) => Matters,
  executor: Executor,
): Promise<Stage> {
  const ordinary = readConfig(credentialNames, { PORT: '0', HUTONG_LOG: 'silent', HUTONG_CACHE: 'off' })
  const most = { aliases: 10_000, depth: 200, fields: 100_000, directives: 10_000, tokens: 100_000, cost: 1e9 }
  let scene: Scene | null = null
  let calls: Calls = { asked: [], answered: 0 }
  let entries: AuditEntry[] = []
  let logged: string[] = []
  let made: string[] = []
  let counted: string[] = []
  const now = (): Scene => {
    if (scene === null) throw new Error('Nobody is asking.')
    return scene
  }
  const matter = (): Matters => matters(now())
  const state = { grants, published: null, version: 'one' }
  const note = (level: string) => (said: unknown) => {
    const { path, err, department, problem } = said as Record<string, unknown> & { err?: Error }
    logged.push(JSON.stringify([level, path, err?.name, err?.message, department, problem]))
  }
  const overload = watchOverload({ wait: Infinity, underWay: Infinity })
  const server = await createServer({
    config: { ...ordinary, limits: { ...ordinary.limits, ...most } },
    view,
    planner: createPlanner(view, () => state),
    executor: async (execution) => {
      const { data, errors } = await executor(execution)
      const told = errors?.map(asFault)
      made = (told ?? []).map(described).sort()
      return { ...(data === undefined ? {} : { data }), ...(told === undefined ? {} : { errors: told }) }
    },
    policy: {
      state: () => state,
      caughtUp: () => null,
      standingOf: (id) => {
        const { grants: ended, after } = now().ending
        return ended.has(id) && calls.answered >= after ? 'ended' : 'active'
      },
      disputes: () => disputesOf(now().disputes),
      documents: () => ({ sources: new Map(), limited: new Set() }),
      refresh: async () => undefined,
      stop: async () => undefined,
    },
    quotas: {
      async count(grant, _perDay, usccs) {
        counted.push(...usccs.map((uscc) => `${grant} ${uscc}`))
        await pass(1)
        return [...new Set(usccs)].slice(now().left)
      },
    },
    signIn: {
      verify: async () => now().principal,
      rates: createRateLimits({ requests: Infinity, subjects: Infinity }, null),
    },
    overload,
    places: createPlaces(ordinary.limits),
    loaders: players.loaders,
    departments: () =>
      departmentIds.map((id) => ({
        id,
        nameEn: id,
        nameZh: id,
        contractVersion: '1',
        health: 'UP',
        retryAt: null,
        latencyMs: null,
        lastCallAt: null,
      })),
    cursors: createCursors(secret),
    catalogue: {
      items: contentOf(view.schema, view.catalogue),
      matters: () => matter() as unknown as CatalogueMatters,
    },
    sharing: () => matter() as unknown as Sharing,
    corrections: () => matter() as unknown as Corrections,
    useRecords: () => matter() as unknown as UseRecords,
    ledger: () => matter() as unknown as Ledger,
    verifyNotice: () => Promise.reject(new NoticeError('unknown', 'Nobody sends notices here.')),
    notices: { add: async () => false, stop: async () => undefined },
    provable: {
      keys: async () => [],
      export: () => {
        throw new Error('There is no ledger here.')
      },
    },
    trade: { read: () => playedTrade(now().seed) } as Trade,
    tagOf: () => 'W/""',
    audit: { record: async (entry) => void entries.push(entry), head: () => null, close: async () => undefined },
    metrics: createMetrics([], overload),
    tracing: null,
    log: { error: note('error'), warn: note('warn') } as unknown as Logger,
    issuer: null,
    control: null,
    ready: async () => undefined,
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.server.address() as AddressInfo

  return {
    async ask(next, question) {
      scene = next
      calls = players.begin(next)
      entries = []
      logged = []
      made = []
      counted = []
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: 'Bearer played',
          ...(next.purpose === null ? {} : { 'x-purpose': next.purpose }),
        },
        body: JSON.stringify(question),
      })
      const body = (await response.json()) as {
        data?: unknown
        errors?: unknown[]
        extensions?: { provenance?: object[] }
      }
      await calm() // an answer does not wait for what it does not need
      const [entry, ...more] = entries
      if (entry === undefined || more.length > 0) throw new Error(`${entries.length} records of one request`)
      const { requestId: _id, durationMs: _time, roots, ...audit } = entry
      const uses = usesOf(entry, JSON.parse(entry.plan?.text ?? '{}') as AuditDecisions)
      return {
        status: response.status,
        data: JSON.stringify(body.data) ?? 'none',
        errors: (body.errors ?? []).map((error) => JSON.stringify(error)).sort(),
        provenance: (body.extensions?.provenance ?? []).map((said) => JSON.stringify(said)).sort(),
        calls: [...calls.asked].sort(),
        audit: {
          ...audit,
          subjects: [...audit.subjects].sort(),
          // By code: places in a list that has no order say nothing.
          roots: roots?.map((places) => places.map((place) => audit.subjects[place]).sort()),
          errorCodes: [...audit.errorCodes].sort(),
        },
        uses: uses.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)),
        counted: [...new Set(counted)].sort(),
        logged: [...logged].sort(),
        made,
      }
    },
    close: () => server.close(),
  }
}

/** An error with all that the client is not told. */
function described(error: GraphQLError): string {
  const { message, locations, path, extensions, originalError } = locatedError(error, undefined)
  return JSON.stringify({ message, locations, path, extensions, of: originalError?.name, why: originalError?.message })
}
