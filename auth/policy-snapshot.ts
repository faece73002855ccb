/**
 * Who may read which field, written out for every reader and every purpose that development grants name, so that a
 * change of policies shows as a change of access.
 */
import type { Catalogue } from './catalogue.ts'
import { decide, type Outcome } from './decide.ts'
import type { Grant } from '../rules/grant.ts'
import { limitsOf } from './why.ts'

/** What a reader stating a purpose may do, e.g. `ALLOW grant:1, only for divisions 3501*; MASK masked` or `DENY no-grant`. */
export type Access = string

export interface PolicySnapshot {
  /** By coordinate, then by reader: `customs` stating no purpose, `customs for clearance` stating one. */
  fields: Record<string, Record<string, Access>>
}

/** The reader of a snapshot's column. A purpose for which it holds no grant counts as none. */
export const columnOf = (reader: string, purpose: string | null): string =>
  purpose === null ? reader : `${reader} for ${purpose}`

/** Decides on every data field for each reader, with no purpose and with each of those that its grants are for. */
export function snapshotOf(catalogue: Catalogue, grants: readonly Grant[], readers: readonly string[]): PolicySnapshot {
  const columns = readers.flatMap((department) => {
    const held = grants.filter(({ reader }) => reader === department).map(({ purpose }) => purpose)
    return [null, ...new Set(held)].map((purpose) => ({ department, purpose, reads: true, divisions: [] }))
  })
  const fields: PolicySnapshot['fields'] = {}
  for (const entry of catalogue.entries.values()) {
    if (entry.kind !== 'data') continue
    fields[entry.coordinate] = Object.fromEntries(
      columns.map((viewer) => {
        const { outcomes, denial } = decide(catalogue, entry, viewer, grants)
        const ways = outcomes.map(wayOf)
        if (entry.inputs !== undefined) ways.push(`where it reads ${entry.inputs.join(', ')}`)
        return [
          columnOf(viewer.department, viewer.purpose),
          outcomes.length === 0 ? `DENY ${denial.rule}` : ways.join('; '),
        ]
      }),
    )
  }
  return { fields }
}

function wayOf(outcome: Outcome): string {
  const limits = limitsOf(outcome)
  return `${outcome.effect} ${outcome.rule}${limits === null ? '' : `, only for ${limits}`}`
}
