import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import pg from 'pg'
import { afterEach, beforeEach } from 'vitest'
import { describeProcess, waitUntil } from '../../store/engine/process.ts'
import { StoreError, type StoreErrorCode } from '../../store/errors.ts'
import { startPostgres, type EmbeddedConnection, type EmbeddedPostgres } from '../../store/postgres.ts'

/** What a hub process printed: what it started, or why not. */
type Said = { connection: EmbeddedConnection; location: string; adopted: boolean } | { code: string; message: string }

export const project = resolve(import.meta.dirname, '..', '..')
/** A folder of this test's own; open to the account that root hands the server to. */
export let base: string
/** A data folder below it that does not exist yet. */
export let data: string
let children: ChildProcess[]
let locations: Set<string>

beforeEach(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), 'hutong-store-')))
  await chmod(base, 0o755)
  data = join(base, 'data')
  children = []
  locations = new Set([data])
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const location of locations) {
    const pid = await serverOf(location)
    if (pid !== null && describeProcess(pid) !== null) process.kill(pid, 'SIGQUIT')
    if (pid !== null) await waitUntil(() => describeProcess(pid) === null, 10_000)
    await rm(location, { recursive: true, force: true })
  }
  await rm(base, { recursive: true, force: true })
})

/** Marks a location to be cleared after the test, whatever happens. */
export function clearAfterwards(location: string): void {
  locations.add(location)
}

export async function start(dataFolder: string): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ dataFolder })
  locations.add(server.location)
  return server
}

export async function hub(
  dataFolder: string,
  { user, from = project }: { user?: number; from?: string } = {},
): Promise<{ child: ChildProcess; said: Said }> {
  const script = join(from, 'tests', 'support', 'hub-process.ts')
  const child = spawn(process.execPath, [script, dataFolder, ...(user === undefined ? [] : [String(user)])], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  for await (const line of createInterface({ input: child.stdout })) return { child, said: JSON.parse(line) as Said }
  throw new Error('the hub said nothing')
}

/** The process id of the server of a location, or null when it has none. */
export async function serverOf(location: string): Promise<number | null> {
  const trace = await readFile(join(location, 'postgres', 'postmaster.pid'), 'utf8').catch(() => null)
  return trace === null ? null : Number(trace.split('\n')[0])
}

export async function failure(
  attempt: Promise<{ stop(): Promise<void> }>,
): Promise<{ code: StoreErrorCode; message: string }> {
  try {
    await (await attempt).stop()
  } catch (error) {
    if (error instanceof StoreError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('it did not fail')
}

export async function query(connection: EmbeddedConnection, text: string): Promise<unknown[]> {
  const client = new pg.Client({ ...connection })
  await client.connect()
  const { rows } = await client.query<Record<string, unknown>>(text).finally(() => client.end())
  return rows
}

export async function place(files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(data, name)), { recursive: true })
    await writeFile(join(data, name), content)
  }
}
