/** One hub: its departments, its view, its store and its server, put together and taken apart again. */
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import type { JWTVerifyGetKey } from 'jose'
import type { Adapter } from '../adapters/kernel/adapter.ts'
import type { DepartmentCache } from '../adapters/kernel/cache.ts'
import { createHttp, type DepartmentHttp, type DepartmentSettings } from '../adapters/kernel/http.ts'
import type { RateLimit } from '../adapters/kernel/rate.ts'
import type { CallScope } from '../adapters/kernel/scope.ts'
import { createDevelopmentIssuer, generateIssuerKey, type DevelopmentIssuer } from '../auth/development-issuer.ts'
import { developmentGrants } from '../auth/development-grants.ts'
import { createVerifier } from '../auth/token.ts'
import { adapters, policies, type Loaders } from '../codegen/generated/grid.ts'
import type { Grant } from '../rules/grant.ts'
import { askedBy, departmentIds, type DepartmentId } from '../departments.ts'
import { createAuditLog, type AuditLog } from '../store/audit.ts'
import { openDatabase } from '../store/database.ts'
import { folderError, isOfSystem } from '../store/errors.ts'
import { seedGrants } from '../store/grants.ts'
import { keyOfFile } from '../store/key-file.ts'
import { exportLedger } from '../store/ledger-export.ts'
import { chainHeads } from '../store/ledger-heads.ts'
import { ledgerKeys } from '../store/ledger-key.ts'
import { createLedger } from '../store/ledger-query.ts'
import { createQuotas } from '../store/quotas.ts'
import { secretOf } from '../store/secrets.ts'
import { createCorrections } from '../store/sharing/correction-service.ts'
import { createSharing } from '../store/sharing/service.ts'
import { createUseRecords } from '../store/sharing/use-record-service.ts'
import { idleGrants, startCatalogue } from './catalogue.ts'
import { ConfigError, type Config, type CredentialNames, type DepartmentAddress } from './config.ts'
import { openCopies } from './copies.ts'
import { createCursors } from './cursors.ts'
import { described } from './department-standing.ts'
import { startDevelopmentDepartments, type DevelopmentDepartments } from './development.ts'
import { drainable } from './drain.ts'
import { entityTags } from './entity-tags.ts'
import { createExecutor } from './executor.ts'
import { openLivePolicy } from './live-policy.ts'
import { openLedger, tellableItems } from './ledger-parts.ts'
import { createLog, type Logger } from './log.ts'
import { createMetrics, type Metrics } from './metrics.ts'
import { watchOverload } from './overload.ts'
import { createPlanner } from './plans.ts'
import { createPlaces } from './places.ts'
import { checkPorts, hubPortError } from './ports.ts'
import { createRateLimits } from './rate-limits.ts'
import type { Tracing } from './request-spans.ts'
import { startRetention } from './retention.ts'
import { buildView, type View } from './schema.ts'
import { createServer } from './server.ts'
import { sharedItems } from './shared-items.ts'
import { buildSubgraph } from './subgraph.ts'
import { openTrade } from './trade.ts'

export interface Hub {
  url: string
  config: Config
  issuer: DevelopmentIssuer | null
  /** Where each department is. */
  departments: ReadonlyMap<DepartmentId, URL>
  /** Where the development departments are told what to do; null where there are none. */
  control: URL | null
  /** Departments whose catalogue the authority had not published as it runs, when the hub started. */
  unpublished: readonly string[]
  /** Active grants that showed nothing any more by the policies that run here, when the hub started. */
  idleGrants: readonly Grant[]
  /** Stops taking requests, finishes those under way, and lets go of everything. */
  stop(): Promise<void>
}

export const credentialNames = Object.fromEntries(
  departmentIds.map((id) => [id, adapters[id].credentials]),
) as unknown as CredentialNames

/** What measurements put in the place of a part of the hub. */
export interface HubParts {
  audit?: (ordinary: AuditLog) => AuditLog
  metrics?: (ordinary: Metrics) => Metrics
  view?: (ordinary: View) => View
}

/** Starts a hub; what was already started is stopped again when a later part fails. */
export async function startHub(config: Config, parts: HubParts = {}): Promise<Hub> {
  const undo: (() => Promise<unknown>)[] = []
  const stop = async (): Promise<void> => {
    const failures: unknown[] = []
    for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }
  try {
    await checkPorts(config)
    const asked = askedBy(config.only)
    const missing = asked.filter((id) => !config.departments.has(id))
    // Both are waited for, so that neither is left running when the other fails.
    const [opened, started] = await Promise.allSettled([
      openDatabase(
        config.databaseUrl === null ? { dataFolder: config.dataFolder } : { databaseUrl: config.databaseUrl },
      ),
      missing.length === 0 ? null : startDepartments(config),
    ])
    if (started.status === 'fulfilled') undo.push(async () => started.value?.stop())
    if (opened.status === 'rejected') throw opened.reason
    undo.push(() => opened.value.stop())
    if (started.status === 'rejected') throw started.reason
    const [database, development] = [opened.value, started.value]
    const signer = await openLedger(config, database.pool)
    const ordinary = createAuditLog(database.ledger, signer, await chainHeads(database.pool))
    undo.push(() => ordinary.close())
    const audit = parts.audit?.(ordinary) ?? ordinary
    if (config.mode === 'development') await seedGrants(database.db, developmentGrants(Object.values(policies)))
    const log = createLog(config.logLevel)
    const retention = startRetention({ pool: database.maintenance, audit, years: config.ledger.years, log })
    undo.push(() => retention.stop())
    const policy = await openLivePolicy(database.decisions.db, Object.values(policies), log)
    undo.push(() => policy.stop())
    if (config.mode === 'production') refuseDevelopmentGrants(policy.state().grants)

    const addresses = new Map(
      asked.map((id) => {
        const address = config.departments.get(id) ?? development?.addresses.get(id)
        if (address === undefined) throw new Error(`No address for ${id}.`)
        return [id, address]
      }),
    )
    const tracing = await traces(config, addresses, log)
    undo.push(async () => tracing?.stop())
    const clients = [...addresses].map(([id, address]) => createHttp(id, settingsOf(config, id, address)))
    undo.push(() => Promise.all(clients.map((client) => client.close())))
    const issuer = config.mode === 'development' ? await openIssuer(config) : null
    const issuers = new Map<string, URL | JWTVerifyGetKey>(config.issuers)
    if (issuer !== null) issuers.set(issuer.issuer, issuer.keys)

    const whole = buildView()
    const guarded = config.only === null ? whole : buildSubgraph(whole, config.only)
    const view = parts.view?.(guarded) ?? guarded
    const copies = await openCopies({
      config,
      catalogue: whole.catalogue,
      pool: database.pool,
      developmentKeys: issuer?.keys ?? null,
      log,
    })
    undo.push(() => copies.stop())
    // Matters of data sharing are of the whole view, whichever part of it is served.
    const published = () => policy.state().published
    const matters = { db: database.db, refresh: policy.refresh, item: sharedItems(whole.catalogue, published) }
    const catalogue = await startCatalogue(whole, config.mode, matters)
    const trade = await openTrade(database, config.trade, (error) =>
      log.error({ err: error }, 'trade documents could not be matched or counted; it is tried again'),
    )
    undo.push(() => trade.stop())
    const overload = watchOverload(config.limits)
    undo.push(async () => overload.stop())
    const rates = createRateLimits(config.rates, copies.redis)
    undo.push(async () => rates.stop())
    const places = createPlaces(config.limits)
    const counting = createMetrics(clients, overload, [...copies.caches.values()], copies.redis, trade.matcher, places)
    const metrics = parts.metrics?.(counting) ?? counting
    const server = await createServer({
      config,
      view,
      planner: createPlanner(view, policy.state),
      executor: createExecutor(view.schema),
      policy,
      quotas: createQuotas(database.decisions.pool),
      signIn: {
        verify: createVerifier({ issuers, audience: config.audience, clockTolerance: config.clockTolerance }),
        rates,
      },
      overload,
      places,
      verifyNotice: copies.verifyNotice,
      notices: copies.notices,
      loaders: connect(clients, copies.caches),
      departments: () => departmentIds.map((id) => described(id, clients)),
      cursors: createCursors(await secretOf(database.db, 'cursors')),
      catalogue,
      sharing: createSharing(matters),
      corrections: createCorrections(matters),
      useRecords: createUseRecords(matters),
      ledger: createLedger(database.db, { ...config.ledger, tellable: () => tellableItems(published()) }),
      provable: {
        keys: () => ledgerKeys(database.pool),
        export: (seconds) => exportLedger(database.exports, signer, audit.head(), seconds),
      },
      trade,
      tagOf: entityTags(await secretOf(database.db, 'entity-tags')),
      audit,
      metrics,
      tracing,
      log,
      issuer,
      control: development?.control ?? null,
      ready: async () => {
        await database.decisions.pool.query('select 1')
      },
    })
    undo.push(drainable(server, config.limits.time))
    await server.listen({ port: config.port, host: config.host }).catch((error: unknown) => {
      throw hubPortError(error, config)
    })
    const { port } = server.server.address() as AddressInfo
    return {
      url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${port}`,
      config,
      issuer,
      departments: new Map([...addresses].map(([id, { url }]) => [id, url])),
      control: development?.control ?? null,
      unpublished: catalogue.unpublished,
      idleGrants: idleGrants(whole.catalogue, policy.state().grants, new Date()),
      stop,
    }
  } catch (error) {
    // What failed first is what a person needs to know.
    await stop().catch(() => undefined)
    throw error
  }
}

/** In production every grant comes about by application and approval. */
function refuseDevelopmentGrants(grants: readonly Grant[]): void {
  const [found] = grants.filter(({ id }) => id.startsWith('development:'))
  if (found === undefined) return
  throw new ConfigError(
    `The database holds grants of development (${found.id}): in production use another database or data folder.`,
  )
}

const startDepartments = (config: Config): Promise<DevelopmentDepartments> =>
  startDevelopmentDepartments(config.port === 0 ? 0 : config.port + 1, credentialNames)

async function openIssuer({ dataFolder, audience }: Config): Promise<DevelopmentIssuer> {
  const keyFile = join(dataFolder, 'development-issuer.json')
  const grants = developmentGrants(Object.values(policies))
  try {
    // Kept, so that tokens stay good across restarts.
    const key = await keyOfFile(keyFile, generateIssuerKey)
    return await createDevelopmentIssuer({ mode: 'development', key, audience, grants })
  } catch (error) {
    const known = folderError(dataFolder, error)
    if (known !== error || isOfSystem(error)) throw known
    throw new ConfigError(
      `${keyFile} is not a key of the development issuer: delete it, and the next start makes one.`,
      { cause: error },
    )
  }
}

/** What traces need is loaded where there are to be any. */
async function traces(
  { tracing }: Config,
  addresses: ReadonlyMap<DepartmentId, DepartmentAddress>,
  log: Logger,
): Promise<Tracing | null> {
  if (tracing === null) return null
  const { openTracing } = await import('./tracing.ts')
  return openTracing(tracing, new Map([...addresses].map(([id, { url }]) => [id, url])), log)
}

const rateOf = ({ rate }: Adapter<unknown>): RateLimit | undefined => rate

const settingsOf = (config: Config, id: DepartmentId, address: DepartmentAddress): DepartmentSettings => ({
  ...address,
  timeout: config.departmentTimeout,
  concurrency: config.departmentConcurrency,
  maxAnswerBytes: config.departmentAnswerBytes,
  rate: rateOf(adapters[id]),
})

/** Connects every adapter once; what comes back makes the loaders of one request, of each department when it is asked. */
function connect(
  clients: readonly DepartmentHttp[],
  caches: ReadonlyMap<DepartmentId, DepartmentCache>,
): (scope: CallScope) => Loaders {
  class RequestLoaders {
    readonly scope: CallScope
    constructor(scope: CallScope) {
      this.scope = scope
    }
  }
  for (const client of clients) {
    const id = client.department
    const cache = caches.get(id)
    if (cache === undefined) throw new Error(`No cache for ${id}.`)
    const loadersOf = adapters[id].connect(client, cache)
    Object.defineProperty(RequestLoaders.prototype, id, {
      get(this: RequestLoaders) {
        const value = loadersOf(this.scope)
        Object.defineProperty(this, id, { value })
        return value
      },
    })
  }
  return (scope) => new RequestLoaders(scope) as unknown as Loaders
}
