/** The lines of an export, as they are read back. */
import type { Json } from './canonical.ts'

/** Where a chain is said to have been. */
export interface End {
  chain: string
  sequence: number
  hash: string
}

/** What is signed at the end of an export; null where it is not. */
export interface Manifest {
  line: number
  at: string | null
  digest: string | null
  heads: End[]
  records: number | null
}

export function manifestOf(signed: Line | null): Omit<Manifest, 'line'> {
  const { at = null, digest: said = null, heads, records = null } = signed ?? {}
  return {
    at: typeof at === 'string' ? at : null,
    digest: typeof said === 'string' ? said : null,
    heads: endsOf(heads),
    records: typeof records === 'number' ? records : null,
  }
}

/** A line as JSON. */
export type Line = { readonly [key: string]: Json }

export const isObject = (value: Json | undefined): value is Line =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Null where it is no JSON object. */
export function parsed(text: string): Line | null {
  try {
    const value = JSON.parse(text) as Json
    return isObject(value) ? value : null
  } catch {
    return null
  }
}

export const endsOf = (list: Json | undefined): End[] =>
  Array.isArray(list) ? (list as Json[]).map(endOf).filter((end) => end !== null) : []

export function endOf(value: Json | undefined): End | null {
  if (!isObject(value)) return null
  const { chain, sequence, hash } = value
  return typeof chain === 'string' && typeof sequence === 'number' && typeof hash === 'string'
    ? { chain, sequence, hash }
    : null
}
