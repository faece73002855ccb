/** Both values of what did not match, as the view shows them: what is worked out tells no more than what it is worked out from. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Coordinate } from '../../auth/vocabulary.ts'
import { policies } from '../../codegen/generated/grid.ts'
import type { Grant } from '../../rules/grant.ts'
import { grantOf, runGrantedHub } from '../attacks/granted-hub.ts'
import type { Persona, Running } from '../support/harness.ts'
import { samples } from './documents.ts'
import { elsewhere, handIn, platform, seller } from './handed.ts'
import { messageOf, purchase } from './messages.ts'
import { handInRejected } from './rejected.ts'

const items = [
  ...['customs.tradeMatches', 'customs.tradeLists', 'commerce.tradeOrders', 'commerce.tradeOrderPersons'],
  ...['fx.tradePayments', 'fx.tradePayers', 'postal.tradeWaybills', 'postal.tradeConsignees'],
] as const
const whole = (purpose: string, limits: Partial<Grant> = {}): Grant[] =>
  items.map((item) => ({ ...grantOf('tax', item, purpose), full: true, ...limits }))
const fieldsOf = (item: string): Coordinate[] =>
  policies.trade.items.flatMap(({ id, data }) => (id === item ? [...data] : []))

/** What a value is worked out from, by the rule that wants it. */
const inputs = [
  ['order-sum', 'TradeOrder.goodsValue TradeOrder.freight TradeOrder.tax TradeOrder.discount'],
  ['order-total', 'TradeOrderLine.price TradeOrderLine.quantity'],
  ['list-total', 'TradeListLine.price TradeListLine.quantity'],
  ['single-limit', 'TradeListLine.total TradeList.freight TradeList.insurance TradeList.declaredAt'],
  ['line-count', 'TradeListLine.gnum TradeOrderLine.gnum'],
  ['lines', 'TradeListLine.gnum TradeOrderLine.gnum'],
  ['list-fixed', 'TradeList.country TradeList.tradeMode'],
].flatMap(([rule = '', fields = '']) => fields.split(' ').map((field) => [rule, field as Coordinate] as const))
/** All may be read but this. */
const without = (field: Coordinate): Grant[] =>
  whole(field).map((grant) => ({
    ...grant,
    coordinates: fieldsOf(grant.item).filter((one) => one !== field),
  }))
const closed = [...new Set(inputs.map(([, field]) => field))]

let running: Running
beforeAll(async () => {
  running = await runGrantedHub([
    ...whole('whole'),
    ...whole('divided', { divisions: ['3501'] }),
    ...closed.flatMap(without),
  ])
  await handInRejected(running)
}, 60_000)
afterAll(() => running.stop())

const tax = (purpose: string): Persona => ({ as: 'tax', purpose, purposes: [purpose] })

const sides = 'left { role element gnum value } right { role element gnum value }'
const ask = async (purpose: string, number: string, below = `findings { rule ${sides} }`) => {
  const { data, errors = [] } = await running.ask(
    tax(purpose),
    `{ match(platform: "${platform}", number: "${number}") { state ${below} } }`,
  )
  return {
    match: data?.match,
    errors: errors.map(({ path, extensions }) => `${path?.join('.')}: ${String(extensions.reason)}`),
  }
}
/** A side as `ROLE element[gnum] = value`. */
interface Side {
  role: string
  element: string
  gnum: string | null
  value: string | null
}
const told = ({ role, element, gnum, value }: Side): string =>
  `${role} ${element}${gnum === null ? '' : `[${gnum}]`} = ${value}`
async function foundOf(purpose: string, number: string) {
  const { match, errors } = await ask(purpose, number)
  const { state, findings } = match as { state: string; findings: { rule: string; left: Side; right: Side }[] }
  return { state, errors, findings: findings.map(({ rule, left, right }) => `${rule}: ${told(left)} | ${told(right)}`) }
}

describe('to who may read all of it, a finding tells what stands there, and what was expected', () => {
  test.each<[what: string, number: string, findings: string[]]>([
    [
      'a sum',
      'SO50',
      ['order-sum: ORDER acturalPaid = 262.35 | ORDER goodsValue + freight + taxTotal − discount = 262.34'],
    ],
    [
      'products',
      'SO51',
      [
        'order-total: ORDER totalPrice[1] = 200 | ORDER price × qty[1] = 198',
        'list-total: LIST totalPrice[2] = 50 | LIST price × qty[2] = 49.99',
      ],
    ],
    [
      'the limit of a purchase',
      'SO52',
      [
        'single-limit: LIST sum of totalPrice + freight + insuredFee = 6060.5 | LIST limit of a purchase, in yuan = 5000',
      ],
    ],
    [
      'the limit of a year, and nothing of what was bought',
      'SO65',
      ['annual-limit: LIST totalPrice = null | LIST limit of a year, in yuan = 26000'],
    ],
    ['how many lines', 'SO53', ['line-count: LIST number of lines = 1 | ORDER number of lines = 2']],
    ['which number is lacking', 'SO54', ['lines: LIST gnum[3] = 3 | ORDER gnum that the list lacks = 2']],
    [
      'what the specification fixes, and what a tradeMode asks for',
      'SO55',
      [
        'list-fixed: LIST currency = null | LIST allowed currency = 142',
        'list-fixed: LIST currency[1] = 502 | LIST allowed currency[1] = 142',
        'list-fixed: LIST currency[2] = 502 | LIST allowed currency[2] = 142',
        'list-fixed: LIST country = 601 | LIST allowed country = 142',
        ...['emsNo', 'areaCode', 'areaName'].map((name) => `trade-mode: LIST ${name} = null | LIST tradeMode = 1210`),
        ...['1', '2'].map((gnum) => `trade-mode: LIST itemRecordNo[${gnum}] = null | LIST tradeMode = 1210`),
        ...['1', '2'].map((gnum) => `lines: LIST currency[${gnum}] = null | ORDER currency[${gnum}] = null`),
      ],
    ],
    ['what goods that come straight say', 'SO56', ['trade-mode: LIST billNo = null | LIST tradeMode = 9610']],
    [
      'who is to receive',
      'SO57',
      [
        'consignee: ORDER consignee = 演示订购人 | WAYBILL consignee = 林演示',
        'consignee: ORDER consigneeTelephone = 19900009001 | WAYBILL consigneeTelephone = 19900009002',
      ],
    ],
    [
      'an element that the view has no field for',
      'SO58',
      ['waybill-fixed: WAYBILL packNo = null | WAYBILL allowed packNo = 1'],
    ],
  ])('%s', async (_what, number, findings) => {
    expect(await foundOf('whole', number)).toEqual({ state: 'REJECTED', errors: [], findings })
  })

  test('as its own field is: customs, for clearance, reads the consignee of the waybill masked', async () => {
    const { data, errors } = await running.ask(
      { as: 'customs', purpose: 'clearance' },
      `{ match(platform: "${platform}", number: "SO57") { findings { left { value } right { value } } waybill { number consignee } } }`,
    )
    expect({ data, errors }).toEqual({
      data: {
        match: {
          findings: [
            { left: { value: '演示订购人' }, right: { value: '林**' } },
            { left: { value: '19900009001' }, right: { value: '199********' } },
          ],
          waybill: { number: 'YD57', consignee: '林**' },
        },
      },
      errors: undefined,
    })
  })
})

describe("attack 2: a waybill that is nobody's yet", () => {
  const below = `waybill { number consignee } findings { rule left { value } right { value } }`
  const finding = (left: string, right: string | null) => ({
    rule: 'consignee',
    left: { value: left },
    right: { value: right },
  })

  test('is told to who may read those of all sellers', async () => {
    expect(await ask('whole', 'SO57', below)).toEqual({
      match: {
        state: 'REJECTED',
        waybill: { number: 'YD57', consignee: '林演示' },
        findings: [finding('演示订购人', '林演示'), finding('19900009001', '19900009002')],
      },
      errors: [],
    })
  })

  test.each([
    ['some divisions', tax('divided')],
    ['a token for some', { ...tax('whole'), divisions: ['3501'] }],
  ])('is as if it were not there to who may read %s', async (_what, persona) => {
    const { data, errors } = await running.ask(
      persona,
      `{ match(platform: "${platform}", number: "SO57") { ${below} order { number } }
         waybill(direction: IMPORT, carrier: "${samples['511'].head.logisticsCode}", number: "YD57") { number } }`,
    )
    expect({ data, errors }).toEqual({
      data: {
        match: {
          waybill: null,
          findings: [finding('演示订购人', null), finding('19900009001', null)],
          order: { number: 'SO57' },
        },
        waybill: null,
      },
      errors: undefined,
    })
  })
})

test('a waybill that is matched with the list of another seller is not among what a list shows', async () => {
  const other = { ebcCode: elsewhere, ebcName: '金华示例贸易有限公司' }
  const names = { orderNo: 'SO71', payTransactionId: 'ZF71' }
  await handIn(running, [
    ...Object.values(purchase('70')),
    messageOf('311', { ...names, ...other }),
    messageOf('411', names),
    messageOf('621', { orderNo: 'SO71', logisticsNo: 'YD70', copNo: 'QD71', appTime: '20261120093001', ...other }),
  ])
  expect(await ask('whole', 'SO71', 'order { number } waybill { number } findings { rule }')).toEqual({
    match: { state: 'REJECTED', order: { number: 'SO71' }, waybill: null, findings: [{ rule: 'waybill-used' }] },
    errors: [],
  })
})

describe('attack 2: a value that is worked out', () => {
  const numbers: Record<string, string> = {
    'order-sum': 'SO50',
    'order-total': 'SO51',
    'list-total': 'SO51',
    'single-limit': 'SO52',
    'line-count': 'SO53',
    lines: 'SO54',
    'list-fixed': 'SO55',
  }
  test.each(inputs)('of %s is not shown without %s', async (rule, field) => {
    const { match, errors } = await ask(field, numbers[rule] ?? '')
    const { findings } = match as { findings: { rule: string; left: Side; right: Side }[] }
    const at = findings.findIndex(
      (one) => one.rule === rule && (rule !== 'list-fixed' || one.left.element === 'country'),
    )
    const [left, right] = [findings[at]?.left.value, findings[at]?.right.value]
    expect([left, right]).toEqual([null, null])
    // Each of the two stands beside the other.
    const refused = ['left', 'right']
    expect(errors.filter((error) => error.startsWith(`match.findings.${at}.`))).toEqual(
      refused.map((side) => `match.findings.${at}.${side}.value: other-purpose`),
    )
  })

  test('every field that a value is worked out from may be quoted, and is of a seller whose documents they are', async () => {
    const quoted = policies.trade.items.flatMap(({ quotes = {} }) => quotes['TradeFindingSide.value'] ?? [])
    expect(closed.filter((field) => !quoted.includes(field))).toEqual([])
    const { match } = await ask('divided', 'SO50')
    expect(seller.slice(2, 6)).toBe('3501')
    expect(match).toEqual((await ask('whole', 'SO50')).match)
  })
})
