import { GraphQLError } from 'graphql'

/** After how long it may be tried again, in ms; null where that is of no use. */
export function waitOf(error: unknown): number | null {
  if (!(error instanceof GraphQLError)) return null
  const { code, http } = error.extensions as {
    code?: unknown
    http?: { status?: number; headers?: ReadonlyMap<string, string> }
  }
  // 503 of a token: who gives it out cannot be reached.
  if (code !== 'RATE_LIMITED' && http?.status !== 503) return null
  return Number(http?.headers?.get('retry-after') ?? 1) * 1000
}
