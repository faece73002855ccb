import { fetches } from '../auth/plan.ts'
import type { Resolvers } from '../codegen/generated/resolvers.ts'
import { decodeCursor, encodeCursor } from '../rules/page.ts'
import { checkUscc } from '../rules/uscc.ts'
import { connection } from './connection.ts'
import { InvalidArgument } from './invalid-argument.ts'

const resolvers: Pick<Resolvers, 'Query' | 'Enterprise' | 'MarketRecord'> = {
  Query: {
    searchEnterprises: fetches(async (_root, { name, division, first, after }, { load, subjects }) => {
      const cursor = after == null ? null : decodeCursor(after)
      if (cursor !== null && !checkUscc(cursor).valid)
        throw new InvalidArgument('after is not a cursor of enterprises.')
      const page = await load.market.search.load({
        name: name ?? null,
        division: division ?? null,
        first: first ?? 20,
        after: cursor,
      })
      for (const uscc of page.usccs) subjects.add(uscc)
      const [start, end] = [page.usccs[0], page.usccs.at(-1)]
      return {
        nodes: page.usccs.map((uscc) => ({ uscc })),
        totalCount: page.total,
        pageInfo: {
          hasNextPage: page.hasNextPage,
          hasPreviousPage: cursor !== null,
          startCursor: start === undefined ? null : encodeCursor(start),
          endCursor: end === undefined ? null : encodeCursor(end),
        },
      }
    }),
  },
  Enterprise: {
    name: fetches(
      async ({ uscc }, _args, { load }) => (await load.market.record.load(uscc))?.registration.name ?? null,
    ),
    status: fetches(
      async ({ uscc }, _args, { load }) => (await load.market.record.load(uscc))?.registration.status ?? null,
    ),
    market: fetches(({ uscc }, _args, { load }) => load.market.record.load(uscc)),
  },
  MarketRecord: {
    penalties: ({ penalties }, args) => connection(penalties, args, ({ number }) => number),
    qualityInspections: ({ qualityInspections }, args) => connection(qualityInspections, args, ({ number }) => number),
  },
}

export default resolvers
