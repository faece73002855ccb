/** The catalogue as applications need it: what may be asked for is what both the policies and the published catalogue share. */
import type { Catalogue } from '../auth/catalogue.ts'
import type { Published } from '../auth/published.ts'
import { answerDays } from '../rules/application.ts'
import type { SharedItem } from '../rules/application-request.ts'
import { stricter } from '../rules/sharing.ts'

/** @param published as the authority published it last; null where nothing is held against it */
export function sharedItems(
  { items, entries }: Catalogue,
  published: () => Published | null,
): (id: string) => SharedItem | null {
  return (id) => {
    const item = items.get(id)
    if (item === undefined) return null
    const coordinates = [...entries.values()]
      .filter((entry) => entry.kind === 'data' && entry.item?.id === id)
      .map(({ coordinate }) => coordinate)
    const runs: SharedItem = {
      id,
      provider: item.owner,
      sharing: item.sharing,
      answeredAs: item.sharing,
      sharingModes: item.sharingModes,
      legalBasis: item.legalBasis ?? null,
      coordinates,
    }
    const known = published()
    const stood = known?.items.get(id)
    // What was never published is nobody's to ask for yet, which is said where someone does.
    if (known == null || stood === undefined) return runs
    const sharing = stricter(item.sharing, stood.sharing)
    return {
      ...runs,
      sharing,
      // The class in force is the published one; where that has no term, an application for what code closed has its own.
      answeredAs: answerDays[stood.sharing] === null ? sharing : stood.sharing,
      sharingModes: item.sharingModes.filter((mode) => stood.sharingModes.includes(mode)),
      legalBasis: runs.legalBasis ?? stood.legalBasis,
      coordinates: coordinates.filter((coordinate) => known.fields.get(coordinate)?.item.id === id),
    }
  }
}
