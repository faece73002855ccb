/** The catalogue 目录 as this hub runs it, made from schema and policies, and compared with what was published. */
import type { Kysely } from 'kysely'
import type { Catalogue } from '../auth/catalogue.ts'
import { contentOf, type ItemContent } from '../auth/catalogue-content.ts'
import type { Published } from '../auth/published.ts'
import type { Coordinate } from '../auth/vocabulary.ts'
import { departmentIds } from '../departments.ts'
import type { Grant } from '../rules/grant.ts'
import { stricter } from '../rules/sharing.ts'
import type { Json } from '../store/canonical.ts'
import type { Database } from '../store/schema.ts'
import { openCatalogue } from '../store/sharing/catalogue-opening.ts'
import { createCatalogueMatters } from '../store/sharing/catalogue-service.ts'
import type { MutationParts } from '../store/sharing/mutation.ts'
import type { Config } from './config.ts'
import type { View } from './schema.ts'

export interface HubCatalogue {
  items: readonly ItemContent[]
  matters: ReturnType<typeof createCatalogueMatters>
}

/** What of an item its provider publishes (art. 13): how long copies are kept is the hub's own affair. */
const publishedOf = ({ freshFor: _freshFor, staleFor: _staleFor, ...item }: ItemContent) => item

/** An item as it is in force: where it was published otherwise than it runs, what both share of it. */
export function inForce(item: ItemContent, published: Published | null): ItemContent {
  const stood = published?.items.get(item.id)
  if (stood === undefined) return item
  return {
    ...item,
    sharing: stricter(item.sharing, stood.sharing),
    sharingModes: item.sharingModes.filter((mode) => stood.sharingModes.includes(mode)),
    legalBasis: item.legalBasis ?? stood.legalBasis,
  }
}

/** Active grants that show nothing any more: code withholds their item, or has it no more, or none of their fields. */
export const idleGrants = ({ items, entries }: Catalogue, grants: readonly Grant[], at: Date): Grant[] =>
  grants.filter(({ state, validTo, item, coordinates }) => {
    if (state !== 'ACTIVE' || (validTo !== null && validTo <= at)) return false
    const sharing = items.get(item)?.sharing ?? 'WITHHELD'
    return sharing === 'WITHHELD' || coordinates?.some((name) => isIn(entries, name, item)) === false
  })

const isIn = (entries: Catalogue['entries'], coordinate: string, item: string): boolean =>
  entries.get(coordinate as Coordinate)?.item?.id === item

/** A section for each department: its items by their ids, in plain JSON. */
export const sectionsOf = (items: readonly ItemContent[]) =>
  departmentIds.map((provider) => ({
    provider,
    content: JSON.parse(
      JSON.stringify(
        Object.fromEntries(
          items.filter((item) => item.provider === provider).map((item) => [item.id, publishedOf(item)]),
        ),
      ),
    ) as Readonly<Record<string, Json>>,
  }))

/**
 * Submits what differs from the published catalogue, and makes what callers see of it; with the departments whose section
 * the authority has not published as it runs.
 */
export async function startCatalogue(
  view: Pick<View, 'schema' | 'catalogue'>,
  mode: Config['mode'],
  matters: MutationParts & { db: Kysely<Database> },
): Promise<HubCatalogue & { unpublished: readonly string[] }> {
  const items = contentOf(view.schema, view.catalogue)
  const sections = sectionsOf(items)
  const unpublished = await openCatalogue(matters.db, sections, { publishFirst: mode === 'development' })
  // What was published just now is in force here before anyone asks.
  await matters.refresh()
  return { items, matters: createCatalogueMatters({ db: matters.db, refresh: matters.refresh, sections }), unpublished }
}
