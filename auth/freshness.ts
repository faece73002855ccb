/** How old a copy of a department's record may be for an operation: as its most demanding item wants it. */
import { isDepartmentId, type DepartmentId } from '../departments.ts'
import { freshnessOfItem, strictest, type Freshness } from '../rules/freshness.ts'
import type { Catalogue } from './catalogue.ts'
import type { PlanField } from './plan.ts'

/**
 * Goes through all that the plan may show of each department's record of an enterprise. What is denied is not read, and
 * so demands nothing; what is read of other calls (a page, a parcel) has no copy.
 */
export function freshnessOfReads(
  fields: readonly PlanField[],
  { items }: Pick<Catalogue, 'items'>,
): ReadonlyMap<DepartmentId, Freshness> {
  const found = new Map<DepartmentId, Freshness>()
  const visit = (field: PlanField, isOfRecord: boolean): void => {
    const reads = field.fetches === null ? isOfRecord : field.fetches === 'record'
    const { owner, item, outcomes } = field.decision
    const standing = item === null ? undefined : items.get(item)
    if (reads && standing !== undefined && outcomes.length > 0 && isDepartmentId(owner)) {
      const wanted = freshnessOfItem(standing)
      const before = found.get(owner)
      found.set(owner, before === undefined ? wanted : strictest(before, wanted))
    }
    for (const child of field.children) visit(child, reads)
  }
  for (const field of fields) visit(field, false)
  return found
}
