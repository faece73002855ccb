/**
 * The catalogue as the authority published it last (政务数据共享条例 arts. 16, 17), as far as policies are held against it: what they
 * open beyond it is not in force before it has been reviewed.
 */
import { isDepartmentId, type DepartmentId } from '../departments.ts'
import { sharingModes, type SharingMode } from '../rules/application-request.ts'
import { sharingClasses, stricter, type SharingClass } from '../rules/sharing.ts'
import type { Entry } from './catalogue.ts'
import type { CatalogueItem, Owner } from './vocabulary.ts'

export interface PublishedItem {
  id: CatalogueItem['id']
  /** Its id begins with it. */
  provider: Owner
  zh: string
  sharing: SharingClass
  sharingModes: readonly SharingMode[]
  legalBasis: string | null
}

/** A data field as it was published: in which item, and whether who is not granted it in full sees it masked. */
export interface PublishedField {
  item: PublishedItem
  masked: boolean
}

export interface Published {
  items: ReadonlyMap<string, PublishedItem>
  /** By coordinate. */
  fields: ReadonlyMap<string, PublishedField>
  /** Items that say nothing that can be read: they count as not published. */
  unreadable: readonly string[]
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isSharing = (value: unknown): value is SharingClass =>
  typeof value === 'string' && Object.hasOwn(sharingClasses, value)

/** The department whose item it is by its id; null for the id of none. */
function providerOf(id: string): DepartmentId | null {
  const [provider = '', name = ''] = id.split('.')
  return isDepartmentId(provider) && name !== '' ? provider : null
}

/**
 * Reads what departments have published: of each its items by their ids, as they lie in the store. A field that stands in
 * several items counts by the strictest of them, until the others are published without it.
 */
export function readPublished(contents: readonly Readonly<Record<string, unknown>>[]): Published {
  const items = new Map<string, PublishedItem>()
  const fields = new Map<string, PublishedField>()
  const unreadable: string[] = []
  for (const [id, said] of contents.flatMap((content) => Object.entries(content))) {
    const found = isRecord(said) ? readItem(id, said) : null
    if (found === null) unreadable.push(id)
    else {
      items.set(id, found.item)
      for (const [coordinate, masked] of found.masked) {
        const before = fields.get(coordinate)
        if (before === undefined || isStricter(found.item, before.item)) {
          fields.set(coordinate, { item: found.item, masked })
        }
      }
    }
  }
  return { items, fields, unreadable }
}

/** In whichever order they come: of two in the same class that which comes first by its id. */
const isStricter = (one: PublishedItem, other: PublishedItem): boolean =>
  one.sharing === other.sharing ? one.id < other.id : stricter(one.sharing, other.sharing) === one.sharing

/** Null where it does not say what decisions hang on. */
function readItem(
  id: string,
  said: Record<string, unknown>,
): { item: PublishedItem; masked: ReadonlyMap<string, boolean> } | null {
  const { zh, sharing, sharingModes: modes, legalBasis, dataItems } = said
  const provider = providerOf(id)
  if (provider === null || !isSharing(sharing) || !Array.isArray(modes) || !Array.isArray(dataItems)) return null
  const masked = new Map<string, boolean>()
  for (const field of dataItems as unknown[]) {
    if (!isRecord(field) || typeof field.coordinate !== 'string' || typeof field.masked !== 'boolean') return null
    masked.set(field.coordinate, field.masked)
  }
  const item: PublishedItem = {
    id: `${provider}.${id.slice(provider.length + 1)}`,
    provider,
    zh: typeof zh === 'string' ? zh : id,
    sharing,
    sharingModes: sharingModes.filter((mode) => modes.includes(mode)),
    legalBasis: typeof legalBasis === 'string' ? legalBasis : null,
  }
  return { item, masked }
}

/** What of the published catalogue decides, in a text that is the same exactly when that is. */
export const decidingText = ({ items, fields }: Published): string =>
  JSON.stringify([
    [...items.values()].toSorted((one, other) => (one.id < other.id ? -1 : 1)),
    [...fields]
      .map(([coordinate, { item, masked }]) => [coordinate, item.id, masked] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  ])

/**
 * A field as it was published, where that differs from how it runs: null where it was not published, undefined where there is
 * nothing to hold it against. What leads to data, and what follows it, is as open as the data, unless it was published as data.
 * @param published null where policies are looked at by themselves
 */
export function asPublished(published: Published | null, entry: Entry): Entry | null | undefined {
  const { coordinate, kind, item, mask } = entry
  // The hub's own slice is no department's catalogue.
  if (published === null || entry.owner === 'hub' || kind === 'container' || kind === 'introspection') return undefined
  const field = published.fields.get(coordinate)
  if (field === undefined) return item === null ? undefined : null
  const { id, zh, sharing, legalBasis } = field.item
  if (item?.id === id && item.sharing === sharing && (mask !== null) === field.masked) return undefined
  const stood: CatalogueItem = {
    id,
    zh,
    en: id,
    sharing,
    data: [coordinate],
    ...(legalBasis === null ? {} : { legalBasis }),
  }
  // How it was masked is not published: that it was is what counts here.
  return {
    ...entry,
    owner: field.item.provider,
    kind: 'data',
    item: stood,
    mask: field.masked ? (mask ?? 'name') : null,
  }
}

/** The class that is in force for a field: the stricter of the one that its item runs with and the published one. */
export function classInForce(published: Published | null, entry: Entry): SharingClass | null {
  const { item } = entry
  if (item === null) return null
  const stood = asPublished(published, entry)?.item ?? published?.items.get(item.id)
  return stood === undefined ? item.sharing : stricter(item.sharing, stood.sharing)
}

/** How a field was published otherwise than it runs, in a clause. */
export function differenceOf({ coordinate, item, mask }: Entry, reviewed: Entry | null): string {
  if (reviewed?.item == null) return `${coordinate} does not stand in the published catalogue`
  const { id, zh, sharing } = reviewed.item
  if (item === null) return `${coordinate} was published in ${id} (${zh}), and stands in no item here`
  if (item.id !== id) return `${coordinate} was published in ${id} (${zh}), not in ${item.id}`
  if (item.sharing !== sharing) {
    const named = (of: SharingClass): string => `${of} ${sharingClasses[of].zh}`
    return `${id} (${zh}) was published as ${named(sharing)}, not as ${named(item.sharing)}`
  }
  return mask === null
    ? `${coordinate} was published masked 脱敏, not in full`
    : `${coordinate} was not published as shown masked 脱敏 to departments without a grant`
}
