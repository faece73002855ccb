import { afterAll, describe, expect, test } from 'vitest'
import fx from '../../adapters/fx.ts'
import { json, loaded, outcome, type Said, ScriptedDepartment } from '../support/scripted-department.ts'

/** Given: what foreign exchange administration said. Want: what the loaders give. */

const [a, b, c] = ['91350102MYE0000341', '91350602MY0000178A', '91350404MY900022X6'] as const
const department = await ScriptedDepartment.start()
afterAll(() => department.stop())
const connected = () => department.connect('fx', fx, { credentials: { key: 'a-key' } })

const enterprise = {
  uscc: a,
  registered: true,
  class: 'A',
  exemptFromRegistration: false,
  receipts: [{ year: 2026, currency: 'USD', amount: '10.5', note: 'new' }],
  payments: [{ year: 2025, currency: 'EUR', amount: '0' }],
  settlements: [
    { number: 'J1', kind: 'GOODS', currency: 'USD', amount: '1.00001', account: 'DIRECT', settledOn: '2026-01-02' },
    { number: 'J2', kind: 'REFUND', currency: 'CNY', amount: '-3', account: 'PENDING', settledOn: '2026-01-01' },
  ],
}
const record = {
  uscc: a,
  registered: true,
  class: 'A',
  receipts: [{ year: 2026, currency: 'USD', amount: '10.5' }],
  payments: [{ year: 2025, currency: 'EUR', amount: '0' }],
  settlements: [
    {
      number: 'J1',
      kind: 'GOODS',
      amount: { amount: '1.00001', currency: 'USD' },
      account: 'DIRECT',
      settledOn: '2026-01-02',
    },
    {
      number: 'J2',
      kind: 'REFUND',
      amount: { amount: '-3', currency: 'CNY' },
      account: 'PENDING',
      settledOn: '2026-01-01',
    },
  ],
  exemptFromRegistration: false,
}
const small = { ...enterprise, uscc: b, registered: false, class: null, exemptFromRegistration: true, settlements: [] }
const smallRecord = {
  ...record,
  uscc: b,
  registered: false,
  class: null,
  exemptFromRegistration: true,
  settlements: [],
}
const failed = (problem: string, message: string) => ({ problem, message, retryAt: null })
const misfit = (message: string) => failed('contract', message)
const asked = () => department.heard.map(({ path }) => path)
const query = (...codes: string[]) => codes.map((code) => `uscc=${code}`).join('&')

describe('records', () => {
  const cases: [string, { given: Said; want: unknown[] }][] = [
    [
      'every field, in whatever order they come; an unknown code is null',
      { given: json({ data: [small, enterprise] }), want: [record, smallRecord, null] },
    ],
    ['nobody on file', { given: json({ data: [] }), want: [null, null, null] }],
    ['the same record twice counts once', { given: json({ data: [small, small] }), want: [null, smallRecord, null] }],
    ...(
      [
        [
          'a record that was not asked for',
          json({ data: [{ ...enterprise, uscc: '91330702MYQ0003787' }] }),
          misfit('The answer holds a record that was not asked for.'),
        ],
        [
          'two different records',
          json({ data: [enterprise, { ...enterprise, class: 'B' }] }),
          misfit('The answer holds two different records of the same enterprise.'),
        ],
        [
          'an amount that is a number',
          json({ data: [{ ...enterprise, receipts: [{ year: 2026, currency: 'USD', amount: 1 }] }] }),
          misfit('The answer does not fit the contract (EnterpriseList) at /data/0/receipts/0/amount: must be string.'),
        ],
        [
          'a class that is none',
          json({ data: [{ ...enterprise, class: 'D' }] }),
          misfit(
            'The answer does not fit the contract (EnterpriseList) at /data/0/class: must be equal to one of the allowed values.',
          ),
        ],
        [
          'the key refused',
          json({ code: 'KEY', message: '密钥无效' }, 401),
          failed('refused', "It refuses the hub's key."),
        ],
        [
          'the query refused',
          json({ code: 'QUERY', message: '' }, 400),
          failed('failed', 'It answered with status 400.'),
        ],
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
    expect(asked()).toEqual([`/v1/enterprises?${query(a, b, c)}`])
    expect(department.heard[0]?.headers['x-api-key']).toBe('a-key')
    expect(department.answered).toEqual(want.includes(null) ? ['live'] : [])
  })

  test('more than 50 codes travel in chunks of 50', async () => {
    department.says(json({ data: [] }))
    const codes = Array.from({ length: 120 }, (_, i) => `91350102MYE000${1000 + i}`)
    expect(await loaded(connected()().record, codes)).toEqual(codes.map(() => null))
    expect(asked().toSorted()).toEqual(
      [codes.slice(0, 50), codes.slice(50, 100), codes.slice(100)].map((some) => `/v1/enterprises?${query(...some)}`),
    )
  })
})

describe('suspicious transaction reports', () => {
  const report = { number: 'R1', reportedOn: '2026-01-01', reason: '大额', inner: 'new' }

  test('they are asked for at an address of their own; who has none is null', async () => {
    department.says(
      json({
        data: [
          { uscc: b, reports: [report] },
          { uscc: a, reports: [] },
        ],
      }),
    )
    const { reports } = connected()()
    expect(await reports.loadMany([a, b, c])).toEqual([
      [],
      [{ number: 'R1', reportedOn: '2026-01-01', reason: '大额' }],
      null,
    ])
    expect(asked()).toEqual([`/v1/suspicious-transaction-reports?${query(a, b, c)}`])
  })

  test('records are asked for without them', async () => {
    department.says(json({ data: [] }))
    await connected()().record.load(a)
    expect(asked()).toEqual([`/v1/enterprises?${query(a)}`])
  })

  test("another enterprise's reports are an error", async () => {
    department.says(json({ data: [{ uscc: b, reports: [report] }] }))
    expect(await outcome(connected()().reports.load(a))).toEqual(
      misfit('The answer holds a record that was not asked for.'),
    )
  })
})

describe('the nightly window', () => {
  const closed = { problem: 'closed', message: 'It is outside service hours.' }
  const retryAt = '2049-01-01T00:00:00.000Z'
  const said = (retryAfter?: string) =>
    json(
      { code: 'WINDOW_CLOSED', message: '系统非服务时间' },
      503,
      retryAfter === undefined ? {} : { 'retry-after': retryAfter },
    )

  test.each([
    ['as RFC 9110 prefers it', 'Fri, 01 Jan 2049 00:00:00 GMT'],
    ['in the form of RFC 850', 'Friday, 01-Jan-49 00:00:00 GMT'],
    ['in the form of asctime', 'Fri Jan  1 00:00:00 2049'],
  ])('503 with an HTTP date, %s: closed, with the time to come back, and not asked again', async (_form, date) => {
    department.says(said(date))
    expect(await outcome(connected()().record.load(a))).toEqual({ ...closed, retryAt })
    expect(department.heard).toHaveLength(1)
  })

  test('503 without a time is a failure, and asked once more', async () => {
    department.says(said())
    expect(await outcome(connected()().record.load(a))).toEqual(failed('failed', 'It answered with status 503.'))
    expect(department.heard).toHaveLength(2)
  })
})
