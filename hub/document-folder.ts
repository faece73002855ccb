/** Documents of a folder, held against the schema of the hub that runs here and its limits of shape. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { GraphQLError, Kind, parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql'
import type { NewDocument } from '../store/documents.ts'
import { admit } from './admission.ts'
import { CommandError } from './ask.ts'
import { noSuchOperation } from './errors.ts'
import type { Limits } from './limits.ts'

/**
 * Reads the .graphql files of a folder and of those in it, by name; what begins with a dot is passed over.
 * @throws CommandError where one of them is no document that can be asked, with a line for each
 */
export async function documentsIn(folder: string, schema: GraphQLSchema, limits: Limits): Promise<NewDocument[]> {
  const files = await filesIn(folder)
  const documents: NewDocument[] = []
  const problems: string[] = []
  for (const file of files) {
    const source = await sourceOf(join(folder, file))
    const problem = typeof source === 'string' ? problemOf(source, schema, limits) : source
    if (typeof source === 'string') documents.push({ file, source })
    if (problem !== null) problems.push(`${file}${problem.at}: ${problem.message}`)
  }
  if (problems.length === 0) return documents
  const which = `${problems.length} of ${files.length} ${files.length === 1 ? 'file' : 'files'}`
  throw new CommandError([...problems, `Nothing was registered: ${which} cannot be asked by.`].join('\n'))
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((cause: unknown) => {
    throw new CommandError(`The folder ${folder} cannot be read.`, { cause })
  })
  const files = entries
    .filter((entry) => entry.name.endsWith('.graphql') && !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !file.split(sep).some((part) => part.startsWith('.')))
    .map((file) => file.replaceAll(sep, '/'))
    .toSorted()
  if (files.length === 0) throw new CommandError(`The folder ${folder} holds no .graphql file.`)
  return files
}

interface Problem {
  /** `:‹line›:‹column›`, or nothing where it is of the whole. */
  at: string
  message: string
}

const ofAll = (message: string): Problem => ({ at: '', message })

/** The text as its bytes say it, a byte order mark included: its hash is that of the file. */
async function sourceOf(path: string): Promise<string | Problem> {
  const bytes = await readFile(path).catch(() => null)
  if (bytes === null) return ofAll('It cannot be read.')
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return text.includes('\0') ? ofAll('It holds a character that no document may (U+0000).') : text
  } catch {
    return ofAll('It is not UTF-8.')
  }
}

/** The first thing that is wrong with it; null where nothing is. */
function problemOf(source: string, schema: GraphQLSchema, limits: Limits): Problem | null {
  try {
    admit(source, limits)
    const document = parse(source)
    const [error] = validate(schema, document, undefined, { maxErrors: 1 })
    if (error !== undefined) throw error
    checkOperations(schema, document)
    return null
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const [place] = error.locations ?? []
    return { at: place === undefined ? '' : `:${place.line}:${place.column}`, message: error.message }
  }
}

/** Valid by GraphQL's rules, and there is nothing that would run it. */
function checkOperations(schema: GraphQLSchema, { definitions }: DocumentNode): void {
  for (const definition of definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    if (schema.getRootType(definition.operation) == null) throw noSuchOperation(definition.operation)
  }
}
