import { afterAll, describe, expect, test } from 'vitest'
import market from '../../adapters/market.ts'
import { json, loaded, outcome, type Said, ScriptedDepartment } from '../support/scripted-department.ts'

/** Given: what market supervision said. Want: what the loaders give. */

const [a, b, c] = ['91350102MYE0000341', '91350404MY900022X6', '91350602MY0000178A'] as const
const department = await ScriptedDepartment.start()
afterAll(() => department.stop())
const connected = () => department.connect('market', market, { credentials: { key: 'a-key' } })

const enterprise = {
  uscc: a,
  name: '福州示例云帆贸易有限公司（开发数据）',
  kind: '有限责任公司',
  status: '存续',
  capital: '500.00',
  capitalCurrency: 'CNY',
  establishedOn: '2019-05-06',
  address: '福州市鼓楼区示例路1号',
  scope: '货物进出口𬭊',
  authority: '鼓楼区市场监督管理局',
  legalRepresentative: { name: '陈示例', idNumber: '35010219800101123X', phone: 'new' },
  licences: [
    {
      number: 'L1',
      name: '食品经营许可证',
      validFrom: '2024-01-01',
      validTo: '2029-01-01',
      authority: '局',
      seal: 'new',
    },
    { number: 'L2', name: '长期', validFrom: '2024-01-01', authority: '局' },
  ],
  abnormalListings: [{ listedOn: '2023-07-01', reason: '未公示年报', removedOn: '2023-09-01', authority: '局' }],
  seriousViolations: [{ listedOn: '2025-01-01', reason: '严重', removedOn: null, authority: '局' }],
  penalties: [
    { number: 'P1', decidedOn: '2025-02-01', kind: '罚款', amount: '1000', reason: '标签', authority: '局' },
    { number: 'P2', decidedOn: '2025-01-01', kind: '警告', reason: '标签', authority: '局' },
    { number: 'P3', decidedOn: '2024-01-01', kind: '没收违法所得', amount: '0.5', reason: '标签', authority: '局' },
    { number: 'P4', decidedOn: '2023-01-01', kind: '责令停产停业', amount: null, reason: '标签', authority: '局' },
  ],
  qualityInspections: [
    { number: 'Q1', product: '玩具', stage: '采样', startedOn: '2026-01-04' },
    { number: 'Q2', product: '玩具', stage: '样品确认', startedOn: '2026-01-03', qualified: null },
    { number: 'Q3', product: '玩具', stage: '结果确认', startedOn: '2026-01-02', qualified: true },
    { number: 'Q4', product: '玩具', stage: '查处', startedOn: '2026-01-01', qualified: false },
  ],
}
const listing = { reason: '严重', removedOn: null, authority: '局' }
const penalty = { reason: '标签', authority: '局', amount: null }
const yuan = (amount: string) => ({ amount, currency: 'CNY' })
const record = {
  uscc: a,
  registration: {
    name: '福州示例云帆贸易有限公司（开发数据）',
    kind: '有限责任公司',
    status: 'ACTIVE',
    capital: yuan('500.00'),
    establishedOn: '2019-05-06',
    address: '福州市鼓楼区示例路1号',
    scope: '货物进出口𬭊',
    authority: '鼓楼区市场监督管理局',
  },
  legalRepresentative: { name: '陈示例', idNumber: '35010219800101123X' },
  licences: [
    { number: 'L1', name: '食品经营许可证', validFrom: '2024-01-01', validTo: '2029-01-01', authority: '局' },
    { number: 'L2', name: '长期', validFrom: '2024-01-01', validTo: null, authority: '局' },
  ],
  abnormalListings: [{ listedOn: '2023-07-01', reason: '未公示年报', removedOn: '2023-09-01', authority: '局' }],
  seriousViolations: [{ ...listing, listedOn: '2025-01-01' }],
  penalties: [
    { ...penalty, number: 'P1', decidedOn: '2025-02-01', kind: 'FINE', amount: yuan('1000') },
    { ...penalty, number: 'P2', decidedOn: '2025-01-01', kind: 'WARNING' },
    { ...penalty, number: 'P3', decidedOn: '2024-01-01', kind: 'CONFISCATION', amount: yuan('0.5') },
    { ...penalty, number: 'P4', decidedOn: '2023-01-01', kind: 'SUSPENSION_OF_BUSINESS' },
  ],
  qualityInspections: [
    { number: 'Q1', product: '玩具', stage: 'SAMPLING', startedOn: '2026-01-04', qualified: null },
    { number: 'Q2', product: '玩具', stage: 'SAMPLE_CONFIRMED', startedOn: '2026-01-03', qualified: null },
    { number: 'Q3', product: '玩具', stage: 'RESULT_CONFIRMED', startedOn: '2026-01-02', qualified: true },
    { number: 'Q4', product: '玩具', stage: 'ENFORCEMENT', startedOn: '2026-01-01', qualified: false },
  ],
}
const inStatus = (status: string) => ({ ...record, registration: { ...record.registration, status } })
const failed = (problem: string, message: string) => ({ problem, message, retryAt: null })
const misfit = (message: string) => failed('contract', message)
const asked = () => department.heard.map(({ path }) => new URL(path, 'http://market'))

describe('records', () => {
  const cases: [string, { given: Said; want: unknown[] }][] = [
    ['every field; an unknown code is null', { given: json({ list: [enterprise] }), want: [record, null, null] }],
    [
      'every status, in whatever order they come',
      {
        given: json({
          list: [
            { ...enterprise, uscc: c, status: '迁出' },
            { ...enterprise, uscc: b, status: '注销' },
            { ...enterprise, status: '吊销' },
          ],
        }),
        want: [inStatus('REVOKED'), { ...inStatus('DEREGISTERED'), uscc: b }, { ...inStatus('MOVED_OUT'), uscc: c }],
      },
    ],
    ...(
      [
        [
          'a status that is none',
          json({ list: [{ ...enterprise, status: '在营' }] }),
          misfit(
            'The answer does not fit the contract (EnterpriseList) at /list/0/status: must be equal to one of the allowed values.',
          ),
        ],
        [
          'a record that was not asked for',
          json({ list: [{ ...enterprise, uscc: '91330702MYQ0003787' }] }),
          misfit('The answer holds a record that was not asked for.'),
        ],
        [
          'the key refused',
          json({ code: 'KEY', message: '应用密钥无效' }, 403),
          failed('refused', "It refuses the hub's application key."),
        ],
        ['another status', json({}, 418), failed('failed', 'It answered with status 418.')],
      ] as const
    ).map(([name, given, want]): [string, { given: Said; want: unknown[] }] => [
      name,
      { given, want: [want, want, want] },
    ]),
  ]
  test.each(cases)('%s', async (_name, { given, want }) => {
    department.says(given)
    const { record: loader } = connected()()
    expect(await Promise.all([a, b, c].map((uscc) => outcome(loader.load(uscc))))).toEqual(want)
    expect(asked().map(({ pathname, searchParams }) => [pathname, Object.fromEntries(searchParams)])).toEqual([
      ['/api/enterprises', { usccs: [a, b, c].join(',') }],
    ])
    expect(department.heard[0]?.headers['x-app-key']).toBe('a-key')
  })

  test('more than 50 codes travel in chunks of 50', async () => {
    department.says(json({ list: [] }))
    const codes = Array.from({ length: 101 }, (_, i) => `91350102MYE000${1000 + i}`)
    await loaded(connected()().record, codes)
    expect(
      asked()
        .map(({ searchParams }) => searchParams.get('usccs'))
        .toSorted(),
    ).toEqual([codes.slice(0, 50), codes.slice(50, 100), codes.slice(100)].map((some) => some.join(',')))
  })
})

describe('search', () => {
  const everything = { name: null, division: null, first: 3, after: null }
  const page = (codes: readonly string[], more: object = {}) =>
    json({ list: codes.map((uscc) => ({ uscc })), total: 9, hasNextPage: true, ...more })
  const found = (...usccs: string[]) => ({ usccs, total: 9, hasNextPage: true })
  const named = (name: string) => json({ list: [{ uscc: a, name }], total: 1, hasNextPage: false })

  const cases: [string, { asked?: object; given: Said; sent?: object; want: unknown }][] = [
    ['a page in the order of the codes', { given: page([a, b, c]), want: found(a, b, c) }],
    [
      'nothing',
      { given: page([], { total: 0, hasNextPage: false }), want: { usccs: [], total: 0, hasNextPage: false } },
    ],
    [
      'name, division and the page after travel as given',
      {
        asked: { name: '云帆 & 子', division: '3504', after: a, first: 1 },
        given: page([b]),
        sent: { name: '云帆 & 子', division: '3504', after: a, limit: '1' },
        want: found(b),
      },
    ],
    [
      'a name is a part of the name, capitals or not',
      {
        asked: { name: 'ABC' },
        given: named('福州abc'),
        sent: { name: 'ABC', limit: '3' },
        want: { usccs: [a], total: 1, hasNextPage: false },
      },
    ],
    [
      'another name',
      {
        asked: { name: 'ABC' },
        given: named('福州'),
        sent: { name: 'ABC', limit: '3' },
        want: misfit('The page is of another name.'),
      },
    ],
    [
      'another division',
      {
        asked: { division: '3506' },
        given: page([a]),
        sent: { division: '3506', limit: '3' },
        want: misfit('The page is of another division.'),
      },
    ],
    [
      'a page longer than asked for',
      {
        asked: { first: 1 },
        given: page([a, b]),
        sent: { limit: '1' },
        want: misfit('The page is longer than asked for.'),
      },
    ],
    ['a page out of order', { given: page([b, a]), want: misfit('The page is not in the order of the codes.') }],
    ['the same twice', { given: page([a, a]), want: misfit('The page is not in the order of the codes.') }],
    [
      'the page before again',
      {
        asked: { after: b },
        given: page([a]),
        sent: { after: b, limit: '3' },
        want: misfit('The page is not in the order of the codes.'),
      },
    ],
    [
      'a code that cannot be',
      { given: page(['91350102MYE0000342']), want: misfit('The page holds a credit code whose check digit is wrong.') },
    ],
    [
      'a refused query',
      { given: json({ code: 'QUERY', message: '' }, 400), want: failed('failed', 'It answered with status 400.') },
    ],
  ]
  test.each(cases)('%s', async (_name, { asked: wanted = {}, given, sent = { limit: '3' }, want }) => {
    department.says(given)
    expect(await outcome(connected()().search.load({ ...everything, ...wanted }))).toEqual(want)
    expect(asked().map(({ pathname, searchParams }) => [pathname, Object.fromEntries(searchParams)])).toEqual([
      ['/api/enterprises/search', sent],
    ])
  })

  test('the same search twice in a request is sent once', async () => {
    department.says(page([a]))
    const { search } = connected()()
    expect(await Promise.all([search.load(everything), search.load({ ...everything })])).toEqual([found(a), found(a)])
    expect(department.heard).toHaveLength(1)
  })
})
