import { createHash } from 'node:crypto'
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { Grant } from '../rules/grant.ts'
import type { Database, SharingGrantTable } from './schema.ts'

const grantOf = (row: Selectable<SharingGrantTable>): Grant => ({
  id: row.id,
  reader: row.reader,
  item: row.item,
  coordinates: row.coordinates?.map(asCoordinate) ?? null,
  purpose: row.purpose,
  divisions: row.divisions,
  full: row.full,
  requiresMandate: row.requires_mandate,
  validFrom: row.valid_from,
  validTo: row.valid_to,
  state: row.state,
  dailySubjects: row.daily_subjects,
  application: row.application,
})

/** All grants in the order of their ids, and a hash that is the same exactly when they are. */
export async function loadGrants(db: Kysely<Database>): Promise<{ version: string; grants: Grant[] }> {
  const rows = await db.selectFrom('sharing_grant').selectAll().execute()
  const grants = rows.map(grantOf)
  // Not by the database: its collation differs from server to server and the version must not.
  grants.sort((a, b) => (a.id < b.id ? -1 : 1))
  return { version: createHash('sha256').update(JSON.stringify(grants)).digest('hex'), grants }
}

/** One grant, held until the transaction ends; null where there is none. */
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
          application: grant.application,
        })),
      )
      .execute()
    return true
  })
}

function asCoordinate(text: string): `${string}.${string}` {
  const [type, field] = text.split('.')
  if (!type || !field) throw new TypeError(`"${text}" in a sharing grant is not of the form Type.field`)
  return `${type}.${field}`
}
