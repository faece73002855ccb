import { createHash } from 'node:crypto'
import { decidingText, type Published } from '../auth/published.ts'
import type { Policy } from '../auth/vocabulary.ts'

/** Names what decides: the policies as written, the catalogue as published, and the grants as stored. Equal versions decide alike. */
export const policyVersion = (policies: readonly Policy[], published: Published, grantsVersion: string): string =>
  createHash('sha256')
    .update(JSON.stringify([policies, decidingText(published), grantsVersion]))
    .digest('hex')
    .slice(0, 12)
