/** The key that signs the ledger's checkpoints. */
import { errorCode, StoreError } from './errors.ts'
import { keyOfFile } from './key-file.ts'
import { createSigner, generateLedgerKey, type LedgerSigner, type SuiteName } from './ledger-suite.ts'

/**
 * Reads the private key of a file, or makes it (mode 0600).
 * @throws StoreError LEDGER_KEY_INVALID
 */
export async function openLedgerKey(file: string, suite: SuiteName): Promise<LedgerSigner> {
  try {
    const signer = await createSigner(await keyOfFile(file, () => generateLedgerKey(suite)))
    if (signer.suite !== suite) throw new TypeError(`It is a key of ${signer.suite}.`)
    return signer
  } catch (error) {
    if (errorCode(error)?.startsWith('E') === true) throw error
    throw new StoreError(
      'LEDGER_KEY_INVALID',
      `${file} is no private key of ${suite}: put the right key there, or move the file away and the next start makes one.`,
      { cause: error },
    )
  }
}
