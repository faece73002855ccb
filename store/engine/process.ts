import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { serverEnvironment } from './account.ts'

/** What tells one process from a later one that was given the same id. */
export interface ProcessFacts {
  readonly pid: number
  /** An opaque mark of when it started; equal marks and equal ids mean the same process. */
  readonly startedAt: string
  readonly command: string
}

/** Facts of a living process; null when there is none. A zombie that nobody reaped counts as dead. */
export function describeProcess(pid: number): ProcessFacts | null {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
}

/** Whether that very process still lives. */
export function isAlive(facts: ProcessFacts): boolean {
  return describeProcess(facts.pid)?.startedAt === facts.startedAt
}

/** Resolves to true when `condition` holds, to false when it does not within `milliseconds`. */
export async function waitUntil(condition: () => boolean | Promise<boolean>, milliseconds: number): Promise<boolean> {
  const deadline = performance.now() + milliseconds
  for (;;) {
    if (await condition()) return true
    if (performance.now() > deadline) return false
    await sleep(10)
  }
}

function fromProc(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may itself hold spaces: count from its end.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, ticks] = [fields[0], fields[19]]
    if (state === 'Z' || state === 'X' || ticks === undefined) return null
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return { pid, startedAt: `${boot}/${ticks}`, command }
  } catch {
    return null
  }
}

function fromPs(pid: number): ProcessFacts | null {
  try {
    const format = 'state=,lstart=,command='
    const line = execFileSync('/bin/ps', ['-o', format, '-p', String(pid)], {
      encoding: 'utf8',
      env: serverEnvironment,
    })
    const [state = '', ...words] = line.trim().split(/\s+/)
    if (state === '' || state.startsWith('Z')) return null
    return { pid, startedAt: words.slice(0, 5).join(' '), command: words.slice(5).join(' ') }
  } catch {
    return null
  }
}
