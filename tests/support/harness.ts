/** A whole hub for a test: real HTTP to the hub, real HTTP to development departments, a real database of its own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { departmentIds, type DepartmentId, type CallerId } from '../../departments.ts'
import { readConfig, type Config } from '../../hub/config.ts'
import { credentialNames, startHub, type Hub } from '../../hub/hub.ts'
import type { Role } from '../../rules/roles.ts'
import { factoryOf, startSandbox, type Sandbox, type SandboxOptions } from '../../sandbox/start.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'

/** Who asks, for what. The token's purposes are those of the viewer's grants unless given. */
export interface Persona {
  as: CallerId
  roles?: readonly Role[]
  purpose?: string
  purposes?: readonly string[]
  divisions?: readonly string[]
  mandate?: readonly string[]
  dxpIds?: readonly string[]
}

/** The body of a GraphQL answer with what came with it. */
export interface Answer {
  status: number
  headers: Headers
  data?: Record<string, unknown> | null
  errors?: { message: string; path?: (string | number)[]; extensions: Record<string, unknown> }[]
  extensions?: {
    requestId: string
    policyVersion: string
    provenance: { department: DepartmentId; freshness: string; disputed?: unknown[] }[]
  }
}

export interface Running {
  hub: Hub
  sandbox: Sandbox
  database: FreshDatabase
  /** POST /graphql as a persona; null sends no token. Asks the hub, or what else listens at an address. */
  ask(
    persona: Persona | null,
    query: string,
    variables?: Record<string, unknown>,
    headers?: Record<string, string>,
    url?: string,
  ): Promise<Answer>
  token(persona: Persona): Promise<string>
  /** Data calls that reached each department since the last reset; only those that were called. */
  calls(): Partial<Record<DepartmentId, number>>
  stop(): Promise<void>
}

export interface RunOptions {
  /** Changes to the ordinary settings. */
  config?: Partial<Omit<Config, 'limits' | 'ledger' | 'cache'>> & {
    limits?: Partial<Config['limits']>
    ledger?: Partial<Config['ledger']>
    cache?: Partial<Config['cache']>
  }
  sandbox?: Omit<SandboxOptions, 'ports' | 'control'>
  /** Where the hub finds what is behind it, in the place of where that is. */
  between?: {
    department?: (id: DepartmentId, url: URL) => Promise<URL>
    database?: (connection: FreshDatabase['connection']) => Promise<string>
  }
}

/** Starts one; the caller stops it. */
export async function runHub({ config = {}, sandbox: options = {}, between = {} }: RunOptions = {}): Promise<Running> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'hutong-hub-'))
  const [sandbox, database] = await Promise.all([startSandbox({ ...options, ports: 0, control: 0 }), freshDatabase()])
  const departments = new Map(
    await Promise.all(
      departmentIds.map(async (id) => {
        const { credentials } = await factoryOf(id)
        const url = new URL(sandbox.urls[id])
        return [
          id,
          {
            url: (await between.department?.(id, url)) ?? url,
            credentials: { ...credentials, ...options.credentials?.[id] },
          },
        ] as const
      }),
    ),
  )
  const ordinary = readConfig(credentialNames, { PORT: '0', HUTONG_DATA: dataFolder, HUTONG_LOG: 'silent' })
  const hub = await startHub({
    ...ordinary,
    databaseUrl: (await between.database?.(database.connection)) ?? database.url,
    departments,
    ...config,
    // On a busy machine a hub of a test is no busy hub.
    limits: { ...ordinary.limits, wait: 60_000, ...config.limits },
    ledger: { ...ordinary.ledger, ...config.ledger },
    // Most tests count calls, or change what a department says between two questions.
    cache: { ...ordinary.cache, use: 'off', ...config.cache },
  })
  const tokens = new Map<string, Promise<string>>()
  const token = ({ as, roles, purposes, purpose, divisions, mandate, dxpIds }: Persona): Promise<string> => {
    const key = JSON.stringify([as, roles, purposes, divisions, mandate, dxpIds])
    const known = tokens.get(key)
    if (known !== undefined) return known
    if (hub.issuer === null) throw new Error(`This hub has no development issuer to sign for ${as} ${purpose ?? ''}`)
    const signed = hub.issuer.token(as, {
      ...(roles === undefined ? {} : { roles, subject: `${as}-${roles.join('-')}` }),
      ...(purposes === undefined ? {} : { purposes }),
      ...(divisions === undefined ? {} : { divisions }),
      ...(mandate === undefined ? {} : { mandate }),
      ...(dxpIds === undefined ? {} : { dxpIds }),
    })
    tokens.set(key, signed)
    return signed
  }
  return {
    hub,
    sandbox,
    database,
    token,
    async ask(persona, query, variables = {}, headers = {}, url = hub.url) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(persona === null ? {} : { authorization: `Bearer ${await token(persona)}` }),
          ...(persona?.purpose === undefined ? {} : { 'x-purpose': persona.purpose }),
          ...headers,
        },
        body: JSON.stringify({ query, variables }),
      })
      const body = (await response.json()) as Omit<Answer, 'status' | 'headers'>
      return { status: response.status, headers: response.headers, ...body }
    },
    calls() {
      const counted: Partial<Record<DepartmentId, number>> = {}
      for (const [id, { total }] of Object.entries(sandbox.calls.report())) {
        if (total > 0) counted[id as DepartmentId] = total
      }
      return counted
    },
    async stop() {
      await hub.stop()
      await Promise.all([sandbox.close(), database.drop()])
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
