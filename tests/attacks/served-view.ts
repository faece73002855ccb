/** A view with an SDL, policies and resolvers of a test's own, behind the hub's own server, over HTTP. */
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NoticeError } from '../../auth/notice.ts'
import { createDevelopmentIssuer, generateIssuerKey } from '../../auth/development-issuer.ts'
import { createVerifier } from '../../auth/token.ts'
import type { Policy } from '../../auth/vocabulary.ts'
import type { Loaders } from '../../codegen/generated/grid.ts'
import { readConfig } from '../../hub/config.ts'
import { credentialNames } from '../../hub/hub.ts'
import { createCursors } from '../../hub/cursors.ts'
import { createExecutor } from '../../hub/executor.ts'
import { createLog } from '../../hub/log.ts'
import { createMetrics } from '../../hub/metrics.ts'
import { watchOverload } from '../../hub/overload.ts'
import { createPlaces } from '../../hub/places.ts'
import { createPlanner, type PolicyState } from '../../hub/plans.ts'
import { createRateLimits } from '../../hub/rate-limits.ts'
import { buildView } from '../../hub/schema.ts'
import { createServer } from '../../hub/server.ts'
import { scalars } from '../../resolvers/scalars.ts'
import type { AuditEntry } from '../../store/audit.ts'
import type { CatalogueMatters } from '../../store/sharing/catalogue-service.ts'
import type { Trade } from '../../hub/trade.ts'
import type { Ledger } from '../../store/ledger-query.ts'
import type { Corrections } from '../../store/sharing/correction-service.ts'
import type { Sharing } from '../../store/sharing/service.ts'
import type { UseRecords } from '../../store/sharing/use-record-service.ts'
import type { Answer, Persona } from '../support/harness.ts'

export interface ServedView {
  /** POST /graphql as a persona. */
  ask(persona: Persona, query: string): Promise<Pick<Answer, 'data' | 'errors'>>
  /** What decides from now on; held against no published catalogue unless one is given. */
  decideBy(policy: Omit<PolicyState, 'published'> & Partial<Pick<PolicyState, 'published'>>): void
  /** What was recorded, the latest last. */
  records: AuditEntry[]
  stop(): Promise<void>
}

/** What the catalogue demands of every item (art. 13), and of one that is shared conditionally (art. 15). */
export const stated = {
  dataFormat: 'JSON',
  updateFrequency: 'DAILY',
  sharingModes: ['API'],
  classification: 'THEME',
  grade: 'GENERAL_1',
} as const
export const conditions = '测试条件'
export const conditional = { ...stated, sharing: 'CONDITIONAL', conditions } as const

/** Starts one; the caller stops it. Its resolvers make their own records, so that no department is there. */
export async function serveView(given: {
  sdl: string
  policies: readonly Policy[]
  resolvers: NonNullable<Parameters<typeof buildView>[0]>['resolvers'] & object
}): Promise<ServedView> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'hutong-view-'))
  const config = readConfig(credentialNames, { PORT: '0', HUTONG_DATA: dataFolder, HUTONG_LOG: 'silent' })
  const issuer = await createDevelopmentIssuer({
    mode: 'development',
    key: await generateIssuerKey(),
    audience: config.audience,
    grants: [],
  })
  const sdl = Object.keys(scalars).reduce((text, name) => `${text}\nscalar ${name}`, given.sdl)
  const view = buildView({ ...given, sdl, slices: {} })
  const overload = watchOverload(config.limits)
  const records: AuditEntry[] = []
  let policy: PolicyState = { grants: [], published: null, version: 'first' }
  const server = await createServer({
    config,
    view,
    planner: createPlanner(view, () => policy),
    executor: createExecutor(view.schema),
    policy: {
      state: () => policy,
      caughtUp: () => null,
      standingOf: () => 'active',
      disputes: () => new Map(),
      documents: () => ({ sources: new Map(), limited: new Set() }),
      refresh: async () => undefined,
      stop: async () => undefined,
    },
    quotas: { count: async () => [] },
    catalogue: { items: [], matters: () => ({}) as CatalogueMatters },
    sharing: () => ({}) as Sharing,
    corrections: () => ({}) as Corrections,
    useRecords: () => ({}) as UseRecords,
    signIn: {
      verify: createVerifier({
        issuers: new Map([[issuer.issuer, issuer.keys]]),
        audience: config.audience,
        clockTolerance: config.clockTolerance,
      }),
      rates: createRateLimits(config.rates, null),
    },
    overload,
    places: createPlaces(config.limits),
    loaders: () => ({}) as Loaders,
    departments: () => [],
    cursors: createCursors(Buffer.alloc(32)),
    ledger: () => ({}) as Ledger,
    verifyNotice: () => Promise.reject(new NoticeError('unknown', 'Nobody sends notices here.')),
    notices: { add: async () => false, stop: async () => undefined },
    provable: {
      keys: async () => [],
      export: () => {
        throw new Error('no ledger here')
      },
    },
    trade: {} as Trade,
    tagOf: () => 'W/""',
    audit: { record: async (entry) => void records.push(entry), head: () => null, close: async () => undefined },
    metrics: createMetrics([], overload),
    tracing: null,
    log: createLog(config.logLevel),
    issuer,
    control: null,
    ready: async () => undefined,
  })
  await server.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.server.address() as AddressInfo
  return {
    records,
    decideBy: (next) => (policy = { published: null, ...next }),
    async ask({ as, purpose, purposes, ...limits }, query) {
      const token = await issuer.token(as, {
        purposes: purposes ?? (purpose === undefined ? [] : [purpose]),
        ...limits,
      })
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${token}`,
          ...(purpose === undefined ? {} : { 'x-purpose': purpose }),
        },
        body: JSON.stringify({ query }),
      })
      const { data, errors } = (await response.json()) as Answer
      return { ...(data === undefined ? {} : { data }), ...(errors === undefined ? {} : { errors }) }
    },
    async stop() {
      await server.close()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
