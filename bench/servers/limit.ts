/** The limit: a handler written for the two documents alone, that makes the same calls and nothing else. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Said } from './departments.ts'
import { announce, openNamed } from './process.ts'
import * as sections from './sections.ts'
import { pooled } from './transport.ts'

const ask = await openNamed(pooled())

async function enterprise(uscc: string): Promise<unknown> {
  const [market, customs, pages, tax, fx, postal, commerce] = await Promise.all([
    ask.market([uscc]),
    ask.customs([uscc]),
    ask.declarations([uscc], 3),
    ask.tax(uscc),
    ask.fx([uscc]),
    ask.postal(uscc),
    ask.commerce(uscc),
  ])
  return {
    ...registered(uscc, found(market, uscc)),
    customs: { ...sections.customs(found(customs, uscc)), declarations: sections.declarationPage(pages.get(uscc)) },
    tax: sections.tax(tax),
    fx: sections.fx(found(fx, uscc)),
    postal: mailed(postal),
    commerce: sections.commerce(commerce),
  }
}

async function enterprises(usccs: readonly string[]): Promise<unknown[]> {
  const all = <T>(of: (uscc: string) => Promise<T>): Promise<T[]> => Promise.all(usccs.map(of))
  const [market, customs, fx, tax, postal, commerce] = await Promise.all([
    ask.market(usccs),
    ask.customs(usccs),
    ask.fx(usccs),
    all(ask.tax),
    all(ask.postal),
    all(ask.commerce),
  ])
  return usccs.map((uscc, at) => ({
    uscc,
    ...registered(uscc, found(market, uscc)),
    customs: sections.customs(found(customs, uscc)),
    tax: sections.tax(nth(tax, at)),
    fx: sections.fx(found(fx, uscc)),
    postal: mailed(nth(postal, at)),
    commerce: sections.commerce(nth(commerce, at)),
  }))
}

/** The bench asks for enterprises alone that every department knows. */
const found = <T>(said: ReadonlyMap<string, T>, uscc: string): T => said.get(uscc) as T
const nth = <T>(said: readonly T[], at: number): T => said[at] as T

const registered = (uscc: string, market: Said['market']) => ({
  name: market.name,
  status: sections.marketStatus(market),
  division: sections.division(uscc),
  market: sections.market(market),
})

const mailed = (postal: Said['postal']) => ({
  shipments: sections.shipments(postal, 3),
  monthlyVolumes: sections.monthlyVolumes(postal),
})

interface Asked {
  variables: { uscc?: string; usccs?: string[] }
}

const bodyOf = (request: IncomingMessage): Promise<Asked> =>
  new Promise((resolve) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Asked))
  })

const server = createServer((request, response) => {
  void bodyOf(request)
    .then(async ({ variables: { uscc, usccs } }) => {
      const data =
        uscc === undefined ? { enterprises: await enterprises(usccs ?? []) } : { enterprise: await enterprise(uscc) }
      const text = JSON.stringify({ data })
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      response.writeHead(200, headers).end(text)
    })
    .catch(() => response.writeHead(500).end())
})
server.listen(0, '127.0.0.1', () =>
  announce({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` }),
)
