import { fetches } from '../auth/plan.ts'
import type { Resolvers } from '../codegen/generated/resolvers.ts'
import { pageInfo } from '../rules/page.ts'
import { connection } from './connection.ts'
import { InvalidArgument } from './invalid-argument.ts'

const resolvers: Pick<Resolvers, 'Query' | 'Enterprise' | 'MarketRecord'> = {
  Query: {
    searchEnterprises: fetches(async ({ subjects }, { name, division, first, after }, { load, cursors }) => {
      const sealed = cursors('Query.searchEnterprises')
      const cursor = after == null ? null : sealed.open(after)
      if (after != null && cursor === null) throw new InvalidArgument('after is not a cursor of enterprises.')
      const page = await load.market.search.load({
        name: name ?? null,
        division: division ?? null,
        first: first ?? 20,
        after: cursor,
      })
      for (const uscc of page.usccs) subjects.add(uscc)
      const where = { hasNextPage: page.hasNextPage, hasPreviousPage: cursor !== null }
      return {
        nodes: page.usccs.map((uscc) => ({ uscc })),
        totalCount: page.total,
        pageInfo: pageInfo(where, page.usccs, (uscc) => uscc, sealed),
      }
    }, 'other'),
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
    penalties: ({ penalties }, args, { cursors }) =>
      connection(penalties, args, ({ number }) => number, cursors('MarketRecord.penalties')),
    qualityInspections: ({ qualityInspections }, args, { cursors }) =>
      connection(qualityInspections, args, ({ number }) => number, cursors('MarketRecord.qualityInspections')),
  },
}

export default resolvers
