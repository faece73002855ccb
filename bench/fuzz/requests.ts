/** Requests by chance: each good at first, then spoiled in its body, headers, document, variables or token, or as bytes. */
import type { GraphQLSchema } from 'graphql'
import { chanceOf, type Chance } from '../../sandbox/world/random.ts'
import { documentBy, flood, mutated, oddities } from './documents.ts'

/** What requests are made of. */
export interface Material {
  schema: GraphQLSchema
  usccs: readonly string[]
  /** Good documents with their variables. */
  samples: readonly { query: string; variables: Record<string, unknown> }[]
  askers: readonly { token: string; purposes: readonly string[] }[]
}

export type Spoiled =
  | { method: string; path: string; headers: Record<string, string | string[]>; body: Buffer | null }
  /** What is sent on the connection as it is. */
  | { bytes: Buffer }

/** Stands in tokens and in values that callers send: no line of a log may hold it. */
export const planted = 'PLANTED7f3a'

const pairs = (given: Readonly<Record<string, unknown>>): string =>
  new URLSearchParams(
    Object.entries(given).map(([name, value]): [string, string] => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ).toString()

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

function variableBy(chance: Chance, usccs: readonly string[]): unknown {
  return chance.pick<() => unknown>([
    () => chance.pick(usccs),
    () => [chance.pick(usccs), chance.pick(usccs)],
    () => Array.from({ length: chance.pick([99, 100, 101, 2000]) }, () => chance.pick(usccs)),
    () => chance.pick(oddities),
    () => `${planted}350102199001011234`,
    () => ({ [chance.pick(oddities)]: planted }),
    () => nested(chance.pick([1, 50, 2000])),
    () => chance.pick([null, true, -1, 1e308, 0.1]),
  ])()
}

const mediaTypes = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'application/graphql',
  'application/graphql-response+json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '*/*',
  ';;;',
  'x'.repeat(3000),
]

/** A token that is good, and what may become of one. */
function authorizationBy(chance: Chance, token: string): string | string[] {
  const [head = '', payload = '', signature = ''] = token.split('.')
  const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return chance.pick<() => string | string[]>([
    () => `Bearer ${token.slice(0, chance.whole(0, token.length))}`,
    () => `Bearer ${head}.${encoded({ sub: planted, department: 'authority', roles: ['auditor'] })}.${signature}`,
    () => `Bearer ${encoded({ alg: 'none' })}.${payload}.`,
    () =>
      `Bearer ${encoded({ alg: chance.pick(['HS256', 'EdDSA', '__proto__']), kid: planted })}.${payload}.${signature}`,
    () => `Bearer ${mutated(token, chance).replace(/[^\x20-\x7e]/g, '')}`,
    () => [`Bearer ${token}`, `Bearer ${token}`],
    () => `Basic ${Buffer.from(`${planted}:${planted}`).toString('base64')}`,
    () => `Bearer ${planted.repeat(500)}`,
    () => chance.pick(['', 'Bearer', 'Bearer ', `bearer ${token}`, `Bearer  ${token}`]),
  ])()
}

/** The body as text of JSON, and what may become of it. */
function spoiledBody(text: string, chance: Chance): Buffer {
  return chance.pick<() => Buffer>([
    () => Buffer.from(mutated(text, chance)),
    () => Buffer.from(text.slice(0, chance.whole(0, text.length))),
    () => Buffer.from(`[${text},${text}]`),
    () => Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0xff, 0xfe, 0xc0]), Buffer.from('}')]),
    () => Buffer.from(text, 'utf16le'),
    () => Buffer.from('['.repeat(chance.pick([10, 1000, 100_000]))),
    () =>
      Buffer.from(
        text.replace('{', `{"__proto__":{"query":"{ me { department } }"},"query":${JSON.stringify(planted)},`),
      ),
    () =>
      Buffer.from(JSON.stringify(chance.pick([null, 5, '', [], {}, { query: null }, { query: { kind: 'Document' } }]))),
    () => Buffer.alloc(chance.pick([0, 1, 262_144, 262_145, 400_000]), ' '),
  ])()
}

/** Bytes that are no HTTP, or not quite. */
function bytesBy(chance: Chance, authorization: string): Buffer {
  const body = '{"query":"{ me { department } }"}'
  const head = `POST /graphql HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nAuthorization: ${authorization}\r\n`
  return Buffer.from(
    chance.pick<() => string>([
      () => `${head}Content-Length: ${chance.pick([0, 5, 1000, -1])}\r\n\r\n${body}`,
      () => `${head}Content-Length: ${body.length}\r\nTransfer-Encoding: chunked\r\n\r\n${body}`,
      () =>
        `${head}Transfer-Encoding: chunked\r\n\r\n${chance.pick(['zz', 'ffffffff', '-1', '21'])}\r\n${body}\r\n0\r\n\r\n`,
      () => `${head}X-Purpose: a\x00b\r\n\r\n`,
      () => `${head}X-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      () =>
        `${head}Expect: ${chance.pick(['100-continue', 'nonsense'])}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      () => `${head}Upgrade: websocket\r\nConnection: Upgrade\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      () => mutated(`${head}Content-Length: ${body.length}\r\n\r\n${body}`, chance),
      () => mutated(`GET /graphql?query=%7Bme HTTP/1.1\r\nHost: hub\r\n\r\n`, chance),
      () => oddities.join(''),
    ])(),
    'latin1',
  )
}

/** The request of a number: the same for the same seed and material. */
export function requestBy(seed: number, nth: number, { schema, usccs, samples, askers }: Material): Spoiled {
  const chance = chanceOf(seed, `fuzz/${nth}`)
  const sample = chance.pick(samples)
  const asker = chance.pick(askers)
  const authorization = `Bearer ${asker.token}`
  if (chance.is(0.03)) return { bytes: bytesBy(chance, authorization) }

  const query = chance.pick<() => string>([
    () => sample.query,
    () => documentBy(chance, schema, usccs),
    () => documentBy(chance, schema, usccs),
    () => mutated(sample.query, chance),
    () => mutated(documentBy(chance, schema, usccs), chance),
    () => (chance.is(0.3) ? flood(chance) : chance.pick(oddities)),
  ])()
  const variables: Record<string, unknown> = chance.is(0.6) ? { ...sample.variables } : {}
  if (chance.is(0.4)) {
    const name = chance.pick([...Object.keys(sample.variables), chance.pick(oddities)])
    Object.defineProperty(variables, name, { value: variableBy(chance, usccs), enumerable: true, configurable: true })
  }
  const asked: Record<string, unknown> = { query, variables }
  if (chance.is(0.1))
    asked[chance.pick(['operationName', 'extensions', 'documentId', 'variables', 'query'])] = variableBy(chance, usccs)

  const headers: Record<string, string | string[]> = { authorization, 'content-type': 'application/json' }
  if (chance.is(0.7) && asker.purposes.length > 0) headers['x-purpose'] = chance.pick(asker.purposes)
  if (chance.is(0.15)) headers.authorization = authorizationBy(chance, asker.token)
  if (chance.is(0.3)) {
    const name = chance.pick([
      'x-purpose',
      'x-request-id',
      'traceparent',
      'if-none-match',
      'content-encoding',
      'origin',
      'x-forwarded-for',
    ])
    headers[name] = chance.pick(oddities.map((text) => text.replace(/[^\x20-\x7e]/g, '')))
  }
  if (chance.is(0.1)) headers[chance.pick(['accept', 'content-type'])] = chance.pick(mediaTypes)
  if (chance.is(0.02)) delete headers.authorization

  if (chance.is(0.1)) {
    const path = chance.pick(['/graphql', `/graphql/${chance.pick(['sha256:0', '__proto__', '%ff', 'x'.repeat(200)])}`])
    const given = { ...asked, variables: chance.is(0.8) ? JSON.stringify(variables) : '{', query: query.toWellFormed() }
    const search = pairs(given).slice(0, 14_000)
    return { method: chance.pick(['GET', 'GET', 'GET', 'HEAD']), path: `${path}?${search}`, headers, body: null }
  }
  const path = chance.is(0.9)
    ? '/graphql'
    : chance.pick(['/explain', '/ceb', '/notices/fx', '/notices/%00', '/ledger/export', '/graphql/'])
  const method = chance.is(0.97) ? 'POST' : chance.pick(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])
  const text = JSON.stringify(asked)
  return { method, path, headers, body: chance.is(0.2) ? spoiledBody(text, chance) : Buffer.from(text) }
}
