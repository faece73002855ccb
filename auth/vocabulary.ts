/**
 * The words policies are written in. A policy is a declaration: which catalogue items a department offers, which schema
 * coordinates each item holds, and under which sharing class (政务数据共享条例 art. 14).
 */
import type { DepartmentId, ViewerId } from '../departments.ts'
import type { Grant } from '../rules/grant.ts'
import type { MaskName } from '../rules/mask.ts'
import type { SharingClass } from '../rules/sharing.ts'

/** A schema coordinate of a field, e.g. `TaxRecord.creditGrade`. */
export type Coordinate = `${string}.${string}`

/** Whose data a policy speaks of: a department, or the hub's own slice. */
export type Owner = DepartmentId | 'hub'

/** A grant that development starts with; what it does not limit is open. */
export type DevelopmentGrant = { reader: ViewerId; purpose: string } & Partial<
  Pick<Grant, 'coordinates' | 'divisions' | 'full' | 'requiresMandate'>
>

/** One entry of the catalogue 目录: data items shared under one class. */
export interface CatalogueItem {
  /** e.g. `tax.creditGrade`; grants and denials name it. */
  id: `${Owner}.${string}`
  zh: string
  en: string
  sharing: SharingClass
  /** Why the class is what it is; obligatory for WITHHELD (art. 15). */
  legalBasis?: string
  /** Fields that carry data: `Type.field`, or `Type.*` for every field of a type not named elsewhere. */
  data: readonly Coordinate[]
  /**
   * Fields that only lead to data of this item. They may be reached when any data field beneath may be read, so that
   * neither the number of records nor their existence shows to a viewer without a right.
   */
  containers?: readonly Coordinate[]
  /** Fields that departments without a grant see masked instead of not at all. */
  masks?: Readonly<Record<Coordinate, MaskName>>
  /** Who holds a grant in development; in production every grant comes about by application and approval. */
  developmentGrants?: readonly DevelopmentGrant[]
}

/** A department's policy: everything its slice of the schema says, with a class for each. */
export interface Policy {
  owner: Owner
  /** Fields without data of their own, open to anyone signed in: roots and the section of an enterprise. */
  doors: readonly Coordinate[]
  /** Types whose fields follow the field that led to them: connections, amounts, page information. */
  follows: readonly string[]
  items: readonly CatalogueItem[]
}
