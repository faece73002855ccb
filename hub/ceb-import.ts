/** `hutong ceb import`: messages of a folder taken over without a running hub, straight into its database. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { moreOf } from '../rules/ceb/findings.ts'
import { violationText } from '../rules/ceb/violation.ts'
import { openDatabase } from '../store/database.ts'
import { StoreError } from '../store/errors.ts'
import { CommandError } from './ask.ts'
import { messageBytes } from './ceb-files.ts'
import { takeMessage, type TakenCount } from './ceb.ts'
import type { StoreConfig } from './config.ts'
import { watchDatabase, type DatabaseWatch } from './database-watch.ts'
import { openTrade, type Trade } from './trade.ts'

export interface ImportOptions {
  store: StoreConfig
  /** Whether lists must be signed. */
  signed: boolean
  /** The folder that receipts are written to; null for none. */
  receipts: string | null
  /** True once the import is to end with what is under way. */
  stopped: () => boolean
  /** Told how far it is, and of each file with something to say. */
  say: (text: string) => void
}

/** What an import came to. */
export interface Imported {
  files: number
  /** Files that are no message, or that could not be read or stored. */
  bad: number
  documents: Record<TakenCount, number>
  /** Lists in the database by the state of their match. */
  lists: Record<string, number>
}

/** Messages under way at once: enough for the database to have the next ones when it is done with those before. */
const atOnce = 8
/** Between two words on how far it is, in ms. */
const sayEvery = 1000

/** @throws StoreError, CommandError where the folder cannot be read, or has no message */
export async function importFolder(folder: string, options: ImportOptions): Promise<Imported> {
  const files = await messagesIn(folder)
  if (options.receipts !== null) await mkdir(options.receipts, { recursive: true })
  const { store, say } = options
  const database = await openDatabase(
    store.databaseUrl === null ? { dataFolder: store.dataFolder } : { databaseUrl: store.databaseUrl },
  )
  const watch = watchDatabase(database.pool, { say, sentence: goneSentence(store) })
  let isGone = false
  /** What is left of a database that is gone need not end in order. */
  const end = (stopped: Promise<void>): Promise<void> => (isGone ? stopped.catch(() => undefined) : stopped)
  try {
    const trade = await openTrade(database, store.trade, (error) => {
      // That it does not answer is told once, and explains the rest.
      void watch.answers().then(
        (waited) => waited || say(`Matching failed, and is tried again: ${String(error)}\n`),
        () => undefined,
      )
    })
    const imported: Imported = {
      files: 0,
      bad: 0,
      documents: { new: 0, newer: 0, repeated: 0, stale: 0, refused: 0 },
      lists: {},
    }
    const timer = setInterval(progressOf(imported, files.length, say), sayEvery)
    try {
      await Promise.race([watch.gone, importFiles(folder, files, trade, imported, options, watch)])
    } catch (error) {
      isGone = error instanceof StoreError && error.code === 'DATABASE_UNREACHABLE'
      throw error
    } finally {
      clearInterval(timer)
      await end(trade.stop())
    }
    return imported
  } finally {
    await end(database.stop())
  }
}

const goneSentence = ({ databaseUrl }: StoreConfig): string =>
  `The database does not answer any more, and the import has ended: ${
    databaseUrl === null ? '' : 'see that the server runs, and '
  }import the folder again. Nothing is stored twice.`

/** Tells how far it is, where that is something else than it told before. */
function progressOf(imported: Imported, files: number, say: (text: string) => void): () => void {
  let before = ''
  return () => {
    const text = `${imported.files} of ${files} files${imported.files < files ? '' : '; what is left is matched'} …\n`
    if (text !== before) say(text)
    before = text
  }
}

async function importFiles(
  folder: string,
  files: readonly string[],
  trade: Trade,
  imported: Imported,
  options: ImportOptions,
  watch: DatabaseWatch,
): Promise<void> {
  const waiting = files.values()
  const worker = async (): Promise<void> => {
    for (const file of waiting) {
      if (options.stopped()) return
      await importFile(join(folder, file), file, trade, imported, options, watch)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  await again(() => trade.matcher.idle(), watch)
  imported.lists = await again(() => trade.matcher.counts(), watch)
  // Who is told to end does so; what is there by then is told the day after.
  if (!options.stopped()) await again(() => trade.publish(), watch)
}

/** Tries again what failed where the database was away, and once where it says that it was not. */
async function again<T>(work: () => Promise<T>, watch: DatabaseWatch): Promise<T> {
  for (let failed = 0; ;) {
    try {
      return await work()
    } catch (error) {
      if (!(await watch.answers())) failed += 1
      if (failed > 1) throw error
    }
  }
}

async function messagesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch((cause: unknown) => {
    throw new CommandError(`The folder ${folder} cannot be read.`, { cause })
  })
  const files = entries.filter((name) => /\.xml$/i.test(name)).toSorted()
  if (files.length === 0) throw new CommandError(`There is no message, *.xml, in the folder ${folder}.`)
  return files
}

async function importFile(
  path: string,
  name: string,
  trade: Trade,
  imported: Imported,
  { signed, receipts, say }: ImportOptions,
  watch: DatabaseWatch,
): Promise<void> {
  imported.files += 1
  const bytes = await messageBytes(path)
  if (bytes === null) {
    imported.bad += 1
    return say(`${name}: it cannot be read\n`)
  }
  try {
    const reading = await trade.reader.read(bytes, signed)
    const take = () => takeMessage(reading, trade, new Date())
    const { kind, counts, violations, more, closed, answer, isMalformed } = await again(take, watch)
    for (const [count, documents] of Object.entries(counts)) imported.documents[count as TakenCount] += documents
    if (isMalformed && Object.values(counts).every((count) => count === 0)) imported.bad += 1
    const refused = [
      ...violations.filter(({ severity }) => severity === 'refused').map(violationText),
      ...closed.map(({ document, refusal: { code, text } }) => `${kind}, document ${document}: ${code} ${text}`),
    ]
    for (const text of refused.slice(0, fewRefusals)) say(`${name}: ${text}\n`)
    const rest = refused.length + moreOf(more, ['refused']) - fewRefusals
    if (rest > 0) say(`${name}: … and ${rest} more\n`)
    if (receipts !== null && answer !== null) await writeFile(join(receipts, name), answer)
  } catch (error) {
    if (error instanceof StoreError && error.code === 'DATABASE_UNREACHABLE') throw error
    imported.bad += 1
    say(`${name}: ${error instanceof StoreError ? error.message : `it cannot be taken over (${String(error)})`}\n`)
  }
}

/** Said of one file. */
const fewRefusals = 5

/** An import as it is told at the end. */
export function importText({ files, bad, documents, lists }: Imported): string {
  const { new: first, newer, repeated, stale, refused } = documents
  const states = Object.entries(lists).map(([state, count]) => `${count} ${state}`)
  return (
    `${files} files, ${bad} of them not taken over.\n` +
    `Documents: ${first} new, ${newer} newer, ${repeated} there before, ${stale} older than what is there, ${refused} refused.\n` +
    `Lists in the database: ${states.length === 0 ? 'none' : states.join(', ')}.\n`
  )
}
