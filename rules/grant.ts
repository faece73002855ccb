/** A grant 共享授权: what an application for conditional sharing becomes (政务数据共享条例 arts. 14 and 20–22). */

import type { SharingMode } from './application-request.ts'
import type { GrantState } from './grant-life.ts'

/** A standing permission that opens a conditional item to one reader (art. 20–22). */
export interface Grant {
  id: string
  reader: string
  item: string
  /** The item's data fields it opens; null opens all of them. */
  coordinates: readonly `${string}.${string}`[] | null
  purpose: string
  /** Prefixes of the division code; empty opens all divisions. */
  divisions: readonly string[]
  /** Opens masked fields in full. */
  full: boolean
  /** Only for enterprises named in the mandate that the token carries. */
  requiresMandate: boolean
  validFrom: Date | null
  validTo: Date | null
  state: GrantState
  /** Most distinct enterprises a day; null for any number. */
  dailySubjects: number | null
  /** How the data is provided (art. 22); the hub itself opens for API alone. */
  mode: SharingMode
  /** The application it came from; null in development data. */
  application: string | null
}

type Term = Pick<Grant, 'validFrom' | 'validTo'>

/** From the first instant of its term to before the last. */
export function isInTerm({ validFrom, validTo }: Term, at: Date): boolean {
  // As numbers: asked for every section of every enterprise, and dates are compared by several calls.
  const now = at.getTime()
  return (validFrom === null || validFrom.getTime() <= now) && (validTo === null || now < validTo.getTime())
}

/** The next instant after `at` at which one of the grants begins or ends; null where none does. */
export function nextChange(grants: readonly Term[], at: Date): Date | null {
  const later = grants
    .flatMap(({ validFrom, validTo }) => [validFrom, validTo])
    .filter((instant) => instant !== null)
    .filter((instant) => instant > at)
  return later.reduce<Date | null>((next, instant) => (next === null || instant < next ? instant : next), null)
}
