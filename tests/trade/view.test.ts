/** Trade documents as the view shows them: what is worked out tells no more than what it is worked out from (attack 2). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Grant } from '../../rules/grant.ts'
import { grantOf, runGrantedHub } from '../attacks/granted-hub.ts'
import { recordsOf } from '../support/audit.ts'
import type { Answer, Persona, Running } from '../support/harness.ts'
import { elsewhere, handIn, handInPurchases, platform, seller } from './handed.ts'
import { messageOf, purchase } from './messages.ts'

const given = (purpose: string, item: string, narrowed: Partial<Grant> = {}): Grant => ({
  ...grantOf('tax', item, purpose),
  ...narrowed,
})
const year = (purpose: string, lists: Partial<Grant>, buyers: Partial<Grant>): Grant[] => [
  given(purpose, 'customs.tradeBuyerYears'),
  given(purpose, 'customs.tradeLists', lists),
  given(purpose, 'customs.tradeListBuyers', buyers),
]

const grants: Grant[] = [
  ...year('whole', {}, { full: true }),
  ...year('masked', {}, {}),
  ...year('divided', { divisions: ['3501'] }, { full: true }),
  ...year('narrow', { coordinates: ['TradeList.number'] }, { full: true }),
  given('alone', 'customs.tradeBuyerYears'),
  given('numbers', 'customs.tradeLists', { coordinates: ['TradeList.copNo'] }),
  given('lists', 'customs.tradeLists'),
  ...['customs.tradeMatches', 'customs.tradeLists'].map((item) => given('matches', item)),
  ...['customs.tradeMatches', 'commerce.tradeOrders'].map((item) => given('one-side', item)),
  ...['customs.tradeMatches', 'commerce.tradeOrders', 'fx.tradePayments'].map((item) => given('both-sides', item)),
  ...['commerce.tradeOrderPersons', 'fx.tradePayers'].map((item) => given('both-sides', item)),
  given('counted', 'commerce.tradeOrders', { dailySubjects: 1 }),
]

let running: Running
beforeAll(async () => {
  running = await runGrantedHub(grants)
  await handInPurchases(running)
})
afterAll(() => running.stop())

const tax = (purpose: string): Persona => ({ as: 'tax', purpose, purposes: [purpose] })
/** The data, and of each error its path and reason. */
const told = ({ data, errors = [] }: Answer) => ({
  data,
  errors: errors.map(
    ({ path, extensions }) => `${path?.join('.') ?? ''}: ${String(extensions.reason ?? extensions.code)}`,
  ),
})
const ask = async (persona: Persona, query: string) => told(await running.ask(persona, `{ ${query} }`))

describe('attack 2: a value of a finding', () => {
  const findings = `match(platform: "${platform}", number: "SO2") { state findings { rule left { value } right { value } } }`
  const shown = (...values: (string | null)[]) => ({
    match: {
      state: 'REJECTED',
      findings: ['amount-paid', 'payer'].map((rule, at) => ({
        rule,
        left: { value: values[2 * at] },
        right: { value: values[2 * at + 1] },
      })),
    },
  })
  const at = (finding: number, side: string) => `match.findings.${finding}.${side}.value: other-purpose`

  test.each([
    ['both sides may be read: shown, masked where that is how', 'both-sides', ['262.34', '1', '演****', '付**'], []],
    [
      'one side may be read: neither is shown, since it would tell of the other',
      'one-side',
      [null, null, null, null],
      [at(0, 'left'), at(0, 'right'), at(1, 'left'), at(1, 'right')],
    ],
  ])('%s', async (_what, purpose, values, errors) => {
    expect(await ask(tax(purpose), findings)).toEqual({ data: shown(...values), errors })
  })

  test('what was compared stands in the record, of the seller', async () => {
    const answer = await running.ask(tax('both-sides'), `{ ${findings} }`, {}, { 'x-request-id': 'view-quoted' })
    expect(answer.errors).toBeUndefined()
    const [record] = await recordsOf(running.database.db, 'view-quoted')
    expect(record?.subjects).toEqual([seller])
  })
})

describe("attack 2: a buyer's year is for who may read every list and every buyer in full", () => {
  const asked = 'tradeBuyer(idNumber: "350102199001019993", year: 2026) { used left lists }'
  const whole = { data: { tradeBuyer: { used: '260.5', left: '25739.5', lists: 1 } }, errors: [] }
  const none = (rule: string) => ({ data: { tradeBuyer: null }, errors: [`tradeBuyer: ${rule}`] })

  test.each([
    ['all of it', tax('whole'), whole],
    ['its own department', { as: 'customs' } as const, whole],
    ['buyers masked', tax('masked'), none('row')],
    ['lists without amounts', tax('narrow'), none('other-purpose')],
    ['the year alone', tax('alone'), none('other-purpose')],
    [
      'lists of some divisions',
      tax('divided'),
      {
        data: { tradeBuyer: { used: null, left: null, lists: null } },
        errors: ['used', 'left', 'lists'].map((field) => `tradeBuyer.${field}: row`),
      },
    ],
    [
      'a token for some divisions: as if there were none',
      { as: 'customs', divisions: ['3501'] } as const,
      { data: { tradeBuyer: null }, errors: [] },
    ],
  ])('%s', async (_what, persona, wanted) => {
    expect(await ask(persona, asked)).toEqual(wanted)
  })

  test('an identity number in small letters is the same person; of another nothing is there', async () => {
    const other = 'tradeBuyer(idNumber: "110101199003078515", year: 2026) { used left lists }'
    expect(await ask({ as: 'customs' }, other)).toEqual({
      data: { tradeBuyer: { used: '0', left: '26000', lists: 0 } },
      errors: [],
    })
  })
})

describe("a seller's lists", () => {
  const lists = (args: string, below: string) => `enterprise(uscc: "${seller}") { trade { lists${args} { ${below} } } }`
  const nodes = (...found: unknown[]) => ({ data: { enterprise: { trade: { lists: { nodes: found } } } }, errors: [] })
  const refused = (rule: string) => ({
    data: { enterprise: { trade: { lists: null } } },
    errors: [`enterprise.trade.lists: ${rule}`],
  })
  const [one, two] = [{ copNo: 'QD1' }, { copNo: 'QD2' }]

  test.each([
    ['matched', '(state: MATCHED)', nodes(one)],
    ['rejected', '(state: REJECTED)', nodes(two)],
    ['cancelled', '(state: CANCELLED)', nodes()],
    ['exported', '(direction: EXPORT)', nodes()],
    ['of another trade mode', '(tradeMode: "1210")', nodes()],
    ['from the second of their declaration', '(from: "2026-11-20T01:30:00Z", state: MATCHED)', nodes(one)],
    ['before that second', '(to: "2026-11-20T09:30:00+08:00")', nodes()],
  ])('%s', async (_what, args, wanted) => {
    expect(await ask(tax('matches'), lists(args, 'nodes { copNo }'))).toEqual(wanted)
  })

  test('attack 9: are narrowed by what their reader may read in full alone', async () => {
    const below = 'nodes { copNo }'
    const all = { copNo: expect.stringMatching(/^QD[12]$/) as unknown }
    expect(await ask(tax('numbers'), lists('', below))).toEqual(nodes(all, all))
    expect(await ask(tax('numbers'), lists('(direction: IMPORT)', below))).toEqual(refused('other-purpose'))
    expect(await ask(tax('numbers'), lists('(from: "2026-11-20T00:00:00Z")', below))).toEqual(refused('other-purpose'))
    expect(await ask(tax('lists'), lists('(state: MATCHED)', below))).toEqual(refused('other-purpose'))
    const variable = `query ($state: TradeMatchState) { ${lists('(state: $state)', below)} }`
    const [unsaid, said] = [await running.ask(tax('lists'), variable), { state: 'REJECTED' }]
    expect(told(unsaid)).toEqual(nodes(all, all))
    expect(told(await running.ask(tax('lists'), variable, said))).toEqual(refused('other-purpose'))
  })

  test('come page by page, each once, by cursors that are of nobody else', async () => {
    const page = (after: string) =>
      lists(`(first: 1${after})`, 'nodes { copNo } pageInfo { hasNextPage hasPreviousPage endCursor }')
    const read = async (after: string) => {
      const { data } = await ask({ as: 'customs' }, page(after))
      return (data as { enterprise: { trade: { lists: { nodes: unknown[]; pageInfo: Record<string, unknown> } } } })
        .enterprise.trade.lists
    }
    const first = await read('')
    const cursor = String(first.pageInfo.endCursor)
    const second = await read(`, after: ${JSON.stringify(cursor)}`)
    expect([first.pageInfo.hasNextPage, second.pageInfo.hasNextPage, second.pageInfo.hasPreviousPage]).toEqual([
      true,
      false,
      true,
    ])
    const found = [...first.nodes, ...second.nodes].map((node) => (node as typeof one).copNo)
    expect(found.sort()).toEqual(['QD1', 'QD2'])
    expect(await ask(tax('lists'), page(`, after: ${JSON.stringify(cursor)}`))).toEqual(refused('BAD_USER_INPUT'))
  })
})

describe('what is another seller’s', () => {
  test('is not told to who names it in a list of its own', async () => {
    const other = { ebcCode: elsewhere, ebcName: '金华示例贸易有限公司' }
    const rogue = messageOf('621', {
      orderNo: 'SO1',
      logisticsNo: 'YD1',
      copNo: 'QD-ROGUE',
      appTime: '20261120100000',
      ...other,
    })
    await handIn(running, [rogue])
    const asked = `tradeList(copNo: "QD-ROGUE", agent: "3501980F2B", direction: IMPORT) {
      seller match { state missing findings { rule right { value } } order { number } payments { amount } waybill { number } } }`
    const { data, errors } = await ask({ as: 'customs', purpose: 'clearance' }, asked)
    expect({ data, errors }).toEqual({
      data: {
        tradeList: {
          seller: elsewhere,
          match: {
            state: 'REJECTED',
            missing: [],
            findings: [{ rule: 'order-enterprise', right: { value: null } }],
            order: null,
            payments: [],
            waybill: null,
          },
        },
      },
      errors: [],
    })
  })

  test('counts against the quota of a grant, and beyond it is as if it were not there', async () => {
    const order = (number: string) => `order(platform: "${platform}", number: "${number}") { number }`
    expect(await ask(tax('counted'), order('SO1'))).toEqual({ data: { order: { number: 'SO1' } }, errors: [] })
    expect(await ask(tax('counted'), order('SO3'))).toEqual({ data: { order: null }, errors: [] })
  })
})

describe('documents that are not all there', () => {
  test('of an order without a list it is told what is missing; of nothing nothing', async () => {
    await handIn(running, [purchase('4')['311']])
    const match = (number: string) => `match(platform: "${platform}", number: "${number}") { state missing }`
    expect(await ask({ as: 'customs' }, match('SO4'))).toEqual({
      data: { match: { state: 'PENDING', missing: ['LIST', 'PAYMENT'] } },
      errors: [],
    })
    expect(await ask({ as: 'customs' }, match('SO5'))).toEqual({ data: { match: null }, errors: [] })
  })
})

test.each([
  [
    'order(number: "SO1") { number }',
    'An order is named by its platform, of imports, or by its seller, of exports: give one.',
  ],
  [
    'order(platform: "A", seller: "B", number: "SO1") { number }',
    'An order is named by its platform, of imports, or by its seller, of exports: give one.',
  ],
  ['tradeList { number }', 'A list is named by its number, or by copNo, agent and direction together.'],
  ['tradeList(copNo: "QD1") { number }', 'A list is named by its number, or by copNo, agent and direction together.'],
  [
    'tradeBuyer(idNumber: "1", year: 2026) { used }',
    'idNumber is no identity number 身份证号码: it has 15 or 18 digits.',
  ],
  ['tradeBuyer(idNumber: "350102199001019993", year: 26) { used }', 'year must be a calendar year, not 26.'],
])('%s is answered by one clear error', async (query, message) => {
  const persona = query.startsWith('order') ? ({ as: 'commerce' } as const) : ({ as: 'customs' } as const)
  const { errors } = await running.ask(persona, `{ ${query} }`)
  expect(errors?.map((error) => [error.message, error.extensions.code])).toEqual([[message, 'BAD_USER_INPUT']])
})
