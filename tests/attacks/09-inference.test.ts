/**
 * Attack 9: what may not be read is inferred: by a filter, an order, a cursor, a count, an error's path, or a dry run.
 * It is longer than 300 lines: each of these is held against every list and every asker.
 */
import { getNamedType, isEnumType, isObjectType, isScalarType } from 'graphql'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { objectTypes } from '../../auth/catalogue.ts'
import { PolicyError } from '../../auth/policy-error.ts'
import { policies } from '../../codegen/generated/grid.ts'
import { buildView, viewSdl } from '../../hub/schema.ts'
import { isReachable, sightOf, containers } from '../leak/law.ts'
import { runHub, type Answer } from '../support/harness.ts'
import { castOf, knownToAll, type Cast } from './askers.ts'
import { protectedBelow, type Protected, type Tree } from './coordinates.ts'

const view = buildView()
const running = await runHub({ config: { limits: { aliases: 1000, depth: 30, fields: 20_000, cost: 1_000_000 } } })
afterAll(() => running.stop())
beforeEach(() => running.sandbox.calls.reset())

const fields = protectedBelow(view, 'Enterprise')
const all = fields.map(({ coordinate }) => coordinate)
const [in3501, in3307] = [knownToAll(running, '3501').uscc, knownToAll(running, '3307').uscc]
const coordinates = objectTypes(view.schema).flatMap((type) =>
  Object.values(type.getFields()).map((field) => ({ coordinate: `${type.name}.${field.name}`, field })),
)

/** The roots of the hub's own matters: applications, grants, the ledger and the like. */
const own: readonly string[] = policies.hub.doors.filter(
  (door) => /^(Query|Mutation)\./.test(door) && !/\.(me|departments|enterprises?)$/.test(door),
)

/** What a cursor would be if it were the key of an item in plain. */
const plainly = (key: string): string => Buffer.from(key).toString('base64url')

describe('what the schema offers to ask by', () => {
  test('attack 9: no argument filters, orders or groups by a field that is not open; a new one is judged here first', () => {
    const given = coordinates.flatMap(({ coordinate, field }) =>
      field.args.map(({ name, type }) => `${coordinate}(${name}: ${type.toString()})`),
    )
    // Matters of the hub itself hold no data of departments (attack 2); who sees which is said by rules/.
    const isOwn = (argument: string): boolean => own.some((door) => argument.startsWith(`${door}(`))
    const isPage = (argument: string): boolean => /\((first: Int|after: String)\)$/.test(argument)
    // A page is of a list that the viewer may read; what its cursors say is tested below.
    const judged = given.filter((argument) => !isOwn(argument))
    expect(
      judged
        .filter(isPage)
        .filter(
          (argument) =>
            !/^Query\.(searchEnterprises|tradeEnterpriseStatistics)|Record\.|^TradeStatistics\.groups/.test(argument),
        ),
    ).toEqual([])
    expect(judged.filter((argument) => !isPage(argument)).sort()).toEqual([
      // Of one's own choice, and shown in the answer itself.
      'CustomsRecord.totals(year: Int!)',
      'ForeignExchangeRecord.payments(year: Int!)',
      'ForeignExchangeRecord.receipts(year: Int!)',
      // The key of the record that is asked for.
      'Query.declaration(number: String!)',
      'Query.enterprise(uscc: USCC!)',
      'Query.enterprises(usccs: [USCC!]!)',
      // The names of the document that is asked for.
      'Query.match(number: String!)',
      'Query.match(platform: String)',
      'Query.match(seller: String)',
      'Query.order(number: String!)',
      'Query.order(platform: String)',
      'Query.order(seller: String)',
      'Query.payments(number: String!)',
      'Query.payments(platform: String)',
      'Query.payments(seller: String)',
      // Name and division are open to anyone.
      'Query.searchEnterprises(division: DivisionCode)',
      'Query.searchEnterprises(name: String)',
      'Query.shipment(trackingNumber: String!)',
      // Whose year it is, and the names of documents.
      'Query.tradeBuyer(idNumber: String!)',
      'Query.tradeBuyer(year: Int!)',
      // Of who may read every list, by the waybill too where that is asked for.
      'Query.tradeEnterpriseStatistics(category: String)',
      'Query.tradeEnterpriseStatistics(direction: TradeDirection)',
      'Query.tradeEnterpriseStatistics(level: TradeLevel!)',
      'Query.tradeEnterpriseStatistics(logisticsTimes: [TradeLogisticsTime!])',
      'Query.tradeEnterpriseStatistics(period: String!)',
      'Query.tradeEnterpriseStatistics(tradeModes: [String!])',
      'Query.tradeEnterpriseStatistics(zone: TradeZone!)',
      'Query.tradeList(agent: String)',
      'Query.tradeList(copNo: String)',
      'Query.tradeList(direction: TradeDirection)',
      'Query.tradeList(number: String)',
      // One at a time for who may not read every list, and without small groups (tests/trade/suppression.property.test.ts).
      'Query.tradeStatistics(category: String)',
      'Query.tradeStatistics(direction: TradeDirection)',
      'Query.tradeStatistics(level: TradeLevel!)',
      'Query.tradeStatistics(logisticsTimes: [TradeLogisticsTime!])',
      'Query.tradeStatistics(period: String!)',
      'Query.tradeStatistics(tradeModes: [String!])',
      'Query.tradeStatistics(view: TradeView!)',
      'Query.tradeStatistics(zone: TradeZone!)',
      'Query.waybill(carrier: String!)',
      'Query.waybill(direction: TradeDirection!)',
      'Query.waybill(number: String!)',
      // What plans say in public, and what is told of statistics.
      'Query.zoneTargets(year: Int)',
      'Query.zoneTargets(zone: TradeZone!)',
      // What a query is named by, and shown or not as its answer is.
      'Subscription.matchChanged(number: String!)',
      'Subscription.matchChanged(platform: String)',
      'Subscription.matchChanged(seller: String)',
      'Subscription.tradeListChanged(agent: String)',
      'Subscription.tradeListChanged(copNo: String)',
      'Subscription.tradeListChanged(direction: TradeDirection)',
      'Subscription.tradeListChanged(number: String)',
      'Subscription.tradeListsChanged(uscc: USCC!)',
      // Taken from who may read the field itself in full: see below.
      'TradeRecord.lists(direction: TradeDirection)',
      'TradeRecord.lists(from: DateTime)',
      'TradeRecord.lists(state: TradeMatchState)',
      'TradeRecord.lists(to: DateTime)',
      'TradeRecord.lists(tradeMode: String)',
    ])
    const filters = view.catalogue.entries.get('TradeRecord.lists')?.filters ?? new Map()
    expect(Object.fromEntries(filters)).toEqual({
      direction: 'TradeList.direction',
      from: 'TradeList.declaredAt',
      state: 'TradeMatch.state',
      to: 'TradeList.declaredAt',
      tradeMode: 'TradeList.tradeMode',
    })
  })

  test('attack 9: no argument takes an object, in which a filter could hide', () => {
    const composite = coordinates.flatMap(({ coordinate, field }) =>
      field.args
        .filter(({ type }) => !isScalarType(getNamedType(type)) && !isEnumType(getNamedType(type)))
        .map(({ name }) => `${coordinate}(${name}:)`),
    )
    expect(composite.filter((argument) => !argument.startsWith('Mutation.'))).toEqual([])
  })

  test('attack 9: there is no statistic over enterprises but of trade, and the number that a search by open fields finds', () => {
    // Of a new one, groups of fewer than 5 are suppressed, and a test shows it, as tests/trade/statistics-view.test.ts does.
    const roots = coordinates
      .filter(({ coordinate }) => coordinate.startsWith('Query.') && !own.includes(coordinate))
      .map(({ field }) => field.name)
    expect(roots.sort()).toEqual(
      [
        'declaration',
        'departments',
        'enterprise',
        'enterprises',
        'match',
        'me',
        'order',
        'payments',
        'searchEnterprises',
        'shipment',
        // Of one person over all enterprises: for who may read every one of them (tests/trade/view.test.ts).
        'tradeBuyer',
        'tradeEnterpriseStatistics',
        'tradeList',
        'tradeStatistics',
        'waybill',
        'zoneTargets',
      ].sort(),
    )
    const words =
      /^(statistics?|aggregates?|average|mean|median|percent|share|ratio|rank|histogram|bucket|group|distinct|sum|count|min|max|totals?)$/
    const counting = coordinates
      .filter(({ field }) => field.name.split(/(?=[A-Z])/).some((word) => words.test(word.toLowerCase())))
      .map(({ coordinate }) => coordinate)
    const connections = counting.filter((coordinate) => coordinate.endsWith('Connection.totalCount'))
    expect(counting.filter((coordinate) => !connections.includes(coordinate)).sort()).toEqual([
      'CustomsRecord.totals',
      'CustomsTotals.exportCount',
      'CustomsTotals.importCount',
      'Query.tradeEnterpriseStatistics',
      'Query.tradeStatistics',
      'TradeListLine.total',
      'TradeOrderLine.total',
      'TradeStatistics.total',
      'TradeZoneProgress.percent',
    ])
    // A connection's count is of one enterprise's own records; the one over enterprises is of an open search.
    const ofEnterprises = connections.filter((coordinate) => {
      const type = view.schema.getType(coordinate.split('.')[0] ?? '')
      const nodes = isObjectType(type) ? type.getFields().nodes?.type : undefined
      return getNamedType(nodes)?.name === 'Enterprise'
    })
    expect(ofEnterprises).toEqual(['EnterpriseConnection.totalCount'])
    expect(view.catalogue.entries.get('Query.searchEnterprises')?.item?.sharing).toBe('OPEN')
  })
})

/** A connection of a section, with the fields of its nodes. */
interface List {
  coordinate: string
  section: string
  name: string
  node: Protected[]
}
const lists: List[] = Object.keys(containers).flatMap((coordinate) => {
  const [type = '', name = ''] = coordinate.split('.')
  const node = fields.filter(
    ({ steps }) =>
      steps[1]?.type === type && steps[1].name === name && steps[2]?.name === 'nodes' && steps.length === 4,
  )
  const section = node[0]?.steps[0]?.name ?? ''
  return node.length === 0 ? [] : [{ coordinate, section, name, node }]
})
const leaf = ({ steps, below }: Protected): string => `${steps[3]?.written ?? ''}${below === '' ? '' : ` { ${below} }`}`

const casts = castOf([in3501])
const reached = lists.flatMap((list) =>
  casts.flatMap((cast) => {
    const { asker } = cast
    const isHidden = ({ coordinate }: Protected) => sightOf(coordinate, asker, in3501) === 'none'
    const hidden = list.node.filter(isHidden)
    const shown = list.node.filter((field) => !isHidden(field))
    return isReachable(list.coordinate, all, asker, in3501) && hidden.length > 0 && shown.length > 0
      ? [[cast.name, list.coordinate, cast, list, hidden, shown] as const]
      : []
  }),
)

/** All texts of a value that are long enough to be told apart. */
const textsOf = (value: unknown): string[] =>
  typeof value === 'string'
    ? value.length < 4
      ? []
      : [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsOf)
      : []
const listOf = (answer: Answer, { section, name }: List): Tree | null =>
  ((answer.data?.enterprise as Record<string, Tree | null> | undefined)?.[section]?.[name] ?? null) as Tree | null
const owner = (list: List) => list.node[0]?.owner ?? 'customs'

describe('a list of which some fields may be read', () => {
  test('attack 9: the table holds lists that are open in part', () => {
    expect([...new Set(reached.map(([, coordinate]) => coordinate))].sort()).toEqual([
      'CustomsRecord.declarations',
      'TaxRecord.refunds',
    ])
  })

  const ask = (cast: Cast, { section, name }: List, below: string, after = '') =>
    running.ask(
      cast.persona,
      `{ enterprise(uscc: "${in3501}") { ${section} { ${name}(first: 2${after}) { ${below} } } } }`,
    )
  const own = async (list: List, below: string): Promise<Tree[]> => {
    const answer = await running.ask(
      { as: owner(list) },
      `{ enterprise(uscc: "${in3501}") { ${list.section} { ${list.name}(first: 2) { nodes { ${below} } } } } }`,
    )
    return (listOf(answer, list)?.nodes ?? []) as Tree[]
  }

  test.each(reached)(
    'attack 9: %s, %s: nothing of the hidden fields is in the answer or in its cursors',
    async (...row) => {
      const [, , cast, list, hidden, shown] = row
      const answer = await ask(
        cast,
        list,
        `totalCount pageInfo { startCursor endCursor hasNextPage } nodes { ${shown.map(leaf).join(' ')} }`,
      )
      expect(answer.errors).toBeUndefined()
      const { pageInfo, nodes } = listOf(answer, list) as { pageInfo: Record<string, unknown>; nodes: Tree[] }
      expect(nodes.length).toBeGreaterThan(0)
      const secrets = textsOf(await own(list, hidden.map(leaf).join(' ')))
      // A number that may be read holds the district, say, and that is told with it.
      const told = textsOf(await own(list, shown.map(leaf).join(' ')))
      const decoded = [pageInfo.startCursor, pageInfo.endCursor].map((cursor) =>
        Buffer.from(String(cursor), 'base64url').toString('utf8'),
      )
      const said = JSON.stringify([answer.data, decoded])
      expect(secrets.filter((secret) => !told.some((text) => text.includes(secret)) && said.includes(secret))).toEqual(
        [],
      )
    },
  )

  test.each(reached)('attack 9: %s, %s: a hidden field cannot be guessed by a cursor made of it', async (...row) => {
    const [, , cast, list] = row
    const [node] = await own(list, 'number')
    const right = String(node?.number)
    const wrong = right.replace(/\d(?=\D*$)/, (digit) => String((Number(digit) + 5) % 10))
    const answers = await Promise.all(
      [right, wrong].map((guess) => ask(cast, list, 'totalCount', `, after: "${plainly(guess)}"`)),
    )
    const [hit, miss] = answers.map(({ data, errors }) => ({ data, errors }))
    expect(hit).toEqual(miss)
    expect(hit?.errors?.map(({ extensions }) => extensions.code)).toEqual(['BAD_USER_INPUT'])
  })

  test.each(reached)('attack 9: %s, %s: the errors say no more than the nodes that are shown', async (...row) => {
    const [, , cast, list, hidden, shown] = row
    const answer = await ask(cast, list, `nodes { ${[...shown, ...hidden].map(leaf).join(' ')} }`)
    const nodes = (listOf(answer, list)?.nodes ?? []) as Tree[]
    const nulls = hidden.map(({ steps }) => steps[3]?.name ?? '')
    // A denied field is null by itself: its neighbours, its node and its list stand.
    expect(
      nodes.map((node) =>
        Object.keys(node)
          .filter((name) => node[name] === null && nulls.includes(name))
          .sort(),
      ),
    ).toEqual(nodes.map(() => nulls.toSorted()))
    const base = ['enterprise', list.section, list.name, 'nodes']
    expect((answer.errors ?? []).map(({ path }) => path?.join('.')).sort()).toEqual(
      nodes.flatMap((_node, index) => nulls.map((name) => [...base, index, name].join('.'))).sort(),
    )
    // What is said of one node is said of the next, word for word.
    const said = (answer.errors ?? []).map(({ message, extensions, path }) => [path?.at(-1), message, extensions])
    for (const name of nulls) {
      const alike = said.filter(([field]) => field === name)
      expect(new Set(alike.map((one) => JSON.stringify(one))).size).toBe(1)
    }
  })
})

describe('a list that is closed', () => {
  const closed = lists.flatMap((list) =>
    casts.flatMap((cast) =>
      isReachable(list.coordinate, all, cast.asker, in3307) ? [] : [[cast.name, list.coordinate, cast, list] as const],
    ),
  )

  test.each(closed)(
    'attack 9: %s, %s: neither its length nor its end nor its cursors show',
    async (_as, _coordinate, cast, list) => {
      const ask = (selection: string) =>
        running.ask(cast.persona, `{ enterprise(uscc: "${in3307}") { ${list.section} { ${selection} } } }`)
      const forms = ['totalCount', 'pageInfo { hasNextPage startCursor }', 'nodes { __typename }', '__typename']
      for (const below of forms) {
        const guess = plainly('35002026E00000000014')
        for (const page of ['', '(first: 1)', `(first: 1, after: "${guess}")`, '(after: "nonsense")']) {
          const answer = await ask(`${list.name}${page} { ${below} }`)
          expect([
            answer.data,
            answer.errors?.map(({ path, extensions }) => [path?.join('.'), extensions.code]),
          ]).toEqual([
            { enterprise: { [list.section]: { [list.name]: null } } },
            [[`enterprise.${list.section}.${list.name}`, 'UNAUTHORIZED_FIELD_OR_TYPE']],
          ])
        }
      }
      expect(running.calls()).toEqual({})
    },
  )
})

describe('null propagation', () => {
  test('attack 9: every field that can be denied is nullable, so that its neighbours do not vanish with it', () => {
    const guarded = coordinates.filter(({ coordinate }) => {
      const kind = [...view.catalogue.entries.values()].find((entry) => entry.coordinate === coordinate)?.kind
      return kind === 'data' || kind === 'container'
    })
    expect(guarded.length).toBeGreaterThan(90)
    expect(
      guarded.filter(({ field }) => field.type.toString().endsWith('!')).map(({ coordinate }) => coordinate),
    ).toEqual([])
  })

  test('attack 9: one that is not stops the start-up', () => {
    const sdl = viewSdl().replace('creditGrade: TaxCreditGrade', 'creditGrade: TaxCreditGrade!')
    const sentence = 'TaxRecord.creditGrade is guarded and must be nullable, or a denial would remove its neighbours'
    expect(() => buildView({ sdl })).toThrow(new PolicyError([sentence, 'TaxRecord.creditGrade has no policy']))
  })
})

describe('a dry run', () => {
  const explain = async (cast: Cast, query: string) => {
    const response = await fetch(`${running.hub.url}/explain`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${await running.token(cast.persona)}`,
        'x-request-id': 'attack-nine',
        ...(cast.persona.purpose === undefined ? {} : { 'x-purpose': cast.persona.purpose }),
      },
      body: JSON.stringify({ query }),
    })
    return { status: response.status, body: await response.text() }
  }
  test.each(casts.map((cast) => [cast.name, cast] as const))(
    'attack 9: %s: says what the law says, and asks nobody',
    async (_as, cast) => {
      const query = (uscc: string) =>
        `{ enterprise(uscc: "${uscc}") { tax { arrears { amount } creditGrade } fx { suspiciousTransactionReports { number } class } } }`
      const [known, unknown] = [await explain(cast, query(in3501)), await explain(cast, query('91350100MA338EEKXY'))]
      expect(known.status).toBe(200)
      expect(known.body).toBe(unknown.body)
      expect(running.calls()).toEqual({})
      const { fields: explained } = JSON.parse(known.body) as { fields: { coordinate: string; decision: string }[] }
      const data = explained.filter(({ coordinate }) => all.includes(coordinate))
      expect(data.map(({ coordinate, decision }) => [coordinate, decision === 'DENY'])).toEqual(
        data.map(({ coordinate }) => [coordinate, sightOf(coordinate, cast.asker, null) === 'none']),
      )
      expect(data).toHaveLength(4)
    },
  )
})
