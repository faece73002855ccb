import { createHash } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import tax from '../../adapters/tax.ts'
import { inTurn, json, outcome, type Said, ScriptedDepartment } from '../support/scripted-department.ts'

/** Given: what the tax service said. Want: what the loader gives, and what it sent. */

const uscc = '91350102MYE0000341'
const other = '91350602MY0000178A'
const department = await ScriptedDepartment.start()
afterAll(() => department.stop())

const credentials = { paasid: 'hutong', token: 'a-token' }
const connected = () => department.connect('tax', tax, { credentials })
const said = (failure: Said, nth: number) => inTurn(...(Array<Said>(nth).fill(failure) as [Said]), json(taxpayer))

const taxpayer = {
  uscc,
  taxpayerKind: '一般纳税人',
  listedGradeA: true,
  creditGrade: 'A',
  exportRefundClass: '一类',
  levyMethod: '查账征收',
  refunds: [
    {
      number: 'TS1',
      period: '2026-02',
      amount: '100.10',
      status: '已退库',
      filedOn: '2026-03-01',
      paidOn: '2026-03-20',
      declarationNumbers: ['35002026E123456789'],
    },
  ],
  exemptions: [{ period: '2026-01', kind: '无票免税', amount: '7' }],
  arrears: '0',
}
const record = {
  uscc,
  taxpayerKind: 'GENERAL',
  listedGradeA: true,
  creditGrade: 'A',
  exportRefundClass: 'CLASS_1',
  levyMethod: 'ACCOUNTS',
  refunds: [
    {
      number: 'TS1',
      period: '2026-02',
      amount: { amount: '100.10', currency: 'CNY' },
      status: 'PAID',
      filedOn: '2026-03-01',
      paidOn: '2026-03-20',
      declarationNumbers: ['35002026E123456789'],
    },
  ],
  exemptions: [{ period: '2026-01', amount: { amount: '7', currency: 'CNY' } }],
  arrears: { amount: '0', currency: 'CNY' },
}
const refund = (status: string, paidOn?: string | null) => ({ ...taxpayer.refunds[0], status, paidOn })
const mappedRefund = (status: string) => ({ ...record.refunds[0], status, paidOn: null })

const skewed = (seconds: number) =>
  json({ code: 'TIMESTAMP_SKEW', message: '', serverTime: Math.floor(Date.now() / 1000) + seconds }, 401)
const refusedSignature = json({ code: 'SIGNATURE', message: '签名错误' }, 401)
const refusal = { problem: 'refused', message: "It refuses the hub's signature.", retryAt: null }
const throttled = (retryAfter?: string) =>
  json({ code: 'RATE', message: '请求过于频繁' }, 429, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
const heardHeader = (name: string) => department.heard.map(({ headers }) => headers[name] ?? '')
/** By how many seconds the timestamps that were sent are ahead. */
const ahead = () =>
  heardHeader('x-tif-timestamp').map((stamp) => Math.round((Number(stamp) - Date.now() / 1000) / 60) * 60 || 0)

describe('records', () => {
  const cases: [string, { given: Said; want: unknown }][] = [
    ['every field', { given: json({ ...taxpayer, newField: 1 }), want: record }],
    [
      'the other words of every list; what may be left out',
      {
        given: json({
          ...taxpayer,
          taxpayerKind: '小规模纳税人',
          listedGradeA: false,
          creditGrade: 'M',
          exportRefundClass: undefined,
          levyMethod: '核定征收',
          refunds: [refund('已申报'), refund('审核中', null), refund('已核准'), refund('不予退税')],
          exemptions: [],
          arrears: '-0.5',
        }),
        want: {
          ...record,
          taxpayerKind: 'SMALL_SCALE',
          listedGradeA: false,
          creditGrade: 'M',
          exportRefundClass: null,
          levyMethod: 'ASSESSED',
          refunds: ['FILED', 'IN_REVIEW', 'APPROVED', 'REFUSED'].map(mappedRefund),
          exemptions: [],
          arrears: { amount: '-0.5', currency: 'CNY' },
        },
      },
    ],
    ...(
      [
        ['二类', 'CLASS_2'],
        ['三类', 'CLASS_3'],
        ['四类', 'CLASS_4'],
        [null, null],
      ] as const
    ).map(([exportRefundClass, want]): [string, { given: Said; want: unknown }] => [
      `export refund class ${exportRefundClass}`,
      { given: json({ ...taxpayer, exportRefundClass }), want: { ...record, exportRefundClass: want } },
    ]),
    ['none', { given: json({ code: 'NOT_FOUND', message: '无此纳税人' }, 404), want: null }],
    [
      'another taxpayer',
      {
        given: json({ ...taxpayer, uscc: other }),
        want: { problem: 'contract', message: 'The answer is the record of another taxpayer.', retryAt: null },
      },
    ],
    [
      'a day that does not exist',
      {
        given: json({ ...taxpayer, refunds: [refund('已退库', '2026-02-30')] }),
        want: {
          problem: 'contract',
          message: 'The answer does not fit the contract (Taxpayer) at /refunds/0/paidOn: must match format "date".',
          retryAt: null,
        },
      },
    ],
    ['a refused signature', { given: refusedSignature, want: refusal }],
    ['a nonce said to be used', { given: json({ code: 'NONCE_REUSED', message: '' }, 401), want: refusal }],
    [
      'a refusal that is none',
      {
        given: json({ code: 'ELSE', message: '' }, 401),
        want: {
          problem: 'contract',
          message:
            'The answer does not fit the contract (Failure) at /code: must be equal to one of the allowed values.',
          retryAt: null,
        },
      },
    ],
    [
      'a redirection',
      {
        given: { status: 302, headers: { location: '/elsewhere' } },
        want: { problem: 'failed', message: 'It answered with status 302.', retryAt: null },
      },
    ],
  ]
  test.each(cases)('%s', async (_name, { given, want }) => {
    department.says(given)
    expect(await outcome(connected()().record.load(uscc))).toEqual(want)
    expect(department.heard.map(({ method, path }) => [method, path])).toEqual([['GET', `/taxpayers/${uscc}`]])
    expect(department.answered).toEqual(want === null || 'uscc' in (want as object) ? ['live'] : [])
  })
})

describe('signature', () => {
  const wanted = ({ headers }: { headers: Record<string, string> }) => {
    const [timestamp = '', nonce = ''] = [headers['x-tif-timestamp'], headers['x-tif-nonce']]
    return createHash('sha256').update(`${timestamp}a-token${nonce}${timestamp}`).digest('hex')
  }

  test('it is sha256hex(timestamp + token + nonce + timestamp), as the contract says', async () => {
    department.says(json(taxpayer))
    await connected()().record.load(uscc)
    const [heard] = department.heard
    expect(heard?.headers).toMatchObject({
      'x-tif-paasid': 'hutong',
      'x-tif-timestamp': expect.stringMatching(/^\d{10}$/) as string,
      'x-tif-nonce': expect.stringMatching(/^[\w-]{8,64}$/) as string,
      'x-tif-signature': heard && wanted(heard),
      'x-request-id': 'a-test-request',
    })
    expect(ahead()).toEqual([0])
  })

  test.each([
    ['a failure', json({}, 500)],
    ['a broken connection', null],
    ['a rate limit', throttled('0')],
  ])('sent again after %s it has a nonce of its own', async (_name, failure) => {
    department.says(inTurn(failure, json(taxpayer)))
    expect(await connected()().record.load(uscc)).toEqual(record)
    expect(new Set(heardHeader('x-tif-nonce')).size).toBe(2)
    expect(heardHeader('x-tif-signature')).toEqual(department.heard.map(wanted))
    expect(department.called).toBe(2)
  })
})

describe('a clock that is wrong', () => {
  test('it is corrected once and remembered for the calls that follow', async () => {
    department.says((_heard, nth) => (nth === 0 ? skewed(3600) : json(taxpayer)))
    const request = connected()
    expect(await request().record.load(uscc)).toEqual(record)
    expect(await request().record.load(uscc)).toEqual(record)
    expect(ahead()).toEqual([0, 3600, 3600])
    expect(new Set(heardHeader('x-tif-nonce')).size).toBe(3)
  })

  test('put right again, it is corrected back', async () => {
    department.says((_heard, nth) => (nth === 0 ? skewed(3600) : nth === 2 ? skewed(0) : json(taxpayer)))
    const request = connected()
    for (const _ of [1, 2]) expect(await request().record.load(uscc)).toEqual(record)
    expect(ahead()).toEqual([0, 3600, 3600, 0])
  })

  test('refused with its own time, it is not asked a third time, and nothing is remembered', async () => {
    department.says((_heard, nth) => (nth < 2 ? skewed(86_400 * 365) : json(taxpayer)))
    const request = connected()
    expect(await outcome(request().record.load(uscc))).toEqual(refusal)
    expect(await request().record.load(uscc)).toEqual(record)
    expect(ahead()).toEqual([0, 86_400 * 365, 0])
  })

  test('without a time it is a refusal', async () => {
    department.says(json({ code: 'TIMESTAMP_SKEW', message: '' }, 401))
    expect(await outcome(connected()().record.load(uscc))).toEqual(refusal)
  })
})

describe('a rate limit', () => {
  const limited = { problem: 'throttled', message: 'It takes no more requests for now.' }

  test('a short Retry-After is waited out within the deadline', async () => {
    department.says(said(throttled('1'), 1))
    const before = performance.now()
    expect(await connected()().record.load(uscc)).toEqual(record)
    expect(performance.now() - before).toBeGreaterThan(990)
    expect(department.heard).toHaveLength(2)
  })

  test('one that takes more than half of the time left is an error that says when', async () => {
    department.says(throttled('60'))
    const before = Date.now()
    const failure = await outcome(connected()().record.load(uscc))
    expect(failure).toEqual({ ...limited, retryAt: expect.any(String) as string })
    const wait = Date.parse(failure !== null && 'retryAt' in failure ? (failure.retryAt ?? '') : '') - before
    expect(Math.abs(wait - 60_000)).toBeLessThan(5000)
    expect(department.heard).toHaveLength(1)
  })

  test('it is waited out once', async () => {
    department.says(throttled('0'))
    expect(await outcome(connected()().record.load(uscc))).toMatchObject(limited)
    expect(department.heard).toHaveLength(2)
  })

  test.each([undefined, 'soon', '5 apples', '-5'])('Retry-After %s says nothing', async (retryAfter) => {
    department.says(throttled(retryAfter))
    expect(await outcome(connected()().record.load(uscc))).toEqual({ ...limited, retryAt: null })
    expect(department.heard).toHaveLength(1)
  })
})
