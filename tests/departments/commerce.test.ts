import { afterAll, describe, expect, test } from 'vitest'
import commerce from '../../adapters/commerce.ts'
import { inTurn, json, outcome, type Said, ScriptedDepartment } from '../support/scripted-department.ts'

/** Given: what commerce said. Want: what the loader gives. */

const uscc = '91350102MYE0000341'
const department = await ScriptedDepartment.start()
afterAll(() => department.stop())
const connected = () => department.connect('commerce', commerce, { credentials: { key: 'a-key' } })

const filing = {
  uscc,
  filing: {
    number: 'BA1',
    zone: '福州',
    roles: ['platform', 'seller', 'payment', 'logistics', 'warehouse'],
    filedOn: '2024-02-29',
    status: '有效',
  },
  overseasWarehouses: [{ name: '汉堡仓', country: 'DEU', area: '1200.5', public: true, note: 'new' }],
  parks: [{ name: '示例园区', division: '350102' }, { name: '无区划园区' }],
}
const record = {
  uscc,
  filing: {
    number: 'BA1',
    zone: '福州',
    roles: ['PLATFORM', 'SELLER', 'PAYMENT', 'LOGISTICS', 'WAREHOUSE'],
    filedOn: '2024-02-29',
    status: 'VALID',
  },
  overseasWarehouses: [{ name: '汉堡仓', country: 'DEU', area: '1200.5', public: true }],
  parks: [
    { name: '示例园区', division: '350102' },
    { name: '无区划园区', division: null },
  ],
}
const inStatus = (status: string) => ({ ...filing, filing: { ...filing.filing, status } })
const mappedStatus = (status: string) => ({ ...record, filing: { ...record.filing, status } })
const failed = (problem: string, message: string) => ({ problem, message, retryAt: null })

describe('records', () => {
  const cases: [string, { given: Said; want: unknown }][] = [
    ['every field', { given: json(filing, 200, { etag: '"1"' }), want: record }],
    ['without an ETag', { given: json(filing), want: record }],
    ['a filing that is changing', { given: json(inStatus('变更中')), want: mappedStatus('CHANGING') }],
    ['a cancelled filing', { given: json(inStatus('已注销')), want: mappedStatus('CANCELLED') }],
    ['none', { given: json({ code: 'NOT_FOUND', message: '无备案记录' }, 404), want: null }],
    [
      "another enterprise's record",
      {
        given: json({ ...filing, uscc: '91350602MY0000178A' }),
        want: failed('contract', 'The answer is the record of another enterprise.'),
      },
    ],
    [
      'a country in no list',
      {
        given: json({ ...filing, overseasWarehouses: [{ name: 'x', country: 'QQQ', area: '1', public: false }] }),
        want: failed('contract', 'The answer holds a country code that is in no list.'),
      },
    ],
    [
      'the key refused',
      { given: json({ code: 'KEY', message: '密钥无效' }, 401), want: failed('refused', "It refuses the hub's key.") },
    ],
    ['304 without a record before', { given: { status: 304 }, want: failed('failed', 'It answered with status 304.') }],
  ]
  test.each(cases)('%s', async (_name, { given, want }) => {
    department.says(given)
    expect(await outcome(connected()().record.load(uscc))).toEqual(want)
    const [{ method, path, headers } = { method: '', path: '', headers: {} as Record<string, string> }, ...more] =
      department.heard
    expect([method, path, headers['authorization'], headers['if-none-match']]).toEqual([
      'GET',
      `/filings/${uscc}`,
      'Bearer a-key',
      undefined,
    ])
    expect(more).toEqual([])
  })
})

describe('what was said before', () => {
  const first = json(filing, 200, { etag: '"1"' })
  const second = json(inStatus('已注销'), 200, { etag: 'W/"2"' })
  const unchanged: Said = { status: 304 }
  const none = json({ code: 'NOT_FOUND', message: '' }, 404)
  const changed = mappedStatus('CANCELLED')
  const unreadable: Said = { headers: { 'content-type': 'application/json', etag: '"9"' }, body: '{' }
  const misfit = failed('contract', 'The answer is not JSON in UTF-8.')

  const cases: [
    string,
    { given: [Said, ...Said[]]; want: unknown[]; shown: (string | undefined)[]; freshness: string[] },
  ][] = [
    [
      '304 is the record again, revalidated',
      {
        given: [first, unchanged],
        want: [record, record],
        shown: [undefined, '"1"'],
        freshness: ['live', 'revalidated'],
      },
    ],
    [
      'a new ETag replaces the old one',
      {
        given: [first, second, unchanged],
        want: [record, changed, changed],
        shown: [undefined, '"1"', 'W/"2"'],
        freshness: ['live', 'live', 'revalidated'],
      },
    ],
    [
      'an answer without an ETag leaves nothing to be asked by',
      {
        given: [first, json(filing), first],
        want: [record, record, record],
        shown: [undefined, '"1"', undefined],
        freshness: ['live', 'live', 'live'],
      },
    ],
    [
      'a filing that is gone is forgotten',
      {
        given: [first, none, unchanged],
        want: [record, null, failed('failed', 'It answered with status 304.')],
        shown: [undefined, '"1"', undefined],
        freshness: ['live', 'live'],
      },
    ],
    [
      'an answer that cannot be read changes nothing',
      {
        given: [first, unreadable, unchanged],
        want: [record, misfit, record],
        shown: [undefined, '"1"', '"1"'],
        freshness: ['live', 'revalidated'],
      },
    ],
  ]
  test.each(cases)('%s', async (_name, { given, want, shown, freshness }) => {
    department.says(inTurn(...given))
    const request = connected()
    const got: unknown[] = []
    for (const _ of given) got.push(await outcome(request().record.load(uscc)))
    expect(got).toEqual(want)
    expect(department.heard.map(({ headers }) => headers['if-none-match'])).toEqual(shown)
    expect(department.answered).toEqual(freshness)
  })
})
