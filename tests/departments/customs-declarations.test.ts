import { afterAll, describe, expect, test } from 'vitest'
import { a, b, c, misfit, number, scriptedCustoms } from '../support/scripted-customs.ts'
import { json, outcome, type Said, ScriptedDepartment } from '../support/scripted-department.ts'

/** Given: what customs said. Want: what the loaders of declarations give. */

const department = await ScriptedDepartment.start()
const { connected, withTokens, paths } = scriptedCustoms(department)
afterAll(() => department.stop())

const receipt = (guid: string, returnStatus: string, returnTime: string) => ({ guid, returnStatus, returnTime })
const declaration = {
  invtNo: number,
  uscc: a,
  ieFlag: 'E',
  tradeMode: '9610',
  appTime: '20260301100000',
  customsCode: '3500',
  portCode: '3501',
  country: '142',
  orderNo: 'ORDER-1',
  logisticsNo: 'LX123456785CN',
  currency: '502',
  goodsValue: '120.50',
  grossWeight: '0.00001',
  returns: [receipt('g1', '2', '20260301100001')],
  goods: [
    {
      gnum: 1,
      gcode: '6109100021',
      gname: '棉制T恤衫𠮷',
      qty: '2',
      unit: '011',
      price: '60.25',
      currency: '142',
      country: 'HKG',
    },
  ],
}
const mapped = {
  uscc: a,
  number,
  tradeMode: 'CBEC_B2C_9610',
  direction: 'EXPORT',
  declaredAt: '2026-03-01T10:00:00+08:00',
  status: { code: '2', zh: '电子口岸申报中', en: 'Being declared through the e-port', at: '2026-03-01T10:00:01+08:00' },
  declarationDistrict: '3500',
  portDistrict: '3501',
  country: 'CHN',
  orderNo: 'ORDER-1',
  logisticsNo: 'LX123456785CN',
  value: { amount: '120.50', currency: 'USD' },
  weight: '0.00001',
  lines: [
    {
      gnum: 1,
      hsCode: '6109100021',
      name: '棉制T恤衫𠮷',
      quantity: '2',
      unit: '011',
      price: '60.25',
      currency: 'CNY',
      country: 'HKG',
    },
  ],
}

describe('one declaration', () => {
  const withReceipts = (...returns: ReturnType<typeof receipt>[]) => ({ ...declaration, returns })
  const inStatus = (code: string, zh: string, en: string, at: string) => ({ ...mapped, status: { code, zh, en, at } })
  const released = inStatus('800', '放行', 'Released', '2026-03-02T09:00:00+08:00')
  const cleared = inStatus('899', '结关', 'Cleared', '2026-03-03T09:00:00+08:00')

  const cases: [string, { given: Said; want: unknown }][] = [
    [
      'every field; a country by number in the head, by letters in the line',
      { given: json(declaration), want: mapped },
    ],
    [
      'an import without order and logistics numbers; Hong Kong by its number',
      {
        given: json({
          ...declaration,
          ieFlag: 'I',
          tradeMode: '1210',
          country: '110',
          orderNo: null,
          logisticsNo: undefined,
          goods: declaration.goods.map((line) => ({ ...line, country: '142' })),
        }),
        want: {
          ...mapped,
          direction: 'IMPORT',
          tradeMode: 'CBEC_BONDED_1210',
          country: 'HKG',
          orderNo: null,
          logisticsNo: null,
          lines: mapped.lines.map((line) => ({ ...line, country: 'CHN' })),
        },
      },
    ],
    ...(
      [
        ['0110', 'GENERAL_0110'],
        ['9710', 'CBEC_B2B_9710'],
        ['9810', 'CBEC_OVERSEAS_WAREHOUSE_9810'],
      ] as const
    ).map(([tradeMode, want]): [string, { given: Said; want: unknown }] => [
      `trade mode ${tradeMode}`,
      { given: json({ ...declaration, tradeMode }), want: { ...mapped, tradeMode: want } },
    ]),
    [
      'receipts out of order: the latest by its own time',
      {
        given: json(withReceipts(receipt('g3', '800', '20260302090000'), receipt('g1', '2', '20260301100001'))),
        want: released,
      },
    ],
    [
      'receipts repeated: once, from the earliest',
      {
        given: json(withReceipts(receipt('g3', '800', '20260302090000'), receipt('g3', '800', '20260305090000'))),
        want: released,
      },
    ],
    [
      'a stale receipt after a terminal one changes nothing',
      {
        given: json(withReceipts(receipt('g4', '899', '20260303090000'), receipt('g5', '500', '20260304090000'))),
        want: cleared,
      },
    ],
    [
      'a status code that the table lacks is told as such',
      {
        given: json(withReceipts(receipt('g1', '901', '20260303090000'))),
        want: inStatus('901', '代码表外状态', 'Status outside the code table', '2026-03-03T09:00:00+08:00'),
      },
    ],
    ['none', { given: json({ code: 'NOT_FOUND', message: '无此清单' }, 404), want: null }],
    [
      'a country in neither list',
      {
        given: json({ ...declaration, country: '999' }),
        want: misfit("The answer holds a country code that is in neither of customs' lists."),
      },
    ],
    [
      'letters of no country in a line',
      {
        given: json({ ...declaration, goods: declaration.goods.map((line) => ({ ...line, country: 'QQQ' })) }),
        want: misfit("The answer holds a country code that is in neither of customs' lists."),
      },
    ],
    [
      'a currency in no list',
      {
        given: json({ ...declaration, currency: '999' }),
        want: misfit('The answer holds a currency code that is not in the customs list.'),
      },
    ],
    [
      'a commodity code of five digits',
      {
        given: json({ ...declaration, goods: declaration.goods.map((line) => ({ ...line, gcode: '61091' })) }),
        want: misfit('The answer holds a commodity code that cannot be.'),
      },
    ],
    [
      'a receipt whose code cannot be read',
      {
        given: json(withReceipts(receipt('g1', '007', '20260303090000'))),
        want: misfit('The answer holds a receipt whose status cannot be read.'),
      },
    ],
    [
      'a receipt at a time that does not exist',
      {
        given: json(withReceipts(receipt('g1', '2', '20260303250000'))),
        want: misfit('The answer holds a time that does not exist.'),
      },
    ],
    [
      'no receipt at all',
      {
        given: json(withReceipts()),
        want: misfit(
          'The answer does not fit the contract (Declaration) at /returns: must NOT have fewer than 1 items.',
        ),
      },
    ],
    [
      'another declaration',
      {
        given: json({ ...declaration, invtNo: '35002026E999999999' }),
        want: misfit('The answer holds another declaration than the one asked for.'),
      },
    ],
  ]
  test.each(cases)('%s', async (_name, { given, want }) => {
    withTokens(() => given)
    expect(await outcome(connected()().declaration.load(number))).toEqual(want)
    expect(paths()).toEqual(['/oauth/token', `/v2/declarations/${number}`])
  })
})

describe('pages of declarations', () => {
  const page = (uscc: string, more: object = {}) => ({ uscc, total: 5, hasNextPage: true, declarations: [], ...more })
  const key = (uscc: string, first = 2, after: string | null = null) => ({ uscc, first, after })
  const bodies = () => department.heard.slice(1).map(({ body }) => JSON.parse(body) as unknown)

  test('alike pages travel together, others apart; none is null', async () => {
    withTokens((nth) =>
      json({
        pages: nth === 0 ? [page(b), page(a, { declarations: [declaration] })] : [page(a, { hasNextPage: false })],
      }),
    )
    const { declarations } = connected()()
    const asked = [key(a), key(b), key(c), key(a, 2, number)]
    expect(await Promise.all(asked.map((one) => declarations.load(one)))).toEqual([
      { declarations: [mapped], total: 5, hasNextPage: true },
      { declarations: [], total: 5, hasNextPage: true },
      null,
      { declarations: [], total: 5, hasNextPage: false },
    ])
    expect(bodies()).toEqual([
      { usccs: [a, b, c], first: 2 },
      { usccs: [a], first: 2, after: number },
    ])
  })

  const cases: [string, { given: unknown[]; want: unknown }][] = [
    [
      "another enterprise's declaration",
      { given: [page(a, { declarations: [{ ...declaration, uscc: b }] })], want: "another enterprise's declaration" },
    ],
    [
      'a page longer than asked for',
      {
        given: [page(a, { declarations: [declaration, declaration, declaration] })],
        want: 'a page longer than asked for',
      },
    ],
    ['a page not asked for', { given: [page(b)], want: 'a record that was not asked for' }],
  ]
  test.each(cases)('%s is an error', async (_name, { given, want }) => {
    withTokens(() => json({ pages: given }))
    expect(await outcome(connected()().declarations.load(key(a)))).toEqual(misfit(`The answer holds ${String(want)}.`))
  })

  test('a declaration that cannot be read leaves the neighbours of its page alone', async () => {
    withTokens(() => json({ pages: [page(a, { declarations: [{ ...declaration, country: '999' }] }), page(b)] }))
    const { declarations } = connected()()
    expect(await Promise.all([a, b].map((uscc) => outcome(declarations.load(key(uscc)))))).toEqual([
      misfit("The answer holds a country code that is in neither of customs' lists."),
      { declarations: [], total: 5, hasNextPage: true },
    ])
  })
})
