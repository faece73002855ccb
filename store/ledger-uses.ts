/** What a record means: of which enterprise which field was shown, masked or denied, by which rule. */
import { divisionMatches } from '../rules/division.ts'
import { divisionOf } from '../rules/uscc.ts'
import type { AuditDecisions, AuditLapse, AuditOutcome } from './audit-record.ts'

export interface Use {
  uscc: string
  coordinate: string
  item: string
  effect: 'ALLOW' | 'MASK' | 'DENY'
  /** What allows, or denies. */
  rule: string
  /** The grant that it rests on. */
  grant: string | null
}

/** What of a record says for whom it was decided. */
export interface Decided {
  subjects: readonly string[]
  roots?: readonly (readonly number[])[]
  mandated: readonly string[]
  lapsed?: readonly AuditLapse[]
}

/**
 * The uses of a record, by enterprise and coordinate. Under each root of a request a field counts for each enterprise that
 * the root touched. Where the record does not tell the roots apart, or names an enterprise under none of them, a field
 * counts whatever root it stands under: the ledger may say more than was looked at and never less.
 */
export function usesOf(decided: Decided, decisions: AuditDecisions): Use[] {
  const coordinates = Object.keys(decisions).sort()
  return decided.subjects.flatMap((uscc, place) => {
    const roots = decided.roots?.flatMap((places, root) => (places.includes(place) ? [root] : [])) ?? []
    return coordinates.flatMap((coordinate): Use[] => {
      const decision = decisions[coordinate]
      if (decision == null) return []
      if (roots.length > 0 && decision.roots?.some((root) => roots.includes(root)) === false) return []
      const reached = decision.outcomes.filter((outcome) => admits(outcome, uscc, decided.mandated))
      const lapseOf = (outcome: AuditOutcome): AuditLapse | undefined =>
        decided.lapsed?.find(({ grant, uscc: of }) => grant === grantOf(outcome.rule) && (of === null || of === uscc))
      const held = reached.find((outcome) => lapseOf(outcome) === undefined)
      const use = { uscc, coordinate, item: decision.item }
      if (held !== undefined) {
        const effect = held.effect === 'MASK' ? 'MASK' : 'ALLOW'
        return [{ ...use, effect, rule: held.rule, grant: grantOf(held.rule) }]
      }
      const lapse = reached.map(lapseOf).find((found) => found !== undefined)
      return [{ ...use, effect: 'DENY', rule: lapse?.rule ?? decision.denied, grant: lapse?.grant ?? null }]
    })
  })
}

const prefix = 'grant:'
const grantOf = (rule: string): string | null => (rule.startsWith(prefix) ? rule.slice(prefix.length) : null)

function admits({ divisions = [], mandate = false }: AuditOutcome, uscc: string, mandated: readonly string[]): boolean {
  if (mandate && !mandated.includes(uscc)) return false
  return divisions.length === 0 || divisionMatches(divisions, divisionOf(uscc))
}
