/** A store whose catalogue the authority has published as the hub runs it, for a hub in production to start with. */
import { contentOf } from '../../auth/catalogue-content.ts'
import { sectionsOf } from '../../hub/catalogue.ts'
import { buildView } from '../../hub/schema.ts'
import { openCatalogue } from '../../store/sharing/catalogue-opening.ts'
import { freshDatabase, type FreshDatabase } from './database.ts'

export async function publishedDatabase(): Promise<FreshDatabase> {
  const database = await freshDatabase()
  const { schema, catalogue } = buildView()
  await openCatalogue(database.db, sectionsOf(contentOf(schema, catalogue)), { publishFirst: true })
  return database
}
