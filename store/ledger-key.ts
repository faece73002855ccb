/** The key that signs the ledger's checkpoints, and those that did before it. */
import type { JWK } from 'jose'
import type pg from 'pg'
import { isOfSystem, StoreError } from './errors.ts'
import { keptIn, keyOfFile } from './key-file.ts'
import { createSigner, generateLedgerKey, keyText, type LedgerSigner, type SuiteName } from './ledger-suite.ts'
import { inTransaction } from './transaction.ts'

export interface LedgerKeySettings {
  /** The private key; made where neither file nor database knows of one. */
  keyFile: string
  suite: SuiteName
  /** Id of a key that is lost, which the operator wants to go on without. */
  lostKey: string | null
}

/** A public key as the ledger keeps it. */
export interface KnownKey {
  key: JWK
  /** Compact JWS over the key, by the one before it. */
  signed: string | null
}

/**
 * Opens the key of the ledger and makes it known in the database. A key that the ledger does not know, or a new one, is
 * taken only where there is no ledger yet, where the key before it signs it (kept in `‹keyFile›.previous`), or where the
 * operator says that the key before it is lost: or a restart without its key would break the proof in silence.
 * @throws StoreError LEDGER_KEY_INVALID, LEDGER_KEY_UNKNOWN
 */
export async function openLedgerKey(pool: pg.Pool, settings: LedgerKeySettings): Promise<LedgerSigner> {
  const { keyFile, suite, lostKey } = settings
  return inTransaction(pool, async (client) => {
    // Of processes that start together the first one's key counts.
    await client.query('lock table ledger_key in share row exclusive mode')
    const known = await knownIds(client)
    const held = await signerIn(keyFile)
    if (held !== null && held.suite !== suite) {
      throw new StoreError(
        'LEDGER_KEY_INVALID',
        `${keyFile} is a key of ${held.suite}, not of ${suite}: set HUTONG_LEDGER_SUITE to ${held.suite}, or rename the file to ${keyFile}.previous and the next start makes a key that it signs.`,
      )
    }
    const isKnown = known.length === 0 || (held !== null && known.includes(idOf(held)))
    const previous = isKnown ? null : await signerIn(`${keyFile}.previous`)
    const vouches = previous !== null && known.includes(idOf(previous))
    if (!isKnown && !vouches && lostKey !== known.at(-1)) {
      throw new StoreError(
        'LEDGER_KEY_UNKNOWN',
        `The ledger is signed by the key ${known.at(-1)}, ${held === null ? `and ${keyFile} is missing` : `which is not the one in ${keyFile}`}: put that key back from a backup; how to go on with another, docs/operating.md says.`,
      )
    }
    const signer = held ?? (await createSigner(await keyOfFile(keyFile, () => generateLedgerKey(suite))))
    const text = keyText(signer.publicKey)
    const signed = vouches ? await previous.sign(text) : null
    await client.query('insert into ledger_key (kid, public_key, signed) values ($1, $2, $3) on conflict do nothing', [
      idOf(signer),
      text,
      signed,
    ])
    return signer
  })
}

/** The public keys of the ledger, oldest first. */
export async function ledgerKeys(client: Pick<pg.Pool, 'query'>): Promise<KnownKey[]> {
  const { rows } = await client.query<{ public_key: string; signed: string | null }>(
    'select public_key, signed from ledger_key order by added_at, kid',
  )
  return rows.map(({ public_key, signed }) => ({ key: JSON.parse(public_key) as JWK, signed }))
}

/** Ids of the keys that signed, oldest first; those of a ledger from before keys were kept stand in its checkpoints. */
async function knownIds(client: pg.PoolClient): Promise<string[]> {
  const kept = await ledgerKeys(client)
  if (kept.length > 0) return kept.map(({ key }) => key.kid ?? '')
  const { rows } = await client.query<{ header: string }>(
    `select split_part(signed, '.', 1) as header from audit_checkpoint group by 1 order by min(signed_at)`,
  )
  return rows.map(({ header }) => (JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string }).kid)
}

const idOf = ({ publicKey }: LedgerSigner): string => publicKey.kid ?? ''

/** Null where there is no such file. */
async function signerIn(file: string): Promise<LedgerSigner | null> {
  try {
    const key = await keptIn(file)
    return key === null ? null : await createSigner(key)
  } catch (error) {
    if (isOfSystem(error)) throw error
    throw new StoreError(
      'LEDGER_KEY_INVALID',
      `${file} is no private key of the ledger: put the right one back from a backup.`,
      { cause: error },
    )
  }
}
