/** The machine that is measured on, and how the work is laid out on its cores. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'

/** E.g. `Node 24.21.0, 2 × AMD EPYC, 24 GiB`. */
export const machine = (): string =>
  `Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`

/** Where things run; null is wherever the system puts them. */
export interface Cores {
  server: number | null
  /** Load, departments and PostgreSQL. */
  rest: number | null
}

/** Moves this process, and so whatever it starts, off the core that servers are measured on. */
export function layOut(): Cores {
  if (cpus().length < 2) return { server: null, rest: null }
  const { status } = spawnSync('taskset', ['-apc', '1', String(process.pid)], { stdio: 'ignore' })
  return status === 0 ? { server: 0, rest: 1 } : { server: null, rest: null }
}

const root = join(import.meta.dirname, '..')

/** The exact versions that are measured, by package; those that are not installed are left out. */
export function versions(): Record<string, string> {
  const wanted = [
    ['node_modules', ['@apollo/server', 'fastify', 'graphql', 'dataloader', 'undici', 'autocannon']],
    ['bench/hive/node_modules', ['@graphql-hive/gateway']],
    ['bench/peers/node_modules', ['mercurius', 'graphql-yoga', '@envelop/graphql-jit']],
  ] as const
  const found = wanted.flatMap(([folder, names]) =>
    names.flatMap((name) => {
      const file = join(root, folder, name, 'package.json')
      if (!existsSync(file)) return []
      return [[name, (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version] as const]
    }),
  )
  return Object.fromEntries(found)
}
