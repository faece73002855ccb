/** Three hubs as processes for a file of tests: over one PostgreSQL by TCP, one Redis, and the same departments. */
import { randomBytes, randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { departmentIds } from '../../departments.ts'
import { credentialVariable } from '../../hub/config.ts'
import { factoryOf, startSandbox, type Sandbox } from '../../sandbox/start.ts'
import { waitUntil } from '../../store/engine/process.ts'
import { startRedisServer } from '../cache/redis.ts'
import { freePorts, hutong, makeFolder, project, run, untilReady, type Command } from './serve.ts'
import { startTcpPostgres, type TcpPostgres } from './tcp-postgres.ts'

/** Requests that a department may make in ten seconds. */
export const rate = 900
/** Of a test, in ms. */
export const timeout = 60_000

export let base: string
export let postgres: TcpPostgres
let redis: { url: string; stop(): Promise<void> }
export let sandbox: Sandbox
let env: Record<string, string>
export interface Process {
  port: number
  command: Command
}
export let hubs: [Process, Process, Process]

/** In a process of its own, so that it answers while this one is busy asking. */
async function playedRedis(): Promise<typeof redis> {
  const file = join(project, 'tests', 'cache', 'redis.ts')
  const script = `import { startRedis } from ${JSON.stringify(file)}; console.log((await startRedis()).url)`
  const { child, said, ended } = run(process.execPath, ['--input-type=module', '--eval', script], {})
  await waitUntil(() => said.stdout.includes('\n') || child.exitCode !== null, 10_000)
  if (!said.stdout.startsWith('redis://')) throw new Error(said.stderr)
  return {
    url: said.stdout.trim(),
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

export const begin = async (): Promise<Process> => {
  const port = await freePorts()
  return { port, command: hutong(['serve'], { ...env, PORT: String(port) }) }
}

beforeAll(async () => {
  base = await makeFolder()
  ;[postgres, sandbox] = await Promise.all([startTcpPostgres(), startSandbox({ ports: 0, control: 0 })])
  const server = await startRedisServer()
  if (server === null) process.stderr.write('There is no redis-server: three processes share a played one.\n')
  redis = server ?? (await playedRedis())
  env = {
    HUTONG_MODE: 'development',
    HUTONG_LOG: 'silent',
    HUTONG_DATA: join(base, 'data'),
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    HUTONG_CACHE_KEY: randomBytes(32).toString('base64'),
    HUTONG_RATE_REQUESTS: String(rate),
    HUTONG_LIMIT_WAIT: '60000', // a busy machine is no busy hub
  }
  for (const id of departmentIds) {
    env[`HUTONG_${id.toUpperCase()}_URL`] = sandbox.urls[id]
    const { credentials } = await factoryOf(id)
    for (const [name, secret] of Object.entries(credentials)) env[credentialVariable(id, name)] = secret
  }
  // At once, on nothing: one of them makes the tables, the keys and the grants.
  hubs = await Promise.all([begin(), begin(), begin()])
  await Promise.all(hubs.map(({ command }) => untilReady(command)))
}, timeout)
afterAll(async () => {
  for (const { command } of hubs) {
    command.child.kill('SIGKILL')
    await command.ended
  }
  await Promise.all([postgres.stop(), redis.stop(), sandbox.close()])
  await rm(base, { recursive: true, force: true })
})

export interface Persona {
  viewer: string
  purpose?: string
  roles?: string[]
}
interface Body {
  data?: Record<string, unknown> | null
  errors?: { message: string; extensions: Record<string, unknown> }[]
  extensions?: {
    policyVersion: string
    provenance: { department: string; freshness: string; fetchedAt: string }[]
  }
}
export interface Reply {
  status: number
  id: string
  body: Body
}

const tokens = new Map<string, Promise<string>>()
/** Of the development issuer that all three are; the first of them signs. */
function tokenOf({ viewer, roles, purpose }: Persona): Promise<string> {
  const body = JSON.stringify({ viewer, roles, ...(purpose === undefined ? {} : { purposes: [purpose] }) })
  const known = tokens.get(body)
  if (known !== undefined) return known
  const address = `http://127.0.0.1:${hubs[0].port}/explorer/token`
  const made = fetch(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    .then((response) => response.json())
    .then((said) => (said as { token: string }).token)
  tokens.set(body, made)
  return made
}

export async function ask({ port }: Process, who: Persona, query: string, variables: object = {}): Promise<Reply> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await tokenOf(who)}`,
      ...(who.purpose === undefined ? {} : { 'x-purpose': who.purpose }),
    },
    body: JSON.stringify({ query, variables }),
  })
  const id = response.headers.get('x-request-id') ?? ''
  return { status: response.status, id, body: (await response.json()) as Body }
}

/** Asks a hub, one question after the other, until the answer is the one; says when it had come, in ms since 1970. */
export async function whenSeen(
  hub: Process,
  asked: () => Promise<Reply>,
  isIt: (reply: Reply) => boolean,
): Promise<number> {
  let seen = 0
  const found = await waitUntil(async () => {
    const reply = await asked()
    seen = Date.now()
    return isIt(reply)
  }, 5000)
  if (!found) throw new Error(`The hub on port ${hub.port} does not see it.`)
  return seen
}

/** From the commit until each of the three has seen it, in ms; each is under a second. */
export async function withinASecond(
  committed: () => Promise<number>,
  asked: (hub: Process) => Promise<Reply>,
  isIt: (reply: Reply) => boolean,
): Promise<void> {
  const seen = await Promise.all(hubs.map((hub) => whenSeen(hub, () => asked(hub), isIt)))
  const at = await committed()
  for (const one of seen) {
    expect(one - at).toBeGreaterThan(0)
    expect(one - at).toBeLessThan(1000)
  }
}

export const clearance = { viewer: 'customs', purpose: 'clearance' }
export const authority = { viewer: 'authority', roles: ['authority'] }
export const steward = (viewer: string): Persona => ({ viewer, roles: ['steward'] })
export const reasonsOf = ({ body }: Reply): unknown[] => (body.errors ?? []).map(({ extensions }) => extensions.reason)
export const grantsChanged = () => postgres.committedAt('sharing_epoch', 'true')

export async function mutate(
  hub: Process,
  who: Persona,
  mutation: string,
  type: string,
  input: object,
): Promise<object> {
  const query = `mutation ($input: ${type}!) { ${mutation}(input: $input) { ${selections[mutation] ?? 'grant { id }'} } }`
  const { body } = await ask(hub, who, query, { input: { clientMutationId: randomUUID(), ...input } })
  const said = body.data?.[mutation]
  if (said == null) throw new Error(JSON.stringify(body.errors))
  return Object.values(said)[0] as object
}
const selections: Record<string, string> = {
  draftApplication: 'application { id }',
  submitApplication: 'application { id }',
  approveApplication: 'application { grant }',
  announceCatalogueChange: 'change { id }',
  disputeField: 'correction { id }',
  correctField: 'correction { state }',
}
