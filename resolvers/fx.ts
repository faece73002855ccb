import { fetches } from '../auth/plan.ts'
import type { Resolvers } from '../codegen/generated/resolvers.ts'
import type { YearAmount } from '../adapters/fx.ts'
import { connection } from './connection.ts'

const ofYear = (amounts: readonly YearAmount[], year: number) =>
  amounts.filter((sum) => sum.year === year).map(({ amount, currency }) => ({ amount, currency }))

const resolvers: Pick<Resolvers, 'Enterprise' | 'ForeignExchangeRecord'> = {
  Enterprise: {
    fx: fetches(({ uscc }, _args, { load }) => load.fx.record.load(uscc)),
  },
  ForeignExchangeRecord: {
    receipts: ({ receipts }, { year }) => ofYear(receipts, year),
    payments: ({ payments }, { year }) => ofYear(payments, year),
    settlements: ({ settlements }, args, { cursors }) =>
      connection(settlements, args, ({ number }) => number, cursors('ForeignExchangeRecord.settlements')),
    suspiciousTransactionReports: fetches(
      async ({ uscc }, _args, { load }) => (await load.fx.reports.load(uscc)) ?? [],
      'other',
    ),
  },
}

export default resolvers
