/** Tax 税务: JSON, one taxpayer a call, signed headers whose clock must agree, a rate limit. */
import { createHash, randomUUID } from 'node:crypto'
import type { components } from '../codegen/generated/tax.ts'
import type { Adapter } from './kernel/adapter.ts'
import type { DepartmentCache } from './kernel/cache.ts'
import { loadContract } from './kernel/contract.ts'
import { UpstreamError } from './kernel/errors.ts'
import type { Answer, DepartmentHttp } from './kernel/http.ts'
import { jsonOf } from './kernel/json.ts'
import type { CallScope } from './kernel/scope.ts'
import { newestFirst } from './kernel/order.ts'

type Schemas = components['schemas']

export interface TaxRecord {
  uscc: string
  taxpayerKind: 'GENERAL' | 'SMALL_SCALE'
  listedGradeA: boolean
  creditGrade: 'A' | 'B' | 'M' | 'C' | 'D'
  exportRefundClass: 'CLASS_1' | 'CLASS_2' | 'CLASS_3' | 'CLASS_4' | null
  levyMethod: 'ACCOUNTS' | 'ASSESSED'
  refunds: Refund[]
  exemptions: TaxExemption[]
  arrears: { amount: string; currency: string }
}
export interface Refund {
  number: string
  period: string
  amount: { amount: string; currency: string }
  status: 'FILED' | 'IN_REVIEW' | 'APPROVED' | 'PAID' | 'REFUSED'
  filedOn: string
  paidOn: string | null
  declarationNumbers: string[]
}
export interface TaxExemption {
  period: string
  amount: { amount: string; currency: string }
}

const taxpayerKinds = { 一般纳税人: 'GENERAL', 小规模纳税人: 'SMALL_SCALE' } as const
const refundClasses = { 一类: 'CLASS_1', 二类: 'CLASS_2', 三类: 'CLASS_3', 四类: 'CLASS_4' } as const
const levyMethods = { 查账征收: 'ACCOUNTS', 核定征收: 'ASSESSED' } as const
const refundStatuses = {
  已申报: 'FILED',
  审核中: 'IN_REVIEW',
  已核准: 'APPROVED',
  已退库: 'PAID',
  不予退税: 'REFUSED',
} as const

const contract = loadContract<Schemas>('tax')
const yuan = (amount: string) => ({ amount, currency: 'CNY' })

function recordOf(said: Schemas['Taxpayer']): TaxRecord {
  return {
    uscc: said.uscc,
    taxpayerKind: taxpayerKinds[said.taxpayerKind],
    listedGradeA: said.listedGradeA,
    creditGrade: said.creditGrade,
    exportRefundClass: said.exportRefundClass == null ? null : refundClasses[said.exportRefundClass],
    levyMethod: levyMethods[said.levyMethod],
    refunds: newestFirst(
      said.refunds.map(({ number, period, amount, status, filedOn, paidOn, declarationNumbers }) => ({
        number,
        period,
        amount: yuan(amount),
        status: refundStatuses[status],
        filedOn,
        paidOn: paidOn ?? null,
        declarationNumbers,
      })),
      ({ filedOn }) => filedOn,
      ({ number }) => number,
    ),
    exemptions: said.exemptions.map(({ period, amount }) => ({ period, amount: yuan(amount) })),
    arrears: yuan(said.arrears),
  }
}

/** The record of an answer that is one; null where there is none. */
function recordIn(status: number, uscc: string, json: unknown): TaxRecord | null {
  if (status === 404) {
    contract.check('Failure', json)
    return null
  }
  const said = contract.check('Taxpayer', json)
  if (said.uscc === uscc) return recordOf(said)
  throw new UpstreamError('tax', 'contract', 'The answer is the record of another taxpayer.')
}

const adapter = {
  contractVersion: contract.version,
  credentials: ['paasid', 'token'],
  rate: { calls: contract.limit('x-rate-limit', 'calls'), seconds: contract.limit('x-rate-limit', 'seconds') },
  connect: (http: DepartmentHttp, cache: DepartmentCache) => {
    /** How far the department's clock is ahead of the hub's, in seconds, as it last said. */
    let ahead = 0
    const signed = (offset: number): Record<string, string> => {
      const timestamp = String(Math.floor(Date.now() / 1000) + offset)
      const nonce = randomUUID()
      const signature = createHash('sha256')
        .update(timestamp + (http.credentials.token ?? '') + nonce + timestamp)
        .digest('hex')
      return {
        'x-tif-paasid': http.credentials.paasid ?? '',
        'x-tif-timestamp': timestamp,
        'x-tif-nonce': nonce,
        'x-tif-signature': signature,
      }
    }
    const ask = async (scope: CallScope, path: string, offset = ahead, corrected = false): Promise<Answer> => {
      // Signed anew for every attempt: a nonce is good once.
      const answer = await http.call(scope, () => ({ method: 'GET', path, headers: signed(offset) }))
      if (answer.status !== 401) {
        ahead = offset // remembered only now that it has served: a false time would spoil all that follow
        return answer
      }
      const failure = contract.check('Failure', jsonOf(http, answer))
      if (failure.code !== 'TIMESTAMP_SKEW' || failure.serverTime === undefined || corrected) {
        throw new UpstreamError('tax', 'refused', "It refuses the hub's signature.")
      }
      return ask(scope, path, failure.serverTime - Math.floor(Date.now() / 1000), true)
    }
    const record = cache.single<TaxRecord>(contract.version, async (scope, uscc) => {
      const path = `/taxpayers/${encodeURIComponent(uscc)}`
      const answer = await ask(scope, path)
      if (answer.status !== 200 && answer.status !== 404) {
        throw new UpstreamError('tax', 'failed', `It answered with status ${answer.status}.`)
      }
      const said = cache.answers.read(scope, { method: 'GET', path }, answer, () =>
        recordIn(answer.status, uscc, jsonOf(http, answer)),
      )
      scope.answered('tax', 'live', answer.at, answer.milliseconds)
      return said
    })
    return (scope: CallScope) => ({
      /** The taxpayer's record by credit code; null where the tax service has none. */
      record: record(scope),
    })
  },
} satisfies Adapter<unknown>

export default adapter
