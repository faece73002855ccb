import { fetches } from '../auth/plan.ts'
import type { Resolvers } from '../codegen/generated/resolvers.ts'
import { checkTrackingNumber } from '../rules/tracking-number.ts'
import { connection } from './connection.ts'
import { InvalidArgument } from './invalid-argument.ts'

const resolvers: Pick<Resolvers, 'Query' | 'Enterprise' | 'PostalRecord'> = {
  Query: {
    shipment: fetches((_root, { trackingNumber }, { load }) => {
      const checked = checkTrackingNumber(trackingNumber)
      if (!checked.valid)
        throw new InvalidArgument(`trackingNumber ${JSON.stringify(trackingNumber)}: ${checked.reason}`)
      return load.postal.shipment.load(trackingNumber)
    }, 'other'),
  },
  Enterprise: {
    postal: fetches(({ uscc }, _args, { load }) => load.postal.record.load(uscc)),
  },
  PostalRecord: {
    shipments: ({ shipments }, args, { cursors }) =>
      connection(shipments, args, ({ trackingNumber }) => trackingNumber, cursors('PostalRecord.shipments')),
  },
}

export default resolvers
