/** Documents that Apollo has parsed and found valid, by their hash: those used longest ago give way. */
import type { ApolloServerOptions } from '@apollo/server'
import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

const mostDocuments = 1000
/** Of their texts in all, in UTF-16 units. A tree takes some 40 times its text. */
const longest = 1_000_000

/** In the place of Apollo's own store, which holds 30 MiB as JSON and four times that in memory. */
export function parsedDocuments(): NonNullable<ApolloServerOptions<object>['documentStore']> {
  const kept = new LRUCache<string, DocumentNode>({
    max: mostDocuments,
    maxSize: longest,
    sizeCalculation: ({ loc }) => (loc?.source.body.length ?? 0) + 1,
  })
  return {
    get: async (hash) => kept.get(hash),
    set: async (hash, document) => void kept.set(hash, document),
    delete: async (hash) => kept.delete(hash),
  }
}
