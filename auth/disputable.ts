/** Which fields a caller may dispute 校核 (政务数据共享条例 art. 26): those that it may itself read. */
import { isDepartmentId } from '../departments.ts'
import type { Grant } from '../rules/grant.ts'
import type { Catalogue } from './catalogue.ts'
import { admits, decide } from './decide.ts'
import type { Coordinate, Owner, ViewerClass } from './vocabulary.ts'

/** A field of an enterprise as its caller may dispute it. */
export interface DisputableField {
  item: string
  provider: Owner
}

const isCoordinate = (text: string): text is Coordinate => text.includes('.')

/**
 * The item and provider of a coordinate that a viewer may read for an enterprise, in full or masked; null for all else,
 * whether it is denied or there is no such field. A quota of the day plays no part: what is disputed was read before.
 * Who is no department may dispute by a grant only.
 * @param grants those in their term
 */
export function disputableField(
  { catalogue, grants, viewer }: { catalogue: Catalogue; grants: readonly Grant[]; viewer: ViewerClass },
  mandate: ReadonlySet<string>,
  coordinate: string,
  uscc: string,
): DisputableField | null {
  const entry = isCoordinate(coordinate) ? catalogue.entries.get(coordinate) : undefined
  // A root finds records of any enterprise: what is wrong is a field of what it found.
  if (entry === undefined || entry.item === null || coordinate.startsWith('Query.')) return null
  const isReadable = decide(catalogue, entry, viewer, grants).outcomes.some(
    ({ filter, grant }) => admits(filter, uscc, mandate) && (grant !== null || isDepartmentId(viewer.department)),
  )
  return isReadable ? { item: entry.item.id, provider: entry.owner } : null
}
