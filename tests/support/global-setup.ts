import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { migrate } from '../../store/migrations/run.ts'
import { startPostgres } from '../../store/postgres.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server of this test run; its database is migrated and serves as the template of all others. */
    database: { host: string; user: string; template: string }
  }
}

/** One embedded server for a test run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'hutong-tests-'))
  const server = await startPostgres({ dataFolder })
  const { host, user, database } = server.connection
  await migrate({ ...server.connection })
  project.provide('database', { host, user, template: database })
  return async () => {
    await server.stop()
    for (const folder of [server.location, dataFolder]) await rm(folder, { recursive: true, force: true })
  }
}
