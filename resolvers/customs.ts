import { fetches } from '../auth/plan.ts'
import type { Resolvers } from '../codegen/generated/resolvers.ts'
import { pageInfo } from '../rules/page.ts'
import { connection } from './connection.ts'
import { InvalidArgument } from './invalid-argument.ts'

const declarationNumber = /^\d{8}[EI]\d{9,11}$/

const resolvers: Pick<Resolvers, 'Query' | 'Enterprise' | 'CustomsRecord' | 'Declaration'> = {
  Query: {
    declaration: fetches((_root, { number }, { load }) => {
      if (!declarationNumber.test(number)) {
        throw new InvalidArgument(
          'A declaration number 清单编号 is 4 digits customs, 4 digits year, E or I, and 9 to 11 digits.',
        )
      }
      return load.customs.declaration.load(number)
    }, 'other'),
  },
  Enterprise: {
    customs: fetches(({ uscc }, _args, { load }) => load.customs.record.load(uscc)),
  },
  CustomsRecord: {
    declarations: fetches(async ({ uscc }, { first, after }, { load, cursors }) => {
      const sealed = cursors('CustomsRecord.declarations')
      const cursor = after == null ? null : sealed.open(after)
      if (after != null && cursor === null) throw new InvalidArgument('after is not a cursor of declarations.')
      const page = await load.customs.declarations.load({ uscc, first: first ?? 20, after: cursor })
      const nodes = page?.declarations ?? []
      const where = { hasNextPage: page?.hasNextPage ?? false, hasPreviousPage: cursor !== null }
      return {
        nodes,
        totalCount: page?.total ?? 0,
        pageInfo: pageInfo(where, nodes, ({ number }) => number, sealed),
      }
    }, 'other'),
    inspections: ({ inspections }, args, { cursors }) =>
      connection(inspections, args, ({ number }) => number, cursors('CustomsRecord.inspections')),
    totals: ({ totals }, { year }) => totals.find((total) => total.year === year) ?? null,
  },
  Declaration: {
    enterprise: ({ uscc }) => ({ uscc }),
  },
}

export default resolvers
