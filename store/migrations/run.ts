import { Kysely, PostgresDialect } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import pg from 'pg'
import { StoreError } from '../errors.ts'
import { grantsAndAudit } from './0001-grants-and-audit.ts'
import { chainedRecords } from './0001b-chained-records.ts'
import { sharing } from './0002-sharing.ts'
import { catalogue } from './0003-catalogue.ts'
import { corrections } from './0004-corrections.ts'
import { ledger } from './0005-ledger.ts'
import { matters } from './0006-matters.ts'
import { ledgerKeys } from './0007-ledger-keys.ts'
import { changeNotices } from './0008-change-notices.ts'
import { lists } from './0009-lists.ts'
import { ledgerPages } from './0010-ledger-pages.ts'
import { answeredLate } from './0011-answered-late.ts'
import { deliveries } from './0012-deliveries.ts'
import { lateReplies } from './0013-late-replies.ts'
import { trade } from './0014-trade.ts'
import { tradeLife } from './0015-trade-life.ts'
import { tradeCarriage } from './0015b-trade-carriage.ts'
import { tradeStatistics } from './0016-trade-statistics.ts'
import { tradeLists } from './0017-trade-lists.ts'
import { documents } from './0018-documents.ts'
import { tradeChanges } from './0019-trade-changes.ts'
import { tradeEditions } from './0020-trade-editions.ts'
import { tradeEditionOffices } from './0021-trade-edition-offices.ts'

/** In the order of their names; a migration that was released is never changed (tests/store-releases.test.ts). */
const migrations: Record<string, Migration> = {
  '0001-grants-and-audit': grantsAndAudit,
  '0001b-chained-records': chainedRecords,
  '0002-sharing': sharing,
  '0003-catalogue': catalogue,
  '0004-corrections': corrections,
  '0005-ledger': ledger,
  '0006-matters': matters,
  '0007-ledger-keys': ledgerKeys,
  '0008-change-notices': changeNotices,
  '0009-lists': lists,
  '0010-ledger-pages': ledgerPages,
  '0011-answered-late': answeredLate,
  '0012-deliveries': deliveries,
  '0013-late-replies': lateReplies,
  '0014-trade': trade,
  '0015-trade-life': tradeLife,
  '0015b-trade-carriage': tradeCarriage,
  '0016-trade-statistics': tradeStatistics,
  '0017-trade-lists': tradeLists,
  '0018-documents': documents,
  '0019-trade-changes': tradeChanges,
  '0020-trade-editions': tradeEditions,
  '0021-trade-edition-offices': tradeEditionOffices,
}

/**
 * Brings the tables up to date; hubs that start together wait for each other.
 * @param config of a connection without a statement timeout: a migration may take its time.
 * @throws StoreError MIGRATION_FAILED
 */
export async function migrate(config: pg.PoolConfig): Promise<void> {
  const pool = new pg.Pool({ ...config, max: 2 })
  pool.on('error', () => undefined)
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => migrations },
      // A database may have run what comes after 0001b before there was one.
      allowUnorderedMigrations: true,
    })
    const { error, results } = await migrator.migrateToLatest()
    if (error === undefined) return
    const failed = results?.find((result) => result.status === 'Error')?.migrationName
    const reason = error instanceof Error ? error.message : 'unknown reason'
    throw new StoreError(
      'MIGRATION_FAILED',
      `The database could not be brought up to date${failed === undefined ? '' : ` (${failed})`}: ${reason}.`,
      { cause: error },
    )
  } finally {
    await db.destroy()
  }
}
