/**
 * The calls that every server of this bench but the hub makes: those of the contracts, with nothing around them – no
 * deadline, no breaker, no check of what comes back, which is taken for what the contract says.
 */
import { createHash, randomUUID } from 'node:crypto'
import { xmlTree } from '../../adapters/kernel/xml.ts'
import type { components as Commerce } from '../../codegen/generated/commerce.ts'
import type { components as Customs } from '../../codegen/generated/customs.ts'
import type { components as Fx } from '../../codegen/generated/fx.ts'
import type { components as Market } from '../../codegen/generated/market.ts'
import type { components as Postal } from '../../codegen/generated/postal.ts'
import type { components as Tax } from '../../codegen/generated/tax.ts'
import type { Call, Transport } from './transport.ts'

/** A record as its department writes it. */
export interface Said {
  customs: Customs['schemas']['Enterprise']
  declarations: Customs['schemas']['DeclarationPage']
  market: Market['schemas']['Enterprise']
  fx: Fx['schemas']['Enterprise']
  tax: Tax['schemas']['Taxpayer']
  postal: Postal['schemas']['EnterpriseDocument']['enterprise']
  commerce: Commerce['schemas']['Record']
}

type ByCode<T> = Promise<Map<string, T>>

/** Those that take several codes a call give what they know by code. */
export interface Departments {
  customs: (usccs: readonly string[]) => ByCode<Said['customs']>
  declarations: (usccs: readonly string[], first: number) => ByCode<Said['declarations']>
  market: (usccs: readonly string[]) => ByCode<Said['market']>
  fx: (usccs: readonly string[]) => ByCode<Said['fx']>
  tax: (uscc: string) => Promise<Said['tax']>
  postal: (uscc: string) => Promise<Said['postal']>
  commerce: (uscc: string) => Promise<Said['commerce']>
}

/** Of postal's documents: elements of which there may be several, and their encoding. */
export const repeated = new Set(['trace', 'shipment', 'volume'])
export const gb18030 = new TextDecoder('gb18030')

const byCode = <T extends { uscc: string }>(list: readonly T[]): Map<string, T> =>
  new Map(list.map((said) => [said.uscc, said]))

export async function openDepartments(
  addresses: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
  transport: Transport,
): Promise<Departments> {
  const to = (id: string): ReturnType<Transport> => transport(addresses[id] ?? '')
  const [customs, tax, fx, market] = [to('customs'), to('tax'), to('fx'), to('market')]
  const [postal, commerce] = [to('postal'), to('commerce')]
  const secret = (name: string): string => secrets[name] ?? ''
  const get = (path: string, headers: Record<string, string>): Call => ({ method: 'GET', path, headers, body: null })
  const json = async <T>(answer: ReturnType<ReturnType<Transport>>): Promise<T> => (await (await answer).json()) as T

  const { access_token: token } = await json<{ access_token: string }>(
    customs({
      method: 'POST',
      path: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: secret('clientId'),
        client_secret: secret('clientSecret'),
      }).toString(),
    }),
  )
  const bearer = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const query = (path: string, body: unknown): Call => ({
    method: 'POST',
    path,
    headers: bearer,
    body: JSON.stringify(body),
  })
  return {
    customs: async (usccs) => {
      const call = query('/v2/enterprises/query', { usccs })
      return byCode((await json<Customs['schemas']['EnterpriseAnswer']>(customs(call))).enterprises)
    },
    declarations: async (usccs, first) => {
      const call = query('/v2/declarations/query', { usccs, first })
      return byCode((await json<Customs['schemas']['DeclarationAnswer']>(customs(call))).pages)
    },
    market: async (usccs) => {
      const call = get(`/api/enterprises?usccs=${usccs.join('%2C')}`, { 'x-app-key': secret('market') })
      return byCode((await json<Market['schemas']['EnterpriseList']>(market(call))).list)
    },
    fx: async (usccs) => {
      const path = `/v1/enterprises?${usccs.map((uscc) => `uscc=${uscc}`).join('&')}`
      const call = get(path, { 'x-api-key': secret('fx') })
      return byCode((await json<Fx['schemas']['EnterpriseList']>(fx(call))).data)
    },
    tax: (uscc) => {
      const timestamp = String(Math.floor(Date.now() / 1000))
      const nonce = randomUUID()
      const signed = timestamp + secret('token') + nonce + timestamp
      return json(
        tax(
          get(`/taxpayers/${uscc}`, {
            'x-tif-paasid': secret('paasid'),
            'x-tif-timestamp': timestamp,
            'x-tif-nonce': nonce,
            'x-tif-signature': createHash('sha256').update(signed).digest('hex'),
          }),
        ),
      )
    },
    postal: async (uscc) => {
      const headers = { version: 'international_eub_us_1.1', authenticate: secret('postal') }
      const body = await postal(get(`/partner/api/public/p/enterprise/${uscc}`, headers))
      const tree: unknown = xmlTree(gb18030.decode(await body.arrayBuffer()), repeated)
      return (tree as Postal['schemas']['EnterpriseDocument']).enterprise
    },
    commerce: (uscc) => json(commerce(get(`/filings/${uscc}`, { authorization: `Bearer ${secret('commerce')}` }))),
  }
}
