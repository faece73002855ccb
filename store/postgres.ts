import pg from 'pg'
import { errorCode, folderError } from './errors.ts'
import { findBinaries, type Binaries } from './engine/binaries.ts'
import { ensureCluster, superuser } from './engine/cluster.ts'
import { takeLease } from './engine/lease.ts'
import { place, type Placement } from './engine/placement.ts'
import { isAlive } from './engine/process.ts'
import { findOrphan, launch, shutDown, type Server } from './engine/server.ts'

/** How to connect to an embedded server; fits `pg.PoolConfig`. */
export interface EmbeddedConnection {
  /** The folder of the unix socket. */
  readonly host: string
  readonly user: string
  readonly database: string
}

/** An embedded PostgreSQL that belongs to this process until it is stopped. */
export interface EmbeddedPostgres {
  readonly connection: EmbeddedConnection
  /** The folder that holds the cluster; differs from the data folder where the server's account cannot enter that. */
  readonly location: string
  /** True when the server was left behind by a hub that was killed, and is now ours. */
  readonly adopted: boolean
  /** Stops the server and resolves when its process is gone. May be called more than once. */
  stop(): Promise<void>
}

const databaseName = 'hutong'
/** Outside Linux a look costs a process. */
const watchInterval = process.platform === 'linux' ? 250 : 2_000

/**
 * Starts (or adopts) the PostgreSQL of a data folder; makes both if they are not there. A server that dies under the
 * hub is started again at the same address.
 * @throws StoreError with one sentence for every way in which the folder, the binaries or the server can be unfit.
 */
export async function startPostgres({ dataFolder }: { dataFolder: string }): Promise<EmbeddedPostgres> {
  const placement = await place(dataFolder)
  try {
    const lease = await takeLease(placement.location, placement.dataFolder)
    try {
      const binaries = await findBinaries(placement.account, placement.copies)
      await ensureCluster(placement, binaries)
      const orphan = await findOrphan(placement)
      const server = orphan ?? (await launch(placement, binaries))
      const connection = { host: server.socketFolder, user: superuser, database: databaseName }
      await ensureDatabase(connection)
      const watch = watchOver(server, placement, binaries)
      let stopping: Promise<void> | undefined
      const stop = (): Promise<void> => (stopping ??= watch.stop().finally(() => lease.release()))
      return { connection, location: placement.location, adopted: orphan !== null, stop }
    } catch (error) {
      await lease.release()
      throw error
    }
  } catch (error) {
    throw folderError(placement.location, error)
  }
}

/** Looked for at every start: a kill may have come between the cluster and its database. */
async function ensureDatabase(connection: EmbeddedConnection): Promise<void> {
  const client = new pg.Client({ ...connection, database: 'postgres', connectionTimeoutMillis: 2_000 })
  await client.connect()
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [databaseName])
    if (rowCount === 0) await client.query(`create database ${databaseName}`)
  } catch (error) {
    if (errorCode(error) !== '42P04') throw error
  } finally {
    await client.end()
  }
}

function watchOver(first: Server, placement: Placement, binaries: Binaries): { stop(): Promise<void> } {
  let server = first
  let stopped = false
  let revival: Promise<void> = Promise.resolve()
  let reviving = false
  // An adopted server is no child of ours and sends no exit event: both kinds are looked at in the same way.
  const timer = setInterval(() => {
    if (stopped || reviving || isAlive(server.process)) return
    reviving = true
    revival = launch(placement, binaries, server.socketFolder)
      .then((revived) => void (server = revived))
      // It is tried again at the next look; until then every user of the database has its own error.
      .catch(() => undefined)
      .finally(() => (reviving = false))
  }, watchInterval).unref()
  return {
    async stop() {
      stopped = true
      clearInterval(timer)
      await revival
      await shutDown(server)
    },
  }
}
