import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { errorCode } from '../errors.ts'
import { canEnter, type Account } from './account.ts'
import type { Placement } from './placement.ts'

/** Socket addresses end after 107 bytes on Linux and 103 on macOS. */
const longestAddress = 103
/** What PostgreSQL calls its socket. */
export const socketName = '.s.PGSQL.5432'
const temporaryPrefix = 'hutong-socket-'

/**
 * A folder for the server's socket that only the server's account (and root) can enter: beside the cluster, or in
 * the temporary folder when that path is too long for a socket address.
 */
export async function makeSocketFolder({ location, account }: Placement): Promise<string> {
  const beside = join(location, 'socket')
  if (fits(beside)) {
    await mkdir(beside, { mode: 0o700 }).catch((error: unknown) => {
      if (errorCode(error) !== 'EEXIST') throw error
    })
    return own(beside, account)
  }
  const parents = [tmpdir(), '/tmp']
  for (const parent of parents) {
    if (!fits(join(parent, `${temporaryPrefix}XXXXXX`)) || !(await canEnter(account, parent))) continue
    // A new random name each time: nobody can have made the folder before us. postmaster.pid remembers it.
    return own(await mkdtemp(join(parent, temporaryPrefix)), account)
  }
  return own(await mkdtemp(join('/tmp', temporaryPrefix)), account)
}

/** Removes a folder that {@link makeSocketFolder} made in the temporary folder; the one beside the cluster stays. */
export async function removeSocketFolder(folder: string): Promise<void> {
  const temporary = [tmpdir(), '/tmp'].includes(dirname(folder)) && basename(folder).startsWith(temporaryPrefix)
  if (temporary) await rm(folder, { recursive: true, force: true })
}

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, socketName)) <= longestAddress
}

async function own(folder: string, account: Account | null): Promise<string> {
  await chmod(folder, 0o700)
  if (account !== null) await chown(folder, account.uid, account.gid)
  return folder
}
