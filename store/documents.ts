/** Documents that departments have registered, and which departments are limited to them. */
import { createHash } from 'node:crypto'
import { type Kysely, sql } from 'kysely'
import type { Database } from './schema.ts'
import { bumpEpoch } from './sharing/matters.ts'

/** The SHA256 hex document identifier of GraphQL over HTTP, appendix A. */
export const documentId = (source: string): string => `sha256:${createHash('sha256').update(source).digest('hex')}`

export interface NewDocument {
  /** Relative to the folder that was registered, for people. */
  file: string
  source: string
}

export interface Registered {
  id: string
  file: string
  /** False where the department had registered it before. */
  isNew: boolean
}

/** What the processes of the hub go by. */
export interface Documents {
  /** Sources by id, of each department that has registered any. */
  sources: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** Departments that may ask by these alone. */
  limited: ReadonlySet<string>
}

/** Text of a department's documents in all, in bytes: every process holds it in memory. */
const mostDocumentBytes = 4 * 1024 * 1024

/** Registers all of them, or none; null where the department would have more than `mostDocumentBytes`. */
export const registerDocuments = (
  db: Kysely<Database>,
  department: string,
  documents: readonly NewDocument[],
): Promise<Registered[] | null> =>
  db
    .transaction()
    .execute(async (tx) => {
      // First, so that two who register wait for each other.
      await bumpEpoch(tx)
      const of = tx.selectFrom('registered_document').where('department', '=', department)
      const before = new Set((await of.select('id').execute()).map(({ id }) => id))
      const registered: Registered[] = []
      for (const { file, source } of documents) {
        const id = documentId(source)
        registered.push({ id, file, isNew: !before.has(id) })
        if (before.has(id)) continue
        before.add(id)
        await tx.insertInto('registered_document').values({ department, id, file, source }).execute()
      }
      const size = sql<string>`coalesce(sum(octet_length(source)), 0)`
      const { bytes } = await of.select(size.as('bytes')).executeTakeFirstOrThrow()
      if (Number(bytes) <= mostDocumentBytes) return registered
      throw new TooMuch()
    })
    .catch((error: unknown) => {
      if (error instanceof TooMuch) return null
      throw error
    })

/** Ends a transaction. */
class TooMuch extends Error {}

export interface StoredDocument {
  department: string
  id: string
  file: string
  registered_at: Date
}

/** @param department null for all */
export async function listDocuments(
  db: Kysely<Database>,
  department: string | null,
): Promise<{ documents: StoredDocument[]; limited: Set<string> }> {
  const documents = await db
    .selectFrom('registered_document')
    .select(['department', 'id', 'file', 'registered_at'])
    .$if(department !== null, (query) => query.where('department', '=', department))
    .orderBy('department')
    .orderBy('file')
    .orderBy('id')
    .execute()
  return { documents, limited: await limitedOf(db) }
}

/** Removes all of them, or none. @returns those that the department has not registered */
export const removeDocuments = (db: Kysely<Database>, department: string, ids: readonly string[]): Promise<string[]> =>
  db.transaction().execute(async (tx) => {
    await bumpEpoch(tx)
    const of = tx.selectFrom('registered_document').where('department', '=', department).where('id', '=', any(ids))
    const found = new Set((await of.select('id').execute()).map(({ id }) => id))
    const unknown = ids.filter((id) => !found.has(id))
    if (unknown.length > 0) return unknown
    await tx.deleteFrom('registered_document').where('department', '=', department).where('id', '=', any(ids)).execute()
    return []
  })

/** @returns how many documents the department has registered */
export const limitToDocuments = (db: Kysely<Database>, department: string, on: boolean): Promise<number> =>
  db.transaction().execute(async (tx) => {
    await bumpEpoch(tx)
    if (on) {
      await tx
        .insertInto('limited_department')
        .values({ department })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    } else await tx.deleteFrom('limited_department').where('department', '=', department).execute()
    const { documents } = await tx
      .selectFrom('registered_document')
      .where('department', '=', department)
      .select((row) => row.fn.countAll().as('documents'))
      .executeTakeFirstOrThrow()
    return Number(documents)
  })

/** @param known what was read before: of a document that is in it, the text is not read again */
export async function loadDocuments(db: Kysely<Database>, known: Documents): Promise<Documents> {
  const texts = new Map([...known.sources.values()].flatMap((sources) => [...sources]))
  const rows = await db.selectFrom('registered_document').select(['department', 'id']).execute()
  const missing = [...new Set(rows.map(({ id }) => id).filter((id) => !texts.has(id)))]
  if (missing.length > 0) {
    const read = await db
      .selectFrom('registered_document')
      .select(['id', 'source'])
      .where('id', '=', any(missing))
      .execute()
    for (const { id, source } of read) texts.set(id, source)
  }
  const sources = new Map<string, Map<string, string>>()
  for (const { department, id } of rows) {
    const source = texts.get(id)
    if (source === undefined) continue // removed in between, which the next look sees
    const its = sources.get(department) ?? new Map<string, string>()
    sources.set(department, its.set(id, source))
  }
  return { sources, limited: await limitedOf(db) }
}

/** Of a list of any length, as one parameter. */
const any = (ids: readonly string[]) => sql<string>`any(${ids})`

const limitedOf = async (db: Kysely<Database>): Promise<Set<string>> =>
  new Set(
    (await db.selectFrom('limited_department').select('department').execute()).map(({ department }) => department),
  )
