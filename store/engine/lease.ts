import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode, StoreError } from '../errors.ts'
import { describeProcess, isAlive, type ProcessFacts } from './process.ts'

/** The right of one hub process to start, adopt and stop the server of one location. */
export interface Lease {
  release(): Promise<void>
}

/**
 * Takes the lease of `location`, also from a hub that died without giving it back.
 * It lies beside the cluster, so two data folders that point to one cluster still exclude each other.
 * @throws StoreError DATA_FOLDER_IN_USE, naming the process, when its holder lives.
 */
export async function takeLease(location: string, dataFolder: string): Promise<Lease> {
  const file = join(location, 'hub.pid')
  const draft = `${file}.${randomUUID()}`
  const self = describeProcess(process.pid)
  const content = JSON.stringify({ pid: process.pid, startedAt: self?.startedAt ?? '' })
  await writeFile(draft, content, { mode: 0o600 })
  try {
    while (!(await created(draft, file))) await clearStale(file, dataFolder)
  } finally {
    await rm(draft, { force: true })
  }
  return {
    async release() {
      if ((await readFile(file, 'utf8').catch(() => '')) === content) await rm(file, { force: true })
    },
  }
}

/** link() makes the file appear whole or not at all, and only if it was not there. */
async function created(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

async function clearStale(file: string, dataFolder: string): Promise<void> {
  const found = await readFile(file, 'utf8').catch(() => null)
  if (found === null) return
  const holder = parseHolder(found)
  if (holder !== null && isAlive(holder)) {
    const who = holder.pid === process.pid ? 'this process' : `process ${holder.pid}`
    throw new StoreError(
      'DATA_FOLDER_IN_USE',
      `The data folder ${dataFolder} is in use by ${who}: stop that hub first, or choose another data folder.`,
    )
  }
  // Moved away before it is deleted: a rival that also saw a stale lease may have taken a fresh one in the meantime.
  const aside = `${file}.${randomUUID()}`
  try {
    await rename(file, aside)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  if ((await readFile(aside, 'utf8')) !== found) await created(aside, file)
  await rm(aside, { force: true })
}

function parseHolder(text: string): ProcessFacts | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('startedAt' in value)) return null
    const { pid, startedAt } = value
    return typeof pid === 'number' && typeof startedAt === 'string' ? { pid, startedAt, command: '' } : null
  } catch {
    return null
  }
}
