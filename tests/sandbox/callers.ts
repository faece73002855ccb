import { createHash, randomUUID } from 'node:crypto'
import type { DepartmentId } from '../../departments.ts'

/** One call as HTTP has it. */
export interface Ask {
  readonly path: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** How each operation of each department is called for some codes, without what signs the call. */
export const asks = {
  customs: {
    queryEnterprises: (usccs: string[]): Ask => ({
      path: '/v2/enterprises/query',
      method: 'POST',
      body: JSON.stringify({ usccs }),
    }),
    queryDeclarations: (usccs: string[], more: { first?: number; after?: string } = {}): Ask => ({
      path: '/v2/declarations/query',
      method: 'POST',
      body: JSON.stringify({ usccs, first: 20, ...more }),
    }),
    getDeclaration: ([invtNo = '']: string[]): Ask => ({ path: `/v2/declarations/${invtNo}` }),
  },
  tax: { getTaxpayer: ([uscc = '']: string[]): Ask => ({ path: `/taxpayers/${uscc}` }) },
  fx: {
    listEnterprises: (usccs: string[]): Ask => ({ path: `/v1/enterprises?${repeated(usccs)}` }),
    listSuspiciousTransactionReports: (usccs: string[]): Ask => ({
      path: `/v1/suspicious-transaction-reports?${repeated(usccs)}`,
    }),
  },
  market: {
    listEnterprises: (usccs: string[]): Ask => ({ path: `/api/enterprises?usccs=${usccs.join(',')}` }),
    searchEnterprises: (_: string[], query: Record<string, string> = {}): Ask => ({
      path: `/api/enterprises/search?${new URLSearchParams({ limit: '20', ...query }).toString()}`,
    }),
  },
  postal: {
    track: ([no = '']: string[]): Ask => ({ path: `/partner/api/public/p/track/query/cn/${no}` }),
    enterprise: ([uscc = '']: string[]): Ask => ({ path: `/partner/api/public/p/enterprise/${uscc}` }),
  },
  commerce: { getFiling: ([uscc = '']: string[]): Ask => ({ path: `/filings/${uscc}` }) },
} as const satisfies Partial<Record<DepartmentId, Record<string, (codes: string[]) => Ask>>>

/** The departments that these tests call; one that joins later brings tests of its own. */
export type CalledId = keyof typeof asks
export const calledIds = Object.keys(asks) as CalledId[]

const repeated = (usccs: string[]) =>
  new URLSearchParams(usccs.map((uscc) => ['uscc', uscc] as [string, string])).toString()

/** The request for a token of customs. */
export const tokenAsk = (secret = 'development-customs-secret'): Ask => ({
  path: '/oauth/token',
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'hutong',
    client_secret: secret,
  }).toString(),
})

/** The signed headers of tax. */
export const taxHeaders = (now = Date.now(), nonce: string = randomUUID(), token = 'development-tax-token') => {
  const timestamp = String(Math.floor(now / 1000))
  return {
    'x-tif-paasid': 'hutong',
    'x-tif-timestamp': timestamp,
    'x-tif-nonce': nonce,
    'x-tif-signature': createHash('sha256')
      .update(timestamp + token + nonce + timestamp)
      .digest('hex'),
  }
}

const signed: Record<CalledId, (token: string) => Record<string, string>> = {
  customs: (token) => ({ authorization: `Bearer ${token}`, 'content-type': 'application/json' }),
  tax: () => taxHeaders(),
  fx: () => ({ 'x-api-key': 'development-fx-key' }),
  market: () => ({ 'x-app-key': 'development-market-key' }),
  postal: () => ({ version: 'international_eub_us_1.1', authenticate: 'development-postal-key' }),
  commerce: () => ({ authorization: 'Bearer development-commerce-key' }),
}

/** Calls the departments of a sandbox as a well-behaved caller with development's credentials. */
export class Callers {
  readonly #urls: Readonly<Record<DepartmentId, string>>
  #token = ''

  constructor(urls: Readonly<Record<DepartmentId, string>>) {
    this.#urls = urls
  }

  /** Sends a call as it is. */
  raw(department: CalledId, ask: Ask, signal?: AbortSignal): Promise<Response> {
    return fetch(this.#urls[department] + ask.path, {
      method: ask.method ?? 'GET',
      headers: ask.headers ?? {},
      ...(ask.body !== undefined && { body: ask.body }),
      ...(signal && { signal }),
    })
  }

  /** Fetches a token from customs and keeps it for the calls that follow. */
  async signIn(): Promise<string> {
    const answer = (await (await this.raw('customs', tokenAsk())).json()) as { access_token: string }
    return (this.#token = answer.access_token)
  }

  /** Sends a call with what signs it; headers of its own go before. */
  async call(department: CalledId, ask: Ask, signal?: AbortSignal): Promise<Response> {
    if (department === 'customs' && this.#token === '') await this.signIn()
    return this.raw(department, { ...ask, headers: { ...signed[department](this.#token), ...ask.headers } }, signal)
  }
}
