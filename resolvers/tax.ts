import { fetches } from '../auth/plan.ts'
import type { Resolvers } from '../codegen/generated/resolvers.ts'
import { connection } from './connection.ts'

const resolvers: Pick<Resolvers, 'Enterprise' | 'TaxRecord'> = {
  Enterprise: {
    tax: fetches(({ uscc }, _args, { load }) => load.tax.record.load(uscc)),
  },
  TaxRecord: {
    refunds: ({ refunds }, args, { cursors }) =>
      connection(refunds, args, ({ number }) => number, cursors('TaxRecord.refunds')),
  },
}

export default resolvers
