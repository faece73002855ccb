/** A hub as a user starts it, watched from outside. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Memory } from './table.ts'

export interface HubProcess {
  url: string
  /** From the start of the process to the line that says ready, in ms. */
  readyAfter: number
  /** As it is now. */
  memory(): Memory
  stop(): Promise<void>
}

const command = join(import.meta.dirname, '..', 'hub', 'hutong.js')

/** Starts `hutong serve` on data of its own, with other settings where there are some. */
export async function startHubProcess(
  dataFolder: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<HubProcess> {
  const port = await freePort()
  const started = performance.now()
  const child = spawn(process.execPath, [command, 'serve'], {
    env: { ...process.env, PORT: String(port), HUTONG_DATA: dataFolder, HUTONG_CACHE: 'off', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  // What it says of itself stays out of the table, unless it is why there is none.
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString('utf8')).slice(-2000)))
  await said(child, 'is ready').catch((error: unknown) => {
    throw new Error(complaint.trim() || 'The hub did not start.', { cause: error })
  })
  const readyAfter = performance.now() - started
  return {
    url: `http://127.0.0.1:${port}`,
    readyAfter,
    memory: () => memoryOf(child.pid ?? 0),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', (code) => {
          if (code !== 0) process.stderr.write(complaint)
          resolve()
        })
        child.kill('SIGINT')
      }),
  }
}

function said(child: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8')
      if (text.includes(words)) resolve()
    })
    child.once('exit', (code) => reject(new Error(`The hub ended with ${String(code)} before it was ready.`)))
  })
}

/** Of the hub, its departments and what controls these. */
const portCount = 8

/** The first of eight ports that are free together, below those that the system gives to connections. */
async function freePort(): Promise<number> {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * 20_000)
    const free = await Promise.all(Array.from({ length: portCount }, (_, at) => isFree(first + at)))
    if (free.every(Boolean)) return first
  }
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** Sums the resident memory of a process and of its children, from /proc; shared pages of Postgres count once each. */
function memoryOf(pid: number): Memory {
  const sum = { hub: resident(pid), departments: 0, postgres: 0 }
  const parents = new Map<number, { parent: number; command: string }>()
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8')
      parents.set(Number(name), {
        parent: Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]),
        command: readFileSync(`/proc/${name}/cmdline`, 'utf8'),
      })
    } catch {
      // the process ended while it was looked at
    }
  }
  const childrenOf = (parent: number): number[] =>
    [...parents].filter(([, of]) => of.parent === parent).map(([child]) => child)
  for (const child of childrenOf(pid)) {
    if (parents.get(child)?.command.includes('sandbox')) sum.departments += resident(child)
    else sum.postgres += [child, ...childrenOf(child)].reduce((total, each) => total + proportional(each), 0)
  }
  return sum
}

const field = (file: string, name: string): number => {
  try {
    return Math.round(
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'utf8'))?.[1] ?? 0) / 1024,
    )
  } catch {
    return 0
  }
}
/** Resident memory of a process, in MiB; 0 without /proc. */
export const resident = (pid: number): number => field(`/proc/${pid}/status`, 'VmRSS')
const proportional = (pid: number): number => field(`/proc/${pid}/smaps_rollup`, 'Pss')
