/** What the hub knows of its ledger beside the database: the key that signs it, and what enterprises may learn from it. */
import { dirname } from 'node:path'
import type { Pool } from 'pg'
import type { Published } from '../auth/published.ts'
import { policies } from '../codegen/generated/grid.ts'
import { folderError } from '../store/errors.ts'
import { openLedgerKey } from '../store/ledger-key.ts'
import type { LedgerSigner } from '../store/ledger-suite.ts'
import type { Config } from './config.ts'

/** The key that signs; made where there is none. Throws StoreError. */
export const openLedger = ({ ledger }: Config, pool: Pool): Promise<LedgerSigner> =>
  openLedgerKey(pool, ledger).catch((error: unknown) => {
    throw folderError(dirname(ledger.keyFile), error)
  })

/**
 * Items of all departments that an enterprise may know of; that a withheld one was looked at would warn it, also where
 * policies withhold it no more and the authority has not reviewed that.
 */
export const tellableItems = (published: Published | null): ReadonlySet<string> =>
  new Set(
    Object.values(policies).flatMap(({ items }) =>
      items.flatMap(({ id, sharing }) =>
        sharing === 'WITHHELD' || published?.items.get(id)?.sharing === 'WITHHELD' ? [] : [id],
      ),
    ),
  )
