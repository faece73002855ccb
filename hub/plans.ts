/** Plans by what they depend on, the latest used kept: document, operation, directive values, viewer class, policy version. */
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import type { Catalogue } from '../auth/catalogue.ts'
import type { ViewerClass } from '../auth/decide.ts'
import { createPlan, directiveVariables, type Plan } from '../auth/plan.ts'
import type { Grant } from '../rules/grant.ts'

export interface PolicyState {
  grants: readonly Grant[]
  /** Changes with every change of policies or grants. */
  version: string
}

export interface Planned {
  documentHash: string
  document: DocumentNode
  operation: OperationDefinitionNode
  viewer: ViewerClass
  variables: Readonly<Record<string, unknown>>
}

const kept = 1000

/** Makes the planner of a view. */
export function createPlanner(view: { schema: GraphQLSchema; catalogue: Catalogue }, policy: () => PolicyState) {
  const plans = new Map<string, Plan>()
  const flags = new WeakMap<DocumentNode, string[]>()
  return ({ documentHash, document, operation, viewer, variables }: Planned): Plan => {
    const { grants, version } = policy()
    let names = flags.get(document)
    if (names === undefined) flags.set(document, (names = directiveVariables(document)))
    const key = JSON.stringify([
      documentHash,
      operation.name?.value ?? null,
      names.map((name) => variables[name] === true),
      viewer.department,
      viewer.purpose,
      viewer.divisions,
      version,
    ])
    const known = plans.get(key)
    if (known !== undefined) {
      plans.delete(key) // moved to the end: the first in the map is the longest unused
      plans.set(key, known)
      return known
    }
    const now = new Date()
    const valid = grants.filter(
      ({ validFrom, validTo }) => (validFrom === null || validFrom <= now) && (validTo === null || now < validTo),
    )
    const plan = createPlan({ ...view, grants: valid, viewer, document, operation, variables })
    plans.set(key, plan)
    for (const oldest of plans.keys()) {
      if (plans.size <= kept) break
      plans.delete(oldest)
    }
    return plan
  }
}

export type Planner = ReturnType<typeof createPlanner>
