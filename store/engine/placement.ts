import { createHash, randomBytes } from 'node:crypto'
import { chmod, link, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { errorCode, folderError, StoreError } from '../errors.ts'
import { canEnter, serverAccount, type Account } from './account.ts'

/** Where things live for one data folder. */
export interface Placement {
  /** The folder the operator chose, absolute and without links. */
  readonly dataFolder: string
  /** The folder that holds the cluster, the lease and the socket: the data folder itself unless it is out of reach. */
  readonly location: string
  /** PGDATA. */
  readonly cluster: string
  readonly logFile: string
  /** Where copies of the binaries go, should they be needed. */
  readonly copies: string
  readonly account: Account | null
}

const relocationRoot = '/var/lib/hutong'
const pointerName = 'database-location.txt'

/**
 * Makes the data folder if need be and decides where its cluster lives. A hub that runs as root hands the server to
 * an unprivileged account; when that account cannot enter the data folder (a clone below /root), the cluster lives
 * under /var/lib/hutong and `database-location.txt` in the data folder says where. The decision is made once.
 * @throws StoreError DATA_FOLDER_INVALID, DATA_FOLDER_FORBIDDEN
 */
export async function place(chosen: string): Promise<Placement> {
  const path = resolve(chosen)
  try {
    const dataFolder = await makeFolder(path)
    const location = await locate(dataFolder)
    const cluster = join(location, 'postgres')
    const account = await serverAccount(cluster)
    return {
      dataFolder,
      location,
      cluster,
      logFile: join(dataFolder, 'postgres.log'),
      copies: account === null ? location : relocationRoot,
      account,
    }
  } catch (error) {
    throw folderError(path, error)
  }
}

async function makeFolder(path: string): Promise<string> {
  const made = await mkdir(path, { recursive: true })
  // Made by us, so ours to open: the account passes through, and reads nothing but what it owns.
  if (made !== undefined) await chmod(path, process.getuid?.() === 0 ? 0o711 : 0o700)
  const folder = await realpath(path)
  if (await exists(join(folder, 'PG_VERSION'))) {
    throw new StoreError(
      'DATA_FOLDER_INVALID',
      `${folder} is itself a PostgreSQL cluster and not a data folder of the hub: choose another data folder.`,
    )
  }
  return folder
}

async function locate(dataFolder: string): Promise<string> {
  const recorded = await recordedLocation(dataFolder)
  if (recorded !== null) return recorded
  const account = await serverAccount(join(dataFolder, 'postgres'))
  if (await canEnter(account, dataFolder)) return dataFolder
  if (await exists(join(dataFolder, 'postgres'))) {
    throw new StoreError(
      'DATA_FOLDER_FORBIDDEN',
      `The database in ${dataFolder} would run as user ${account?.uid}, who may not enter that folder: ` +
        'let that user pass through the folders above it, or run the hub as that user.',
    )
  }
  return relocate(dataFolder)
}

async function recordedLocation(dataFolder: string): Promise<string | null> {
  const pointer = join(dataFolder, pointerName)
  if (!(await exists(pointer))) return null
  const location = (await readFile(pointer, 'utf8')).split('\n')[0] ?? ''
  if (await exists(location)) return location
  throw new StoreError(
    'DATA_FOLDER_INVALID',
    `${pointer} says that the database is in "${location}", which does not exist: ` +
      'restore that folder, or delete the file to begin with an empty database.',
  )
}

async function relocate(dataFolder: string): Promise<string> {
  // The random part: someone who deletes the data folder and makes it anew expects an empty database.
  const hash = createHash('sha256').update(dataFolder).digest('hex').slice(0, 12)
  const location = join(relocationRoot, `${hash}-${randomBytes(4).toString('hex')}`)
  for (const folder of [relocationRoot, location]) {
    if ((await mkdir(folder, { recursive: true })) !== undefined) await chmod(folder, 0o711)
  }
  await writeFile(join(location, 'belongs-to.txt'), `${dataFolder}\n`)

  const pointer = join(dataFolder, pointerName)
  const draft = `${pointer}.${randomBytes(4).toString('hex')}`
  await writeFile(draft, `${location}\nThe line above says where the database of this folder lives.\n`)
  try {
    await link(draft, pointer)
    return location
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    // Another hub was faster: its choice counts.
    await rm(location, { recursive: true })
    return (await recordedLocation(dataFolder)) ?? location
  } finally {
    await rm(draft, { force: true })
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}
