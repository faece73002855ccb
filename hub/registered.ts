/**
 * Persisted documents of GraphQL over HTTP (appendix A): a request that names a registered document by its id is made one
 * that holds it, before anything looks at the document. Whoever is limited to its registered documents is refused all others.
 */
import type { HTTPGraphQLRequest } from '@apollo/server'
import type { Principal } from '../auth/token.ts'
import { documentId, type Documents } from '../store/documents.ts'
import { badRequest, documentsOnly, noSuchDocument } from './errors.ts'

/** The document of a request, wherever it stands; whoever decides on it and whoever runs it read the same. */
export function documentOf({ method, body, search }: HTTPGraphQLRequest): unknown {
  if (method === 'GET') return new URLSearchParams(search).get('query') ?? undefined
  return isRecord(body) ? body.query : undefined
}

/**
 * Puts the document in the place of its id, and refuses what is not the asker's to ask.
 * @throws GraphQLError DOCUMENT_NOT_REGISTERED; BAD_REQUEST where document and id are both there, or the id is none
 */
export function putDocument(asked: HTTPGraphQLRequest, principal: Principal | null, documents: Documents): void {
  const id = idOf(asked)
  const department = principal?.department ?? null
  if (id === null) {
    const source = documentOf(asked)
    if (department === null || typeof source !== 'string' || !documents.limited.has(department)) return
    if (documents.sources.get(department)?.has(documentId(source)) !== true) throw documentsOnly(department)
    return
  }
  const source = department === null ? undefined : documents.sources.get(department)?.get(id)
  if (source === undefined) throw noSuchDocument(department)
  if (asked.method === 'GET') {
    const parameters = new URLSearchParams(asked.search)
    parameters.delete('documentId')
    parameters.set('query', source)
    asked.search = `?${parameters.toString()}`
  } else {
    const { documentId: _id, ...rest } = asked.body as Record<string, unknown>
    asked.body = { ...rest, query: source }
  }
}

/** Null where the request names none. */
function idOf({ method, body, search }: HTTPGraphQLRequest): string | null {
  const parameters = method === 'GET' ? new URLSearchParams(search) : null
  const ids: unknown[] = parameters?.getAll('documentId') ?? (isRecord(body) ? [body.documentId] : [])
  const [id, ...more] = ids.filter((given) => given != null)
  if (id === undefined) return null
  if (typeof id !== 'string' || more.length > 0) throw badRequest('Send one documentId, as a string.')
  if (parameters?.has('query') ?? (isRecord(body) && body.query != null))
    throw badRequest('Send either the document as query, or its documentId.')
  return id
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
