/** The key of the ledger: made once, known ever after, and changed only on purpose. */
import { mkdtemp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createAuditLog } from '../store/audit.ts'
import { StoreError } from '../store/errors.ts'
import { chainHeads } from '../store/ledger-heads.ts'
import { ledgerKeys, openLedgerKey, type LedgerKeySettings } from '../store/ledger-key.ts'
import { createSigner, generateLedgerKey, type LedgerSigner } from '../store/ledger-suite.ts'
import { verifyLedger } from '../store/ledger-verify.ts'
import { freshDatabase, type FreshDatabase } from './support/database.ts'
import { entry, exported } from './support/ledger-lines.ts'

let database: FreshDatabase
let folder: string
let keyFile: string
beforeEach(async () => {
  database = await freshDatabase()
  folder = await mkdtemp(join(tmpdir(), 'hutong-key-'))
  keyFile = join(folder, 'ledger-key.json')
})
afterEach(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

const open = (change: Partial<LedgerKeySettings> = {}): Promise<LedgerSigner> =>
  openLedgerKey(database.pool, { keyFile, suite: 'SHA256-Ed25519', lostKey: null, ...change })
const refused = async (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => null,
    (error: unknown) => (error instanceof StoreError ? [error.code, error.message] : error),
  )
const ids = async (): Promise<unknown[]> => (await ledgerKeys(database.pool)).map(({ key }) => key.kid)
const use = async (signer: LedgerSigner, id: string): Promise<void> => {
  const log = createAuditLog(database.pool, signer, await chainHeads(database.pool))
  await log.record(entry(id))
  await log.close()
}
/** What is found in an export by whoever has kept the keys from before. */
const found = async (signer: LedgerSigner, trusted: LedgerSigner): Promise<unknown> => {
  const lines = await exported(database, signer)
  const { findings } = await verifyLedger(
    (async function* () {
      yield* lines
    })(),
    [trusted.publicKey],
  )
  return [...new Set(findings.map(({ problem }) => problem))]
}
const unknown = (signer: LedgerSigner, why: string): unknown => [
  'LEDGER_KEY_UNKNOWN',
  `The ledger is signed by the key ${signer.publicKey.kid}, ${why}: put that key back from a backup; how to go on with another, docs/operating.md says.`,
]

describe('a key that is missing, or another one', () => {
  test('is refused and not made, and the old one is taken again', async () => {
    const signer = await open()
    await use(signer, 'a')
    await rename(keyFile, join(folder, 'away'))
    expect(await refused(open())).toEqual(unknown(signer, `and ${keyFile} is missing`))
    expect(await readdir(folder)).toEqual(['away'])
    await writeFile(keyFile, JSON.stringify(await generateLedgerKey('SHA256-Ed25519')))
    expect(await refused(open())).toEqual(unknown(signer, `which is not the one in ${keyFile}`))
    await rename(join(folder, 'away'), keyFile)
    expect((await open()).publicKey).toEqual(signer.publicKey)
    expect(await ids()).toEqual([signer.publicKey.kid])
  })

  test('is refused for a ledger from before keys were kept as well, by its checkpoints', async () => {
    const before = await createSigner(await generateLedgerKey('SHA256-Ed25519'))
    await use(before, 'a')
    expect(await refused(open())).toEqual(unknown(before, `and ${keyFile} is missing`))
    expect(await ids()).toEqual([])
  })

  test('of processes that start together one makes the key, and the others are told', async () => {
    const outcomes = await Promise.all(
      ['one', 'other'].map((name) => refused(open({ keyFile: join(folder, `${name}.json`) }))),
    )
    expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(1)
    expect(await ids()).toHaveLength(1)
  })

  test('a file that holds none, or one of another suite', async () => {
    await open()
    expect(await refused(open({ suite: 'SM3-SM2' }))).toEqual([
      'LEDGER_KEY_INVALID',
      `${keyFile} is a key of SHA256-Ed25519, not of SM3-SM2: set HUTONG_LEDGER_SUITE to SHA256-Ed25519, or rename the file to ${keyFile}.previous and the next start makes a key that it signs.`,
    ])
    for (const text of ['nonsense', '{}', '[]', JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: 'x' })]) {
      await writeFile(keyFile, text)
      expect(await refused(open())).toEqual([
        'LEDGER_KEY_INVALID',
        `${keyFile} is no private key of the ledger: put the right one back from a backup.`,
      ])
    }
  })
})

describe('a new key on purpose', () => {
  test.each(['SHA256-Ed25519', 'SM3-SM2'] as const)(
    'is signed by the one before it, and whoever trusts that one trusts it: %s',
    async (suite) => {
      const first = await open()
      await use(first, 'a')
      await rename(keyFile, `${keyFile}.previous`)
      const second = await open({ suite })
      await use(second, 'b')
      await rename(keyFile, `${keyFile}.previous`)
      const third = await open()
      await use(third, 'c')
      expect(await ids()).toEqual([first, second, third].map(({ publicKey }) => publicKey.kid))
      expect(new Set(await ids()).size).toBe(3)
      expect(await found(third, first)).toEqual([])
      // Not the other way round: what was signed before is by a key that nobody vouches for.
      expect(await found(third, third)).toEqual(['foreign-key'])
      await rm(`${keyFile}.previous`)
      expect((await open()).publicKey).toEqual(third.publicKey)
    },
  )

  test('after a loss is taken where the operator names the lost one, and nobody vouches for it', async () => {
    const first = await open()
    await use(first, 'a')
    await rm(keyFile)
    expect(await refused(open({ lostKey: 'another' }))).toEqual(unknown(first, `and ${keyFile} is missing`))
    const second = await open({ lostKey: first.publicKey.kid ?? null })
    await use(second, 'b')
    expect((await ledgerKeys(database.pool)).map(({ signed }) => signed)).toEqual([null, null])
    expect(await found(second, first)).toEqual(['foreign-key'])
    // What was said stays said: the loss of the first key lets in no third.
    await rm(keyFile)
    expect(await refused(open({ lostKey: first.publicKey.kid ?? null }))).toEqual(
      unknown(second, `and ${keyFile} is missing`),
    )
  })

  test('that says of itself that it is signed is not believed', async () => {
    const first = await open()
    const other = await createSigner(await generateLedgerKey('SHA256-Ed25519'))
    const text = await readFile(keyFile, 'utf8')
    await database.pool.query('insert into ledger_key (kid, public_key, signed) values ($1, $2, $3)', [
      other.publicKey.kid,
      JSON.stringify(other.publicKey),
      await other.sign(JSON.stringify(other.publicKey)),
    ])
    await use(other, 'a')
    expect(await found(other, first)).toEqual(['foreign-key'])
    expect(await readFile(keyFile, 'utf8')).toBe(text)
  })

  test('keys are never taken away', async () => {
    await open()
    await expect(database.pool.query('delete from ledger_key')).rejects.toThrow('ledger_key is append-only')
  })
})
