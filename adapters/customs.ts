/** Customs 海关: JSON, batch by POST, OAuth 2.0 client credentials, CEB names, receipts repeated and out of order. */
import type { components } from '../codegen/generated/customs.ts'
import { alpha3Of } from '../rules/country.ts'
import { isoCurrencyOf } from '../rules/currency.ts'
import { currentStatus } from '../rules/declaration-status.ts'
import { checkHsCode } from '../rules/hs-code.ts'
import { accessToken } from './kernel/access-token.ts'
import type { Adapter } from './kernel/adapter.ts'
import type { DepartmentCache } from './kernel/cache.ts'
import { loadContract } from './kernel/contract.ts'
import { UpstreamError } from './kernel/errors.ts'
import type { Answer, Call, DepartmentHttp } from './kernel/http.ts'
import { jsonOf } from './kernel/json.ts'
import { batched, byKey, mapped, singly } from './kernel/loader.ts'
import type { CallScope } from './kernel/scope.ts'
import { timesOf } from './kernel/time.ts'
import { newestFirst } from './kernel/order.ts'

type Schemas = components['schemas']

export interface CustomsRecord {
  uscc: string
  registration: { code: string; district: string; filedOn: string; validUntil: string | null }
  creditGrade: 'ADVANCED_CERTIFIED' | 'REGISTERED' | 'DISCREDITED'
  inspections: Inspection[]
  totals: CustomsTotals[]
}
export interface Inspection {
  number: string
  declarationNumber: string
  inspectedAt: string
  kind: 'MANUAL' | 'MACHINE' | 'COMBINED'
  result: 'NOTHING_FOUND' | 'MISMATCH' | 'REFERRED'
}
export interface CustomsTotals {
  year: number
  exportCount: number
  importCount: number
  exportValue: { amount: string; currency: string }
  importValue: { amount: string; currency: string }
}
export interface Declaration {
  uscc: string
  number: string
  tradeMode: (typeof tradeModes)[keyof typeof tradeModes]
  direction: 'EXPORT' | 'IMPORT'
  declaredAt: string
  status: { code: string; zh: string; en: string; at: string }
  declarationDistrict: string
  portDistrict: string
  country: string
  orderNo: string | null
  logisticsNo: string | null
  value: { amount: string; currency: string }
  weight: string
  lines: {
    gnum: number
    hsCode: string
    name: string
    quantity: string
    unit: string
    price: string
    currency: string
    country: string
  }[]
}
/** One page of an enterprise's declarations, newest first. */
export interface DeclarationPage {
  declarations: Declaration[]
  total: number
  hasNextPage: boolean
}
/** Which page of whose declarations; `after` is the last number of the page before. */
export interface DeclarationKey {
  uscc: string
  first: number
  after: string | null
}

const creditGrades = {
  高级认证企业: 'ADVANCED_CERTIFIED',
  其他备案企业: 'REGISTERED',
  失信企业: 'DISCREDITED',
} as const
const inspectionKinds = { 人工查验: 'MANUAL', 机检查验: 'MACHINE', 人工机检结合: 'COMBINED' } as const
const inspectionResults = { 未见异常: 'NOTHING_FOUND', 单货不符: 'MISMATCH', 移送处理: 'REFERRED' } as const
const tradeModes = {
  '0110': 'GENERAL_0110',
  '1210': 'CBEC_BONDED_1210',
  '9610': 'CBEC_B2C_9610',
  '9710': 'CBEC_B2B_9710',
  '9810': 'CBEC_OVERSEAS_WAREHOUSE_9810',
} as const

const contract = loadContract<Schemas>('customs')
const perCall = (query: string) => contract.limit('components', 'schemas', query, 'properties', 'usccs', 'maxItems')

const { dayOfDigits, timeOfDigits } = timesOf('customs')
const misfit = (what: string) => new UpstreamError('customs', 'contract', `The answer holds ${what}.`)

function countryOf(code: string): string {
  const alpha3 = alpha3Of(code)
  if (alpha3 === null) throw misfit("a country code that is in neither of customs' lists")
  return alpha3
}

function hsCodeOf(code: string): string {
  if (!checkHsCode(code).valid) throw misfit('a commodity code that cannot be')
  return code
}

function currencyOf(code: string): string {
  const currency = isoCurrencyOf(code)
  if (currency === null) throw misfit('a currency code that is not in the customs list')
  return currency
}

function recordOf(said: Schemas['Enterprise']): CustomsRecord {
  const { uscc, tradeCo, customsCode, filedOn, validUntil, creditGrade } = said
  return {
    uscc,
    registration: {
      code: tradeCo,
      district: customsCode,
      filedOn: dayOfDigits(filedOn),
      validUntil: validUntil == null ? null : dayOfDigits(validUntil),
    },
    creditGrade: creditGrades[creditGrade],
    inspections: newestFirst(
      said.inspections.map(({ number, invtNo, inspectedAt, kind, result }) => ({
        number,
        declarationNumber: invtNo,
        inspectedAt: timeOfDigits(inspectedAt),
        kind: inspectionKinds[kind],
        result: inspectionResults[result],
      })),
      ({ inspectedAt }) => inspectedAt,
      ({ number }) => number,
    ),
    totals: said.totals.map(({ year, exportCount, importCount, exportValue, importValue }) => ({
      year,
      exportCount,
      importCount,
      exportValue: { amount: exportValue, currency: 'CNY' },
      importValue: { amount: importValue, currency: 'CNY' },
    })),
  }
}

function declarationOf(said: Schemas['Declaration']): Declaration {
  const status = currentStatus(
    said.returns.map(({ guid, returnStatus, returnTime }) => ({
      id: guid,
      status: returnStatus,
      at: timeOfDigits(returnTime),
    })),
  )
  if (status === null) throw misfit('a receipt whose status cannot be read')
  return {
    uscc: said.uscc,
    number: said.invtNo,
    tradeMode: tradeModes[said.tradeMode],
    direction: said.ieFlag === 'E' ? 'EXPORT' : 'IMPORT',
    declaredAt: timeOfDigits(said.appTime),
    status,
    declarationDistrict: said.customsCode,
    portDistrict: said.portCode,
    country: countryOf(said.country),
    orderNo: said.orderNo ?? null,
    logisticsNo: said.logisticsNo ?? null,
    value: { amount: said.goodsValue, currency: currencyOf(said.currency) },
    weight: said.grossWeight,
    lines: said.goods.map(({ gnum, gcode, gname, qty, unit, price, currency, country }) => ({
      gnum,
      hsCode: hsCodeOf(gcode),
      name: gname,
      quantity: qty,
      unit,
      price,
      currency: currencyOf(currency),
      country: countryOf(country),
    })),
  }
}

const pageOf = ({ declarations, total, hasNextPage }: Schemas['DeclarationPage']): DeclarationPage => ({
  declarations: declarations.map(declarationOf),
  total,
  hasNextPage,
})

const failed = ({ status }: Answer) => new UpstreamError('customs', 'failed', `It answered with status ${status}.`)

const adapter = {
  contractVersion: contract.version,
  credentials: ['clientId', 'clientSecret'],
  connect: (http: DepartmentHttp, cache: DepartmentCache) => {
    const token = accessToken('customs', async (scope) => {
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: http.credentials.clientId ?? '',
        client_secret: http.credentials.clientSecret ?? '',
      }).toString()
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await http.call(scope, () => ({ method: 'POST', path: '/oauth/token', headers, body }))
      if ([400, 401, 403].includes(answer.status))
        throw new UpstreamError('customs', 'refused', "It refuses the hub's credentials.")
      if (answer.status !== 200) throw failed(answer)
      return contract.check('Token', jsonOf(http, answer))
    })
    /** Sends with the token; a refused one (revoked, or the department restarted) is renewed once. */
    const authorized = async (scope: CallScope, call: Call, renewed = false): Promise<Answer> => {
      const value = await token.get(scope)
      const answer = await http.call(scope, () => ({
        ...call,
        headers: { ...call.headers, authorization: `Bearer ${value}` },
      }))
      if (answer.status !== 401) return answer
      token.forget(value)
      if (renewed) throw new UpstreamError('customs', 'refused', "It refuses the hub's access token.")
      return authorized(scope, call, true)
    }
    const ask = async <T>(scope: CallScope, call: Call, read: (json: unknown, status: number) => T): Promise<T> => {
      const answer = await authorized(scope, call)
      if (answer.status !== 200 && answer.status !== 404) throw failed(answer)
      const said = cache.answers.read(scope, call, answer, () => read(jsonOf(http, answer), answer.status))
      scope.answered('customs', 'live', answer.at, answer.milliseconds)
      return said
    }
    const post = (path: string, body: unknown): Call => ({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    const pages = (scope: CallScope, usccs: readonly string[], first: number, after: string | null) =>
      ask(scope, post('/v2/declarations/query', { usccs, first, ...(after === null ? {} : { after }) }), (json) => {
        const { pages: said } = contract.check('DeclarationAnswer', json)
        if (said.some((page) => page.declarations.some(({ uscc }) => uscc !== page.uscc))) {
          throw misfit("another enterprise's declaration")
        }
        if (said.some(({ declarations }) => declarations.length > first)) throw misfit('a page longer than asked for')
        return mapped(
          byKey('customs', usccs, said, ({ uscc }) => uscc),
          pageOf,
        )
      })
    const keyOf = ({ uscc, first, after }: DeclarationKey): string => `${uscc} ${first} ${after ?? ''}`
    const record = cache.records<CustomsRecord>(contract.version, {
      size: perCall('EnterpriseQuery'),
      fetch: (scope, usccs) =>
        ask(scope, post('/v2/enterprises/query', { usccs }), (json) =>
          mapped(
            byKey('customs', usccs, contract.check('EnterpriseAnswer', json).enterprises, ({ uscc }) => uscc),
            recordOf,
          ),
        ),
    })

    const declarationsPerCall = perCall('DeclarationQuery')

    return (scope: CallScope) => ({
      /** The enterprise's record by credit code; null where customs has none. */
      record: record(scope),
      /** One page of an enterprise's declarations; null where customs has none. */
      declarations: batched(
        declarationsPerCall,
        async (keys: readonly DeclarationKey[]): Promise<ReadonlyMap<string, DeclarationPage | UpstreamError>> => {
          const alike = Map.groupBy(keys, ({ first, after }) => `${first} ${after ?? ''}`)
          const found = await Promise.all(
            [...alike.values()].map(async (group) => {
              const [{ first, after }] = group as [DeclarationKey]
              const usccs = group.map(({ uscc }) => uscc)
              const said = await pages(scope, usccs, first, after)
              return [...said].map(([uscc, page]) => [keyOf({ uscc, first, after }), page] as const)
            }),
          )
          return new Map(found.flat())
        },
        keyOf,
      ),
      /** One declaration by its number; null where there is none. */
      declaration: singly(async (number: string): Promise<Declaration | null> => {
        const call: Call = { method: 'GET', path: `/v2/declarations/${encodeURIComponent(number)}` }
        return ask(scope, call, (json, status) => {
          if (status === 404) {
            contract.check('Failure', json)
            return null
          }
          const said = contract.check('Declaration', json)
          if (said.invtNo !== number) throw misfit('another declaration than the one asked for')
          return declarationOf(said)
        })
      }),
    })
  },
} satisfies Adapter<unknown>

export default adapter
