/** Market supervision 市场监管: JSON, batch by GET, an application key; slow, with large answers. */
import type { components } from '../codegen/generated/market.ts'
import { checkUscc } from '../rules/uscc.ts'
import type { Adapter } from './kernel/adapter.ts'
import type { DepartmentCache } from './kernel/cache.ts'
import { loadContract } from './kernel/contract.ts'
import { UpstreamError } from './kernel/errors.ts'
import type { Call, DepartmentHttp } from './kernel/http.ts'
import { jsonOf } from './kernel/json.ts'
import { byKey, mapped, singly } from './kernel/loader.ts'
import type { CallScope } from './kernel/scope.ts'
import { newestFirst } from './kernel/order.ts'

type Schemas = components['schemas']

export interface MarketRecord {
  uscc: string
  registration: MarketRegistration
  legalRepresentative: { name: string; idNumber: string }
  licences: { number: string; name: string; validFrom: string; validTo: string | null; authority: string }[]
  abnormalListings: Listing[]
  seriousViolations: Listing[]
  penalties: Penalty[]
  qualityInspections: QualityInspection[]
}
export interface MarketRegistration {
  name: string
  kind: string
  status: 'ACTIVE' | 'REVOKED' | 'DEREGISTERED' | 'MOVED_OUT'
  capital: { amount: string; currency: string }
  establishedOn: string
  address: string
  scope: string
  authority: string
}
export interface Listing {
  listedOn: string
  reason: string
  removedOn: string | null
  authority: string
}
export interface Penalty {
  number: string
  decidedOn: string
  kind: 'WARNING' | 'FINE' | 'CONFISCATION' | 'SUSPENSION_OF_BUSINESS'
  amount: { amount: string; currency: string } | null
  reason: string
  authority: string
}
export interface QualityInspection {
  number: string
  product: string
  stage: 'SAMPLING' | 'SAMPLE_CONFIRMED' | 'RESULT_CONFIRMED' | 'ENFORCEMENT'
  startedOn: string
  qualified: boolean | null
}
/** What to look for, and which page; `after` is the last code of the page before. */
export interface Search {
  name: string | null
  division: string | null
  first: number
  after: string | null
}

/** One page of the codes found. */
export interface SearchPage {
  usccs: string[]
  total: number
  hasNextPage: boolean
}

const statuses = { 存续: 'ACTIVE', 吊销: 'REVOKED', 注销: 'DEREGISTERED', 迁出: 'MOVED_OUT' } as const
const penaltyKinds = {
  警告: 'WARNING',
  罚款: 'FINE',
  没收违法所得: 'CONFISCATION',
  责令停产停业: 'SUSPENSION_OF_BUSINESS',
} as const
const stages = {
  采样: 'SAMPLING',
  样品确认: 'SAMPLE_CONFIRMED',
  结果确认: 'RESULT_CONFIRMED',
  查处: 'ENFORCEMENT',
} as const

const contract = loadContract<Schemas>('market')
const listPath = '/api/enterprises'
/** The contract allows 50 codes a call, in the first parameter of the list. */
const perCall = contract.limit('paths', listPath, 'get', 'parameters', '0', 'schema', 'maxItems')

const listingOf = ({ listedOn, reason, removedOn, authority }: Schemas['Listing']): Listing => ({
  listedOn,
  reason,
  removedOn: removedOn ?? null,
  authority,
})

function recordOf(said: Schemas['Enterprise']): MarketRecord {
  const { name, kind, status, capital, capitalCurrency, establishedOn, address, scope, authority } = said
  return {
    uscc: said.uscc,
    registration: {
      name,
      kind,
      status: statuses[status],
      capital: { amount: capital, currency: capitalCurrency },
      establishedOn,
      address,
      scope,
      authority,
    },
    legalRepresentative: { name: said.legalRepresentative.name, idNumber: said.legalRepresentative.idNumber },
    licences: said.licences.map((licence) => ({
      number: licence.number,
      name: licence.name,
      validFrom: licence.validFrom,
      validTo: licence.validTo ?? null,
      authority: licence.authority,
    })),
    abnormalListings: said.abnormalListings.map(listingOf),
    seriousViolations: said.seriousViolations.map(listingOf),
    penalties: newestFirst(
      said.penalties.map((penalty) => ({
        number: penalty.number,
        decidedOn: penalty.decidedOn,
        kind: penaltyKinds[penalty.kind],
        amount: penalty.amount == null ? null : { amount: penalty.amount, currency: 'CNY' },
        reason: penalty.reason,
        authority: penalty.authority,
      })),
      ({ decidedOn }) => decidedOn,
      ({ number }) => number,
    ),
    qualityInspections: newestFirst(
      said.qualityInspections.map(({ number, product, stage, startedOn, qualified }) => ({
        number,
        product,
        stage: stages[stage],
        startedOn,
        qualified: qualified ?? null,
      })),
      ({ startedOn }) => startedOn,
      ({ number }) => number,
    ),
  }
}

const misfit = (what: string) => new UpstreamError('market', 'contract', `The page ${what}.`)

/** A page of a search, held against what was searched for: a department can mix up its answers here too. */
function pageOf(
  { name, division, first, after }: Search,
  { list, total, hasNextPage }: Schemas['SearchPage'],
): SearchPage {
  if (list.length > first) throw misfit('is longer than asked for')
  for (const [i, said] of list.entries()) {
    const before = list[i - 1]?.uscc ?? after
    if (!checkUscc(said.uscc).valid) throw misfit('holds a credit code whose check digit is wrong')
    if (before !== null && said.uscc <= before) throw misfit('is not in the order of the codes')
    if (division !== null && !said.uscc.startsWith(division, 2)) throw misfit('is of another division')
    if (name !== null && said.name?.toLowerCase().includes(name.toLowerCase()) === false) {
      throw misfit('is of another name')
    }
  }
  return { usccs: list.map(({ uscc }) => uscc), total, hasNextPage }
}

const adapter = {
  contractVersion: contract.version,
  credentials: ['key'],
  connect: (http: DepartmentHttp, cache: DepartmentCache) => {
    const ask = async <T>(
      scope: CallScope,
      path: string,
      query: Record<string, string>,
      read: (json: unknown) => T,
    ): Promise<T> => {
      const headers = { 'x-app-key': http.credentials.key ?? '' }
      const search = new URLSearchParams(query).toString()
      const call: Call = { method: 'GET', path: `${path}?${search}`, headers }
      const answer = await http.call(scope, () => call)
      if (answer.status === 403) throw new UpstreamError('market', 'refused', "It refuses the hub's application key.")
      if (answer.status !== 200)
        throw new UpstreamError('market', 'failed', `It answered with status ${answer.status}.`)
      const said = cache.answers.read(scope, call, answer, () => read(jsonOf(http, answer)))
      scope.answered('market', 'live', answer.at, answer.milliseconds)
      return said
    }
    const record = cache.records<MarketRecord>(contract.version, {
      size: perCall,
      fetch: (scope, usccs) =>
        ask(scope, listPath, { usccs: usccs.join(',') }, (json) =>
          mapped(
            byKey('market', usccs, contract.check('EnterpriseList', json).list, ({ uscc }) => uscc),
            recordOf,
          ),
        ),
    })
    return (scope: CallScope) => ({
      /** The enterprise's record by credit code; null where market supervision has none. */
      record: record(scope),
      /** One page of the codes that match, in the order of the codes. */
      search: singly(
        async (search: Search): Promise<SearchPage> => {
          const { name, division, first, after } = search
          const query = {
            ...(name === null ? {} : { name }),
            ...(division === null ? {} : { division }),
            limit: String(first),
            ...(after === null ? {} : { after }),
          }
          return ask(scope, `${listPath}/search`, query, (json) => pageOf(search, contract.check('SearchPage', json)))
        },
        (search) => JSON.stringify([search.name, search.division, search.first, search.after]),
      ),
    })
  },
} satisfies Adapter<unknown>

export default adapter
