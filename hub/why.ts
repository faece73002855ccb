/** The reasons of a decision, for one caller. */
import type { Catalogue } from '../auth/catalogue.ts'
import type { Coordinate } from '../auth/vocabulary.ts'
import type { Principal } from '../auth/token.ts'
import { whyOf, type Why } from '../auth/why.ts'
import type { PolicyState } from './plans.ts'
import { viewerOf } from './viewer.ts'

/** Why a caller may or may not read a field, of an enterprise or of any; null for a field that there is not. */
export const whyFor =
  (
    principal: Principal | null,
    purpose: string | null,
    catalogue: Catalogue,
    policy: () => PolicyState,
    now: () => Date = () => new Date(),
  ) =>
  (coordinate: string, uscc: string | null): Why | null => {
    const entry = catalogue.entries.get(coordinate as Coordinate)
    if (entry === undefined) return null
    const viewer = viewerOf(principal, purpose)
    const { grants, published } = policy()
    return whyOf({ ...catalogue, published }, grants, entry, {
      viewer,
      mandate: principal?.mandate ?? new Set(),
      uscc,
      now: now(),
    })
  }
