/**
 * The limit: a handler written for the documents of this bench alone, that makes the same calls and nothing else. Where
 * records are kept, one for the two documents that ask for nothing else, from a map of them.
 */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { announce, keepsRecords, openNamed } from './process.ts'
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
  const records = {
    market: found(market, uscc),
    customs: found(customs, uscc),
    tax,
    fx: found(fx, uscc),
    postal,
    commerce,
  }
  const whole = sections.enterprise(uscc, records)
  return { ...whole, customs: { ...whole.customs, declarations: sections.declarationPage(pages.get(uscc)) } }
}

/** Asks for six sections of each. */
async function recordsOf(usccs: readonly string[]): Promise<sections.Records[]> {
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
    market: found(market, uscc),
    customs: found(customs, uscc),
    fx: found(fx, uscc),
    tax: nth(tax, at),
    postal: nth(postal, at),
    commerce: nth(commerce, at),
  }))
}

async function enterprises(usccs: readonly string[]): Promise<unknown[]> {
  const records = await recordsOf(usccs)
  return usccs.map((uscc, at) => ({ uscc, ...sections.enterprise(uscc, nth(records, at)) }))
}

/** The bench asks for enterprises alone that every department knows. */
const found = <T>(said: ReadonlyMap<string, T>, uscc: string): T => said.get(uscc) as T
const nth = <T>(said: readonly T[], at: number): T => said[at] as T

const records = new Map<string, sections.Records>()

async function keep(usccs: readonly string[]): Promise<void> {
  const missing = usccs.filter((uscc) => !records.has(uscc))
  for (const [at, said] of (await recordsOf(missing)).entries()) records.set(nth(missing, at), said)
}

const kept = (uscc: string) => sections.kept(uscc, records.get(uscc) as sections.Records)

const keptOne = (uscc: string): unknown => (records.has(uscc) ? kept(uscc) : keep([uscc]).then(() => kept(uscc)))

function keptList(usccs: readonly string[]): unknown {
  const list = () => usccs.map((uscc) => ({ uscc, ...kept(uscc) }))
  return usccs.every((uscc) => records.has(uscc)) ? list() : keep(usccs).then(list)
}

const [one, list] = keepsRecords ? [keptOne, keptList] : [enterprise, enterprises]

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
      const data = uscc === undefined ? { enterprises: await list(usccs ?? []) } : { enterprise: await one(uscc) }
      const text = JSON.stringify({ data })
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      response.writeHead(200, headers).end(text)
    })
    .catch(() => response.writeHead(500).end())
})
server.listen(0, '127.0.0.1', () =>
  announce({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` }),
)
