/** Attack 5: a token with two purposes or two roles. One request, one purpose, and never the union of two. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { importJWK, SignJWT, type JWK } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DepartmentId } from '../../departments.ts'
import type { Answer } from '../support/harness.ts'
import { knownToAll } from './askers.ts'
import { grantOf, runGrantedHub } from './granted-hub.ts'

/** An item of each department that only a grant opens, and how it is asked. */
const closed = {
  customs: {
    item: 'customs.inspections',
    ask: 'customs { inspections { totalCount } }',
    denied: 'customs.inspections',
    coordinate: 'CustomsRecord.inspections',
  },
  tax: {
    item: 'tax.taxpayer',
    ask: 'tax { taxpayerKind }',
    denied: 'tax.taxpayerKind',
    coordinate: 'TaxRecord.taxpayerKind',
  },
  fx: {
    item: 'fx.exemption',
    ask: 'fx { exemptFromRegistration }',
    denied: 'fx.exemptFromRegistration',
    coordinate: 'ForeignExchangeRecord.exemptFromRegistration',
  },
  market: {
    item: 'market.legalRepresentative',
    ask: 'market { legalRepresentative { name } }',
    denied: 'market.legalRepresentative',
    coordinate: 'MarketRecord.legalRepresentative',
  },
  postal: {
    item: 'postal.shipments',
    ask: 'postal { shipments(first: 1) { totalCount } }',
    denied: 'postal.shipments',
    coordinate: 'PostalRecord.shipments',
  },
  commerce: {
    item: 'commerce.filing',
    ask: 'commerce { filing { number } }',
    denied: 'commerce.filing',
    coordinate: 'CommerceRecord.filing',
  },
} as const satisfies Partial<Record<DepartmentId, { item: string; ask: string; denied: string; coordinate: string }>>
type Closed = keyof typeof closed
const owners = Object.keys(closed) as Closed[]

/** The bank sees nothing by itself, so that each of these shows by its grant alone: one item for each of two purposes. */
const pairs = owners.map((id, at) => [id, owners[(at + 1) % owners.length] ?? id] as const)
const purposeOf = (one: Closed, other: Closed, which: 'first' | 'second') => `${which}-${one}-${other}`
const running = await runGrantedHub(
  pairs.flatMap(([one, other]) => [
    grantOf('bank', closed[one].item, purposeOf(one, other, 'first')),
    grantOf('bank', closed[other].item, purposeOf(one, other, 'second')),
  ]),
)
afterAll(() => running.stop())
beforeEach(() => running.sandbox.calls.reset())

const { uscc } = knownToAll(running, '')
const told = ({ data, errors }: Answer) => ({
  data,
  errors: errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code, extensions.reason]),
})
const sectionOf = ({ data }: Answer, id: DepartmentId): unknown => (data?.enterprise as Record<string, unknown>)[id]

describe.each(pairs)('%s for one purpose, %s for another, and a token that lists both', (one, other) => {
  const query = `{ enterprise(uscc: "${uscc}") { ${closed[one].ask} ${closed[other].ask} } }`
  const [first, second] = [purposeOf(one, other, 'first'), purposeOf(one, other, 'second')]
  const purposes = [first, second]
  const emptied = (id: Closed) => ({ [closed[id].denied.split('.')[1] ?? '']: null })
  const denial = (id: Closed, reason: string) => [
    `enterprise.${closed[id].denied}`,
    'UNAUTHORIZED_FIELD_OR_TYPE',
    reason,
  ]

  test.each([
    ['the first', first, one, other],
    ['the second', second, other, one],
  ])('attack 5: %s is stated', async (_which, purpose, open, shut) => {
    const answer = await running.ask({ as: 'bank', purpose, purposes }, query)
    const truth = await running.ask({ as: open }, `{ enterprise(uscc: "${uscc}") { ${closed[open].ask} } }`)
    const seen = sectionOf(answer, open)
    if (open !== 'market') expect(seen).toEqual(sectionOf(truth, open))
    else expect(JSON.stringify(seen)).toMatch(/^\{"legalRepresentative":\{"name":".\*+"\}\}$/)
    expect(told(answer)).toEqual({
      data: { enterprise: { [open]: seen, [shut]: emptied(shut) } },
      errors: [denial(shut, 'other-purpose')],
    })
    // A token that lists the one purpose alone is given the same.
    const alone = await running.ask({ as: 'bank', purpose, purposes: [purpose] }, query)
    expect(told(alone)).toEqual(told(answer))
  })

  test('attack 5: none is stated: none is taken for granted', async () => {
    const answer = await running.ask({ as: 'bank', purposes }, query)
    expect(told(answer)).toEqual({
      data: { enterprise: { [one]: emptied(one), [other]: emptied(other) } },
      errors: [denial(one, 'other-purpose'), denial(other, 'other-purpose')],
    })
    expect(running.calls()).toEqual({})
  })

  test.each([
    ['both, with a comma', [`${first}, ${second}`]],
    ['both, without a space', [`${first},${second}`]],
    ['both, with a space', [`${first} ${second}`]],
    ['the header twice', [first, second]],
    ['the header twice, the same', [first, first]],
    ['another case', [first.toUpperCase()]],
    ['a star', ['*']],
    ['one that the token does not list', ['clearance']],
  ])('attack 5: %s: refused', async (_what, stated) => {
    const headers = new Headers({
      'content-type': 'application/json',
      authorization: `Bearer ${await running.token({ as: 'bank', purposes })}`,
    })
    for (const purpose of stated) headers.append('x-purpose', purpose)
    const response = await fetch(`${running.hub.url}/graphql`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ query }),
    })
    expect([response.status, await response.json(), running.calls()]).toEqual([
      403,
      {
        errors: [
          {
            message: `The token may state ${first}, ${second}, not ${JSON.stringify(stated.join(', ').slice(0, 64))}.`,
            extensions: { code: 'PURPOSE_NOT_ALLOWED' },
          },
        ],
      },
      {},
    ])
  })
})

describe('a token with two roles', () => {
  let sign: (claims: Record<string, unknown>) => Promise<string>
  beforeAll(async () => {
    const { config, issuer } = running.hub
    const jwk = JSON.parse(await readFile(join(config.dataFolder, 'development-issuer.json'), 'utf8')) as JWK
    const key = await importJWK(jwk, 'EdDSA')
    sign = (claims) =>
      new SignJWT({ sub: 'somebody', ...claims })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: jwk.kid ?? '' })
        .setIssuer(issuer?.issuer ?? '')
        .setAudience(config.audience)
        .setExpirationTime('60s')
        .sign(key)
  })
  const ask = async (claims: Record<string, unknown>, query: string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${running.hub.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await sign(claims)}`, ...headers },
      body: JSON.stringify({ query }),
    })
    return { status: response.status, body: (await response.json()) as Answer }
  }
  const arrears = `{ enterprise(uscc: "${uscc}") { tax { arrears { currency } } } }`

  test('attack 5: the token of this test is accepted where it names one department', async () => {
    const { status, body } = await ask({ department: 'tax' }, arrears)
    expect([status, body.data]).toEqual([200, { enterprise: { tax: { arrears: { currency: 'CNY' } } } }])
  })

  test.each([
    ['a list', ['customs', 'tax']],
    ['a list of one', ['tax']],
    ['with a comma', 'customs,tax'],
    ['with a space', 'customs tax'],
    ['an object', { tax: true }],
    ['a name of the prototype', '__proto__'],
    ['a method of the prototype', 'constructor'],
    ['another case', 'TAX'],
  ])('attack 5: department as %s: refused', async (_what, department) => {
    const { status, body } = await ask({ department }, arrears)
    expect([status, body, running.calls()]).toEqual([
      401,
      {
        errors: [
          {
            message: "The token's claim department names no department, partner or office of this hub.",
            extensions: { code: 'UNAUTHENTICATED' },
          },
        ],
      },
      {},
    ])
  })

  test.each(['departments', 'role', 'groups', 'scope', 'act', 'may_act'])(
    'attack 5: a second role under %s adds nothing',
    async (claim) => {
      const second = claim === 'act' || claim === 'may_act' ? { sub: 'tax', department: 'tax' } : ['tax']
      const { status, body } = await ask({ department: 'customs', [claim]: second }, arrears)
      expect([status, body.data, body.errors?.map(({ extensions }) => extensions.reason), running.calls()]).toEqual([
        200,
        { enterprise: { tax: { arrears: null } } },
        ['no-grant'],
        {},
      ])
    },
  )

  test('attack 5: purposes as one text are no list of them', async () => {
    const purpose = purposeOf('customs', 'tax', 'first')
    const { status, body } = await ask({ department: 'bank', purposes: purpose }, arrears, { 'x-purpose': purpose })
    expect([status, body.errors?.map(({ message }) => message)]).toEqual([
      401,
      ["The token's claim purposes must be a list of names."],
    ])
  })
})
