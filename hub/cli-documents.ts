/** `hutong documents`: which documents departments may ask by, kept in the hub's database without a running hub. */
import { Argument, type Command } from 'commander'
import type { Kysely } from 'kysely'
import type * as Documents from '../store/documents.ts'
import type { Database } from '../store/schema.ts'
import { CommandError } from './ask.ts'
import { caller, callers } from './cli-callers.ts'
import { readLimits, readStore } from './config.ts'

const tell = (text: string): void => void process.stderr.write(text)

const counted = (count: number): string => `${count} ${count === 1 ? 'document' : 'documents'}`

const inForce = 'Hubs that run on this database go by it within a second.'

/** Adds the commands. */
export function documentCommands(program: Command, print: (text: string) => void): void {
  const documents = program
    .command('documents')
    .description('the documents that departments have registered, to ask by their ids (trusted documents)')
    .addHelpText(
      'after',
      `
They are kept in the database of the hub (DATABASE_URL, or the embedded one, which must not be in use). Hubs that run go
by what is changed within a second.

Examples:
  npx hutong documents register queries --department customs
  npx hutong documents limit on --department customs`,
    )
  documents
    .command('register')
    .argument('<folder>', 'a folder of documents, *.graphql, and of folders with more')
    .requiredOption('--department <who>', callers.join(', '), caller)
    .description('register every document of a folder, or none where one is not valid')
    .addHelpText(
      'after',
      `
Each is held against the schema of this release and the limits of shape. Prints a line for each, its id and its file; the
id is sha256: and the hash of the file (sha256sum). What was registered before stays registered.

Example:
  npx hutong documents register queries --department customs > ids.txt`,
    )
    .action(async (folder: string, { department }: { department: string }) => {
      const { buildView } = await import('./schema.ts')
      const { documentsIn } = await import('./document-folder.ts')
      const found = await documentsIn(folder, buildView().schema, readLimits())
      const registered = await onDatabase((db, store) => store.registerDocuments(db, department, found))
      if (registered === null) {
        throw new CommandError(`Nothing was registered: the documents of ${department} would be more than 4 MiB.`)
      }
      print(registered.map(({ id, file }) => `${id}  ${file}\n`).join(''))
      const ids = new Set(registered.map(({ id }) => id))
      const fresh = registered.filter(({ isNew }) => isNew).length
      tell(`${counted(ids.size)} of ${department}, ${fresh} of them new. ${inForce}\n`)
    })
  documents
    .command('list')
    .option('--department <who>', `one of ${callers.join(', ')} (all)`, caller)
    .description('print the registered documents, a line each: department, id, when it was registered, file')
    .addHelpText('after', '\nExample:\n  npx hutong documents list --department customs')
    .action(async ({ department }: { department?: string }) => {
      const { documents: found, limited } = await onDatabase((db, store) => store.listDocuments(db, department ?? null))
      const lines = found.map(
        (one) => `${one.department}  ${one.id}  ${one.registered_at.toISOString()}  ${one.file}\n`,
      )
      print(lines.join(''))
      const shown = [...limited].filter((one) => department === undefined || one === department).toSorted()
      tell(`Limited to registered documents: ${shown.length === 0 ? 'none' : shown.join(', ')}.\n`)
    })
  documents
    .command('remove')
    .argument('<id...>', 'ids, as list prints them')
    .requiredOption('--department <who>', callers.join(', '), caller)
    .description('remove registered documents, all of those named or none')
    .addHelpText('after', '\nExample:\n  npx hutong documents remove sha256:‹64 digits› --department customs')
    .action(async (ids: string[], { department }: { department: string }) => {
      const unknown = await onDatabase((db, store) => store.removeDocuments(db, department, ids))
      if (unknown.length > 0) {
        throw new CommandError(`Nothing was removed: ${department} has not registered ${unknown.join(', ')}.`)
      }
      tell(`${counted(new Set(ids).size)} of ${department} removed. ${inForce}\n`)
    })
  documents
    .command('limit')
    .addArgument(new Argument('<state>', 'whether it may ask by registered documents alone').choices(['on', 'off']))
    .requiredOption('--department <who>', callers.join(', '), caller)
    .description('limit a department to its registered documents, or no longer')
    .addHelpText('after', '\nExample:\n  npx hutong documents limit on --department customs')
    .action(async (state: 'on' | 'off', { department }: { department: string }) => {
      const count = await onDatabase((db, store) => store.limitToDocuments(db, department, state === 'on'))
      const may = state === 'on' ? `its ${counted(count)} alone` : `any document`
      tell(`${department} may ask by ${may}. ${inForce}\n`)
    })
}

/** What it needs is loaded where it is asked for. */
async function onDatabase<T>(work: (db: Kysely<Database>, store: typeof Documents) => Promise<T>): Promise<T> {
  const [{ openDatabase }, store] = await Promise.all([import('../store/database.ts'), import('../store/documents.ts')])
  const { dataFolder, databaseUrl } = readStore()
  const database = await openDatabase(databaseUrl === null ? { dataFolder } : { databaseUrl })
  try {
    return await work(database.db, store)
  } finally {
    await database.stop()
  }
}
