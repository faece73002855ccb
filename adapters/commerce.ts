/** Commerce 商务: JSON, one enterprise a call; what was said before is asked for again by its ETag, and 304 means unchanged. */
import { Keyv, KeyvMemoryAdapter } from 'keyv'
import { LRUCache } from 'lru-cache'
import type { components } from '../codegen/generated/commerce.ts'
import { checkCountryCode } from '../rules/country.ts'
import type { Adapter } from './kernel/adapter.ts'
import { loadContract } from './kernel/contract.ts'
import { UpstreamError } from './kernel/errors.ts'
import type { DepartmentHttp } from './kernel/http.ts'
import { jsonOf } from './kernel/json.ts'
import { singly } from './kernel/loader.ts'
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

/** Records kept for their ETag; the one used longest ago gives way. */
const mostKept = 10_000

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

const adapter = {
  contractVersion: contract.version,
  credentials: ['key'],
  connect: (http: DepartmentHttp) => {
    /** What the department said, by credit code, as long as its ETag may serve: records, never decisions. */
    const kept = new LRUCache<string, object>({ max: mostKept })
    const said = new Keyv<{ etag: string; record: CommerceRecord }>({
      // Keyv hands over a time to live beside the value, and sees to it itself.
      store: new KeyvMemoryAdapter({
        get: (key) => kept.get(key),
        set: (key, value: object) => kept.set(key, value),
        delete: (key) => kept.delete(key),
        clear: () => kept.clear(),
        has: (key) => kept.has(key),
      }),
      serialization: false,
      ttl: 24 * 3600 * 1000,
    })
    return (scope: CallScope) => ({
      /** The enterprise's record by credit code; null where commerce has none. */
      record: singly(async (uscc: string): Promise<CommerceRecord | null> => {
        const before = await said.get(uscc)
        const headers = {
          authorization: `Bearer ${http.credentials.key ?? ''}`,
          ...(before === undefined ? {} : { 'if-none-match': before.etag }),
        }
        const answer = await http.call(scope, () => ({
          method: 'GET',
          path: `/filings/${encodeURIComponent(uscc)}`,
          headers,
        }))
        if (answer.status === 401) throw new UpstreamError('commerce', 'refused', "It refuses the hub's key.")
        if (answer.status === 304 && before !== undefined) {
          scope.answered('commerce', 'revalidated', answer.at, answer.milliseconds)
          return before.record
        }
        if (answer.status !== 200 && answer.status !== 404) {
          throw new UpstreamError('commerce', 'failed', `It answered with status ${answer.status}.`)
        }
        const json = jsonOf(http, answer)
        if (answer.status === 404) {
          contract.check('Failure', json)
          await said.delete(uscc)
          scope.answered('commerce', 'live', answer.at, answer.milliseconds)
          return null
        }
        const record = recordOf(contract.check('Record', json))
        if (record.uscc !== uscc)
          throw new UpstreamError('commerce', 'contract', 'The answer is the record of another enterprise.')
        const { etag } = answer.headers
        if (typeof etag === 'string') await said.set(uscc, { etag, record })
        else await said.delete(uscc)
        scope.answered('commerce', 'live', answer.at, answer.milliseconds)
        return record
      }),
    })
  },
} satisfies Adapter<unknown>

export default adapter
