/** Processor time of a hub and its database, from /proc; its development departments do not count. */
import { readdirSync, readFileSync } from 'node:fs'

/** The kernel's clock ticks a second, as Linux tells every program. */
const ticks = 100

/** Seconds since the start, of a process and what it started, those that have ended included; NaN without /proc. */
export function cpuSeconds(pid: number): number {
  const used = new Map<number, { parent: number; seconds: number; isDepartment: boolean }>()
  for (const name of entries()) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      // The name in brackets may hold blanks.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const seconds = [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / ticks
      const isDepartment = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('sandbox')
      used.set(Number(name), { parent: Number(fields[1]), seconds, isDepartment })
    } catch {
      // it ended while it was looked at
    }
  }
  const of = (id: number): number => {
    const own = used.get(id)
    if (own === undefined || own.isDepartment) return 0
    return [...used].reduce((sum, [child, { parent }]) => sum + (parent === id ? of(child) : 0), own.seconds)
  }
  return used.has(pid) ? of(pid) : Number.NaN
}

function entries(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}
