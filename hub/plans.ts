/** Plans by what they depend on, the latest used kept: document, operation, directive values, viewer class, policy version. */
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Catalogue } from '../auth/catalogue.ts'
import type { Published } from '../auth/published.ts'
import type { ViewerClass } from '../auth/vocabulary.ts'
import { createPlan, directiveVariables, type Plan } from '../auth/plan.ts'
import { isInTerm, nextChange, type Grant } from '../rules/grant.ts'

export interface PolicyState {
  grants: readonly Grant[]
  /** The catalogue as the authority published it last; null where policies are not held against one. */
  published: Published | null
  /** Changes with every change of policies, of grants, or of what was published. */
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

/** Makes the planner of a view. A plan is made anew once a grant begins or ends. */
export function createPlanner(
  view: { schema: GraphQLSchema; catalogue: Catalogue },
  policy: () => PolicyState,
  now: () => Date = () => new Date(),
) {
  const plans = new LRUCache<string, { plan: Plan; until: Date | null }>({ max: kept })
  const flags = new WeakMap<DocumentNode, string[]>()
  return ({ documentHash, document, operation, viewer, variables }: Planned): Plan => {
    const { grants, published, version } = policy()
    let names = flags.get(document)
    if (names === undefined) flags.set(document, (names = directiveVariables(document)))
    const key = JSON.stringify([
      documentHash,
      operation.name?.value ?? null,
      names.map((name) => variables[name] === true),
      viewer.department,
      viewer.reads,
      viewer.purpose,
      viewer.divisions,
      version,
    ])
    const at = now()
    const known = plans.get(key)
    if (known !== undefined && (known.until === null || at < known.until)) return known.plan
    const plan = createPlan({
      schema: view.schema,
      catalogue: { ...view.catalogue, published },
      grants: grants.filter((grant) => isInTerm(grant, at)),
      viewer,
      document,
      operation,
      variables,
    })
    plans.set(key, { plan, until: nextChange(grants, at) })
    return plan
  }
}

export type Planner = ReturnType<typeof createPlanner>
