/**
 * Attack 10: one request over very many enterprises. It is refused before execution, whatever way the codes are given.
 * Quotas that count enterprises over a day are a later feature; these are the limits of one request.
 */
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { usccCheckDigit } from '../../rules/uscc.ts'
import { runHub } from '../support/harness.ts'
import { recordOf, refusal, send, told } from './over-http.ts'

const valid = (first17: string): string => first17 + usccCheckDigit(first17)
const codes = Array.from({ length: 1000 }, (_, i) => valid(`91350102MY${String(i).padStart(7, '0')}`))
const [first = ''] = codes
const aliased = (usccs: readonly string[]): string =>
  usccs.map((uscc, i) => `a${i}: enterprise(uscc: "${uscc}") { name }`).join(' ')

/** The second hub lets documents through that the first refuses for their shape, so that the enterprises are counted. */
const [running, roomy] = await Promise.all([
  runHub(),
  runHub({ config: { limits: { tokens: 100_000, aliases: 2000, fields: 5000 } } }),
])
afterAll(() => Promise.all([running.stop(), roomy.stop()]))
beforeEach(() => [running, roomy].forEach(({ sandbox }) => sandbox.calls.reset()))

const post = async (hub: typeof running, body: unknown) =>
  send(`${hub.hub.url}/graphql`, {
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await hub.token({ as: 'customs' })}`,
      'x-purpose': 'clearance',
    },
    body: JSON.stringify(body),
  })

const exceeded = (limit: string, allowed: number, asked: number | null, message: string) =>
  refusal(400, 'LIMIT_EXCEEDED', message, { limit, allowed, ...(asked === null ? {} : { asked }) })
const subjects = (asked: number) =>
  exceeded('subjects', 100, asked, `A request may ask about 100 enterprises; this one asks about ${asked}.`)
const perField = (asked: number) =>
  exceeded('codes', 100, asked, `enterprises takes at most 100 codes; this request gives ${asked}.`)
const aliases = (asked: number) =>
  exceeded('aliases', 60, asked, `The document has ${asked} aliases; at most 60 are taken.`)

const list = (usccs: readonly string[]): string => JSON.stringify(usccs)
const listed = 'query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { name } }'

describe('documents that are refused for their shape', () => {
  test.each([
    [
      '1,000 aliases',
      { query: `{ ${aliased(codes)} }` },
      exceeded('tokens', 4000, null, 'The document has more than 4000 tokens.'),
    ],
    ['61 aliases', { query: `{ ${aliased(codes.slice(0, 61))} }` }, aliases(61)],
    [
      '31 aliases in a fragment that is spread twice',
      { query: `{ ...F ... { ...F } } fragment F on Query { ${aliased(codes.slice(0, 31))} }` },
      aliases(62),
    ],
    [
      '61 aliases in two operations, of which one runs',
      {
        query: `query A { ${aliased(codes.slice(0, 31))} } query B { ${aliased(codes.slice(0, 30))} }`,
        operationName: 'A',
      },
      aliases(61),
    ],
    [
      '1,000 operations in one body',
      Array.from({ length: 1000 }, () => ({ query: '{ me { department } }' })),
      refusal(400, 'BAD_REQUEST', 'Operation batching disabled.'),
    ],
  ])('attack 10: %s', async (_what, body, wanted) => {
    expect(told(await post(running, body))).toEqual(wanted)
    expect(running.calls()).toEqual({})
  })
})

describe('documents whose enterprises are counted', () => {
  test.each([
    ['1,000 aliases', { query: `{ ${aliased(codes)} }` }, subjects(1000)],
    ['101 aliases', { query: `{ ${aliased(codes.slice(0, 101))} }` }, subjects(101)],
    ['1,000 codes in a list', { query: listed, variables: { usccs: codes } }, perField(1000)],
    [
      '101 codes written out',
      { query: `{ enterprises(usccs: ${list(codes.slice(0, 101))}) { name } }` },
      perField(101),
    ],
    [
      '101 codes as the default of a variable',
      { query: listed.replace('!)', `! = ${list(codes.slice(0, 101))})`) },
      perField(101),
    ],
    ['one code 101 times', { query: listed, variables: { usccs: Array<string>(101).fill(first) } }, perField(101)],
    [
      '51 aliases over lists of two variables',
      {
        query: `query ($a: USCC!, $b: USCC!) { ${Array.from({ length: 51 }, (_, i) => `a${i}: enterprises(usccs: [$a, $b]) { name }`).join(' ')} }`,
        variables: { a: codes[0], b: codes[1] },
      },
      subjects(102),
    ],
    [
      'one list twice, by a fragment',
      {
        query:
          'query ($usccs: [USCC!]!) { ...F b: enterprises(usccs: $usccs) { name } } fragment F on Query { a: enterprises(usccs: $usccs) { name } }',
        variables: { usccs: codes.slice(0, 51) },
      },
      subjects(102),
    ],
    [
      'a search of 101 enterprises',
      { query: '{ searchEnterprises(division: "35", first: 101) { nodes { uscc } } }' },
      exceeded('first', 100, 101, 'searchEnterprises(first:) takes 1 to 100; this request gives 101.'),
    ],
    [
      'pages within pages',
      {
        query:
          '{ searchEnterprises(division: "35", first: 100) { nodes { customs { declarations(first: 100) { nodes { lines { name } } } } } } }',
      },
      exceeded(
        'cost',
        50_000,
        110_301,
        'The operation could bring 110301 records; at most 50000 are taken. Ask for fewer enterprises or shorter pages (first).',
      ),
    ],
  ])('attack 10: %s', async (_what, body, wanted) => {
    expect(told(await post(roomy, body))).toEqual(wanted)
    expect(roomy.calls()).toEqual({})
  })

  test.each([
    ['orders', 'order', '{ number }'],
    ['payments', 'payments', '{ amount }'],
    ['matches', 'match', '{ state }'],
  ])('attack 10: %s of 101 sellers', async (_what, root, selection) => {
    const orders = codes
      .slice(0, 101)
      .map((seller, i) => `a${i}: ${root}(seller: "${seller}", number: "1") ${selection}`)
    expect(told(await post(roomy, { query: `{ ${orders.join(' ')} }` }))).toEqual(subjects(101))
  })

  test('attack 10: a buyer’s years and sellers’ lists cost what it takes to read them', async () => {
    const ask = async (query: string) => told(await post(roomy, { query }))
    const years = Array.from(
      { length: 25 },
      (_, i) => `a${i}: tradeBuyer(idNumber: "35010219900101999X", year: ${2000 + i}) { lists }`,
    )
    const cost = (asked: number) =>
      exceeded(
        'cost',
        50_000,
        asked,
        `The operation could bring ${asked} records; at most 50000 are taken. Ask for fewer enterprises or shorter pages (first).`,
      )
    expect(await ask(`{ ${years.join(' ')} }`)).toEqual(cost(50_025))
    const lists = Array.from({ length: 3 }, (_, i) => `a${i}: lists(first: 1) { nodes { number } }`)
    expect(await ask(`{ enterprises(usccs: ${list(codes.slice(0, 100))}) { trade { ${lists.join(' ')} } } }`)).toEqual(
      cost(60_800),
    )
  })

  test('attack 10: 60 searches for 100 enterprises each are 6,000 enterprises', async () => {
    const searches = Array.from(
      { length: 60 },
      (_, i) => `a${i}: searchEnterprises(division: "35", first: 100) { nodes { tax { creditGrade } } }`,
    )
    const { status, text } = await post(running, { query: `{ ${searches.join(' ')} }` })
    // Without the data: where it is not refused, there is a lot of it.
    const { errors } = JSON.parse(text) as { errors?: unknown }
    expect({ status, body: { errors } }).toEqual(subjects(6000))
    expect(running.calls()).toEqual({})
  })
})

test('attack 10: a refused request is on record, and the hub goes on', async () => {
  const refused = await post(roomy, { query: listed, variables: { usccs: codes.slice(0, 101) } })
  expect(await recordOf(roomy, refused)).toEqual([
    {
      department: 'customs',
      subject: 'customs-officer',
      purpose: 'clearance',
      action: 'query',
      outcome: 'refused',
      error_codes: ['LIMIT_EXCEEDED'],
      subjects: [],
      departments_called: {},
    },
  ])
  const hundred = codes.slice(0, 100)
  const answer = await roomy.ask({ as: 'customs' }, 'query ($u: [USCC!]!) { enterprises(usccs: $u) { uscc name } }', {
    u: hundred,
  })
  // Codes made for this test, which market supervision does not know, but for the two calls that a hundred take.
  expect(answer.data).toEqual({ enterprises: hundred.map((uscc) => ({ uscc, name: null })) })
  expect(roomy.calls()).toEqual({ market: 2 })
})
