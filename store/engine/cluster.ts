import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chown, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { errorCode, StoreError } from '../errors.ts'
import { runAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import type { Placement } from './placement.ts'

const run = promisify(execFile)

/** The major version of PostgreSQL that our binaries read and write. */
export const majorVersion = '18'

/** The superuser of an embedded cluster; the folder's permission is what guards it. */
export const superuser = 'hutong'

/**
 * Makes the cluster when there is none, and checks it when there is one.
 * Must be called with the lease held.
 * @throws StoreError CLUSTER_INVALID, CLUSTER_VERSION, ENGINE_FAILED
 */
export async function ensureCluster(placement: Placement, binaries: Binaries): Promise<void> {
  if (!(await isCluster(placement.cluster))) await initialise(placement, binaries)
}

async function isCluster(cluster: string): Promise<boolean> {
  const entries = await entriesOf(cluster)
  if (entries.length === 0) return false
  if (!entries.includes('PG_VERSION')) {
    throw new StoreError(
      'CLUSTER_INVALID',
      `${cluster} is not a PostgreSQL cluster (it has no PG_VERSION): restore it from a backup, or move it away.`,
    )
  }
  const version = (await readFile(join(cluster, 'PG_VERSION'), 'utf8')).trim()
  if (version === majorVersion) {
    if ((await entriesOf(join(cluster, 'global'))).includes('pg_control')) return true
    throw damaged(cluster, 'it has no global/pg_control')
  }
  if (/^\d{1,3}(\.\d)?$/.test(version)) {
    throw new StoreError(
      'CLUSTER_VERSION',
      `${cluster} was written by PostgreSQL ${version}, this hub brings ${majorVersion}: ` +
        'dump it with the old version and restore it with this one.',
    )
  }
  throw damaged(cluster, 'its PG_VERSION is not a version')
}

function damaged(cluster: string, how: string): StoreError {
  return new StoreError('CLUSTER_INVALID', `${cluster} is damaged (${how}): restore it from a backup, or move it away.`)
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    if (errorCode(error) === 'ENOTDIR') {
      throw new StoreError('CLUSTER_INVALID', `${folder} is a file, not a PostgreSQL cluster: move it away.`)
    }
    throw error
  }
}

/** Made in a sibling and renamed, so that a kill in the middle leaves nothing that looks like a cluster. */
async function initialise({ cluster, account }: Placement, binaries: Binaries): Promise<void> {
  const parent = dirname(cluster)
  const prefix = `${basename(cluster)}.init-`
  for (const entry of await readdir(parent)) {
    if (entry.startsWith(prefix)) await rm(join(parent, entry), { recursive: true, force: true })
  }
  const draft = join(parent, prefix + randomUUID())
  await mkdir(draft, { mode: 0o700 })
  try {
    if (account !== null) await chown(draft, account.uid, account.gid)
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
    // trust: whoever can reach the socket has passed its 0700 folder.
    const access = [`--username=${superuser}`, '--auth-local=trust', '--auth-host=reject']
    await run(binaries.initdb, [`--pgdata=${draft}`, '--no-instructions', ...locale, ...access], runAs(account))
    await rename(draft, cluster)
    await syncFolder(parent)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw new StoreError(
      'ENGINE_FAILED',
      `PostgreSQL could not make a cluster in ${parent}: ${lastLine(error)}; correct that and start again.`,
      { cause: error },
    )
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  await handle.sync().finally(() => handle.close())
}

function lastLine(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error && typeof error.stderr === 'string' ? error.stderr : ''
  const lines = stderr.split('\n').filter((line) => line.includes('error:') || line.includes('FATAL:'))
  return lines.at(-1) ?? (error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error))
}
