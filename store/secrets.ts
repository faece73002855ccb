import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Database } from './schema.ts'

/** 32 random bytes that all processes of the hub share under a name; made by whoever asks first. */
export async function secretOf(db: Kysely<Database>, name: string): Promise<Buffer> {
  await db
    .insertInto('hub_secret')
    .values({ name, value: randomBytes(32) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { value } = await db.selectFrom('hub_secret').select('value').where('name', '=', name).executeTakeFirstOrThrow()
  return value
}
