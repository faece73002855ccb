/** The command as a process of its own, started and ended as a person does it in a terminal. */
import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { waitUntil } from '../../store/engine/process.ts'

export const project = resolve(import.meta.dirname, '..', '..')
const command = join(project, 'hub', 'hutong.js')

/** The hub's port, those of six departments, and the control's. */
export const portCount = 8

/** The first of as many free ports in a row as a start takes; below those that the system gives out by itself. */
export async function freePorts(): Promise<number> {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * 20_000)
    if (await portsAreFree(first)) return first
  }
}

export async function portsAreFree(first: number): Promise<boolean> {
  const free = await Promise.all(Array.from({ length: portCount }, (_, i) => isFree(first + i)))
  return free.every(Boolean)
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })

/** Holds a port until the callback is done. */
export async function whileTaken<T>(port: number, callback: () => Promise<T>): Promise<T> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done))
  try {
    return await callback()
  } finally {
    await new Promise((done) => server.close(done))
  }
}

/** A folder that root's PostgreSQL account may pass through. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'hutong-start-'))
  await chmod(folder, 0o755)
  return folder
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A command under way. */
export interface Command {
  child: ChildProcess
  said: { stdout: string; stderr: string }
  ended: Promise<Ended>
}

/** What a newcomer's shell has, without the settings of whoever runs the tests. */
export const plainEnvironment = {
  PATH: [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
  HOME: process.env.HOME ?? '/',
}

/** Runs `hutong` in a process group of its own, as a shell does. */
export function hutong(args: readonly string[], env: Record<string, string>, options: SpawnOptions = {}): Command {
  return run(process.execPath, [command, ...args], env, options)
}

export function run(
  program: string,
  args: readonly string[],
  env: Record<string, string>,
  options: SpawnOptions = {},
): Command {
  const child = spawn(program, args, {
    cwd: project,
    detached: true,
    ...options,
    env: { ...plainEnvironment, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  const ended = new Promise<Ended>((done) => {
    child.once('close', (code, signal) => done({ code, signal, ...said }))
  })
  return { child, said, ended }
}

/** Waits until a hub has said that it is ready. Throws what it said instead. */
export async function untilReady({ child, said }: Command): Promise<void> {
  await waitUntil(() => said.stdout.includes('Ctrl-C ends everything.') || child.exitCode !== null, 25_000)
  if (!said.stdout.includes('Ctrl-C ends everything.')) throw new Error(`No hub stands:\n${said.stdout}${said.stderr}`)
}

/** Signals the whole process group, as Ctrl-C in a terminal does. */
export function signalGroup({ child }: Command, signal: NodeJS.Signals): void {
  process.kill(-(child.pid ?? NaN), signal)
}

/** Ends a hub if it still runs, and the database that it may have left. */
export async function clear({ child, ended }: Command, dataFolder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.pid !== undefined)
    process.kill(-child.pid, 'SIGKILL')
  await ended
  const trace = await readFile(join(dataFolder, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')
  const pid = Number(trace.split('\n')[0])
  if (pid > 0 && processes().some((found) => found.pid === pid)) {
    process.kill(pid, 'SIGQUIT')
    await waitUntil(() => processes().every((found) => found.pid !== pid), 10_000)
  }
  await rm(dataFolder, { recursive: true, force: true })
}

/** Programs that belong to a start: the database of its data folder, and the departments on its ports. */
export const leftBehind = (dataFolder: string, port: number): string[] =>
  processes()
    .filter(({ args }) => args.includes(dataFolder) || args.includes(`--ports ${port + 1} `))
    .map(({ args }) => args)

function processes(): { pid: number; args: string }[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,stat=,args='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    .split('\n')
    .flatMap((line) => {
      const [, pid, state = '', args = ''] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? []
      return pid === undefined || state.startsWith('Z') ? [] : [{ pid: Number(pid), args }]
    })
}
