/**
 * Why the store could not do what it was asked. The set is closed: callers switch over it.
 *
 * - `DATA_FOLDER_INVALID`   the data folder is a file, or its contents are not ours
 * - `DATA_FOLDER_FORBIDDEN` the operating system does not let us read or write it
 * - `DATA_FOLDER_IN_USE`    another hub that is alive has it open
 * - `CLUSTER_INVALID`       the database folder inside is damaged
 * - `CLUSTER_VERSION`       it was written by another major version of PostgreSQL
 * - `ENGINE_MISSING`        no PostgreSQL binaries for this platform, or they do not run
 * - `ENGINE_FAILED`         PostgreSQL did not initialise, start or stop
 * - `DATABASE_URL_INVALID`  the address is not a postgres:// URL
 * - `DATABASE_UNREACHABLE`  nothing answers at the address
 * - `DATABASE_REFUSED`      the server answers but does not let us in
 * - `MIGRATION_FAILED`      the tables could not be brought up to date
 * - `AUDIT_UNAVAILABLE`     an audit record is not known to be durable; guarded data must be refused
 * - `TRADE_UNAVAILABLE`     trade documents are not known to be durable; they are to be sent again
 * - `TRADE_KEY_INVALID`     the file of the key that closes personal values holds none
 * - `TRADE_KEY_UNKNOWN`     personal values in the database were encrypted with another key
 * - `LEDGER_KEY_INVALID`    the file of the ledger's key holds none
 * - `LEDGER_KEY_UNKNOWN`    the ledger in the database was signed by another key
 */
export type StoreErrorCode =
  | 'DATA_FOLDER_INVALID'
  | 'DATA_FOLDER_FORBIDDEN'
  | 'DATA_FOLDER_IN_USE'
  | 'CLUSTER_INVALID'
  | 'CLUSTER_VERSION'
  | 'ENGINE_MISSING'
  | 'ENGINE_FAILED'
  | 'DATABASE_URL_INVALID'
  | 'DATABASE_UNREACHABLE'
  | 'DATABASE_REFUSED'
  | 'MIGRATION_FAILED'
  | 'AUDIT_UNAVAILABLE'
  | 'TRADE_UNAVAILABLE'
  | 'TRADE_KEY_INVALID'
  | 'TRADE_KEY_UNKNOWN'
  | 'LEDGER_KEY_INVALID'
  | 'LEDGER_KEY_UNKNOWN'

/** One failure of the store: a code for programs and one sentence for the operator that says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** The `code` of a system or database error (`ENOENT`, `57P03` …), or undefined when it carries none. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** True for an error of the operating system, such as ENOSPC; libraries' codes begin with ERR_. */
export const isOfSystem = (error: unknown): boolean => /^E[A-Z0-9]+$/.test(errorCode(error) ?? '')

/** Turns what the file system answered about `path` into one sentence; anything unknown is passed on as it is. */
export function folderError(path: string, error: unknown): unknown {
  switch (errorCode(error)) {
    case 'EACCES':
    case 'EPERM':
      return new StoreError(
        'DATA_FOLDER_FORBIDDEN',
        `No permission for ${path}: let the user that runs the hub read and write it, or choose another data folder.`,
        { cause: error },
      )
    case 'EROFS':
      return new StoreError(
        'DATA_FOLDER_FORBIDDEN',
        `${path} is on a read-only file system: choose a data folder that can be written.`,
        { cause: error },
      )
    // What a read-only file system under /proc and the like answers to making a folder.
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EEXIST':
      return new StoreError('DATA_FOLDER_INVALID', `${path} is not a folder: choose another data folder.`, {
        cause: error,
      })
    default:
      return error
  }
}

/** True where a text holds what PostgreSQL keeps in none: U+0000 (character_not_in_repertoire, untranslatable_character). */
export const isOfText = (error: unknown): boolean => ['22021', '22P05'].includes(errorCode(error) ?? '')
