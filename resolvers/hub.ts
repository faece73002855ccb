import type { Resolvers } from '../codegen/generated/resolvers.ts'
import { divisionName } from '../rules/division.ts'
import { divisionOf } from '../rules/uscc.ts'

const resolvers: Pick<Resolvers, 'Query' | 'Enterprise'> = {
  Query: {
    me: (_root, _args, { viewer }) => viewer,
    departments: (_root, _args, { departments }) => departments(),
    enterprise: (_root, { uscc }, { subjects }) => {
      subjects.add(uscc)
      return { uscc }
    },
    enterprises: (_root, { usccs }, { subjects }) =>
      usccs.map((uscc) => {
        subjects.add(uscc)
        return { uscc }
      }),
  },
  Enterprise: {
    division: ({ uscc }) => divisionName(divisionOf(uscc)),
  },
}

export default resolvers
