import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { errorCode } from '../errors.ts'

const run = promisify(execFile)

/** The user that PostgreSQL runs as. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Only what PostgreSQL needs: no PG… variable of the operator's shell may redirect it. */
export const serverEnvironment = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' }

/** Spawn options that run a program as `account`, or as ourselves when it is null. */
export function runAs(account: Account | null): {
  cwd: string
  env: Record<string, string>
  uid?: number
  gid?: number
} {
  // cwd: the hub may have been started in a folder that the account may not enter.
  return { cwd: '/', env: serverEnvironment, ...(account ?? {}) }
}

/**
 * Null when the hub is an ordinary user, who then owns the server. PostgreSQL refuses to run as root; a hub that is
 * root runs it as the owner of the existing cluster, or else as `nobody`.
 */
export async function serverAccount(cluster: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null
  try {
    const { uid, gid } = await stat(cluster)
    if (uid !== 0) return { uid, gid }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
  return nobody()
}

/** Whether `account` may enter `folder`. The kernel is asked, because mode bits do not tell about ACLs and mounts. */
export async function canEnter(account: Account | null, folder: string): Promise<boolean> {
  if (account === null) return true
  try {
    await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], runAs(account))
    return true
  } catch {
    return false
  }
}

async function nobody(): Promise<Account> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const [, , uid, gid] = (passwd.split('\n').find((line) => line.startsWith('nobody:')) ?? '').split(':').map(Number)
  // macOS writes nobody's ids as -2.
  return { uid: (uid ?? 65534) >>> 0, gid: (gid ?? 65534) >>> 0 }
}
