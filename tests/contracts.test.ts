import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import tax from '../adapters/tax.ts'
import { factoryOf, type Sandbox, startSandbox } from '../sandbox/start.ts'
import { type Ask, asks, type CalledId, calledIds, Callers, taxHeaders, tokenAsk } from './sandbox/callers.ts'
import { Contract, said } from './sandbox/contract.ts'

/** The departments of the sandbox speak exactly their contracts: driven over HTTP, held against the schema. */

let sandbox: Sandbox
let callers: Callers
const contracts = Object.fromEntries(calledIds.map((id) => [id, new Contract(id)])) as Record<CalledId, Contract>

beforeAll(async () => {
  sandbox = await startSandbox({ settings: { tax: { callsPerSecond: 100_000 } } })
  callers = new Callers(sandbox.urls)
})
afterAll(() => sandbox.close())

const reports = 'listSuspiciousTransactionReports'
/** Well-formed, and nobody's. */
const unknown = '91350100MYYYYYYY00'
const many = (n: number) => sandbox.world.enterprises.slice(0, n).map((e) => e.uscc)
const inChunks = (size: number, codes: string[]) =>
  Array.from({ length: Math.ceil(codes.length / size) }, (_, i) => codes.slice(i * size, (i + 1) * size))
const declarations = () => [...sandbox.world.customs.values()].flatMap((f) => f.declarations.map((d) => d.invtNo))
const parcels = () => [...sandbox.world.postal.values()].flatMap((f) => f.shipments.map((s) => s.mailNo))

/** Which calls of an operation are held against its schema: the answers to all of them must be in order. */
const ordinary: [CalledId, string, () => Ask[]][] = [
  ['customs', 'token', () => [tokenAsk()]],
  ['customs', 'queryEnterprises', () => inChunks(100, many(600)).map(asks.customs.queryEnterprises)],
  [
    'customs',
    'queryDeclarations',
    () => inChunks(100, many(600)).map((codes) => asks.customs.queryDeclarations(codes, { first: 100 })),
  ],
  [
    'customs',
    'getDeclaration',
    () =>
      declarations()
        .slice(0, 150)
        .map((no) => asks.customs.getDeclaration([no])),
  ],
  ['tax', 'getTaxpayer', () => [...many(200), unknown].map((code) => asks.tax.getTaxpayer([code]))],
  ['fx', 'listEnterprises', () => inChunks(50, many(600)).map(asks.fx.listEnterprises)],
  ['fx', reports, () => inChunks(50, many(600)).map(asks.fx[reports])],
  ['market', 'listEnterprises', () => inChunks(50, many(600)).map(asks.market.listEnterprises)],
  [
    'market',
    'searchEnterprises',
    () =>
      [{}, { name: '云帆' }, { name: '无此名称' }, { division: '35' }, { division: '330782', limit: '100' }].map((q) =>
        asks.market.searchEnterprises([], q),
      ),
  ],
  ['postal', 'track', () => [...parcels().slice(0, 300), 'UNKNOWN-1'].map((no) => asks.postal.track([no]))],
  ['postal', 'enterprise', () => [...many(300), unknown].map((code) => asks.postal.enterprise([code]))],
  ['commerce', 'getFiling', () => [...many(200), unknown].map((code) => asks.commerce.getFiling([code]))],
]

test.each(ordinary)('%s %s: every answer is as the contract says', async (department, operation, calls) => {
  const misfits = await Promise.all(
    calls().map(async (ask) => contracts[department].misfits(operation, await callers.call(department, ask))),
  )
  expect(misfits.flat()).toEqual([])
})

test('tax takes as many calls as its contract states, and the hub keeps to the same', async () => {
  const { settings } = await factoryOf('tax')
  expect(tax.rate).toEqual({ calls: settings.callsPerSecond, seconds: 1 })
})

/** A call that shows the wrong credentials, or none. */
const showing = (ask: Ask, headers: Record<string, string>): Ask => ({ ...ask, headers })

const noToken = { authorization: '' }
const fxKey = { 'x-api-key': 'wrong' }
const marketKey = { 'x-app-key': 'wrong' }
const postalKey = { authenticate: 'wrong' }
const commerceKey = { authorization: 'Bearer wrong' }
const one = () => many(1)
const wrongSignature = () => taxHeaders(Date.now(), 'nonce-0001', 'wrong')
const lateClock = () => taxHeaders(Date.now() - 200_000)

/** Each gives the status and the code of the failure; the post alone says so in a document of status 200. */
const refused: [string, CalledId, string, () => Ask, number, string][] = [
  ['a wrong secret', 'customs', 'token', () => tokenAsk('wrong'), 401, 'CLIENT'],
  [
    'no token',
    'customs',
    'queryEnterprises',
    () => showing(asks.customs.queryEnterprises(one()), noToken),
    401,
    'TOKEN',
  ],
  [
    'no token',
    'customs',
    'queryDeclarations',
    () => showing(asks.customs.queryDeclarations(one()), noToken),
    401,
    'TOKEN',
  ],
  [
    'no token',
    'customs',
    'getDeclaration',
    () => showing(asks.customs.getDeclaration(declarations()), noToken),
    401,
    'TOKEN',
  ],
  ['101 codes', 'customs', 'queryEnterprises', () => asks.customs.queryEnterprises(many(101)), 400, 'QUERY'],
  [
    'no page size',
    'customs',
    'queryDeclarations',
    () => asks.customs.queryDeclarations(one(), { first: 0 }),
    400,
    'QUERY',
  ],
  [
    'an unknown number',
    'customs',
    'getDeclaration',
    () => asks.customs.getDeclaration(['35002026E999999999']),
    404,
    'NOT_FOUND',
  ],
  [
    'no number at all',
    'customs',
    'getDeclaration',
    () => asks.customs.getDeclaration(['..%2Foauth']),
    404,
    'NOT_FOUND',
  ],
  [
    'a wrong token',
    'tax',
    'getTaxpayer',
    () => showing(asks.tax.getTaxpayer(one()), wrongSignature()),
    401,
    'SIGNATURE',
  ],
  [
    'a late clock',
    'tax',
    'getTaxpayer',
    () => showing(asks.tax.getTaxpayer(one()), lateClock()),
    401,
    'TIMESTAMP_SKEW',
  ],
  ['a wrong key', 'fx', 'listEnterprises', () => showing(asks.fx.listEnterprises(one()), fxKey), 401, 'KEY'],
  ['a wrong key', 'fx', reports, () => showing(asks.fx[reports](one()), fxKey), 401, 'KEY'],
  ['51 codes', 'fx', 'listEnterprises', () => asks.fx.listEnterprises(many(51)), 400, 'QUERY'],
  ['a malformed code', 'fx', reports, () => asks.fx[reports](['x']), 400, 'QUERY'],
  [
    'a wrong key',
    'market',
    'listEnterprises',
    () => showing(asks.market.listEnterprises(one()), marketKey),
    403,
    'KEY',
  ],
  [
    'a wrong key',
    'market',
    'searchEnterprises',
    () => showing(asks.market.searchEnterprises([]), marketKey),
    403,
    'KEY',
  ],
  ['51 codes', 'market', 'listEnterprises', () => asks.market.listEnterprises(many(51)), 400, 'QUERY'],
  ['limit 101', 'market', 'searchEnterprises', () => asks.market.searchEnterprises([], { limit: '101' }), 400, 'QUERY'],
  ['a wrong key', 'postal', 'track', () => showing(asks.postal.track(parcels()), postalKey), 200, 'V02'],
  ['a wrong key', 'postal', 'enterprise', () => showing(asks.postal.enterprise(one()), postalKey), 200, 'V02'],
  ['no number', 'postal', 'track', () => asks.postal.track(['a.b.c.d']), 200, 'P02'],
  ['a wrong key', 'commerce', 'getFiling', () => showing(asks.commerce.getFiling(one()), commerceKey), 401, 'KEY'],
  ['no filing', 'commerce', 'getFiling', () => asks.commerce.getFiling([unknown]), 404, 'NOT_FOUND'],
]

test.each(refused)('%s: %s %s refuses', async (_, department, operation, ask, status, code) => {
  const response = await callers.call(department, ask())
  expect(response.status).toBe(status)
  const failure = department === 'postal' ? { response: { status: 'error', code } } : { code }
  expect(await said(response.clone())).toMatchObject(failure)
  expect(await contracts[department].misfits(operation, response)).toEqual([])
})

describe('what a contract says beyond its schemas', () => {
  test('customs pages through the declarations of an enterprise, newest first, each once', async () => {
    const [uscc = ''] = many(1)
    const seen: string[] = []
    for (let after: string | undefined, more = true; more;) {
      const ask = asks.customs.queryDeclarations([uscc], { first: 7, ...(after && { after }) })
      const { pages } = (await said(await callers.call('customs', ask))) as {
        pages: [{ total: number; hasNextPage: boolean; declarations: { invtNo: string; appTime: string }[] }]
      }
      expect(pages[0].total).toBe(26)
      seen.push(...pages[0].declarations.map((d) => d.invtNo))
      after = seen.at(-1)
      more = pages[0].hasNextPage
    }
    expect(seen).toEqual(sandbox.world.customs.get(uscc)?.declarations.map((d) => d.invtNo))
  })

  test('tax accepts a nonce once', async () => {
    const ask = { ...asks.tax.getTaxpayer(many(1)), headers: taxHeaders(Date.now(), 'only-once-0001') }
    expect((await callers.call('tax', ask)).status).toBe(200)
    expect(await (await callers.call('tax', ask)).json()).toMatchObject({ code: 'NONCE_REUSED' })
  })

  test('tax over its rate says when to come back; fx outside its window says when it opens', async () => {
    sandbox.faults.set('tax', { kind: 'throttled', seconds: 60 })
    sandbox.faults.set('fx', { kind: 'closed', seconds: 3600 })
    const throttled = await callers.call('tax', asks.tax.getTaxpayer(many(1)))
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(50)
    expect(await contracts.tax.misfits('getTaxpayer', throttled)).toEqual([])
    for (const operation of ['listEnterprises', 'listSuspiciousTransactionReports'] as const) {
      const closed = await callers.call('fx', asks.fx[operation](many(1)))
      expect(Date.parse(closed.headers.get('retry-after') ?? '')).toBeGreaterThan(Date.now() + 3_500_000)
      expect(await contracts.fx.misfits(operation, closed)).toEqual([])
    }
    sandbox.faults.clear()
  })

  test('market searches in the order of the codes, whatever the case of the letters, page by page', async () => {
    const search = async (query: Record<string, string>) =>
      (await said(await callers.call('market', asks.market.searchEnterprises([], query)))) as {
        list: { uscc: string; name: string }[]
        total: number
        hasNextPage: boolean
      }
    const all = await search({ division: '3501', limit: '100' })
    const rest = await search({ division: '3501', limit: '100', after: all.list.at(-1)?.uscc ?? '' })
    const codes = [...all.list, ...rest.list].map((e) => e.uscc)
    expect([all.hasNextPage, rest.hasNextPage]).toEqual([true, false])
    expect(codes).toEqual([...sandbox.world.market.keys()].filter((code) => code.startsWith('3501', 2)).sort())
    expect(all.total).toBe(codes.length)
  })

  test('commerce answers 304 without a body to the tag that it gave', async () => {
    const first = await callers.call('commerce', asks.commerce.getFiling(many(1)))
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[0-9a-f]{32}"$/)
    const again = await callers.call('commerce', {
      ...asks.commerce.getFiling(many(1)),
      headers: { 'if-none-match': etag },
    })
    expect(again.status).toBe(304)
    expect(await contracts.commerce.misfits('getFiling', again)).toEqual([])
  })

  test('the post names what the charset of the contract alone can write, and escapes what XML would misread', async () => {
    const parcel = sandbox.world.postal.get(many(1)[0] ?? '')?.shipments.find((s) => s.traces.length > 2)
    const answer = (await said(await callers.call('postal', asks.postal.track([parcel?.mailNo ?? ''])))) as {
      traces: { trace: { acceptAddress: string }[] }
    }
    const places = answer.traces.trace.map((trace) => trace.acceptAddress)
    expect(places).toContain('福州R&D互换局 <东区>')
    expect(places.join()).toContain('䶮')
  })
})

test('every status that a contract names has been answered, and no other', () => {
  for (const id of calledIds) expect([...contracts[id].seen].sort()).toEqual(contracts[id].promised.sort())
})
