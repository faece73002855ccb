/** Foreign exchange 外汇管理: JSON, batch by GET, a key; closed at night (503 with the time it reopens). */
import type { components } from '../codegen/generated/fx.ts'
import type { Adapter } from './kernel/adapter.ts'
import type { DepartmentCache } from './kernel/cache.ts'
import { loadContract } from './kernel/contract.ts'
import { UpstreamError } from './kernel/errors.ts'
import type { DepartmentHttp } from './kernel/http.ts'
import { jsonOf } from './kernel/json.ts'
import { batched, byKey, mapped } from './kernel/loader.ts'
import type { CallScope } from './kernel/scope.ts'
import { newestFirst } from './kernel/order.ts'

type Schemas = components['schemas']

export interface ForeignExchangeRecord {
  uscc: string
  registered: boolean
  class: 'A' | 'B' | 'C' | null
  receipts: YearAmount[]
  payments: YearAmount[]
  settlements: Settlement[]
  exemptFromRegistration: boolean
}
/** A year's sum in one currency. */
export interface YearAmount {
  year: number
  currency: string
  amount: string
}
export interface Settlement {
  number: string
  kind: 'GOODS' | 'REFUND' | 'OFFSHORE_RESALE' | 'SERVICE'
  amount: { amount: string; currency: string }
  account: 'DIRECT' | 'PENDING'
  settledOn: string
}
export interface SuspiciousTransactionReport {
  number: string
  reportedOn: string
  reason: string
}

const contract = loadContract<Schemas>('fx')
const perCall = contract.limit('components', 'parameters', 'Usccs', 'schema', 'maxItems')

const yearAmountOf = ({ year, currency, amount }: Schemas['YearAmount']): YearAmount => ({ year, currency, amount })

const reportOf = ({ number, reportedOn, reason }: Schemas['Report']): SuspiciousTransactionReport => ({
  number,
  reportedOn,
  reason,
})

function recordOf(said: Schemas['Enterprise']): ForeignExchangeRecord {
  return {
    uscc: said.uscc,
    registered: said.registered,
    class: said.class ?? null,
    receipts: said.receipts.map(yearAmountOf),
    payments: said.payments.map(yearAmountOf),
    settlements: newestFirst(
      said.settlements.map(({ number, kind, amount, currency, account, settledOn }) => ({
        number,
        kind,
        amount: { amount, currency },
        account,
        settledOn,
      })),
      ({ settledOn }) => settledOn,
      ({ number }) => number,
    ),
    exemptFromRegistration: said.exemptFromRegistration,
  }
}

const adapter = {
  contractVersion: contract.version,
  credentials: ['key'],
  connect: (http: DepartmentHttp, cache: DepartmentCache) => {
    const ask = async <T extends { uscc: string }>(
      scope: CallScope,
      path: string,
      usccs: readonly string[],
      read: (json: unknown) => { data: T[] },
    ): Promise<Map<string, T>> => {
      const query = usccs.map((uscc) => `uscc=${encodeURIComponent(uscc)}`).join('&')
      const headers = { 'x-api-key': http.credentials.key ?? '' }
      const answer = await http.call(scope, () => ({ method: 'GET', path: `${path}?${query}`, headers }))
      if (answer.status === 401) throw new UpstreamError('fx', 'refused', "It refuses the hub's key.")
      if (answer.status !== 200) throw new UpstreamError('fx', 'failed', `It answered with status ${answer.status}.`)
      const found = byKey('fx', usccs, read(jsonOf(http, answer)).data, ({ uscc }) => uscc)
      scope.answered('fx', 'live', answer.at, answer.milliseconds)
      return found
    }
    const enterprises = (json: unknown) => contract.check('EnterpriseList', json)
    const reports = (json: unknown) => contract.check('ReportList', json)
    const record = cache.records<ForeignExchangeRecord>(contract.version, {
      size: perCall,
      fetch: async (scope, usccs) => mapped(await ask(scope, '/v1/enterprises', usccs, enterprises), recordOf),
    })
    return (scope: CallScope) => ({
      /** The enterprise's record by credit code; null where foreign exchange administration has none. */
      record: record(scope),
      /** Suspicious transaction reports by credit code; they have an address of their own, and no copy is kept. */
      reports: batched(
        perCall,
        async (usccs: readonly string[]) =>
          mapped(await ask(scope, '/v1/suspicious-transaction-reports', usccs, reports), (said) =>
            said.reports.map(reportOf),
          ),
        (uscc: string) => uscc,
      ),
    })
  },
} satisfies Adapter<unknown>

export default adapter
