import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import type { TradeDocument } from '../../rules/trade/document.ts'
import type { Head } from './groups.ts'

const select = `select id::text, body from trade_document where month = any($1::date[]) and id = any($2::bigint[])`

/** The bodies of documents, by the number under which they lie. They never change, so those of late are kept. */
export class Bodies {
  readonly #known: LRUCache<string, TradeDocument>

  /** @param most that are kept */
  constructor(most: number) {
    this.#known = new LRUCache({ max: most })
  }

  put(id: string, document: TradeDocument): void {
    this.#known.set(id, document)
  }

  async read(
    client: pg.Pool | pg.PoolClient,
    heads: readonly Pick<Head, 'document' | 'month'>[],
  ): Promise<Map<string, TradeDocument>> {
    const found = new Map<string, TradeDocument>()
    const missing = heads.filter(({ document }) => {
      const body = this.#known.get(document)
      if (body !== undefined) found.set(document, body)
      return body === undefined
    })
    if (missing.length === 0) return found
    const months = [...new Set(missing.map(({ month }) => month))]
    const ids = missing.map(({ document }) => document)
    const values = [months, ids]
    const { rows } = await client.query<{ id: string; body: string }>({ name: 'trade-bodies', text: select, values })
    for (const { id, body } of rows) {
      const document = JSON.parse(body) as TradeDocument
      this.#known.set(id, document)
      found.set(id, document)
    }
    return found
  }
}
