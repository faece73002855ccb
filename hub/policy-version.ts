import { createHash } from 'node:crypto'
import type { Policy } from '../auth/vocabulary.ts'

/** Names what decides: the policies as written and the grants as stored. Equal versions decide alike. */
export const policyVersion = (policies: readonly Policy[], grantsVersion: string): string =>
  createHash('sha256').update(JSON.stringify(policies)).update(grantsVersion).digest('hex').slice(0, 12)
