/** A hub whose store holds grants of a test's own beside those of development. */
import { developmentGrants } from '../../auth/development-grants.ts'
import { policies } from '../../codegen/generated/grid.ts'
import type { Grant } from '../../rules/grant.ts'
import { seedGrants } from '../../store/grants.ts'
import { freshDatabase } from '../support/database.ts'
import { runHub, type RunOptions, type Running } from '../support/harness.ts'

/** A grant of these words; what is not given is not limited. */
export const grantOf = (
  reader: string,
  item: string,
  purpose: string,
  limits: Partial<Pick<Grant, 'coordinates' | 'divisions' | 'full' | 'requiresMandate'>> = {},
): Grant => ({
  id: `test:${reader}:${item}:${purpose}`,
  reader,
  item,
  purpose,
  coordinates: null,
  divisions: [],
  full: false,
  requiresMandate: false,
  validFrom: null,
  validTo: null,
  state: 'ACTIVE',
  dailySubjects: null,
  mode: 'API',
  application: null,
  ...limits,
})

/** Starts one; the caller stops it. */
export async function runGrantedHub(
  grants: readonly Grant[],
  limits: NonNullable<RunOptions['config']>['limits'] = {},
): Promise<Running> {
  const store = await freshDatabase()
  await seedGrants(store.db, [...developmentGrants(Object.values(policies)), ...grants])
  const running = await runHub({ config: { databaseUrl: store.url, limits } })
  return {
    ...running,
    database: store,
    async stop() {
      await running.stop()
      await store.drop()
    },
  }
}
