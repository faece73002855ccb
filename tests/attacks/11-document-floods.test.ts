/**
 * Attack 11: documents and bodies that grow in any direction. Each is refused before a department is called, with one
 * error that says what is too much; what it costs stays small, and the hub answers afterwards.
 */
import { gzipSync } from 'node:zlib'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { runHub } from '../support/harness.ts'
import { refusal, send, told, type Answered, type Sent } from './over-http.ts'

const running = await runHub()
afterAll(() => running.stop())
beforeEach(() => running.sandbox.calls.reset())

const authorization = `Bearer ${await running.token({ as: 'customs' })}`
const headers = { 'content-type': 'application/json', authorization }
const url = `${running.hub.url}/graphql`
const post = (sent: Sent): Promise<Answered> => send(url, { ...sent, headers: { ...headers, ...sent.headers } })
const query = (source: string, variables?: unknown): Sent => ({ body: JSON.stringify({ query: source, variables }) })

const many = (times: number, text: string | ((i: number) => string)): string =>
  Array.from({ length: times }, (_, i) => (typeof text === 'string' ? text : text(i))).join(' ')
const nested = (times: number, open: string, inner: string, close: string): string =>
  `${open.repeat(times)}${inner}${close.repeat(times)}`

const what = {
  depth: 'levels of selections',
  fields: 'fields once its fragments are spread',
  aliases: 'aliases',
  directives: 'directives',
}
const allowed = { depth: 12, fields: 2000, aliases: 60, directives: 100 }
const tooMuch = (limit: keyof typeof what, asked: number) =>
  refusal(400, 'LIMIT_EXCEEDED', `The document has ${asked} ${what[limit]}; at most ${allowed[limit]} are taken.`, {
    limit,
    allowed: allowed[limit],
    asked,
  })
const tooManyTokens = refusal(400, 'LIMIT_EXCEEDED', 'The document has more than 4000 tokens.', {
  limit: 'tokens',
  allowed: 4000,
})
const tooDeep = refusal(400, 'LIMIT_EXCEEDED', 'The document has more than 1024 brackets within each other.', {
  limit: 'nesting',
  allowed: 1024,
})
const tooLarge = refusal(413, 'LIMIT_EXCEEDED', 'The body is larger than 262144 bytes.', {
  limit: 'body',
  allowed: 262144,
})
const noJson = refusal(400, 'BAD_REQUEST', 'The body is not valid JSON.')
/** A fault of the document: 200 under application/json, with the places. */
const invalid = (message: string, ...locations: [number, number][]) => ({
  status: 200,
  body: {
    errors: [
      {
        message,
        locations: locations.map(([line, column]) => ({ line, column })),
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ],
  },
})

/** Each fragment spreads the next twice: as many fields as 2 to the power of their number, in a short document. */
const doubling = (fragments: number, inner: string): string =>
  `{ ...f0 } ${many(fragments, (i) => `fragment f${i} on Query { ...f${i + 1} ...f${i + 1} }`)} fragment f${fragments} on Query { ${inner} }`
const declarations = 'customs { declarations { nodes { enterprise { '
const uscc = running.sandbox.world.enterprises[0]?.uscc ?? ''

const floods: [string, Sent, unknown][] = [
  ['40 fragments that double', query(doubling(40, '__typename')), tooMuch('fields', 2 ** 40)],
  ['300 fragments that double', query(doubling(300, '__typename')), tooMuch('fields', 2 ** 300)],
  ['fragments that double an alias', query(doubling(6, 'a: __typename')), tooMuch('aliases', 64)],
  ['fragments that double a directive', query(doubling(7, '__typename @skip(if: true)')), tooMuch('directives', 128)],
  [
    'records within records',
    query(`{ enterprise(uscc: "${uscc}") { ${nested(3, declarations, 'uscc', ' } } } }')} } }`),
    tooMuch('depth', 14),
  ],
  [
    'records within records, by fragments',
    query(
      `{ enterprise(uscc: "${uscc}") { ...A } } ${many(3, (i) => `fragment ${'ABCD'.charAt(i)} on Enterprise { ${declarations} ...${'ABCD'.charAt(i + 1)} } } } } }`)} fragment D on Enterprise { uscc }`,
    ),
    tooMuch('depth', 14),
  ],
  ['a thousand levels', query(nested(1000, '{ a ', '{ a }', '}')), tooMuch('depth', 1001)],
  ['a wide selection', query(`{ ${many(2001, '__typename')} }`), tooMuch('fields', 2001)],
  ['aliases', query(`{ ${many(61, (i) => `a${i}: __typename`)} }`), tooMuch('aliases', 61)],
  ['directives on a field', query(`{ __typename ${many(101, '@include(if: true)')} }`), tooMuch('directives', 101)],
  [
    'directives on a spread',
    query(`{ ...F ${many(101, '@x')} } fragment F on Query { a }`),
    tooMuch('directives', 101),
  ],
  ['directives on an inline fragment', query(`{ ... ${many(101, '@x')} { a } }`), tooMuch('directives', 101)],
  ['directives on an operation', query(`query ${many(101, '@x')} { a }`), tooMuch('directives', 101)],
  [
    'directives on a variable',
    query(`query ($a: Int ${many(101, '@x')}) { me { department } }`),
    tooMuch('directives', 101),
  ],
  [
    'directives on a fragment',
    query(`{ ...F } fragment F on Query ${many(101, '@x')} { me { department } }`),
    tooMuch('directives', 101),
  ],
  [
    'a fragment within itself',
    query('{ ...A } fragment A on Query { ...A }'),
    invalid('Cannot spread fragment "A" within itself.', [1, 32]),
  ],
  [
    'a fragment within itself by another',
    query('{ ...A } fragment A on Query { a: __typename ...B } fragment B on Query { ...A }'),
    invalid('Cannot spread fragment "A" within itself via "B".', [1, 46], [1, 75]),
  ],
  ['tokens', query(`{ ${many(4000, 'a')} }`), tooManyTokens],
  ['tokens in arguments', query(`{ enterprises(usccs: [${many(4000, '1')}]) { uscc } }`), tooManyTokens],
  ['tokens that would not parse', query('{ a } '.repeat(1400).slice(0, -2)), tooManyTokens],
  ['brackets within each other', query('{'.repeat(4001)), tooDeep],
  ['a body that says it has 1 GB', { headers: { 'content-length': String(1024 ** 3) }, ends: false }, tooLarge],
  ['a body one byte too large', { body: `{"query":"{ a }"}`.padEnd(262145) }, tooLarge],
  [
    'a body that does not say how large it is',
    { headers: { 'transfer-encoding': 'chunked' }, body: `{"query":"${'x'.repeat(300_000)}`, ends: false },
    tooLarge,
  ],
  [
    'a body that is small because it is packed',
    { headers: { 'content-encoding': 'gzip' }, body: gzipSync(Buffer.alloc(50_000_000, ' ')) },
    noJson,
  ],
  ['JSON that never closes', { body: '{"query":'.repeat(20_000) }, noJson],
]

describe('floods', () => {
  test.each(floods)('attack 11: %s', async (_name, sent, wanted) => {
    expect(told(await post(sent))).toEqual(wanted)
    expect(running.calls()).toEqual({})
  })
})

const errorsOf = ({ text }: Answered) =>
  (JSON.parse(text) as { errors: { message: string; extensions: { code: string } }[] }).errors

describe('values that are deep or long', () => {
  const enterprise = 'query ($uscc: USCC!) { enterprise(uscc: $uscc) { name } }'
  const body = (value: string): Sent => ({
    body: `{"query":${JSON.stringify(enterprise)},"variables":{"uscc":${value}}}`,
  })

  test.each([
    ['lists', nested(100_000, '[', '', ']'), '[[[Array]]]'],
    ['objects', nested(40_000, '{"a":', '1', '}'), '{ a: { a: [Object] } }'],
  ])('attack 11: a variable of deep %s', async (_what, value, shown) => {
    const answer = await post(body(value))
    expect([answer.status, errorsOf(answer)]).toEqual([
      200,
      [
        {
          message: `Variable "$uscc" got invalid value ${shown}; USCC must be a string.`,
          locations: [{ line: 1, column: 8 }],
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ],
    ])
    expect(running.calls()).toEqual({})
  })

  test('attack 11: a deep value that no variable takes is not looked at', async () => {
    const answer = await post({
      body: `{"query":"{ me { department } }","variables":{"x":${nested(100_000, '[', '', ']')}}}`,
    })
    expect(JSON.parse(answer.text)).toMatchObject({ data: { me: { department: 'customs' } } })
  })

  test('attack 11: a value written as a list of lists, for which an operator left room, is not refused by the engine', async () => {
    const roomy = await runHub({ config: { limits: { tokens: 100_000 } } })
    const source = `{ enterprises(usccs: ${nested(20_000, '[', '', ']')}) { uscc } }`
    const answer = await roomy.ask({ as: 'customs' }, source)
    await roomy.stop()
    expect(answer.errors?.map(({ message }) => /call stack/.test(message))).toEqual([false])
  })

  const long = 'X'.repeat(200_000)
  test.each([
    ['as a variable', body(JSON.stringify(long))],
    ['written out', query(`{ enterprise(uscc: "${long}") { name } }`)],
    ['as a tracking number', query('query ($n: String!) { shipment(trackingNumber: $n) { service } }', { n: long })],
    ['as a declaration number', query('query ($n: String!) { declaration(number: $n) { country } }', { n: long })],
    [
      'as a cursor',
      query('query ($c: String!) { searchEnterprises(division: "35", after: $c) { totalCount } }', { c: long }),
    ],
    [
      'as a division',
      query('query ($d: DivisionCode!) { searchEnterprises(division: $d) { totalCount } }', { d: long }),
    ],
    ['as a name of a field', query(`{ ${long} }`)],
    [
      'as a name of an operation',
      { body: JSON.stringify({ query: 'query A { me { department } }', operationName: long }) },
    ],
  ])('attack 11: a very long string %s: one error, which does not say it all again', async (_what, sent) => {
    const answer = await post(sent)
    expect(errorsOf(answer)).toHaveLength(1)
    expect(answer.text.length).toBeLessThan(2000)
    expect(running.calls()).toEqual({})
  })

  test('attack 11: a document with a mistake in every field says a hundred of them', async () => {
    const errors = errorsOf(await post(query(`{ ${many(2000, (i) => `a${i}`)} }`)))
    expect(errors).toHaveLength(101)
    expect(errors.at(-1)?.message).toBe('Too many validation errors, error limit reached. Validation aborted.')
  })
})

describe('what is large and lawful', () => {
  test('attack 11: the largest documents are answered', async () => {
    for (const source of [
      `{ ${many(500, '__typename')} }`,
      `{ ${many(60, (i) => `a${i}: __typename`)} }`,
      `{ ${many(100, 'me { department }')} }`,
      `{ me { department } } #${'x'.repeat(200_000)}`,
      `{ me { department } }${','.repeat(200_000)}`,
    ]) {
      const answer = await post(query(source))
      expect([source.slice(0, 40), answer.status, 'errors' in (JSON.parse(answer.text) as object)]).toEqual([
        source.slice(0, 40),
        200,
        false,
      ])
    }
  })
})

describe('what it costs', () => {
  test('attack 11: all floods ten times over leave nothing behind, and the hub answers', async () => {
    // Once before, so that what is made at the first time does not count.
    for (const [, sent] of floods) await post(sent)
    const before = process.memoryUsage()
    for (const _ of Array(10)) for (const [, sent] of floods) await post(sent)
    const after = process.memoryUsage()
    // Generous, for nothing makes the engine tidy up: ten floods of doubling fragments would not fit into any machine.
    expect(after.heapUsed - before.heapUsed).toBeLessThan(150 * 1024 * 1024)
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(50 * 1024 * 1024)
    const { data } = await running.ask(
      { as: 'customs' },
      `{ enterprise(uscc: "${uscc}") { uscc customs { creditGrade } } }`,
    )
    expect(data).toEqual({ enterprise: { uscc, customs: { creditGrade: 'ADVANCED_CERTIFIED' } } })
    expect(running.calls()).toEqual({ customs: 1 })
  })

  test('attack 11: /explain keeps the same limits', async () => {
    const said = await send(`${running.hub.url}/explain`, { headers, ...query(doubling(40, '__typename')) })
    expect(told(said)).toEqual(tooMuch('fields', 2 ** 40))
  })
})
