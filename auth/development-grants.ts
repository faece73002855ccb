/**
 * The grants that development data starts with: those that the policies name beside their items. They are written into
 * the store when it has none and the hub runs in development mode; in production every grant comes about by application
 * and approval.
 */
import type { Grant } from '../rules/grant.ts'
import type { Policy } from './vocabulary.ts'

export const developmentGrants = (policies: readonly Policy[]): Grant[] =>
  policies
    .flatMap(({ items }) => items)
    .flatMap(({ id: item, developmentGrants: held = [] }) =>
      held.map(({ reader, purpose, coordinates, divisions, full, requiresMandate }) => ({
        id: `development:${reader}:${item}:${purpose}`,
        reader,
        item,
        purpose,
        coordinates: coordinates ?? null,
        divisions: divisions ?? [],
        full: full ?? false,
        requiresMandate: requiresMandate ?? false,
        validFrom: null,
        validTo: null,
        state: 'ACTIVE',
        dailySubjects: null,
        mode: 'API',
        application: null,
      })),
    )

/** The purposes for which a viewer holds one of the grants. */
export const purposesOf = (viewer: string, grants: readonly Grant[]): string[] => [
  ...new Set(grants.filter((held) => held.reader === viewer).map((held) => held.purpose)),
]
