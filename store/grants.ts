import { createHash } from 'node:crypto'
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { Grant } from '../rules/grant.ts'
import type { Database, SharingGrantTable } from './schema.ts'

/** Null for a row whose fields are none: nobody can say what it opens. */
const grantOf = ({ coordinates, ...row }: Selectable<SharingGrantTable>): Grant | null =>
  coordinates?.every(isCoordinate) === false
    ? null
    : {
        id: row.id,
        reader: row.reader,
        item: row.item,
        coordinates: coordinates?.filter(isCoordinate) ?? null,
        purpose: row.purpose,
        divisions: row.divisions,
        full: row.full,
        requiresMandate: row.requires_mandate,
        validFrom: row.valid_from,
        validTo: row.valid_to,
        state: row.state,
        dailySubjects: row.daily_subjects,
        mode: row.mode,
        application: row.application,
      }

const isCoordinate = (text: string): text is `${string}.${string}` => /^\w+\.\w+$/.test(text)

export interface LoadedGrants {
  /** The same exactly when the grants are. */
  version: string
  /** In the order of their ids. */
  grants: Grant[]
  /** Ids of rows that say nothing that can be read: such a grant opens nothing, and stops no other. */
  unreadable: string[]
}

export async function loadGrants(db: Kysely<Database>): Promise<LoadedGrants> {
  const rows = await db.selectFrom('sharing_grant').selectAll().execute()
  const grants = rows.map(grantOf).filter((grant) => grant !== null)
  const unreadable = rows.filter((row) => grantOf(row) === null).map(({ id }) => id)
  // Not by the database: its collation differs from server to server and the version must not.
  grants.sort((a, b) => (a.id < b.id ? -1 : 1))
  return { version: createHash('sha256').update(JSON.stringify(grants)).digest('hex'), grants, unreadable }
}

/** In SQL which rows say something that can be read. */
export const readable = sql<boolean>`not exists (
  select from unnest(sharing_grant.coordinates) as named where named !~ '^[A-Za-z0-9_]+[.][A-Za-z0-9_]+$')`

/** Grants by their ids, in no order, without those that cannot be read. */
export async function grantsOf(db: Kysely<Database>, ids: readonly string[]): Promise<Grant[]> {
  const rows = await db.selectFrom('sharing_grant').selectAll().where('id', 'in', ids).execute()
  return rows.map(grantOf).filter((grant) => grant !== null)
}

/** One grant, held until the transaction ends; null where there is none that can be read. */
export async function findGrant(tx: Transaction<Database>, id: string): Promise<Grant | null> {
  const row = await tx.selectFrom('sharing_grant').selectAll().where('id', '=', id).forUpdate().executeTakeFirst()
  return row === undefined ? null : grantOf(row)
}

/** Inserts `grants` if there is none at all; says whether it did. Hubs that start together seed once. */
export async function seedGrants(db: Kysely<Database>, grants: readonly Grant[]): Promise<boolean> {
  if (grants.length === 0) return false
  return db.transaction().execute(async (transaction) => {
    await sql`lock table sharing_grant in share row exclusive mode`.execute(transaction)
    const found = await transaction.selectFrom('sharing_grant').select('id').limit(1).executeTakeFirst()
    if (found !== undefined) return false
    await transaction
      .insertInto('sharing_grant')
      .values(
        grants.map((grant) => ({
          id: grant.id,
          reader: grant.reader,
          item: grant.item,
          coordinates: grant.coordinates === null ? null : [...grant.coordinates],
          purpose: grant.purpose,
          divisions: [...grant.divisions],
          full: grant.full,
          requires_mandate: grant.requiresMandate,
          valid_from: grant.validFrom,
          valid_to: grant.validTo,
          state: grant.state,
          daily_subjects: grant.dailySubjects,
          mode: grant.mode,
          application: grant.application,
        })),
      )
      .execute()
    return true
  })
}
