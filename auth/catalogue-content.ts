/** What the catalogue 目录 says of each item, made from schema and policies (政务数据共享条例 art. 13 para. 2). */
import type { GraphQLSchema } from 'graphql'
import { isObjectType } from 'graphql'
import { departments, isDepartmentId } from '../departments.ts'
import type { ItemTerms } from '../rules/catalogue-item.ts'
import { freshnessOfItem, type Freshness } from '../rules/freshness.ts'
import type { SharingClass } from '../rules/sharing.ts'
import type { Catalogue } from './catalogue.ts'
import type { Coordinate, Owner } from './vocabulary.ts'

/** One data item 数据项: a field of the schema. */
export interface DataItem {
  coordinate: Coordinate
  /** GraphQL type, e.g. `[Listing!]`. */
  type: string
  description: string | null
  /** Who is not granted it in full sees it masked: every department, or who holds a grant at all. */
  masked: boolean
}

/** One item as every department may read it. */
export interface ItemContent extends ItemTerms, Freshness {
  id: string
  zh: string
  en: string
  provider: Owner
  sharing: SharingClass
  conditions: string | null
  reason: string | null
  legalBasis: string | null
  dataItems: readonly DataItem[]
}

/** All items in the order of the policies. */
export function contentOf(schema: GraphQLSchema, catalogue: Catalogue): ItemContent[] {
  const held = new Map<string, DataItem[]>()
  for (const { coordinate, kind, item, mask } of catalogue.entries.values()) {
    if (kind !== 'data' || item === null) continue
    const [typeName = '', fieldName = ''] = coordinate.split('.')
    const type = schema.getType(typeName)
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined
    const dataItem = {
      coordinate,
      type: String(field?.type),
      description: field?.description ?? null,
      masked: mask !== null,
    }
    held.set(item.id, [...(held.get(item.id) ?? []), dataItem])
  }
  return [...catalogue.items.values()].map((item) => ({
    id: item.id,
    zh: item.zh,
    en: item.en,
    provider: item.owner,
    dataFormat: item.dataFormat,
    updateFrequency: item.updateFrequency,
    ...freshnessOfItem(item),
    sharing: item.sharing,
    sharingModes: [...item.sharingModes],
    conditions: item.conditions ?? null,
    reason: item.reason ?? null,
    legalBasis: item.legalBasis ?? null,
    classification: item.classification,
    grade: item.grade,
    dataItems: held.get(item.id) ?? [],
  }))
}

/** Whether every word of a search stands somewhere in what an item says: names, provider, terms of sharing, data items. */
export function matchesSearch(item: ItemContent, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/u)
  const text = [
    item.id,
    item.zh,
    item.en,
    ...namesOf(item.provider),
    item.conditions ?? '',
    item.reason ?? '',
    item.legalBasis ?? '',
    ...item.dataItems.flatMap(({ coordinate, description }) => [coordinate, description ?? '']),
  ]
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}

/** A provider by its own names, and as people call it: 税务, 税务局, 税务总局, 税务部门. */
const namesOf = (provider: Owner): string[] => {
  if (!isDepartmentId(provider)) return []
  const { en, zh } = departments[provider]
  return [provider, en, ...['局', '总局', '部门'].map((ending) => `${zh}${ending}`)]
}
