import type { Operation } from './department.ts'

/** An operation and the parameters that a path has for it. */
export interface Match {
  readonly operation: Operation
  readonly path: Readonly<Record<string, string>>
}

/** Percent-decoding that answers undefined where the text is none. */
const decoded = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}

const matches = (template: readonly string[], parts: readonly string[]): Record<string, string> | undefined => {
  if (template.length !== parts.length) return undefined
  const path: Record<string, string> = {}
  for (const [i, expected] of template.entries()) {
    const part = parts[i] ?? ''
    const name = /^\{(\w+)\}$/.exec(expected)?.[1]
    if (name === undefined) {
      if (part !== expected) return undefined
      continue
    }
    const value = decoded(part)
    if (!value) return undefined
    path[name] = value
  }
  return path
}

/** Finds the operation for a method and a path, as the templates of the contract (`/filings/{uscc}`) say. */
export const router = (operations: readonly Operation[]) => {
  const table = operations.map((operation) => ({ operation, template: operation.path.split('/') }))
  return (method: string, pathname: string): Match | undefined => {
    const parts = pathname.split('/')
    for (const { operation, template } of table) {
      if (operation.method !== method) continue
      const path = matches(template, parts)
      if (path) return { operation, path }
    }
    return undefined
  }
}
