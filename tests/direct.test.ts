/** A document that was asked for before is answered without Apollo, and nobody can tell: answers, records and calls are alike. */
import { ApolloServer } from '@apollo/server'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { departmentIds } from '../departments.ts'
import { documentId, registerDocuments } from '../store/documents.ts'
import { waitUntil } from '../store/engine/process.ts'
import { recordsOf } from './support/audit.ts'
import { runHub, type Answer, type Persona, type Running } from './support/harness.ts'

let running: Running
let uscc: string
const throughApollo = vi.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest')

beforeAll(async () => {
  running = await runHub({ config: { limits: { subjects: 3 } } })
  const known = running.sandbox.witness.list().find(({ knownTo }) => knownTo.length === departmentIds.length)
  uscc = known?.uscc ?? ''
  // From now on it says that what it said still holds.
  await running.ask(customs, `{ enterprise(uscc: "${uscc}") { commerce { filing { number } } } }`)
})
afterAll(async () => {
  throughApollo.mockRestore()
  await running.stop()
})

const customs: Persona = { as: 'customs', purpose: 'clearance' }
let nth = 0

interface Request {
  who?: Persona | null
  headers?: Record<string, string>
  method?: 'POST' | 'GET'
  /** What is sent: as JSON, or as the address says it. */
  body: unknown
}

/** Sends one, and says all that came of it but what is its own: ids, and the time. */
async function outcome({ who = customs, headers = {}, method = 'POST', body }: Request) {
  running.sandbox.calls.reset()
  throughApollo.mockClear()
  const requestId = `direct-test-${(nth += 1)}`
  const search = method === 'GET' ? `?${new URLSearchParams(body as Record<string, string>).toString()}` : ''
  const response = await fetch(`${running.hub.url}/graphql${search}`, {
    method,
    headers: {
      ...(method === 'POST' ? { 'content-type': 'application/json' } : { 'apollo-require-preflight': '1' }),
      ...(who === null ? {} : { authorization: `Bearer ${await running.token(who)}` }),
      ...(who?.purpose === undefined ? {} : { 'x-purpose': who.purpose }),
      'x-request-id': requestId,
      ...headers,
    },
    ...(method === 'POST' ? { body: JSON.stringify(body) } : {}),
  })
  const text = (await response.text())
    .replaceAll(requestId, '‹id›')
    .replaceAll(/"fetchedAt":"[^"]*"/g, '"fetchedAt":"‹time›"')
    .replaceAll(/"milliseconds":[\d.]+/g, '"milliseconds":0')
  const answer = JSON.parse(text) as Partial<Answer>
  // They stand in the order in which departments answered.
  answer.extensions?.provenance.sort((one, other) => (one.department < other.department ? -1 : 1))
  const { date: _date, 'x-request-id': _id, 'content-length': _length, ...sent } = Object.fromEntries(response.headers)
  const records = (await recordsOf(running.database.db, requestId)).map(
    ({ at: _at, request: _request, microseconds: _took, ...record }) => record,
  )
  return {
    /** Whether Apollo had it. */
    apollo: throughApollo.mock.calls.length,
    said: {
      status: response.status,
      headers: sent,
      answer,
      members: Object.keys(answer),
      records,
      calls: running.calls(),
    },
  }
}

const six = `query Six($uscc: USCC!, $more: Boolean = true) {
  enterprise(uscc: $uscc) {
    name market { penalties { totalCount } } customs { creditGrade } tax { creditGrade }
    fx { class } postal { shipments(first: 1) { nodes { trackingNumber } } } commerce @include(if: $more) { filing { number } }
  }
}`
const denied = `query Denied($uscc: USCC!) { enterprise(uscc: $uscc) { name tax { refunds { totalCount } } fx { class } } }`
const several = `query A { me { department } } query B { me { purposes } } mutation C { submitApplication(input: { clientMutationId: "1", application: "x" }) { application { id } } }`
const three = `query Three($usccs: [USCC!]!) { enterprises(usccs: $usccs) { name } }`

describe('a document that was asked for before', () => {
  test.each<[what: string, given: Request, ways: [number, number]]>([
    ['what goes well', { body: { query: six, variables: { uscc: '' } } }, [1, 0]],
    ['no variables', { body: { query: '{ me { department } }' } }, [1, 0]],
    ['variables that are null', { body: { query: '{ me { purposes } }', variables: null } }, [1, 0]],
    ['the operation that is named', { body: { query: several, operationName: 'B' } }, [1, 0]],
    ['introspection', { body: { query: '{ __schema { queryType { name } } }' } }, [1, 0]],
    ['introspection without a token', { who: null, body: { query: '{ __schema { queryType { kind } } }' } }, [1, 0]],
    ['a field that is denied', { body: { query: denied, variables: { uscc: '' } } }, [1, 1]],
    ['too many enterprises', { body: { query: three, variables: { usccs: ['', '', '', ''] } } }, [1, 1]],
    ['a variable that does not fit', { body: { query: six, variables: { uscc: 'no code' } } }, [1, 1]],
    ['a variable that is missing', { body: { query: six } }, [1, 1]],
    ['no token', { who: null, body: { query: '{ me { subject } }' } }, [1, 1]],
    [
      'a purpose that the token does not have',
      { headers: { 'x-purpose': 'marketing' }, body: { query: '{ me { department } }' } },
      [1, 1],
    ],
    ['a name that no operation has', { body: { query: several, operationName: 'D' } }, [1, 1]],
    ['several operations and no name', { body: { query: several } }, [1, 1]],
    [
      'a mutation',
      {
        body: {
          query:
            'mutation { submitApplication(input: { clientMutationId: "1", application: "none" }) { application { id } } }',
        },
      },
      [1, 1],
    ],
    ['GET', { method: 'GET', body: { query: '{ me { roles } }' } }, [1, 1]],
    [
      'the newer media type',
      { headers: { accept: 'application/graphql-response+json' }, body: { query: '{ me { divisions } }' } },
      [1, 1],
    ],
    [
      'a media type that there is none of',
      { headers: { accept: 'text/html' }, body: { query: '{ me { department } }' } },
      [1, 1],
    ],
    ['more in the body', { body: { query: '{ me { department } }', extensions: {} } }, [1, 1]],
    ['variables as text', { body: { query: '{ me { department } }', variables: '{}' } }, [1, 1]],
    ['an empty name', { body: { query: '{ me { department } }', operationName: '' } }, [1, 1]],
    ['a list of requests', { body: [{ query: '{ me { department } }' }] }, [1, 1]],
  ])('%s', async (what, given, ways) => {
    const text = JSON.stringify(given.body).replaceAll('""', JSON.stringify(uscc))
    const body = what === 'an empty name' ? given.body : (JSON.parse(text) as unknown)
    const [first, second] = [await outcome({ ...given, body }), await outcome({ ...given, body })]
    expect(second.said).toEqual(first.said)
    expect(first.said.records).toHaveLength(1)
    expect([first.apollo, second.apollo]).toEqual(ways)
  })

  test('what is sent as application/json, or anything, is what Apollo sends', async () => {
    const body = { query: '{ me { department divisions } }' }
    const all = []
    for (const accept of ['application/json', '*/*', 'application/json', 'application/json, */*'])
      all.push(await outcome({ headers: { accept }, body }))
    expect(all.map(({ apollo }) => apollo)).toEqual([1, 0, 0, 1])
    expect(all.map(({ said }) => said)).toEqual(Array(4).fill(all[0]?.said))
  })

  test('is counted and answered by the variables of each request, whatever they are called', async () => {
    const query = `query Page($uscc: USCC!, $constructor: Int) {
      enterprise(uscc: $uscc) { customs { declarations(first: $constructor) { nodes { number } } } }
    }`
    const found = []
    for (const variables of [{}, { constructor: 1 }, { constructor: 101 }, { constructor: 2 }, {}]) {
      const { said } = await outcome({ body: { query, variables: { uscc, ...variables } } })
      const { data, errors = [] } = said.answer
      const enterprise = data?.enterprise as { customs: { declarations: { nodes: unknown[] } } } | undefined
      found.push(enterprise?.customs.declarations.nodes.length ?? errors.map(({ extensions }) => extensions.code))
    }
    expect(found).toEqual([20, 1, ['LIMIT_EXCEEDED'], 2, 20])
  })

  test('a registered document by its id, and an id that there is none of', async () => {
    const source = '{ me { subject purposes } }'
    await registerDocuments(running.database.db, 'customs', [{ source, file: 'me.graphql' }])
    const byId = { body: { documentId: documentId(source) } }
    await waitUntil(async () => (await outcome(byId)).said.status === 200, 5000)
    const [first, second, missing] = [
      await outcome({ body: { query: source } }),
      await outcome(byId),
      await outcome({ body: { documentId: documentId('{ me { roles } }') } }),
    ]
    expect(second.said).toEqual(first.said)
    expect([second.apollo, missing.apollo, missing.said.status]).toEqual([0, 1, 404])
  })
})
