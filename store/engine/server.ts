import { spawn } from 'node:child_process'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { errorCode, StoreError } from '../errors.ts'
import { runAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import { superuser } from './cluster.ts'
import type { Placement } from './placement.ts'
import { describeProcess, isAlive, waitUntil, type ProcessFacts } from './process.ts'
import { makeSocketFolder, removeSocketFolder, socketName } from './socket.ts'

/** A PostgreSQL that answers on its socket. */
export interface Server {
  readonly process: ProcessFacts
  readonly socketFolder: string
}

/** Crash recovery replays the log before the first answer; a hub that gives up too early never gets past it. */
const startLimit = 60_000
const fastStopLimit = 20_000
const answerLimit = 1_000
/** How long the backends of a killed server may take to notice and leave. */
const remnantLimit = 10_000
const logLimit = 10 * 1024 * 1024

/** What a live server wrote about itself, and the process it names if that is really a server of this cluster. */
interface Trace {
  readonly pid: number
  readonly socketFolder: string
  readonly process: ProcessFacts | null
}

/**
 * The server that a hub which was killed left behind, or null. A trace of a dead one is cleared away.
 * Must be called with the lease held.
 */
export async function findOrphan(placement: Placement): Promise<Server | null> {
  const trace = await readTrace(placement)
  if (trace === null) return null
  const { process, socketFolder } = trace
  if (process !== null) {
    let ready = false
    await waitUntil(async () => {
      ready = await answers(socketFolder, placement.cluster)
      // It may have been told to stop just before its hub died.
      return ready || !isAlive(process)
    }, startLimit)
    // A session may outlive its server for a moment.
    if (ready && isAlive(process)) return { process, socketFolder }
    if (isAlive(process)) {
      throw new StoreError(
        'ENGINE_FAILED',
        `PostgreSQL (process ${process.pid}) holds ${placement.cluster} and does not answer: ` +
          `stop it with kill -INT ${process.pid} and start again.`,
      )
    }
  }
  await removeSocketFolder(socketFolder)
  return null
}

/**
 * Starts a server and resolves when it answers.
 * @param socketFolder where its socket was before, to bring it back at the same address.
 * @throws StoreError ENGINE_FAILED with the last line of its log.
 */
export async function launch(placement: Placement, binaries: Binaries, socketFolder?: string): Promise<Server> {
  const folder = socketFolder ?? (await makeSocketFolder(placement))
  const deadline = performance.now() + remnantLimit
  let hadTrace = false
  for (;;) {
    hadTrace = (await dropUselessTraces(placement, folder)) || hadTrace
    const outcome = await attempt(placement, binaries, folder)
    if (outcome !== null) return outcome.server
    // PostgreSQL refuses while backends of a killed predecessor are still leaving.
    if (hadTrace && performance.now() < deadline) continue
    if (socketFolder === undefined) await removeSocketFolder(folder)
    throw new StoreError(
      'ENGINE_FAILED',
      `PostgreSQL did not start in ${placement.cluster}: ${await lastComplaint(placement.logFile)} (see ${placement.logFile}).`,
    )
  }
}

/** Fast shutdown: sessions are ended, everything is written, and the process is gone when this resolves. */
export async function shutDown({ process: facts, socketFolder }: Server): Promise<void> {
  for (const [signal, limit] of [
    ['SIGINT', fastStopLimit],
    ['SIGQUIT', 5_000],
  ] as const) {
    if (isAlive(facts)) process.kill(facts.pid, signal)
    if (await waitUntil(() => !isAlive(facts), limit)) {
      await removeSocketFolder(socketFolder)
      return
    }
  }
  throw new StoreError('ENGINE_FAILED', `PostgreSQL (process ${facts.pid}) does not stop: end it by hand.`)
}

async function attempt(placement: Placement, binaries: Binaries, folder: string): Promise<{ server: Server } | null> {
  const { cluster, logFile, account } = placement
  const log = await openLog(logFile)
  let child
  try {
    // detached: Ctrl-C in a terminal reaches the hub alone, which then stops its server in order.
    child = spawn(binaries.postgres, ['-D', cluster, ...settings(folder)], {
      ...runAs(account),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
  } finally {
    await log.close()
  }
  let ended = false
  child.once('exit', () => (ended = true))
  child.once('error', () => (ended = true))
  child.unref()
  const facts = child.pid === undefined ? null : describeProcess(child.pid)
  let ready = false
  await waitUntil(async () => {
    ready = !ended && (await answers(folder, cluster))
    // Of a child that Ctrl-C meets before it has become PostgreSQL no exit is told.
    return ready || ended || facts === null || !isAlive(facts)
  }, startLimit)
  return ready && facts !== null ? { server: { process: facts, socketFolder: folder } } : null
}

function settings(socketFolder: string): string[] {
  const values: Record<string, string> = {
    listen_addresses: '',
    unix_socket_directories: `"${socketFolder.replaceAll('"', '""')}"`,
    unix_socket_permissions: '0700',
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
  }
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`])
}

/** Whether a server answers there, and is the one of this cluster. */
async function answers(socketFolder: string, cluster: string): Promise<boolean> {
  const client = new pg.Client({
    host: socketFolder,
    user: superuser,
    database: 'postgres',
    connectionTimeoutMillis: answerLimit,
    query_timeout: answerLimit,
  })
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ folder: string }>(`select current_setting('data_directory') as folder`)
    return rows[0]?.folder === cluster
  } catch {
    return false
  } finally {
    // Not awaited: the goodbye of a dying server may never come.
    client.end().catch(() => undefined)
  }
}

async function readTrace({ cluster }: Placement, file = join(cluster, 'postmaster.pid')): Promise<Trace | null> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null
    throw error
  })
  if (text === null) return null
  // Lines: pid, data folder, start time, port, socket folder, …
  const lines = text.split('\n')
  const pid = Number(lines[0])
  const facts = Number.isSafeInteger(pid) && pid > 0 ? describeProcess(pid) : null
  const ours = facts !== null && facts.command.includes(cluster)
  return { pid, socketFolder: lines[4] ?? '', process: ours ? facts : null }
}

/**
 * PostgreSQL clears the traces of a dead server itself, unless its process id is still taken: by some other process,
 * which is common where ids begin anew (containers), or by the server's own remains that nobody has reaped. Only then
 * do we take them away; the shared memory of the cluster still keeps a new server from running beside old backends.
 * @returns whether there was any trace.
 */
async function dropUselessTraces(placement: Placement, socketFolder: string): Promise<boolean> {
  let found = false
  for (const file of [join(placement.cluster, 'postmaster.pid'), join(socketFolder, `${socketName}.lock`)]) {
    const trace = await readTrace(placement, file)
    found ||= trace !== null
    if (trace?.process === null && isTaken(trace.pid)) await rm(file, { force: true })
  }
  return found
}

function isTaken(pid: number): boolean {
  // To signal 0 or a negative id is to signal a group.
  if (!(pid > 0)) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

async function openLog(file: string): Promise<Awaited<ReturnType<typeof open>>> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  )
  if (size > logLimit) await rename(file, `${file}.1`)
  return open(file, 'a', 0o600)
}

async function lastComplaint(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n')
  // "The database system is starting up" is what our own polling was told.
  const complaints = lines.filter(
    (line) => /\b(FATAL|PANIC|error while loading)\b/.test(line) && !line.includes(' system is '),
  )
  const complaint = complaints.at(-1) ?? lines.at(-1) ?? ''
  return complaint.replace(/^.*?(FATAL|PANIC): +/, '')
}
