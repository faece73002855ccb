/**
 * Attack 19: a slice that runs alone, asked without its router. `_entities` reaches every field of an enterprise, so it is
 * decided, limited, counted and recorded like any other root, and what else a router could say counts for nothing.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SliceId } from '../../departments.ts'
import { startHub } from '../../hub/hub.ts'
import { decisionsOf, recordsOf } from '../support/audit.ts'
import { freshDatabase } from '../support/database.ts'
import { startSlices, type Slices } from '../support/federation.ts'
import type { Answer, Persona, Running } from '../support/harness.ts'
import { grantOf, runGrantedHub } from './granted-hub.ts'

let running: Running
let slices: Slices
beforeAll(async () => {
  const limited = ['sampling', 'sampling-apart'].map((purpose) => grantOf('customs', 'tax.creditGrade', purpose))
  running = await runGrantedHub(limited.map((grant) => ({ ...grant, dailySubjects: 1 })))
  slices = await startSlices(running)
})
afterAll(async () => {
  await slices.stop()
  await running.stop()
})
beforeEach(() => running.sandbox.calls.reset())

const fuzhou = '91350102MYE0000341'
const zhangzhou = '91350602MY0000178A'
const of = (uscc: string, more: object = {}) => ({ ...more, __typename: 'Enterprise', uscc })

const ask = (
  slice: SliceId,
  persona: Persona | null,
  fields: string,
  representations: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> =>
  running.ask(
    persona,
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Enterprise { ${fields} } } }`,
    { of: representations },
    headers,
    slices[slice].url,
  )
const said = ({ errors = [] }: Answer) => errors.map(({ message, extensions }) => [extensions.code, message])
const reasons = ({ errors = [] }: Answer) =>
  errors.map(({ path, extensions }) => [path?.join('.'), extensions.code, extensions.reason])

describe('who asks', () => {
  test('nobody: no data, and no call', async () => {
    const { status, data, errors } = await ask('tax', null, 'tax { exportRefundClass }', [of(fuzhou)])
    expect([status, data, errors?.map(({ extensions }) => extensions.code)]).toEqual([
      401,
      undefined,
      ['UNAUTHENTICATED'],
    ])
    expect(running.calls()).toEqual({})
  })

  test('nobody may read the SDL in development, and no data beside it', async () => {
    const query = `{ _service { sdl } _entities(representations: [{ __typename: "Enterprise", uscc: "${fuzhou}" }]) { __typename } }`
    const { status, data } = await running.ask(null, query, {}, {}, slices.tax.url)
    expect([status, data]).toEqual([401, undefined])
  })

  test('nobody may read the SDL in production', async () => {
    const store = await freshDatabase()
    const issuers = new Map([['https://issuer.example', new URL('https://issuer.example/jwks')]])
    const { config } = running.hub
    const slice = await startHub({ ...config, only: 'tax', mode: 'production', databaseUrl: store.url, issuers })
    const { status, data } = await running.ask(null, '{ _service { sdl } }', {}, {}, slice.url)
    expect([status, data]).toEqual([401, undefined])
    await slice.stop()
    await store.drop()
  })

  test('a purpose that the token does not list, which a router let through', async () => {
    const answer = await ask('tax', { as: 'customs', purposes: [], purpose: 'clearance' }, 'tax { creditGrade }', [
      of(fuzhou),
    ])
    expect([answer.status, said(answer)]).toEqual([
      403,
      [['PURPOSE_NOT_ALLOWED', 'The token lists no purpose; leave the X-Purpose header out.']],
    ])
  })

  test('headers by which a router might vouch for somebody', async () => {
    const headers = {
      'x-department': 'tax',
      'x-user-roles': 'authority',
      'x-forwarded-user': 'tax',
      'hmac-signature': 'x',
    }
    const answer = await ask('tax', { as: 'customs' }, 'tax { arrears { amount } }', [of(fuzhou)], headers)
    expect([answer.data, reasons(answer)]).toEqual([
      { _entities: [{ tax: { arrears: null } }] },
      [['_entities.0.tax.arrears', 'UNAUTHORIZED_FIELD_OR_TYPE', 'no-grant']],
    ])
  })
})

describe('what is decided', () => {
  test.each([
    ['as it is', '... on Enterprise { tax { refunds { totalCount } } }'],
    ['by an alias', '... on Enterprise { a: tax { b: refunds { c: totalCount } } }'],
    ['by a fragment on the union', '... on _Entity { ... on Enterprise { tax { refunds { totalCount } } } }'],
    ['by a named fragment', '...F'],
    ['by the name of the type alone', '... on Enterprise { tax { __typename refunds { __typename } } }'],
  ])('a denied field, asked %s: denied on record, and the department not called', async (name, selection) => {
    const id = `entities-${name.replaceAll(' ', '-')}`
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ${selection} } } ${selection === '...F' ? 'fragment F on Enterprise { tax { refunds { totalCount } } }' : ''}`
    const answer = await running.ask(
      { as: 'customs', purpose: 'clearance' },
      query,
      { of: [of(fuzhou)] },
      { 'x-request-id': id },
      slices.tax.url,
    )
    expect(answer.errors?.map(({ extensions }) => [extensions.coordinate, extensions.reason])).toEqual([
      ['TaxRecord.refunds', 'no-grant'],
    ])
    expect(JSON.stringify(answer.data)).toMatch(/:null}}]}$/)
    expect(running.calls()).toEqual({})
    const [record] = await recordsOf(running.database.db, id)
    expect([record?.department, record?.action, record?.outcome, record?.subjects, record?.calls]).toEqual([
      'customs',
      'query',
      'partial',
      [fuzhou],
      {},
    ])
    expect((await decisionsOf(running.database.db, id))['TaxRecord.refunds']).toEqual({
      item: 'tax.refunds',
      outcomes: [],
      denied: 'no-grant',
    })
  })

  test('two roots of it are two: each enterprise is on record, and counted, for what its own root asks', async () => {
    const id = 'entities-of-two-roots'
    const answer = await running.ask(
      { as: 'customs', purpose: 'sampling-apart', purposes: ['sampling-apart'] },
      `query ($a: [_Any!]!, $b: [_Any!]!) {
        a: _entities(representations: $a) { ... on Enterprise { tax { exportRefundClass } } }
        b: _entities(representations: $b) { ... on Enterprise { tax { creditGrade } } }
      }`,
      { a: [of(fuzhou)], b: [of(zhangzhou)] },
      { 'x-request-id': id },
      slices.tax.url,
    )
    // The quota of one enterprise is zhangzhou's, although fuzhou comes first.
    expect(answer.data?.b).toEqual([{ tax: { creditGrade: expect.any(String) as string } }])
    const [record] = await recordsOf(running.database.db, id)
    expect([record?.subjects, record?.roots]).toEqual([
      [fuzhou, zhangzhou],
      [[0], [1]],
    ])
    const { 'TaxRecord.exportRefundClass': one, 'TaxRecord.creditGrade': other } = await decisionsOf(
      running.database.db,
      id,
    )
    expect([one?.roots, other?.roots]).toEqual([[0], [1]])
  })

  test('rows by division: of two enterprises the one is shown', async () => {
    const persona = { as: 'tax', purpose: 'refund-review' } as const
    const answer = await ask('customs', persona, 'customs { declarations(first: 1) { totalCount } }', [
      of(fuzhou),
      of(zhangzhou),
    ])
    expect(answer.data).toEqual({
      _entities: [{ customs: { declarations: { totalCount: 26 } } }, { customs: { declarations: null } }],
    })
    expect(reasons(answer)).toEqual([['_entities.1.customs.declarations', 'UNAUTHORIZED_FIELD_OR_TYPE', 'row']])
  })

  test('rows by mandate: a bank sees whom it acts for', async () => {
    const persona = { as: 'bank', purpose: 'authenticity-review', mandate: [fuzhou] } as const
    const fields = 'customs { declarations(first: 1) { totalCount } }'
    const answer = await ask('customs', persona, fields, [of(fuzhou), of(zhangzhou)])
    expect(answer.data).toEqual({
      _entities: [{ customs: { declarations: { totalCount: 26 } } }, { customs: { declarations: null } }],
    })
    expect(reasons(answer)).toEqual([['_entities.1.customs.declarations', 'UNAUTHORIZED_FIELD_OR_TYPE', 'row']])
  })

  test('masks hold', async () => {
    const { data, errors } = await ask('market', { as: 'tax' }, 'market { legalRepresentative { name } }', [of(fuzhou)])
    expect([data, errors]).toEqual([{ _entities: [{ market: { legalRepresentative: { name: '陈**' } } }] }, undefined])
  })

  test('a quota counts the enterprises that representations name', async () => {
    const persona = { as: 'customs', purpose: 'sampling', purposes: ['sampling'] } as const
    const grades = async (uscc: string) => reasons(await ask('tax', persona, 'tax { creditGrade }', [of(uscc)]))
    expect([await grades(fuzhou), await grades(fuzhou), await grades(zhangzhou)]).toEqual([
      [],
      [],
      [['_entities.0.tax.creditGrade', 'UNAUTHORIZED_FIELD_OR_TYPE', 'quota']],
    ])
  })
})

describe('what is taken of a representation', () => {
  test('its key, and nothing that stands beside it', async () => {
    const planted = {
      tax: { arrears: { amount: '0' }, creditGrade: 'D' },
      creditGrade: 'D',
      division: '350100',
      department: 'tax',
    }
    const plain = await ask(
      'tax',
      { as: 'customs', purpose: 'clearance' },
      'uscc tax { creditGrade arrears { amount } }',
      [of(fuzhou)],
    )
    const more = await ask(
      'tax',
      { as: 'customs', purpose: 'clearance' },
      'uscc tax { creditGrade arrears { amount } }',
      [of(fuzhou, planted)],
    )
    expect(plain.data).toEqual({ _entities: [{ uscc: fuzhou, tax: { creditGrade: 'A', arrears: null } }] })
    expect([more.data, more.errors]).toEqual([plain.data, plain.errors])
  })

  const needs = 'A representation has a __typename and a uscc.'
  const digit = 'USCC "91350102MYE0000342": character 18 (check digit) is "2" but should be "1"'
  const foreign = (name: string) => `${JSON.stringify(name)} is no entity of this slice: it has Enterprise alone.`
  test.each<[string, unknown, string]>([
    ['a check digit that is wrong', { __typename: 'Enterprise', uscc: '91350102MYE0000342' }, digit],
    ['no key', { __typename: 'Enterprise' }, 'USCC must be a string.'],
    ['a list for a key', { __typename: 'Enterprise', uscc: [fuzhou] }, 'USCC must be a string.'],
    ['no type', { uscc: fuzhou }, needs],
    ['a text', fuzhou, needs],
    ['a list', [of(fuzhou)], needs],
    ['a type without a key', { __typename: 'TaxRecord', uscc: fuzhou }, foreign('TaxRecord')],
    ['a root', { __typename: 'Query' }, foreign('Query')],
    ['a type by its prototype', { __typename: '__proto__', uscc: fuzhou }, foreign('__proto__')],
  ])('%s is refused with its reason, and nothing is called', async (_name, representation, reason) => {
    const answer = await ask('tax', { as: 'tax' }, 'tax { creditGrade }', [of(fuzhou), representation])
    expect(answer.data).toBeUndefined()
    expect(said(answer)).toEqual([['BAD_USER_INPUT', expect.stringMatching(/^Variable "\$of" got invalid value/)]])
    expect(said(answer)[0]?.[1]).toContain(reason)
    expect(running.calls()).toEqual({})
  })

  test('written into the document it is checked as well, and a variable within it is none', async () => {
    const document = (uscc: string) =>
      `query${uscc === '$u' ? ' ($u: String)' : ''} { _entities(representations: { __typename: "Enterprise", uscc: ${uscc} }) { ... on Enterprise { tax { exportRefundClass } } } }`
    const inDocument = async (uscc: string, variables = {}) =>
      running.ask({ as: 'tax' }, document(uscc), variables, {}, slices.tax.url)
    expect((await inDocument(`"${fuzhou}"`)).data).toEqual({ _entities: [{ tax: { exportRefundClass: 'CLASS_1' } }] })
    expect(said(await inDocument('"91350102MYE0000342"'))).toEqual([
      ['GRAPHQL_VALIDATION_FAILED', expect.stringContaining(digit)],
    ])
    expect(said(await inDocument('$u', { u: fuzhou }))).toEqual([
      ['GRAPHQL_VALIDATION_FAILED', expect.stringContaining('USCC must be a string.')],
    ])
  })
})

describe('how much', () => {
  const refused = (limit: string, allowed: number, asked: number) => [{ limit, allowed, asked, code: 'LIMIT_EXCEEDED' }]

  test('a hundred codes at once, as in the hub', async () => {
    const { data } = await ask('tax', { as: 'tax' }, 'uscc', Array<unknown>(100).fill(of(fuzhou)))
    expect((data?._entities as unknown[]).length).toBe(100)
    const { errors } = await ask('tax', { as: 'tax' }, 'uscc', Array<unknown>(101).fill(of(fuzhou)))
    expect(errors?.map(({ extensions }) => extensions)).toEqual(refused('codes', 100, 101))
  })

  test('aliases of _entities add up to the enterprises of a request', async () => {
    const query = `query ($of: [_Any!]!) { a: _entities(representations: $of) { __typename } b: _entities(representations: $of) { __typename } }`
    const { errors } = await running.ask(
      { as: 'tax' },
      query,
      { of: Array<unknown>(60).fill(of(fuzhou)) },
      {},
      slices.tax.url,
    )
    expect(errors?.map(({ extensions }) => extensions)).toEqual(refused('subjects', 100, 120))
  })

  test('what representations would bring is part of the cost', async () => {
    const fields = 'customs { a: declarations(first: 100) { nodes { lines { name } } } }'
    const { errors } = await ask('customs', { as: 'customs' }, fields, Array<unknown>(100).fill(of(fuzhou)))
    // For each of 100: itself, its record, its list, 100 declarations with 10 lines each.
    expect(errors?.map(({ extensions }) => extensions)).toEqual(refused('cost', 50_000, 100 * (1 + 1 + 1 + 100 + 1000)))
    expect(running.calls()).toEqual({})
  })
})

test('traces that routers of Apollo ask for are not given', async () => {
  const header = { 'apollo-federation-include-trace': 'ftv1' }
  const { data, extensions } = await ask('tax', { as: 'tax' }, 'tax { creditGrade }', [of(fuzhou)], header)
  expect(data).toEqual({ _entities: [{ tax: { creditGrade: 'A' } }] })
  expect(Object.keys(extensions ?? {}).sort()).toEqual(['policyVersion', 'provenance', 'requestId'])
})
