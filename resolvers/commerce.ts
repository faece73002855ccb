import { fetches } from '../auth/plan.ts'
import type { Resolvers } from '../codegen/generated/resolvers.ts'

const resolvers: Pick<Resolvers, 'Enterprise'> = {
  Enterprise: {
    commerce: fetches(({ uscc }, _args, { load }) => load.commerce.record.load(uscc)),
  },
}

export default resolvers
