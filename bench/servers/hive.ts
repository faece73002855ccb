/**
 * Hive Gateway over the six contracts, each a subgraph of REST calls as its own tools make them. It gives departments'
 * records as they are, under the names of their contracts; what is asked of it says so (bench/servers/raw.ts).
 *
 * The contracts are made simpler for it first: headers are the same for every call, instead of arguments; texts are texts,
 * whatever they have to match, for the names of enumerations are Chinese and those of patterns clash; what may be null is
 * no type of its own; and XML, which it
 * does not read, is read on the way as by the other servers.
 */
import { createHash, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Agent, fetch as undiciFetch } from 'undici'
import { parse } from 'yaml'
import { departmentIds, type DepartmentId } from '../../departments.ts'
import { xmlTree } from '../../adapters/kernel/xml.ts'
import { gb18030, repeated } from './departments.ts'
import { announce, keepsRecords, named } from './process.ts'
import { prefixOf } from './raw.ts'

const folder = join(import.meta.dirname, '..', 'hive')
const load = createRequire(join(folder, 'package.json'))

interface Compose {
  getComposedSchemaFromConfig: (config: object, log: object) => Promise<string>
  createPrefixTransform: (options: object) => object
}
interface Gateway {
  Logger: new (options: object) => object
  createGatewayRuntime: (config: object) => RequestListener
}
const { getComposedSchemaFromConfig, createPrefixTransform } = load('@graphql-mesh/compose-cli') as Compose
const { loadOpenAPISubgraph } = load('@omnigraph/openapi') as {
  loadOpenAPISubgraph: (name: string, options: object) => object
}
const { Logger, createGatewayRuntime } = load('@graphql-hive/gateway') as Gateway

const dropped = new Set(['enum', 'pattern', 'format', 'minLength', 'maxLength'])

/** Without headers and what texts must match; what may be null may be missing. */
function readable(value: unknown, parameters: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) {
    const isHeader = (item: unknown): boolean =>
      typeof item === 'object' &&
      item !== null &&
      (('in' in item && item.in === 'header') || ('$ref' in item && parameters.has(String(item.$ref))))
    return value.filter((item) => !isHeader(item)).map((item) => readable(item, parameters))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, inner]) => !dropped.has(key) && !(key === 'required' && Array.isArray(inner)))
      .map(([key, inner]) => {
        if (key === 'application/xml') return ['application/json', readable(inner, parameters)]
        const types = key === 'type' && Array.isArray(inner) ? inner.filter((type) => type !== 'null') : null
        return [key, types === null ? readable(inner, parameters) : types[0]]
      }),
  )
}

function contractOf(id: DepartmentId): unknown {
  const file = new URL(`../../codegen/contracts/${id}.yaml`, import.meta.url)
  const contract = parse(readFileSync(file, 'utf8')) as { components?: { parameters?: Record<string, { in: string }> } }
  const headers = Object.entries(contract.components?.parameters ?? {}).filter(([, given]) => given.in === 'header')
  return readable(contract, new Set(headers.map(([name]) => `#/components/parameters/${name}`)))
}

const { addresses, secrets } = named()
const secret = (name: string): string => secrets[name] ?? ''
const timestamp = String(Math.floor(Date.now() / 1000))
const nonce = randomUUID()
const token = await fetch(`${addresses.customs ?? ''}/oauth/token`, {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: secret('clientId'),
    client_secret: secret('clientSecret'),
  }),
})
const { access_token: bearer } = (await token.json()) as { access_token: string }
const headers: Partial<Record<DepartmentId, Record<string, string>>> = {
  customs: { authorization: `Bearer ${bearer}` },
  market: { 'x-app-key': secret('market') },
  fx: { 'x-api-key': secret('fx') },
  tax: {
    'x-tif-paasid': secret('paasid'),
    'x-tif-timestamp': timestamp,
    'x-tif-nonce': nonce,
    'x-tif-signature': createHash('sha256')
      .update(timestamp + secret('token') + nonce + timestamp)
      .digest('hex'),
  },
  postal: { version: 'international_eub_us_1.1', authenticate: secret('postal') },
  commerce: { authorization: `Bearer ${secret('commerce')}` },
}

const log = new Logger({ level: 'error' })
const supergraph = await getComposedSchemaFromConfig(
  {
    subgraphs: departmentIds.map((id) => ({
      sourceHandler: loadOpenAPISubgraph(id, {
        source: contractOf(id),
        endpoint: addresses[id],
        operationHeaders: headers[id],
        ignoreErrorResponses: true,
        selectQueryOrMutationField: ['queryEnterprises', 'queryDeclarations'].map((fieldName) => ({
          type: 'Query',
          fieldName,
        })),
      }),
      transforms: [createPrefixTransform({ value: prefixOf(id), includeRootOperations: true })],
    })),
    cwd: folder,
    fetch,
  },
  log,
)

const agent = new Agent({ connections: 64, pipelining: 1 })
type Fetch = typeof globalThis.fetch
const json = (body: unknown): Response => new Response(JSON.stringify(body))
const fetched: Fetch = async (url, init) => {
  const options = { ...init, dispatcher: agent } as Parameters<typeof undiciFetch>[1]
  const response = (await undiciFetch(url as string, options)) as unknown as Response
  if (response.headers.get('content-type')?.includes('xml') !== true) return response
  return json(xmlTree(gb18030.decode(await response.arrayBuffer()), repeated))
}
const answers = new Map<string, ArrayBuffer>()
/** What was answered once is answered from the process. */
const kept: Fetch = async (url, init) => {
  const key = `${url as string} ${(init?.body as string | undefined) ?? ''}`
  let answer = answers.get(key)
  if (answer === undefined) answers.set(key, (answer = await (await fetched(url, init)).arrayBuffer()))
  return new Response(answer)
}

const server = createServer(
  createGatewayRuntime({ supergraph, logging: log, fetchAPI: { fetch: keepsRecords ? kept : fetched } }),
)
server.listen(0, '127.0.0.1', () =>
  announce({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` }),
)
