/**
 * The short way of a query whose document was found valid before: decided, executed and answered without Apollo, which
 * would come to the same. What does not end well – a refusal, an error in the answer – is left to Apollo with what has
 * come of it (HubContext.early), so that nothing is done twice and there is one place that puts errors into words.
 */
import type { HTTPGraphQLRequest } from '@apollo/server'
import { getOperationAST, OperationTypeNode, type DocumentNode, type OperationDefinitionNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { HubContext } from './pipeline.ts'
import type { Steps } from './steps.ts'

interface Known {
  document: DocumentNode
  /** SHA-256 of its text, in hexadecimal digits. */
  hash: string
}

const mostDocuments = 1000
/** Of their texts in all, in UTF-16 units. */
const longest = 1_000_000

/** Documents that are valid, by their text; those used longest ago give way. */
export class KnownDocuments {
  readonly #known = new LRUCache<string, Known>({
    max: mostDocuments,
    maxSize: longest,
    sizeCalculation: (_, source) => source.length + 1,
  })

  learn(source: string, document: DocumentNode, hash: string): void {
    this.#known.set(source, { document, hash })
  }

  of(source: string): Known | undefined {
    return this.#known.get(source)
  }
}

/** A request of the usual kind. */
interface Usual {
  query: string
  operationName?: string
  variables: Readonly<Record<string, unknown>>
}

/** A request, and the one header of it that is looked at without Apollo. */
export interface AskedDirectly extends HTTPGraphQLRequest {
  readonly accept: string | undefined
}

/** Answered as application/json, as Apollo would. */
const usualAccept: ReadonlySet<string | undefined> = new Set([undefined, '*/*', 'application/json'])

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const usualMembers: ReadonlySet<string> = new Set(['query', 'documentId', 'variables', 'operationName'])

/** True where nothing is unusual about the way it is asked. */
const isUsual = ({ method, accept, body }: AskedDirectly): boolean =>
  method === 'POST' &&
  usualAccept.has(accept) &&
  isObject(body) &&
  Object.keys(body).every((name) => usualMembers.has(name))

/** What is asked for, once a registered document stands in the place of its id; null where something is wrong with it. */
export function usualOf(body: unknown): Usual | null {
  if (!isObject(body)) return null
  const { query, variables, operationName } = body
  if (typeof query !== 'string' || (variables != null && !isObject(variables))) return null
  if (operationName != null && (typeof operationName !== 'string' || operationName === '')) return null
  return { query, ...(operationName == null ? {} : { operationName }), variables: variables ?? {} }
}

/** The query of a known document that is asked for; undefined where there is none of that name, or it is no query. */
function queryIn(document: DocumentNode, name: string | undefined): OperationDefinitionNode | undefined {
  const operation = getOperationAST(document, name)
  return operation?.operation === OperationTypeNode.QUERY ? operation : undefined
}

/**
 * Makes what answers a request, as JSON; null where that is left to Apollo.
 * @param contextOf the request's context, the same each time; it puts a registered document into what is asked, and where
 *   it throws, Apollo says why
 */
export const directly =
  (documents: KnownDocuments, steps: Steps) =>
  async (asked: AskedDirectly, contextOf: () => Promise<HubContext>): Promise<string | null> => {
    if (!isUsual(asked)) return null
    const context = await contextOf().catch(() => null)
    const usual = context === null ? null : usualOf(asked.body)
    const known = usual === null ? undefined : documents.of(usual.query)
    if (context === null || usual === null || known === undefined) return null
    const { operationName, variables: given } = usual
    const { document, hash: documentHash } = known
    const operation = queryIn(document, operationName)
    if (operation === undefined) return null
    try {
      const name = operation.name?.value ?? null
      await steps.decide(context, { document, operation, operationName: name, documentHash, given })
    } catch (error) {
      context.early = { refusal: error as Error }
      return null
    }
    const result = await steps.execute(context, { document, operation, operationName, given })
    if (result.errors !== undefined || result.data == null) {
      context.early = { result }
      return null
    }
    return JSON.stringify({ data: result.data, extensions: steps.extensions(context) ?? undefined })
  }
