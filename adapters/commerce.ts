/** Commerce 商务: JSON, one enterprise a call; what was said before is asked for again by its ETag, and 304 means unchanged. */
import type { components } from '../codegen/generated/commerce.ts'
import { checkCountryCode } from '../rules/country.ts'
import type { Adapter } from './kernel/adapter.ts'
import type { DepartmentCache } from './kernel/cache.ts'
import { loadContract } from './kernel/contract.ts'
import { UpstreamError } from './kernel/errors.ts'
import type { Answer, Call, DepartmentHttp } from './kernel/http.ts'
import { jsonOf } from './kernel/json.ts'
import type { CallScope } from './kernel/scope.ts'

type Schemas = components['schemas']

export interface CommerceRecord {
  uscc: string
  filing: {
    number: string
    zone: string
    roles: ('PLATFORM' | 'SELLER' | 'PAYMENT' | 'LOGISTICS' | 'WAREHOUSE')[]
    filedOn: string
    status: 'VALID' | 'CHANGING' | 'CANCELLED'
  }
  overseasWarehouses: { name: string; country: string; area: string; public: boolean }[]
  parks: { name: string; division: string | null }[]
}

const roles = {
  platform: 'PLATFORM',
  seller: 'SELLER',
  payment: 'PAYMENT',
  logistics: 'LOGISTICS',
  warehouse: 'WAREHOUSE',
} as const
const statuses = { 有效: 'VALID', 变更中: 'CHANGING', 已注销: 'CANCELLED' } as const

/** By what a record is asked for again, as long as it is kept in this process. */
const etags = new WeakMap<CommerceRecord, string>()

function keepTag(record: CommerceRecord, etag: Answer['headers'][string]): void {
  if (typeof etag === 'string') etags.set(record, etag)
  else etags.delete(record)
}

const contract = loadContract<Schemas>('commerce')

function countryOf(code: string): string {
  if (checkCountryCode(code).valid) return code
  throw new UpstreamError('commerce', 'contract', 'The answer holds a country code that is in no list.')
}

function recordOf({ uscc, filing, overseasWarehouses, parks }: Schemas['Record']): CommerceRecord {
  const { number, zone, filedOn, status } = filing
  return {
    uscc,
    filing: { number, zone, roles: filing.roles.map((role) => roles[role]), filedOn, status: statuses[status] },
    overseasWarehouses: overseasWarehouses.map(({ name, country, area, public: open }) => ({
      name,
      country: countryOf(country),
      area,
      public: open,
    })),
    parks: parks.map(({ name, division }) => ({ name, division: division ?? null })),
  }
}

/** The record of an answer that is one; null where there is none. */
function recordIn(status: number, uscc: string, json: unknown): CommerceRecord | null {
  if (status === 404) {
    contract.check('Failure', json)
    return null
  }
  const record = recordOf(contract.check('Record', json))
  if (record.uscc === uscc) return record
  throw new UpstreamError('commerce', 'contract', 'The answer is the record of another enterprise.')
}

const adapter = {
  contractVersion: contract.version,
  credentials: ['key'],
  connect: (http: DepartmentHttp, cache: DepartmentCache) => {
    const record = cache.single<CommerceRecord>(contract.version, async (scope, uscc, before) => {
      const etag = before === null ? undefined : etags.get(before)
      const headers = {
        authorization: `Bearer ${http.credentials.key ?? ''}`,
        ...(etag === undefined ? {} : { 'if-none-match': etag }),
      }
      const call: Call = { method: 'GET', path: `/filings/${encodeURIComponent(uscc)}`, headers }
      const answer = await http.call(scope, () => call)
      if (answer.status === 401) throw new UpstreamError('commerce', 'refused', "It refuses the hub's key.")
      if (answer.status === 304 && etag !== undefined) {
        scope.answered('commerce', 'revalidated', answer.at, answer.milliseconds)
        return before
      }
      if (answer.status !== 200 && answer.status !== 404) {
        throw new UpstreamError('commerce', 'failed', `It answered with status ${answer.status}.`)
      }
      const said = cache.answers.read(scope, call, answer, () => recordIn(answer.status, uscc, jsonOf(http, answer)))
      if (said !== null) keepTag(said, answer.headers.etag)
      scope.answered('commerce', 'live', answer.at, answer.milliseconds)
      return said
    })
    return (scope: CallScope) => ({
      /** The enterprise's record by credit code; null where commerce has none. */
      record: record(scope),
    })
  },
} satisfies Adapter<unknown>

export default adapter
