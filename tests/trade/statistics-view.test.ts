/**
 * Statistics as GraphQL tells them: to who may read the lists what the lists come to, and to others nothing of few of them.
 * It is longer than 300 lines: all of it asks about the same lists, which take a while to hand in.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { grantOf, runGrantedHub } from '../attacks/granted-hub.ts'
import { decisionsOf, recordsOf } from '../support/audit.ts'
import type { Answer, Persona, Running } from '../support/harness.ts'
import { countedOf, messagesOf, sales, type Asked, type Counted, type Sale } from './counted-lists.ts'
import { handIn, publish } from './handed.ts'

const lists = ['customs.tradeLists', 'customs.tradeMatches', 'customs.tradeStatuses']
const statistics = ['customs.tradeStatistics', 'customs.tradeEnterpriseStatistics']
const given = (purpose: string, items: readonly string[], limits: Parameters<typeof grantOf>[3] = {}) =>
  items.map((item) => grantOf('tax', item, purpose, limits))

const all: Sale[] = sales(7, 300, '2025')
/** Of one purpose each: what tax holds for it. */
const grants = [
  ...given('whole', [...statistics, ...lists]),
  ...given('numbers', statistics),
  ...given('divided', [...statistics, ...lists], { divisions: ['3307'] }),
  ...given('half', statistics),
  ...given('half', ['customs.tradeLists', 'customs.tradeMatches']),
  ...given('times', [...statistics, ...lists, 'postal.tradeWaybills']),
  ...['counted', 'once', 'another'].flatMap((purpose) => [
    ...given(purpose, statistics),
    ...lists.map((item) => ({ ...grantOf('tax', item, purpose), dailySubjects: 1 })),
  ]),
]

let running: Running
beforeAll(async () => {
  running = await runGrantedHub(grants)
  await handIn(running, messagesOf(all))
  const { rows } = await running.database.pool.query('select state, count(*)::int as lists from trade_match group by 1')
  expect(rows).toEqual([{ state: 'MATCHED', lists: all.length }])
  await publish(running)
}, 60_000)
afterAll(() => running.stop())

const customs: Persona = { as: 'customs' }
const commerce: Persona = { as: 'commerce', purpose: 'statistics' }
const tax = (purpose: string): Persona => ({ as: 'tax', purpose, purposes: [purpose] })

interface Group {
  key: string | null
  lists: number
  amounts: { currency: string; amount: string }[]
}
interface Told {
  total: Omit<Group, 'key'> | null
  suppressed: number
  groups: { nodes: Group[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }
}

const question = `query ($zone: TradeZone! = JINHUA, $view: TradeView!, $period: String!, $level: TradeLevel!, $direction: TradeDirection,
    $tradeModes: [String!], $category: String, $logisticsTimes: [TradeLogisticsTime!], $first: Int = 100, $after: String) {
  tradeStatistics(zone: $zone, view: $view, period: $period, level: $level, direction: $direction,
      tradeModes: $tradeModes, category: $category, logisticsTimes: $logisticsTimes) {
    total { lists amounts { currency amount } }
    suppressed
    groups(first: $first, after: $after) { nodes { key lists amounts { currency amount } } pageInfo { hasNextPage endCursor } }
  }
}`
const everything: Asked = {
  view: 'CITY',
  period: '2025',
  level: 'NATIONAL',
  direction: null,
  tradeModes: null,
  category: null,
}

async function told(persona: Persona, asked: Partial<Asked> & Record<string, unknown>): Promise<Told> {
  const { data, errors } = await running.ask(persona, question, { ...everything, ...asked })
  expect(errors).toBeUndefined()
  return data?.tradeStatistics as Told
}
const byCurrency = (amounts: Group['amounts']): Record<string, string> =>
  Object.fromEntries(amounts.map(({ currency, amount }) => [currency, amount]))
type Seen = Omit<Counted, 'listsIn'>
const seen = ({ key, lists, amounts }: Counted): Seen => ({ key, lists, amounts })
const countedFrom = ({ groups }: Told): Seen[] =>
  groups.nodes.map(({ key, lists, amounts }) => ({ key: key ?? '', lists, amounts: byCurrency(amounts) }))
const wholeOf = (asked: Asked) => {
  const [whole] = countedOf(all, { ...asked, view: 'CITY' })
  return { lists: whole?.lists ?? 0, amounts: whole?.amounts ?? {} }
}

const views = ['CITY', 'SITE', 'COUNTRY', 'COUNTRY_RANKING', 'CHAPTER', 'HEADING', 'CODE'] as const
const periods = ['2025', '2025-Q1', '2025-Q2', '2025-01', '2025-02', '2025-04', '2025-11'] as const
const narrowings: readonly Partial<Asked>[] = [
  {},
  { level: 'DISTRICT' },
  { level: 'LOCAL' },
  { direction: 'EXPORT' },
  { direction: 'IMPORT' },
  { tradeModes: ['9610'] },
  { tradeModes: ['9710', '9810'] },
  { category: '69' },
  { category: '61' },
]

describe('to who may read every list', () => {
  const anyAsked = fc.record({
    view: fc.constantFrom(...views),
    period: fc.constantFrom(...periods, '2025-01-10', '2025-11-02', '2024'),
    level: fc.constantFrom('NATIONAL', 'DISTRICT', 'LOCAL'),
    direction: fc.constantFrom(null, 'EXPORT', 'IMPORT'),
    tradeModes: fc.constantFrom<string[] | null>(null, ['9610'], ['9810', '9710'], ['0110']),
    category: fc.constantFrom(null, '69', '95', '01'),
  })

  test('every answer is what its lists come to, counted by hand', async () => {
    let many = 0
    await fc.assert(
      fc.asyncProperty(anyAsked, async (asked) => {
        const answer = await told(customs, asked)
        const counted = countedOf(all, asked)
        many += counted.length
        expect({ groups: countedFrom(answer), suppressed: answer.suppressed }).toEqual({
          groups: counted.map(seen),
          suppressed: 0,
        })
        const { lists, amounts } = answer.total ?? { lists: -1, amounts: [] }
        expect({ lists, amounts: byCurrency(amounts) }).toEqual(wholeOf(asked))
      }),
      { numRuns: 150 },
    )
    expect(many).toBeGreaterThan(30)
  }, 60_000)

  test.each(['SITE', 'COUNTRY', 'COUNTRY_RANKING', 'CHAPTER', 'HEADING', 'CODE'])(
    'sums of %s come to the total of the city, at each level, and each level has the one before',
    async (view) => {
      const totals: number[] = []
      for (const level of ['LOCAL', 'DISTRICT', 'NATIONAL']) {
        const { groups, total } = await told(customs, { view, level })
        const sums: Record<string, number> = {}
        for (const { amounts } of groups.nodes)
          for (const { currency, amount } of amounts)
            sums[currency] = (sums[currency] ?? 0) + Math.round(Number(amount) * 100)
        expect(
          Object.fromEntries(Object.entries(sums).map(([currency, sum]) => [currency, String(sum / 100)])),
        ).toEqual(byCurrency(total?.amounts ?? []))
        totals.push(total?.lists ?? 0)
      }
      const [local = 0, district = 0, national = 0] = totals
      expect([local > 0, local < district, district < national, national]).toEqual([true, true, true, all.length])
    },
  )

  test('by logistics time: none is released yet', async () => {
    const clearance: Persona = { as: 'customs', purpose: 'clearance' }
    const { total } = await told(clearance, { logisticsTimes: ['NOT_RELEASED', 'LONGER'] })
    expect(total?.lists).toBe(all.length)
    expect((await told(clearance, { logisticsTimes: ['LONGER'] })).total?.lists).toBe(0)
  })
})

describe('pages', () => {
  test.each([
    [customs, 'COUNTRY_RANKING'],
    [customs, 'CODE'],
    [commerce, 'COUNTRY_RANKING'],
  ] as const)('of any length make up the same answer: %j, %s', async (persona, view) => {
    const whole = await told(persona, { view })
    const nodes: Group[] = []
    let after: string | null = null
    do {
      const page: Told = await told(persona, { view, first: 2, after })
      expect([page.total, page.suppressed]).toEqual([whole.total, whole.suppressed])
      nodes.push(...page.groups.nodes)
      after = page.groups.pageInfo.hasNextPage ? page.groups.pageInfo.endCursor : null
    } while (after !== null)
    expect(nodes).toEqual(whole.groups.nodes)
    expect(nodes.length).toBeGreaterThan(2)
  })
})

describe('attack 9: to who may not read the lists', () => {
  test('what is told is true, of five lists or more, and of small groups nothing is told anywhere', async () => {
    let [shown, hidden] = [0, 0]
    for (const view of views) {
      for (const period of periods) {
        for (const narrowing of narrowings) {
          const asked = { ...everything, view, period, ...narrowing }
          const answer = await told(commerce, asked)
          const counted = new Map(countedOf(all, asked).map((group) => [group.key, group]))
          for (const group of countedFrom(answer)) {
            const whole = counted.get(group.key)
            expect(whole?.lists).toBe(group.lists)
            expect(whole?.amounts).toMatchObject(group.amounts)
            expect(group.lists).toBeGreaterThanOrEqual(5)
            const few = Object.keys(group.amounts).filter((currency) => (whole?.listsIn[currency] ?? 0) < 5)
            expect(few).toEqual([])
            shown += 1
          }
          const small = [...counted.values()].filter(({ lists }) => lists < 5)
          if (small.length > 0) expect(answer.suppressed).toBeGreaterThan(0)
          hidden += small.length
          if (answer.total !== null) expect(answer.total.lists).toBe(wholeOf(asked).lists)
          else expect([answer.groups.nodes, view].includes('CITY')).toBe(view === 'CITY')
        }
      }
    }
    expect([shown > 100, hidden > 100]).toEqual([true, true])
  }, 120_000)

  test('months, quarters and the year: what is left of one by the others is five lists or more, or nothing is', async () => {
    const parts = ['2025-01', '2025-02', '2025-03', '2025-04', '2025-11']
    const months = await Promise.all(parts.map((period) => told(commerce, { view: 'COUNTRY', period })))
    const [quarter, year] = await Promise.all(
      ['2025-Q1', '2025'].map((period) => told(commerce, { view: 'COUNTRY', period })),
    )
    const keysOf = (answer: Told | undefined) => answer?.groups.nodes.map(({ key }) => key) ?? []
    const monthly = new Set(months.flatMap(keysOf))
    // Who is told by months is told in each that it has, so that nothing is left of any.
    for (const key of monthly) {
      const of = (answer: Told) => answer.groups.nodes.find((group) => group.key === key)?.lists ?? 0
      expect(months.reduce((sum, answer) => sum + of(answer), 0)).toBe(year === undefined ? -1 : of(year))
    }
    expect([keysOf(year).length > monthly.size, monthly.size > 0, keysOf(quarter).length > 0]).toEqual([
      true,
      true,
      true,
    ])
  })

  test.each([
    ['all but the groups that are told', 'COUNTRY', {}],
    ['all but the sites that are told', 'SITE', { level: 'DISTRICT' }],
  ] as const)('%s, of the total: five lists or more of more than one, or none', async (_what, view, narrowing) => {
    for (const period of periods) {
      const asked = { ...everything, view, period, ...narrowing }
      const { total, groups } = await told(commerce, asked)
      if (total === null) continue
      const known = new Set(groups.nodes.map(({ key }) => key))
      const rest = countedOf(all, asked).filter(({ key }) => !known.has(key))
      const lists = rest.reduce((sum, group) => sum + group.lists, 0)
      expect(rest.length === 0 || (rest.length > 1 && lists >= 5) || known.size === 0).toBe(true)
    }
  })

  test('goods of a chapter, narrowed: what they come to would be narrowed twice', async () => {
    const answer = await told(commerce, { view: 'CODE', direction: 'EXPORT', category: '69' })
    expect([answer.total, answer.suppressed > 0]).toEqual([null, true])
  })

  test.each([
    ['a day', { period: '2025-01-10' }],
    ['a month to come', { period: '2099-01' }],
    ['two narrowings at once', { direction: 'EXPORT', tradeModes: ['9610'] }],
    ['offices that nobody knows', { zone: 'FUZHOU', level: 'LOCAL' }],
    ['no period', { period: '2025-13' }],
    ['no chapter', { category: '6911' }],
    ['no mode', { tradeModes: [] }],
  ])('%s is not answered', async (_what, asked) => {
    const { data, errors } = await running.ask(commerce, question, { ...everything, ...asked })
    expect([data, errors?.map(({ extensions }) => extensions.code)]).toEqual([
      { tradeStatistics: null },
      ['BAD_USER_INPUT'],
    ])
  })
})

describe('attack 2: small groups are told to who may read all that they are worked out from', () => {
  const small = { view: 'COUNTRY', period: '2025-11' }
  const codes = countedOf(all, { ...everything, ...small }).map(({ key }) => key)
  const keys = async (persona: Persona, asked: Record<string, unknown> = {}) =>
    (await told(persona, { ...small, ...asked })).groups.nodes.map(({ key }) => key)

  test('in full', async () => {
    expect(await keys(tax('whole'))).toEqual(codes)
    expect(await keys(customs)).toEqual(codes)
  })
  test.each([
    ['the numbers alone', tax('numbers')],
    ['lists without their receipts', tax('half')],
    ['lists of so many sellers a day', tax('counted')],
  ])('not with %s', async (_what, persona) => {
    expect((await keys(persona)).filter((key) => codes.includes(key ?? '')).length).toBeLessThan(codes.length)
    expect((await told(persona, small)).suppressed).toBeGreaterThan(0)
  })
  test('by logistics time not without the waybills, of which that tells', async () => {
    const asked = { logisticsTimes: ['NOT_RELEASED'] }
    expect(await keys(tax('times'), asked)).toEqual(codes)
    expect((await told(tax('whole'), { ...small, ...asked })).suppressed).toBeGreaterThan(0)
  })
  test('a right to some divisions is none: it is not narrowed to them', async () => {
    for (const persona of [tax('divided'), { as: 'customs', divisions: ['3307'] } as const]) {
      const { data } = await running.ask(persona, question, { ...everything, ...small })
      expect(data).toEqual({ tradeStatistics: null })
    }
  })
})

describe('sellers', () => {
  const sellers = `query ($period: String!, $first: Int, $after: String, $tradeModes: [String!]) {
    tradeEnterpriseStatistics(zone: JINHUA, period: $period, first: $first, after: $after, tradeModes: $tradeModes) {
      nodes { seller uscc lists amounts { currency amount } }
      pageInfo { hasNextPage endCursor }
    }
  }`
  interface Seller {
    seller: string
    uscc: string | null
    lists: number
    amounts: Group['amounts']
  }
  const nodesOf = ({ data }: Answer) => (data?.tradeEnterpriseStatistics as { nodes: Seller[] } | null)?.nodes

  test('are those of the lists, most of them first', async () => {
    for (const tradeModes of [null, ['9810']]) {
      const nodes = nodesOf(await running.ask(customs, sellers, { period: '2025', tradeModes })) ?? []
      const asked = { ...everything, view: 'ENTERPRISE', tradeModes }
      expect(nodes.map(({ seller, lists, amounts }) => ({ key: seller, lists, amounts: byCurrency(amounts) }))).toEqual(
        countedOf(all, asked).map(seen),
      )
    }
  })

  test('stand in the record if they are named, and otherwise not', async () => {
    const inOrder = countedOf(all, { ...everything, view: 'ENTERPRISE' }).map(({ key }) => key)
    const uscc = inOrder.find((key) => key.length === 18) ?? ''
    let after: string | null = null
    for (const [at, key] of inOrder.entries()) {
      const id = `sellers-${at}`
      const variables = { period: '2025', first: 1, after }
      const answer: Answer = await running.ask(customs, sellers, variables, { 'x-request-id': id })
      expect(nodesOf(answer)?.map((node) => [node.seller, node.uscc])).toEqual([[key, key === uscc ? uscc : null]])
      const [record] = await recordsOf(running.database.db, id)
      expect(record?.subjects).toEqual(key === uscc ? [uscc] : [])
      const decisions = await decisionsOf(running.database.db, id)
      expect([
        decisions['TradeSeller.lists']?.outcomes[0]?.rule,
        decisions['TradeListLine.total']?.outcomes[0]?.rule,
      ]).toEqual(['own', 'own'])
      after = (answer.data?.tradeEnterpriseStatistics as Told['groups']).pageInfo.endCursor
    }
  })

  test('are not named beyond the quota of a grant', async () => {
    const sold = all.find((sale) => sale.seller.length === 18)?.seller ?? ''
    const known = await running.ask(tax('once'), sellers, { period: '2025' })
    expect(nodesOf(known)?.some(({ uscc }) => uscc === sold)).toBe(true)
    const first = '91350102MYE0000341'
    await running.ask(tax('another'), `{ enterprise(uscc: "${first}") { trade { lists { nodes { copNo } } } } }`)
    const beyond = await running.ask(tax('another'), sellers, { period: '2025' })
    expect(nodesOf(beyond)?.length).toBe(4)
    expect(JSON.stringify(beyond.data)).not.toContain(sold)
  })

  test('count against the most that a request may ask about', async () => {
    const many = Array.from(
      { length: 11 },
      (_, at) => `a${at}: tradeEnterpriseStatistics(zone: JINHUA, period: "2025", first: 100) { nodes { lists } }`,
    )
    const { errors } = await running.ask(customs, `{ ${many.join(' ')} }`)
    expect(errors?.map(({ extensions }) => [extensions.code, extensions.limit])).toEqual([
      ['LIMIT_EXCEEDED', 'subjects'],
    ])
  })

  test.each([
    ['numbers alone', tax('numbers'), 'other-purpose'],
    ['commerce', commerce, 'no-grant'],
  ])('attack 2: are not told to %s', async (_what, persona, reason) => {
    const { data, errors } = await running.ask(persona, sellers, { period: '2025' })
    expect([data, errors?.map(({ extensions }) => extensions.reason)]).toEqual([
      { tradeEnterpriseStatistics: null },
      [reason],
    ])
  })
  test('attack 2: a right to some divisions is none', async () => {
    for (const persona of [tax('divided'), { as: 'customs', divisions: ['3307'] } as const]) {
      const { data } = await running.ask(persona, sellers, { period: '2025' })
      expect(data).toEqual({ tradeEnterpriseStatistics: null })
    }
  })
})

describe('targets of a zone', () => {
  const targets = `query ($zone: TradeZone!, $year: Int) { zoneTargets(zone: $zone, year: $year) {
    zone measure year least mustExceed words progress { actual otherCurrencies { currency amount } percent reached missing } } }`

  test('are those of its plan, for anybody who is signed in', async () => {
    const { data } = await running.ask({ as: 'portal' }, targets.replace(/progress \{.*\} \} \}$/, '} }'), {
      zone: 'ZHANGZHOU',
    })
    expect(data).toEqual({
      zoneTargets: [
        {
          zone: 'ZHANGZHOU',
          measure: 'TRADE',
          year: 2023,
          least: '20000000000',
          mustExceed: true,
          words: '进出口交易规模突破200亿元',
        },
        {
          zone: 'ZHANGZHOU',
          measure: 'PARKS',
          year: 2023,
          least: '3',
          mustExceed: false,
          words: '打造3个以上跨境电商综合园区',
        },
      ],
    })
  })

  test('progress is what was declared in yuan, and null where nothing declares it', async () => {
    await handIn(
      running,
      messagesOf(sales(8, 40, '2024').map((sale) => ({ ...sale, lines: [{ ...line, total: '250000000' }] }))),
    )
    const { data, errors } = await running.ask(customs, targets, { zone: 'JINHUA', year: 2024 })
    expect(errors).toBeUndefined()
    const measured = (data?.zoneTargets as { measure: string; progress: unknown }[]).map((one) => [
      one.measure,
      one.progress,
    ])
    expect(Object.fromEntries(measured)).toEqual({
      EXPORTS: { actual: '10000000000', otherCurrencies: [], percent: 10, reached: false, missing: '90000000000' },
      EXPORT_GROWTH: null,
      RETAIL_IMPORTS: { actual: '0', otherCurrencies: [], percent: 0, reached: false, missing: '20000000000' },
      RETAIL_IMPORT_GROWTH: null,
      OVERSEAS_WAREHOUSES: null,
      OVERSEAS_WAREHOUSE_AREA: null,
    })
  })
  const line = { goods: '6911101900', country: '502', currency: '142', total: '' }
})
