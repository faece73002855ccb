/**
 * The short way for a part of the answer whose fields are plain throughout: it keeps no paths, and looks for no promises
 * but to refuse them. What it makes is what the long way (completion.ts) would make; where that would be an error, it
 * throws, and the part is made anew the long way, which reads properties only and so does nothing twice.
 */
import { isUnasked, type Guarded } from '../auth/guard.ts'

const isPromise = (value: unknown): boolean => value instanceof Promise

export type Mask = (value: string) => unknown

export interface Projection {
  /** The grants that must stand. */
  readonly grants: ReadonlySet<string>
  readonly of: (value: unknown) => unknown
}

export const noGrants: ReadonlySet<string> = new Set()

/** Made once: nobody is told where. */
const closerLook = new Error('This takes a closer look.')

export function odd(): never {
  throw closerLook
}

/** Whether all grants of a projection stand at this moment. */
export function allStand(grants: ReadonlySet<string>, context: Guarded): boolean {
  for (const grant of grants) if (context.lapseOf(grant, undefined) !== null) return false
  return true
}

/** A field as its object's projection sees it. */
interface Member {
  key: string
  typename: string | null
  name: string
  plain: { grant: string | null; mask: Mask | null } | null
  complete: { readonly projection: Projection | null }
}

/** Null where some field is not plain. */
export function objectProjection(fields: readonly Member[]): Projection | null {
  const grants = new Set<string>()
  const steps: { key: string; typename: string | null; name: string; mask: Mask | null; of: Projection['of'] }[] = []
  for (const { key, typename, name, plain, complete } of fields) {
    const { projection } = complete
    if (projection === null || (plain === null && typename === null)) return null
    if (plain !== null && plain.grant !== null) grants.add(plain.grant)
    for (const grant of projection.grants) grants.add(grant)
    steps.push({ key, typename, name, mask: plain?.mask ?? null, of: projection.of })
  }
  const of = (value: unknown): unknown => {
    if (value == null) return null
    if (value instanceof Error || isUnasked(value)) return odd()
    const source = value as Record<string, unknown>
    const answer: Record<string, unknown> = {}
    for (const { key, typename, name, mask, of: complete } of steps) {
      if (typename !== null) {
        answer[key] = typename
        continue
      }
      const said = source[name]
      if (isPromise(said)) return odd()
      answer[key] = complete(mask === null ? said : typeof said === 'string' ? mask(said) : null)
    }
    return answer
  }
  return { grants, of }
}

/** @param item of each of its items */
export function listProjection(item: Projection | null): Projection | null {
  if (item === null) return null
  const { grants, of: complete } = item
  const of = (value: unknown): unknown => {
    if (value == null) return null
    if (!Array.isArray(value)) return odd()
    const items = value as readonly unknown[]
    const answer = new Array<unknown>(items.length)
    for (let at = 0; at < items.length; at += 1) {
      const item = items[at]
      if (isPromise(item)) return odd()
      answer[at] = complete(item)
    }
    return answer
  }
  return { grants, of }
}
