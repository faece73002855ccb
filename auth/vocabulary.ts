/**
 * The words policies are written in. A policy is a declaration: which catalogue items a department offers, which schema
 * coordinates each item holds, and under which sharing class (政务数据共享条例 art. 14).
 */
import type { DepartmentId, SliceId, ViewerId } from '../departments.ts'
import type { ItemTerms } from '../rules/catalogue-item.ts'
import type { Freshness } from '../rules/freshness.ts'
import type { Grant } from '../rules/grant.ts'
import type { MaskName } from '../rules/mask.ts'
import type { SharingClass } from '../rules/sharing.ts'

/** A schema coordinate of a field, e.g. `TaxRecord.creditGrade`. */
export type Coordinate = `${string}.${string}`

/** Whose data a policy speaks of: a department, or one of the hub's own slices. */
export type Owner = SliceId

/** A grant that development starts with; what it does not limit is open. */
export type DevelopmentGrant = { reader: ViewerId; purpose: string } & Partial<
  Pick<Grant, 'coordinates' | 'divisions' | 'full' | 'requiresMandate'>
>

/**
 * One entry of the catalogue 目录: data items shared under one class. What it leaves out its policy's defaults say; how old
 * a copy of it may be, its update frequency.
 */
export interface CatalogueItem extends Partial<ItemTerms>, Partial<Freshness> {
  /** e.g. `tax.creditGrade`; grants and denials name it. */
  id: `${Owner}.${string}`
  zh: string
  en: string
  /** Whose it is 数源部门, where that is not the owner of the policy: the hub's own slices hold data of departments. */
  provider?: DepartmentId
  sharing: SharingClass
  /** The law behind the class; obligatory for WITHHELD (art. 15). */
  legalBasis?: string
  /** Scope 共享范围 and use 使用用途 that it is shared for; obligatory for CONDITIONAL, and for no other class (art. 15). */
  conditions?: string
  /** Why it is not shared 理由; obligatory for WITHHELD (art. 15). */
  reason?: string
  /** Fields that carry data: `Type.field`, or `Type.*` for every field of a type not named elsewhere. */
  data: readonly Coordinate[]
  /**
   * Fields that only lead to data of this item. They may be reached when any data field beneath may be read, so that
   * neither the number of records nor their existence shows to a viewer without a right.
   */
  containers?: readonly Coordinate[]
  /** Fields that departments without a grant see masked instead of not at all; whom `maskedFor` narrows that to. */
  masks?: Readonly<Record<Coordinate, MaskName>>
  /** `grants`: masked for those alone who hold a grant that does not open it in full, and for nobody else. */
  maskedFor?: 'grants'
  /** Fields that are worked out from others, and shown where each of those may be read in full too. */
  inputs?: Readonly<Record<Coordinate, readonly Coordinate[]>>
  /** Fields that quote a value of one of others, which the quotation names: read as far as that may be read. */
  quotes?: Readonly<Record<Coordinate, readonly Coordinate[]>>
  /** Fields that lead to numbers: small groups are left out but for who may read each of others in full, of every enterprise. */
  suppressed?: Readonly<Record<Coordinate, readonly Coordinate[]>>
  /** Arguments that narrow a list by a field, `Type.field(argument)`: given where that field may be read in full. */
  filters?: Readonly<Record<`${Coordinate}(${string})`, Coordinate>>
  /** Who holds a grant in development; in production every grant comes about by application and approval. */
  developmentGrants?: readonly DevelopmentGrant[]
}

/** A department's policy: everything its slice of the schema says, with a class for each. */
export interface Policy {
  owner: Owner
  /**
   * Fields without data of their own, open to anyone signed in: roots and the section of an enterprise. They lead to types
   * whose fields are decided on one by one, but for what is the hub's own.
   */
  doors: readonly Coordinate[]
  /** Types whose fields follow the field that led to them: connections, amounts, page information. */
  follows: readonly string[]
  /** What its items state unless they say otherwise (art. 13). */
  defaults?: Partial<ItemTerms>
  items: readonly CatalogueItem[]
}

/** An item as it stands in the catalogue, with all that the law demands (art. 13 para. 2). */
export type StandingItem = CatalogueItem & ItemTerms & { owner: Owner }

/** All of a viewer that decisions depend on; equal classes get equal decisions. */
export interface ViewerClass {
  department: string
  /** False for those whose role reads no data of departments. */
  reads: boolean
  purpose: string | null
  /** Division prefixes the token is limited to; empty means all. */
  divisions: readonly string[]
}
