/** What would happen to each field of a document, without any department being asked. */
import { createHash } from 'node:crypto'
import { getOperationAST, parse, validate, visit, type GraphQLSchema } from 'graphql'
import type { Decision } from '../auth/decide.ts'
import type { Plan, PlanField } from '../auth/plan.ts'
import type { Principal } from '../auth/token.ts'
import { limitsOf, type Why, type WhyStep } from '../auth/why.ts'
import { admit } from './admission.ts'
import type { Limits } from './limits.ts'
import { badRequest } from './errors.ts'
import type { Planner } from './plans.ts'
import type { Trace } from './trace.ts'
import { viewerOf } from './viewer.ts'

export interface Explained {
  /** Response path, e.g. `enterprise.tax.creditGrade`. */
  path: string
  coordinate: string
  decision: 'ALLOW' | 'MASK' | 'DENY'
  /** Enterprises that the decision is limited to; null for all. */
  onlyFor: string | null
  rule: string
  catalogueItem: string | null
  advice: string | null
  /** The reasons in the order in which they are considered. */
  chain: readonly WhyStep[]
}

export interface Explanation {
  department: string
  purpose: string | null
  policyVersion: string
  fields: Explained[]
}

/** Explains a document for a caller. Throws GraphQLError where it cannot be used. */
export function explain(
  source: string,
  operationName: string | null,
  given: {
    schema: GraphQLSchema
    planner: Planner
    limits: Limits
    policyVersion: string
    principal: Principal
    trace: Trace
    /** The reasons of the caller's decisions. */
    why: (coordinate: string, uscc: null) => Why | null
  },
): Explanation {
  const { schema, planner, principal, trace } = given
  admit(source, given.limits)
  const written = parse(source, { maxTokens: given.limits.tokens })
  const [invalid] = validate(schema, written)
  if (invalid !== undefined) throw invalid
  // Optional parts are explained as if included.
  const document = visit(written, { Directive: () => null })
  const operation = getOperationAST(document, operationName)
  if (operation == null) throw badRequest('Name the operation to explain: the document holds several or none.')
  const viewer = viewerOf(principal, trace.purpose)
  const documentHash = createHash('sha256').update(source).digest('hex')
  const plan: Plan = planner({ documentHash: `explain:${documentHash}`, document, operation, viewer, variables: {} })
  trace.action = 'explain'
  trace.plan = plan
  trace.policyVersion = given.policyVersion
  trace.documentHash = documentHash
  const chainOf = (coordinate: string) => given.why(coordinate, null)?.steps ?? []
  const fields: Explained[] = []
  const walk = (planned: readonly PlanField[], prefix: string, led: Decision | null): void => {
    for (const field of planned) {
      const path = `${prefix}${field.responseKey}`
      // A following field is as open as the field that led to it.
      const decision = led !== null && field.decision.outcomes[0]?.rule === 'follows' ? led : field.decision
      fields.push({ path, coordinate: field.coordinate, ...explained(decision), chain: chainOf(decision.coordinate) })
      walk(field.children, `${path}.`, decision)
    }
  }
  walk(plan.fields, '', null)
  return { department: principal.department, purpose: trace.purpose, policyVersion: given.policyVersion, fields }
}

function explained(decision: Decision): Omit<Explained, 'path' | 'coordinate' | 'chain'> {
  const outcome = decision.outcomes[0]
  if (outcome === undefined) {
    const { rule, reason, advice } = decision.denial
    return { decision: 'DENY', onlyFor: null, rule, catalogueItem: decision.item, advice: `${reason}. ${advice}` }
  }
  return {
    decision: outcome.effect,
    onlyFor: limitsOf(outcome),
    rule: outcome.rule,
    catalogueItem: decision.item,
    advice: outcome.effect === 'MASK' ? decision.denial.advice : null,
  }
}
