import type { Principal } from '../auth/token.ts'
import type { ViewerClass } from '../auth/vocabulary.ts'

/** What decisions know of a caller: officers alone read departments' data, and whoever shows no token is nobody. */
export const viewerOf = (principal: Principal | null, purpose: string | null): ViewerClass => ({
  department: principal?.department ?? 'anonymous',
  reads: principal?.roles.includes('officer') ?? false,
  purpose,
  divisions: principal?.divisions ?? [],
})
