/**
 * Packages that only other servers need: they live in bench/peers with a lock of their own and are installed when the
 * bench first asks for them, so that whoever runs the hub has none of them.
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const folder = join(import.meta.dirname, 'peers')
const load = createRequire(join(folder, 'package.json'))

const isInstalled = (root: string): boolean => existsSync(join(root, 'node_modules', '.package-lock.json'))

export const peersAreInstalled = (): boolean => isInstalled(folder)
/** Hive Gateway takes half a gigabyte, so that it is installed by hand: `npm run bench:hive`. */
export const hiveIsInstalled = (): boolean => isInstalled(join(import.meta.dirname, 'hive'))

/** Installs what is missing, and says so. */
export function installPeers(): void {
  if (peersAreInstalled()) return
  console.error('Installing the other servers once, in bench/peers …')
  const { status } = spawnSync('npm', ['ci', '--prefix', folder], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if (status !== 0) throw new Error('They could not be installed; --servers limit,hub does without them.')
}

/** A package of bench/peers. The types are checked where it is not installed too, so the caller says what it uses of it. */
export const peer = <T>(name: string): T => load(name) as T
