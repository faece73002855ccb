/**
 * Entity tags of answers to GET (RFC 9110 section 8.8.3). They are weak: of two answers with one tag, data, errors and what
 * is said of the data are equal, and when it was had may differ. A tag is a keyed hash of what the asker is shown, and of
 * who asks for which purpose: it tells nobody anything of an answer that he does not have.
 */
import { createHmac } from 'node:crypto'
import type { Trace } from './trace.ts'

interface Said {
  data?: unknown
  errors?: unknown[]
  extensions?: { policyVersion?: string; provenance?: { department: string; freshness: string; disputed?: unknown }[] }
}

/** Makes the tag of an answer that the asker of a request is given; null for a request that was refused. */
export type TagOf = (answer: string, trace: Trace) => string | null

/** @param key what the processes of the hub share, so that each knows the tags of all */
export const entityTags =
  (key: Buffer): TagOf =>
  (answer, { principal, purpose, executed }) => {
    const { data, errors = [], extensions } = JSON.parse(answer) as Said
    if (!executed || data === undefined) return null
    const shown = JSON.stringify([
      principal?.department ?? null,
      purpose,
      data,
      errors.map((error) => JSON.stringify(error)).toSorted(),
      extensions?.policyVersion,
      (extensions?.provenance ?? [])
        .map(({ department, freshness, disputed }) => JSON.stringify([department, freshness === 'stale', disputed]))
        .toSorted(),
    ])
    return `W/"${createHmac('sha256', key).update(shown).digest('base64url')}"`
  }

/** Whether If-None-Match names a tag, by the weak comparison (RFC 9110 section 13.1.2). */
export function names(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  const tags: readonly string[] = ifNoneMatch.match(/"[\x21\x23-\x7e\x80-\xff]*"/g) ?? []
  return tags.includes(tag.replace(/^W\//, ''))
}
