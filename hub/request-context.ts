/** What the resolvers of one request are given. What few requests ask for is made when it is asked for. */
import type { Guarded } from '../auth/guard.ts'
import type { Principal } from '../auth/token.ts'
import type { CallScope } from '../adapters/kernel/scope.ts'
import type { Loaders } from '../codegen/generated/grid.ts'
import type { Context, Department, Viewer } from '../resolvers/context.ts'
import type { Cursors } from '../rules/page.ts'
import type { createLedger } from '../store/ledger-query.ts'
import type { TradeReader } from '../store/trade/reader.ts'
import type { Quotas } from '../store/quotas.ts'
import type { createCorrections } from '../store/sharing/correction-service.ts'
import type { Note } from '../store/sharing/mutation.ts'
import type { createSharing } from '../store/sharing/service.ts'
import type { createUseRecords } from '../store/sharing/use-record-service.ts'
import { inForce, type HubCatalogue } from './catalogue.ts'
import { disputableBy, disputeWatch } from './disputes.ts'
import type { LivePolicy } from './live-policy.ts'
import { noPlan, type HubContext } from './pipeline.ts'
import type { View } from './schema.ts'
import { standing } from './standing.ts'
import type { Trace } from './trace.ts'
import { whyFor } from './why.ts'

/** What requests share. */
export interface RequestParts {
  view: View
  policy: LivePolicy
  quotas: Quotas
  loaders: (scope: CallScope) => Loaders
  departments: () => Department[]
  cursors: (list: string, asker: string) => Cursors
  catalogue: HubCatalogue
  sharing: ReturnType<typeof createSharing>
  corrections: ReturnType<typeof createCorrections>
  useRecords: ReturnType<typeof createUseRecords>
  ledger: ReturnType<typeof createLedger>
  trade: { read(): TradeReader; changes: Context['changes'] }
}

/** Whoever asks without a token is shown what the portal is. */
const caller = (principal: Principal | null) => ({
  department: principal?.department ?? 'portal',
  subject: principal?.subject ?? '',
  roles: principal?.roles ?? [],
})

const none: ReadonlySet<string> = new Set()

/** A copy of it, as Apollo makes one, works like itself: it has no private members in JavaScript's sense. */
export class RequestContext implements HubContext {
  readonly trace: Trace
  readonly principal: Principal | null
  readonly mandate: ReadonlySet<string>
  readonly lapseOf: Guarded['lapseOf']
  readonly count: Guarded['count']
  readonly shown: Guarded['shown']
  readonly load: Loaders
  plan = noPlan
  variables: HubContext['variables'] = null
  early: HubContext['early'] = null
  event: HubContext['event'] = null
  private readonly parts: RequestParts
  private readonly note: Note
  private reader: TradeReader | undefined
  private subjectsOf: WeakMap<object, string> | undefined

  constructor(parts: RequestParts, trace: Trace, principal: Principal | null, scope: CallScope, note: Note) {
    const { mandate, lapseOf, count } = standing(trace, principal?.mandate ?? none, parts.policy, parts.quotas)
    this.trace = trace
    this.principal = principal
    this.mandate = mandate
    this.lapseOf = lapseOf
    this.count = count
    this.shown = disputeWatch(trace, parts.policy.disputes())
    this.load = parts.loaders(scope)
    this.parts = parts
    this.note = note
  }

  touched(root: string): Set<string> {
    const { roots } = this.trace
    let subjects = roots.get(root)
    if (subjects === undefined) roots.set(root, (subjects = new Set()))
    return subjects
  }

  get subjectOf(): WeakMap<object, string> {
    return (this.subjectsOf ??= new WeakMap())
  }

  get sharing(): Context['sharing'] {
    return this.parts.sharing(caller(this.principal), this.note)
  }

  get corrections(): Context['corrections'] {
    const { principal, trace, parts } = this
    const disputable = disputableBy(principal, trace.purpose, parts.view.catalogue, parts.policy.state)
    return parts.corrections(caller(principal), this.note, disputable)
  }

  get useRecords(): Context['useRecords'] {
    return this.parts.useRecords(caller(this.principal), this.note)
  }

  get ledger(): Context['ledger'] {
    const { department, roles } = caller(this.principal)
    return this.parts.ledger({ department, roles, mandate: this.mandate })
  }

  get trade(): TradeReader {
    return (this.reader ??= this.parts.trade.read())
  }

  get changes(): Context['changes'] {
    return this.parts.trade.changes
  }

  get catalogue(): Context['catalogue'] {
    const { items, matters } = this.parts.catalogue
    const { published } = this.parts.policy.state()
    return { items: items.map((item) => inForce(item, published)), matters: matters(caller(this.principal), this.note) }
  }

  get why(): Context['why'] {
    return whyFor(this.principal, this.trace.purpose, this.parts.view.catalogue, this.parts.policy.state)
  }

  get cursors(): Context['cursors'] {
    return (list) => this.parts.cursors(list, this.principal?.department ?? '')
  }

  get departments(): Context['departments'] {
    return this.parts.departments
  }

  get viewer(): Viewer {
    const { principal, trace } = this
    return {
      department: principal?.department ?? '',
      subject: principal?.subject ?? '',
      roles: [...(principal?.roles ?? [])],
      purposes: [...(principal?.purposes ?? [])],
      purpose: trace.purpose,
      divisions: [...(principal?.divisions ?? [])],
      policyVersion: this.parts.policy.state().version,
    }
  }
}
