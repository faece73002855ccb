/**
 * Attack 16: addresses that a caller or a department would have the hub ask, and paths that an identifier would change.
 * The hub asks its departments and its issuers at the addresses of its configuration, and nobody else.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { departmentIds, type DepartmentId } from '../../departments.ts'
import { errorsOf, fields, from, others, persona, sources, without, type Enterprise } from '../support/faulty-hub.ts'
import type { Answer } from '../support/harness.ts'
import { ScriptedDepartment } from '../support/scripted-department.ts'
import { runBetween, type Between } from './between.ts'
import { Issuer } from './issuer.ts'
import { trustingHub, refused, said } from './trusting-hub.ts'

/** Where nobody may be led; it says that it is fine, so that whoever comes would go on. */
const trap = await ScriptedDepartment.start()
afterAll(() => trap.stop())
beforeEach(() => trap.says({ headers: { 'content-type': 'application/json' }, body: '{"keys":[]}' }))

describe('addresses in tokens', () => {
  const { issuer, show, running } = trustingHub()
  let attacker: Issuer
  beforeAll(async () => void (attacker = await Issuer.start('https://issuer.example')))
  afterAll(() => attacker.stop())

  const made: [string, () => Record<string, unknown>][] = [
    ['jku', () => ({ jku: attacker.url.href })],
    ['x5u', () => ({ x5u: attacker.url.href })],
    ['jwk', () => ({ jwk: attacker.publicJwk() })],
    ['x5c', () => ({ x5c: ['MIIB', attacker.url.href] })],
    ['all of them', () => ({ jku: attacker.url.href, x5u: attacker.url.href, jwk: attacker.publicJwk() })],
    ['a kid that is an address', () => ({ kid: attacker.url.href })],
  ]
  test.each(made)('attack 16: %s: the key that a token brings is not asked for and not used', async (_what, header) => {
    const own = { kid: 'first', ...header() }
    const wanted = own.kid === 'first' ? "The token's signature is wrong." : "The issuer has no key of the token's kid."
    expect(said(await show(await attacker.sign(issuer().claims(), own)))).toEqual(refused(wanted))
    expect(attacker.asked).toBe(0)
    expect(running().calls()).toEqual({})
  })

  test('attack 16: a key that a token brings under a kid of its own', async () => {
    const header = { kid: 'mine', jku: attacker.url.href, jwk: attacker.publicJwk() }
    expect(said(await show(await attacker.sign(issuer().claims(), header)))).toEqual(
      refused("The issuer has no key of the token's kid."),
    )
    expect(attacker.asked).toBe(0)
  })

  test('attack 16: an issuer is not asked because a token names its address', async () => {
    const iss = trap.url.href
    expect(said(await show(await attacker.sign(issuer().claims({ iss }))))).toEqual(
      refused('The issuer of the token is not trusted here.'),
    )
    expect(trap.heard).toEqual([])
  })
})

describe('departments', () => {
  let between: Between
  let baseline: Answer
  let uscc: string
  const ask = () => between.running.ask(persona, `{ enterprise(uscc: "${uscc}") { ${fields} } }`)
  beforeAll(async () => {
    between = await runBetween()
    uscc = between.running.sandbox.world.enterprises[0]?.uscc ?? ''
    baseline = await ask()
    expect(baseline.errors).toBeUndefined()
  })
  afterAll(() => between.stop())
  beforeEach(() => between.honest())

  const missing = (answer: Answer, id: DepartmentId, cause: string) => {
    expect(answer.data).toEqual({ enterprise: without(baseline.data?.enterprise as Enterprise, id) })
    expect(errorsOf(answer, id).toSorted()).toEqual(
      from(id)
        .map((field) => [`enterprise.${field}`, cause])
        .toSorted(),
    )
    expect(sources(answer)).toEqual(others(id))
  }

  const redirects = departmentIds.flatMap((id) => [301, 302, 303, 307, 308].map((status) => [id, status] as const))
  test.each(redirects)('attack 16: %s says %i: the hub does not follow', async (id, status) => {
    between.standIn[id].says((heard) =>
      heard.path === '/oauth/token'
        ? between.truly(id, heard)
        : { status, headers: { location: new URL(heard.path, trap.url).href, 'content-type': 'application/json' } },
    )
    missing(await ask(), id, 'failed')
    expect(trap.heard).toEqual([])
  })

  test('attack 16: customs says that tokens are elsewhere: its secret is not sent there', async () => {
    // A token that customs refuses makes the hub ask for another one.
    const standIn = between.standIn.customs
    standIn.says((heard) =>
      heard.path === '/oauth/token'
        ? { status: 307, headers: { location: new URL('/oauth/token', trap.url).href } }
        : { status: 401, headers: { 'www-authenticate': `Bearer authorization_uri="${trap.url.href}"` } },
    )
    missing(await ask(), 'customs', 'failed')
    expect(standIn.heard.filter(({ path }) => path === '/oauth/token')).toHaveLength(1)
    expect(trap.heard).toEqual([])
  })

  test.each(departmentIds)('attack 16: %s writes addresses into its answer: they are nothing', async (id) => {
    const address = trap.url.href
    const json = `"next":"${address}","links":{"self":"${address}"},"$ref":"${address}","@id":"${address}",`
    between.standIn[id].says(async (heard) => {
      const { 'if-none-match': _known, ...headers } = heard.headers
      const told = await between.truly(id, { ...heard, headers })
      const text = told.body.toString('latin1')
      const more =
        id === 'postal'
          ? text
              .replace('?>', `?><?xml-stylesheet href="${address}"?>`)
              .replace('<volumes>', `<next>${address}</next><volumes>`)
          : `{${json}${text.slice(1)}`
      const elsewhere = { link: `<${address}>; rel="next"`, 'content-location': address, refresh: `0; url=${address}` }
      return { ...told, headers: { ...told.headers, ...elsewhere }, body: Buffer.from(more, 'latin1') }
    })
    const answer = await ask()
    expect([answer.data, answer.errors]).toEqual([baseline.data, undefined])
    expect(trap.heard).toEqual([])
  })

  test.each([
    ['an entity', (address: string) => `<!DOCTYPE e [<!ENTITY x SYSTEM "${address}">]><enterprise>&x;</enterprise>`],
    ['a parameter entity', (address: string) => `<!DOCTYPE e [<!ENTITY % x SYSTEM "${address}"> %x;]><enterprise/>`],
    ['a document type', (address: string) => `<!DOCTYPE enterprise SYSTEM "${address}"><enterprise/>`],
    [
      'an inclusion',
      (address: string) =>
        `<enterprise xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="${address}"/></enterprise>`,
    ],
  ])('attack 16: postal says %s that is elsewhere', async (_what, xml) => {
    const body = `<?xml version="1.0" encoding="UTF-8"?>${xml(trap.url.href)}`
    between.standIn.postal.says({ headers: { 'content-type': 'application/xml' }, body })
    missing(await ask(), 'postal', 'contract')
    expect(trap.heard).toEqual([])
  })

  const crooked = [
    '../../x',
    '..',
    '.',
    '/',
    '//elsewhere.example/x',
    'http://elsewhere.example/',
    '%2e%2e%2fx',
    '..%2f..%2fx',
    '..\\..\\x',
    'x?y=1',
    'x#y',
    'x;y',
    'x&y=1',
    'x y',
    'x\ty',
    'x\r\nHost: elsewhere.example',
    'x\0',
    '\u001b[31mx',
    '．．／x',
    '\u202ex',
    '{{7*7}}',
    "' or 1=1 --",
    '',
  ]
  const good = { declaration: '35002026E123456789', shipment: 'LY974219773CN', uscc: '91350102MYE0000341' }
  const spoilt = (number: string): string[] =>
    [...crooked, ...crooked.map((piece) => number + piece)].filter((one) => one !== number)

  test.each([
    ['declaration', 'customs', 'query ($x: String!) { declaration(number: $x) { country } }', spoilt(good.declaration)],
    ['shipment', 'postal', 'query ($x: String!) { shipment(trackingNumber: $x) { service } }', spoilt(good.shipment)],
    ['enterprise', 'tax', 'query ($x: USCC!) { enterprise(uscc: $x) { tax { creditGrade } } }', spoilt(good.uscc)],
    ['enterprises', 'market', 'query ($x: USCC!) { enterprises(usccs: [$x]) { name } }', spoilt(good.uscc)],
    [
      'a cursor of declarations',
      'customs',
      `query ($x: String!) { enterprise(uscc: "${good.uscc}") { customs { declarations(after: $x) { totalCount } } } }`,
      spoilt(good.declaration).flatMap((one) => [one, Buffer.from(one).toString('base64url')]),
    ],
    [
      'a cursor of a search',
      'market',
      'query ($x: String!) { searchEnterprises(division: "35", after: $x) { totalCount } }',
      spoilt(good.uscc).flatMap((one) => [one, Buffer.from(one).toString('base64url')]),
    ],
    [
      'a division',
      'market',
      'query ($x: DivisionCode!) { searchEnterprises(division: $x) { totalCount } }',
      spoilt('35'),
    ],
  ] as const)('attack 16: %s that is none is refused before %s is asked', async (_what, as, query, given) => {
    for (const x of given) {
      const { data, errors } = await between.running.ask({ as }, query, { x })
      expect([x, errors?.map(({ extensions }) => extensions.code)]).toEqual([x, ['BAD_USER_INPUT']])
      expect(Object.values(data ?? {}).flatMap((value) => (value === null ? [] : [JSON.stringify(value)]))).toEqual(
        data?.enterprise == null ? [] : ['{"customs":{"declarations":null}}'],
      )
    }
    // The record that a page hangs on is customs' own and asked for by its credit code; nothing else went out.
    const paths = Object.values(between.paths()).flat()
    expect(paths.filter((path) => path !== '/v2/enterprises/query')).toEqual([])
  })

  test.each(crooked.filter((name) => name !== '' && name !== 'x\0'))(
    'attack 16: a name to search for, %j, is one value and no more',
    async (name) => {
      const { data, errors } = await between.running.ask(
        { as: 'market' },
        'query ($name: String!) { searchEnterprises(name: $name, first: 5) { totalCount } }',
        { name },
      )
      expect([data, errors]).toEqual([{ searchEnterprises: { totalCount: 0 } }, undefined])
      const { market, ...rest } = between.paths()
      expect(rest).toEqual({})
      const asked = (market ?? []).map((path) => new URL(path, trap.url))
      expect(asked.map(({ pathname, searchParams }) => [pathname, [...searchParams]])).toEqual([
        [
          '/api/enterprises/search',
          [
            ['name', name],
            ['limit', '5'],
          ],
        ],
      ])
      expect(market?.[0]).toMatch(/^[\w/?=&%.*+~-]+$/)
    },
  )

  test('attack 16: what is asked of each department, to the letter', async () => {
    const { declaration, shipment } = good
    await between.running.ask(
      { as: 'customs', purpose: 'clearance' },
      `{ declaration(number: "${declaration}") { country } shipment(trackingNumber: "${shipment}") { service } enterprise(uscc: "${uscc}") { name customs { creditGrade } tax { creditGrade } fx { class } postal { shipments { totalCount } } commerce { filing { zone } } } }`,
    )
    const paths = between.paths()
    expect(Object.fromEntries(Object.entries(paths).map(([id, heard]) => [id, heard.toSorted()]))).toEqual({
      customs: [`/v2/declarations/${declaration}`, '/v2/enterprises/query'],
      tax: [`/taxpayers/${uscc}`],
      fx: [`/v1/enterprises?uscc=${uscc}`],
      market: [`/api/enterprises?usccs=${uscc}`],
      postal: [`/partner/api/public/p/enterprise/${uscc}`, `/partner/api/public/p/track/query/cn/${shipment}`],
      commerce: [`/filings/${uscc}`],
    })
  })

  const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
  test.each([
    ['eight letters', 'abcdefgh', true],
    ['64 letters', 'x'.repeat(64), true],
    ['65 letters', 'x'.repeat(65), false],
    ['seven', 'abcdefg', false],
    ['a path', '../../../x', false],
    ['a space', 'abcd efgh', false],
    ['another header', 'abcdefgh: 1', false],
    ['JSON', '{"level":"error"}', false],
    ['letters of elsewhere', 'abcdefgh\u00e9', false],
    ['a control character of eight bits', 'abcdefgh\u009b31m', false],
  ])('attack 16: a request id of %s reaches answer and department: %s', async (_what, given, isTaken) => {
    const query = `{ enterprise(uscc: "${uscc}") { commerce { filing { zone } } } }`
    const { headers } = await between.running.ask({ as: 'commerce' }, query, {}, { 'x-request-id': given })
    const id = headers.get('x-request-id') ?? ''
    if (isTaken) expect(id).toBe(given)
    else expect(id).toMatch(uuid)
    expect(between.standIn.commerce.heard.map((heard) => heard.headers['x-request-id'])).toEqual([id])
  })
})
