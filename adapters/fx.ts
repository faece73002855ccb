/** Foreign exchange 外汇管理: JSON, batch by GET, a key; closed at night (503 with the time it reopens). */
import type { components } from '../codegen/generated/fx.ts'
import type { Adapter } from './kernel/adapter.ts'
import type { DepartmentCache } from './kernel/cache.ts'
import { loadContract } from './kernel/contract.ts'
import { UpstreamError } from './kernel/errors.ts'
import type { Answer, Call, DepartmentHttp } from './kernel/http.ts'
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
    const ask = async <V>(
      scope: CallScope,
      path: string,
      usccs: readonly string[],
      read: (answer: Answer, call: Call) => Map<string, V>,
    ): Promise<Map<string, V>> => {
      const query = usccs.map((uscc) => `uscc=${encodeURIComponent(uscc)}`).join('&')
      const headers = { 'x-api-key': http.credentials.key ?? '' }
      const call: Call = { method: 'GET', path: `${path}?${query}`, headers }
      const answer = await http.call(scope, () => call)
      if (answer.status === 401) throw new UpstreamError('fx', 'refused', "It refuses the hub's key.")
      if (answer.status !== 200) throw new UpstreamError('fx', 'failed', `It answered with status ${answer.status}.`)
      const found = read(answer, call)
      scope.answered('fx', 'live', answer.at, answer.milliseconds)
      return found
    }
    const record = cache.records<ForeignExchangeRecord>(contract.version, {
      size: perCall,
      fetch: (scope, usccs) =>
        ask(scope, '/v1/enterprises', usccs, (answer, call) =>
          cache.answers.read(scope, call, answer, () => {
            const { data } = contract.check('EnterpriseList', jsonOf(http, answer))
            return mapped(
              byKey('fx', usccs, data, ({ uscc }) => uscc),
              recordOf,
            )
          }),
        ),
    })
    return (scope: CallScope) => ({
      /** The enterprise's record by credit code; null where foreign exchange administration has none. */
      record: record(scope),
      /** Suspicious transaction reports by credit code; they have an address of their own, and nothing of them is kept. */
      reports: batched(
        perCall,
        (usccs: readonly string[]) =>
          ask(scope, '/v1/suspicious-transaction-reports', usccs, (answer) => {
            const { data } = contract.check('ReportList', jsonOf(http, answer))
            return mapped(
              byKey('fx', usccs, data, ({ uscc }) => uscc),
              ({ reports }) => reports.map(reportOf),
            )
          }),
        (uscc: string) => uscc,
      ),
    })
  },
} satisfies Adapter<unknown>

export default adapter
