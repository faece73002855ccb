/** The trade slice of a hub: what takes documents over, matches them, and keeps what is personal in them closed. */
import { access } from 'node:fs/promises'
import { dirname } from 'node:path'
import type pg from 'pg'
import type { Print } from '../rules/trade/document.ts'
import { zonesWith } from '../rules/trade/zones.ts'
import { dayOf } from '../rules/working-day.ts'
import type { OpenDatabase } from '../store/database.ts'
import { errorCode, folderError, isOfSystem, StoreError } from '../store/errors.ts'
import { keyOfFile } from '../store/key-file.ts'
import { createTradeChanges, type TradeChanges } from '../store/trade/changes.ts'
import { createMessageReader, type MessageReader } from './ceb-reader.ts'
import type { Config } from './config.ts'
import { makeEditions, startEditions } from '../store/trade/editions.ts'
import { createTradeIntake, type TradeIntake } from '../store/trade/intake.ts'
import { createTradeLife, type TradeLife } from '../store/trade/life.ts'
import { createMatcher, type Matcher } from '../store/trade/matcher.ts'
import { createPersonalVault, newTradeKey, secretOfKey, type PersonalVault } from '../store/trade/personal-vault.ts'
import { createTradeReader, type TradeReader } from '../store/trade/reader.ts'
import { createTradeReceipts, type TradeReceipts } from '../store/trade/receipts.ts'
import { createTradeSummaries, type TradeSummaries } from '../store/trade/summaries.ts'
import { startSumming, sumAll } from '../store/trade/summing.ts'

export interface Trade {
  reader: MessageReader
  intake: TradeIntake
  receipts: TradeReceipts
  matcher: Matcher
  /** What is there, to be read. */
  life: TradeLife
  summaries: TradeSummaries
  print: Print
  /** What changes, for those who are subscribed. */
  changes: TradeChanges
  /** Has statistics tell what has come by now, where whoever runs the hub wants them to. */
  publish(): Promise<void>
  /** Reads for one request. */
  read(this: void): TradeReader
  stop(): Promise<void>
}

/**
 * Opens it; what a process before left unmatched is matched.
 * @param settings with keyFile, of the key that closes personal values, which is made where there is none
 * @throws StoreError TRADE_KEY_INVALID, TRADE_KEY_UNKNOWN
 */
export async function openTrade(
  database: Pick<OpenDatabase, 'trade' | 'pool' | 'connection' | 'maintenance'>,
  { keyFile, offices }: Config['trade'],
  onFailure: (error: unknown) => void,
): Promise<Trade> {
  const zones = zonesWith(offices)
  const { trade: pool, pool: reading, maintenance } = database
  const vault = await openVault(pool, keyFile)
  const matcher = createMatcher(pool, onFailure)
  const life = createTradeLife(reading, vault)
  const intake = createTradeIntake(pool, vault, matcher)
  const summing = startSumming(pool, onFailure)
  const editions = startEditions(database, onFailure, zones)
  const changes = createTradeChanges(reading, onFailure)
  const reader = createMessageReader()
  return {
    reader,
    intake,
    receipts: createTradeReceipts(pool, vault, matcher),
    matcher,
    life,
    summaries: createTradeSummaries(pool, vault),
    print: vault.print,
    changes,
    async publish() {
      await sumAll(maintenance)
      await makeEditions(maintenance, dayOf(new Date()), 'now', zones)
    },
    read: () => createTradeReader(reading, vault, life, zones),
    async stop() {
      // First, since whoever waits for room to hand in would wait for it.
      const matched = matcher.close()
      await intake.close()
      await matched
      await reader.close()
      await editions.close()
      await summing.close()
      await changes.close()
    },
  }
}

async function openVault(pool: pg.Pool, keyFile: string): Promise<PersonalVault> {
  const known = await pool.query(`select from hub_secret where name = 'trade-key'`)
  if (known.rowCount !== 0 && (await isMissing(keyFile))) {
    throw new StoreError(
      'TRADE_KEY_UNKNOWN',
      `Personal values of trade documents in the database are closed with a key, and ${keyFile} is missing: put it back from a backup (HUTONG_TRADE_KEY).`,
    )
  }
  const vault = createPersonalVault(await secretIn(keyFile))
  // Whoever is first says which key it is; with another one nothing would match, and nothing could be opened.
  await pool.query(`insert into hub_secret (name, value) values ('trade-key', $1) on conflict do nothing`, [vault.mark])
  const { rows } = await pool.query<{ value: Buffer }>(`select value from hub_secret where name = 'trade-key'`)
  if (rows[0]?.value.equals(vault.mark) === true) return vault
  throw new StoreError(
    'TRADE_KEY_UNKNOWN',
    `Personal values of trade documents in the database were closed with another key than that of ${keyFile}: put the right one there (HUTONG_TRADE_KEY).`,
  )
}

const isMissing = (file: string): Promise<boolean> =>
  access(file).then(
    () => false,
    (error: unknown) => errorCode(error) === 'ENOENT',
  )

async function secretIn(keyFile: string): Promise<Buffer> {
  try {
    const secret = secretOfKey(await keyOfFile(keyFile, async () => newTradeKey()))
    if (secret !== null) return secret
  } catch (error) {
    const known = folderError(dirname(keyFile), error)
    if (known !== error || isOfSystem(error)) throw known
  }
  throw new StoreError('TRADE_KEY_INVALID', `${keyFile} is not a key of trade documents: restore it from a backup.`)
}
