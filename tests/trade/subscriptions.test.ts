/** Subscriptions to trade documents, by the clients that others use, over real HTTP and a real database. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitUntil } from '../../store/engine/process.ts'
import { grantOf, runGrantedHub } from '../attacks/granted-hub.ts'
import { recordsOf, type Recorded } from '../support/audit.ts'
import type { Persona, Running } from '../support/harness.ts'
import { inAMonth, mutate } from '../support/mutations.ts'
import { subscribe, ways } from '../support/subscribed.ts'
import { elsewhere, handIn, platform, seller } from './handed.ts'
import { messageOf, purchase, receiptOf } from './messages.ts'

let running: Running
beforeAll(async () => {
  running = await runGrantedHub([
    grantOf('tax', 'customs.tradeMatches', 'ended'),
    ...['customs.tradeMatches', 'customs.tradeLists'].map((item) =>
      grantOf('tax', item, 'divided', { divisions: ['3501'] }),
    ),
    grantOf('tax', 'customs.tradeLists', 'no-results'),
  ])
})
afterAll(() => running.stop())

const customs: Persona = { as: 'customs', purpose: 'clearance' }
const asCustoms: Persona = { as: 'customs' }
const tax = (purpose: string): Persona => ({ as: 'tax', purpose, purposes: [purpose] })

/** Records of the events of a department, told or not. */
const isEvent = ({ action }: Recorded): boolean => action === 'subscription' || action === 'watch'
const recordsOfEvents = async (department: string, purpose: string): Promise<Recorded[]> =>
  (await recordsOf(running.database.db)).filter(
    (record) => record.department === department && record.purpose === purpose && isEvent(record),
  )

/** Resolves when so many events of theirs have been worked out. */
async function workedOut(department: string, purpose: string, events: number): Promise<void> {
  const found = await waitUntil(async () => (await recordsOfEvents(department, purpose)).length >= events, 10_000)
  if (!found) throw new Error(`There are no ${events} events.`)
}

const denied = (path: string, field: string, reason: string) =>
  expect.objectContaining({
    path: [path],
    extensions: expect.objectContaining({ code: 'UNAUTHORIZED_FIELD_OR_TYPE', coordinate: field, reason }) as unknown,
  }) as unknown

describe.each(ways)('%s', (way) => {
  const nth = (name: string): string => `${way}${name}`

  test('a match, from nothing to all of it', async () => {
    const [one, orderNo, copNo] = [purchase(nth('1')), `SO${nth('1')}`, `QD${nth('1')}`]
    const asked = {
      query: `subscription Match($number: String!) {
        changed: matchChanged(platform: "${platform}", number: $number) { state missing list { copNo } }
      }`,
      variables: { number: orderNo },
    }
    const told = await subscribe(running, way, customs, asked)
    const state = (state: string, missing: string[], list: unknown) => ({ data: { changed: { state, missing, list } } })
    await handIn(running, [one['311']])
    expect(await told.nth(0)).toEqual(state('PENDING', ['LIST', 'PAYMENT'], null))
    await handIn(running, [one['621']])
    expect(await told.nth(1)).toEqual(state('PENDING', ['PAYMENT', 'WAYBILL'], { copNo }))
    await handIn(running, [one['411']])
    expect(await told.nth(2)).toEqual(state('PENDING', ['WAYBILL'], { copNo }))
    await handIn(running, [one['511']])
    expect(await told.nth(3)).toEqual(state('MATCHED', [], { copNo }))
    await told.leave()
    expect(told.events).toHaveLength(4)
  })

  test('a list by its name and by its number: what there is, then each status, however it is told of', async () => {
    const [one, copNo, invtNo] = [
      purchase(nth('2')),
      `QD${nth('2')}`,
      way === 'sse' ? '35002026I000000002' : '35002026I000000003',
    ]
    await handIn(running, [one['621']])
    const below = '{ number match { state } statuses { code } }'
    const byName = await subscribe(
      running,
      way,
      asCustoms,
      `subscription { tradeListChanged(copNo: "${copNo}", agent: "3501980F2B", direction: IMPORT) ${below} }`,
    )
    const byNumber = await subscribe(
      running,
      way,
      asCustoms,
      `subscription { tradeListChanged(number: "${invtNo}") ${below} }`,
    )
    const list = (number: string | null, state: string, ...codes: string[]) => ({
      data: { tradeListChanged: { number, match: { state }, statuses: codes.map((code) => ({ code })) } },
    })
    expect(await byName.nth(0)).toEqual(list(null, 'PENDING'))
    await handIn(running, [receiptOf(copNo, '120', { returnTime: '20261121120000000' })], asCustoms)
    expect(await byName.nth(1)).toEqual(list(null, 'PENDING', '120'))
    await handIn(running, [receiptOf(copNo, '300', { returnTime: '20261121120100000', invtNo })], asCustoms)
    expect(await byName.nth(2)).toEqual(list(invtNo, 'PENDING', '120', '300'))
    expect(await byNumber.nth(0)).toEqual(list(invtNo, 'PENDING', '120', '300'))
    await handIn(running, [receiptOf(copNo, '399', { returnTime: '20261121120200000' })], asCustoms)
    expect(await byName.nth(3)).toEqual(list(invtNo, 'PENDING', '120', '300', '399'))
    expect(await byNumber.nth(1)).toEqual(list(invtNo, 'PENDING', '120', '300', '399'))
    await Promise.all([byName.leave(), byNumber.leave()])
  })

  test("a seller's lists: those there are, then those that changed, several in one", async () => {
    const other = { ebcCode: elsewhere, ebcName: '金华示例贸易有限公司' }
    const asked = `subscription { tradeListsChanged(uscc: "${elsewhere}") { copNo match { state } } }`
    const [first, second] = [nth('L1'), nth('L2')]
    await handIn(running, [
      messageOf('621', { orderNo: `SO${first}`, logisticsNo: `YD${first}`, copNo: `QD${first}`, ...other }),
    ])
    const told = await subscribe(running, way, asCustoms, asked)
    const lists = (event: unknown): unknown[] =>
      (event as { data: { tradeListsChanged: unknown[] } }).data.tradeListsChanged
    const one = (copNo: string) => ({ copNo: `QD${copNo}`, match: { state: 'PENDING' } })
    expect(lists(await told.nth(0))).toEqual(expect.arrayContaining([one(first)]))
    await handIn(running, [
      messageOf('621', { orderNo: `SO${second}`, logisticsNo: `YD${second}`, copNo: `QD${second}`, ...other }),
    ])
    /** Those told of after the first event; what changed just before it may be among them. */
    const changed = (): unknown[] => told.events.slice(1).flatMap(lists)
    expect(await waitUntil(() => changed().length > 0, 10_000)).toBe(true)
    expect(changed().at(-1)).toEqual(one(second))
    // Of another seller: nothing.
    await handIn(running, [purchase(nth('L3'))['621']])
    const named = { ebcCode: elsewhere }
    const seen = changed().length
    await handIn(running, [receiptOf(`QD${first}`, '120', named), receiptOf(`QD${second}`, '120', named)], asCustoms)
    expect(await waitUntil(() => changed().length === seen + 2, 10_000)).toBe(true)
    expect(changed().slice(seen)).toEqual(expect.arrayContaining([one(first), one(second)]))
    await told.leave()
  })

  test('a denial comes at once, and once; changes do not show by it', async () => {
    const number = nth('4')
    const [one, persona] = [
      purchase(number),
      { as: 'postal', purpose: `none-${way}`, purposes: [`none-${way}`] } as const,
    ]
    const asked = `subscription { matchChanged(platform: "${platform}", number: "SO${number}") { state } }`
    const told = await subscribe(running, way, persona, asked)
    expect(await told.nth(0)).toEqual({
      data: { matchChanged: null },
      errors: [denied('matchChanged', 'Subscription.matchChanged', 'no-grant')],
    })
    await handIn(running, [one['311']])
    await workedOut('postal', persona.purpose, 2)
    await handIn(running, [one['621']])
    await workedOut('postal', persona.purpose, 3)
    await told.leave()
    expect(told.events).toHaveLength(1)
  })

  test('what lies outside the rows of a grant does not show, whatever becomes of it', async () => {
    const [number, other] = [nth('5'), { ebcCode: elsewhere, ebcName: '金华示例贸易有限公司' }]
    const asked = `subscription { matchChanged(platform: "${platform}", number: "SO${number}") { state } }`
    const before = (await recordsOfEvents('tax', 'divided')).length
    const told = await subscribe(running, way, tax('divided'), asked)
    await workedOut('tax', 'divided', before + 1)
    await handIn(running, [messageOf('311', { orderNo: `SO${number}`, payTransactionId: `ZF${number}`, ...other })])
    await workedOut('tax', 'divided', before + 2)
    await told.leave()
    expect([
      told.events,
      (await recordsOfEvents('tax', 'divided')).slice(before).map(({ subjects }) => subjects),
    ]).toEqual([[], [[], []]])
    // Nor does the ledger tell that department of what it was not told.
    const watched = async (persona: Persona) => {
      const { data } = await running.ask(persona, '{ ledger(first: 100) { nodes { action } } }')
      return (data as { ledger: { nodes: { action: string }[] } }).ledger.nodes.filter(
        ({ action }) => action === 'watch',
      )
    }
    expect(await watched(tax('divided'))).toEqual([])
    expect(await watched({ as: 'authority', roles: ['auditor'] })).not.toEqual([])
  })

  test("attack 2: that a seller's list has changed is for who may read what has", async () => {
    const asked = `subscription { tradeListsChanged(uscc: "${seller}") { copNo } }`
    const told = await subscribe(running, way, tax('no-results'), asked)
    expect(await told.nth(0)).toEqual({
      data: { tradeListsChanged: null },
      errors: [denied('tradeListsChanged', 'Subscription.tradeListsChanged', 'other-purpose')],
    })
    await told.leave()
  })

  test('each event is on record before it is told, as a query is', async () => {
    const number = nth('6')
    const asked = `subscription Watched { matchChanged(platform: "${platform}", number: "SO${number}") { state } }`
    await handIn(running, [purchase(number)['621']])
    const told = await subscribe(running, way, tax('divided'), asked)
    await told.nth(0)
    const id = told.events[0]?.extensions?.requestId ?? ''
    const records = await recordsOf(running.database.db, id)
    expect(
      records.map(({ department, purpose, action, operation, subjects, outcome, errors }) => [
        department,
        purpose,
        action,
        operation,
        subjects,
        outcome,
        errors,
      ]),
    ).toEqual([['tax', 'divided', 'subscription', 'Watched', [seller], 'answered', []]])
    await told.leave()
  })

  test('what cannot be asked is refused, in the words of a query', async () => {
    const refused = async (query: string) => {
      const said = (await (await subscribe(running, way, asCustoms, query)).ended()) as {
        message: string
        extensions: object
      }[]
      return said.map(({ message, extensions }) => [message, extensions])
    }
    const query = (text: string) => running.ask(asCustoms, text)
    const asked = async (text: string) =>
      ((await query(text)).errors ?? []).map(({ message, extensions }) => [message, extensions])
    expect(await refused('subscription { matchChanged(number: "SO1") { state } }')).toEqual(
      await asked('{ match(number: "SO1") { state } }'),
    )
    expect(await refused('subscription { tradeListChanged(copNo: "QD1") { number } }')).toEqual(
      await asked('{ tradeList(copNo: "QD1") { number } }'),
    )
    expect(await refused('subscription { nothingChanged }')).toEqual([
      [
        'Cannot query field "nothingChanged" on type "Subscription". Did you mean "matchChanged"?',
        { code: 'GRAPHQL_VALIDATION_FAILED' },
      ],
    ])
    expect(await refused('subscription { matchChanged')).toEqual(await asked('{ matchChanged'))
    for (const other of ['{ me { department } }', 'mutation { __typename }']) {
      expect(await refused(other)).toEqual([
        ['Subscriptions alone are had here: POST queries and mutations to /graphql.', { code: 'BAD_REQUEST' }],
      ])
    }
    expect(await asked(`subscription { tradeListsChanged(uscc: "${seller}") { copNo } }`)).toEqual([
      [
        'A subscription is had over WebSocket (graphql-transport-ws) at /graphql, or by POST /graphql/stream.',
        { code: 'BAD_REQUEST' },
      ],
    ])
  })
})

test('attack 17: a grant that is suspended in the midst: the next item is denied, and comes at once', async () => {
  const number = 'revoked'
  const one = purchase(number)
  await handIn(running, [one['621']])
  const asked = `subscription { matchChanged(platform: "${platform}", number: "SO${number}") { state missing } }`
  const told = await Promise.all(ways.map((way) => subscribe(running, way, tax('ended'), asked)))
  for (const { nth } of told)
    expect(await nth(0)).toEqual({ data: { matchChanged: { state: 'PENDING', missing: ['ORDER'] } } })
  const grant = 'test:tax:customs.tradeMatches:ended'
  await mutate(
    running,
    { as: 'customs', roles: ['steward'] },
    ['suspendGrant', 'SuspendGrantInput', 'grant { state }'],
    {
      grant,
      reason: '涉嫌超范围使用',
      putRightBy: inAMonth,
    },
  )
  for (const { nth } of told) {
    expect(await nth(1)).toEqual({
      data: { matchChanged: null },
      errors: [denied('matchChanged', 'Subscription.matchChanged', 'suspended')],
    })
  }
  await handIn(running, Object.values(one))
  const { length } = await recordsOfEvents('tax', 'ended')
  await handIn(running, [receiptOf(`QD${number}`, '120')], asCustoms)
  await workedOut('tax', 'ended', length + 2)
  expect(told.map(({ events }) => events.length)).toEqual([2, 2])
  await Promise.all(told.map(({ leave }) => leave()))
})
