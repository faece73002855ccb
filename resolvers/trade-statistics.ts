/** Statistics of trade documents, and how far the targets of the zones are reached. */
import { fetches } from '../auth/plan.ts'
import { tellsAll } from '../auth/small-groups.ts'
import type { Coordinate } from '../auth/vocabulary.ts'
import type {
  QueryTradeEnterpriseStatisticsArgs,
  QueryTradeStatisticsArgs,
  Resolvers,
  TradeMeasure,
  TradeView,
  TradeZone,
} from '../codegen/generated/resolvers.ts'
import { isoCurrencyOf } from '../rules/currency.ts'
import type { ToldGroup } from '../rules/trade/edition.ts'
import { periodOf, type Period } from '../rules/trade/period.ts'
import type { Subject } from '../rules/trade/statistics.ts'
import { mostNarrowed } from '../rules/trade/suppression.ts'
import { progressOf, targetsOf, type Measure, type ZoneName } from '../rules/trade/zone-targets.ts'
import type { PilotZones } from '../rules/trade/zones.ts'
import { checkUscc } from '../rules/uscc.ts'
import { dayOf } from '../rules/working-day.ts'
import { dimensionsOf, type StatisticsQuery } from '../store/trade/statistics-query.ts'
import type { StatisticsAnswer } from '../store/trade/statistics-reader.ts'
import { connection } from './connection.ts'
import type { Context } from './context.ts'
import { InvalidArgument } from './invalid-argument.ts'
import type { TradeGroup } from './trade-documents.ts'

const zones: Readonly<Record<TradeZone, ZoneName>> = {
  FUZHOU: '福州',
  ZHANGZHOU: '漳州',
  SANMING: '三明',
  JINHUA: '金华',
  ZHOUSHAN: '舟山',
}
const zoneNamed = (name: ZoneName): TradeZone =>
  (Object.keys(zones) as TradeZone[]).find((zone) => zones[zone] === name) ?? 'FUZHOU'

const subjects: Readonly<Record<TradeView, Subject>> = {
  CITY: 'city',
  SITE: 'site',
  COUNTRY: 'country',
  COUNTRY_RANKING: 'country',
  CHAPTER: 'chapter',
  HEADING: 'heading',
  CODE: 'code',
}

const directions = { IMPORT: 'import', EXPORT: 'export' } as const

/** @throws InvalidArgument */
function periodNamed(text: string): Period {
  const period = periodOf(text)
  if (period !== null) return period
  throw new InvalidArgument('period is a day 2026-11-21, a month 2026-11, a quarter 2026-Q4 or a year 2026.')
}

/** @throws InvalidArgument */
function queryOf(
  args: QueryTradeStatisticsArgs | QueryTradeEnterpriseStatisticsArgs,
  subject: Subject,
  pilotZones: PilotZones,
): StatisticsQuery {
  const { zone, level, direction, tradeModes, category, logisticsTimes } = args
  const { city, district, offices } = pilotZones[zones[zone]]
  if (level === 'LOCAL' && offices.length === 0)
    throw new InvalidArgument('The customs offices of this zone are not known: ask for DISTRICT or NATIONAL.')
  if (tradeModes != null && (tradeModes.length === 0 || !tradeModes.every((mode) => /^\d{4}$/.test(mode))))
    throw new InvalidArgument('tradeModes are one or more codes of 4 digits, e.g. 9610.')
  if (category != null && !/^\d{2}$/.test(category))
    throw new InvalidArgument('category is a chapter of the tariff, 2 digits.')
  if (logisticsTimes?.length === 0) throw new InvalidArgument('logisticsTimes are one or more.')
  return {
    subject,
    period: periodNamed(args.period),
    city,
    district: level === 'NATIONAL' ? null : district,
    offices: level === 'LOCAL' ? offices : null,
    local: offices,
    category: category ?? null,
    direction: direction == null ? null : directions[direction],
    modes: tradeModes ?? null,
    times: logisticsTimes ?? null,
  }
}

/** Whether small groups are told below a field. */
function isWhole(context: Context, field: Coordinate, needless?: readonly Coordinate[]): boolean {
  const decision = context.plan.decisions.get(field)
  return decision !== undefined && tellsAll(decision, context, needless)
}

/** @throws InvalidArgument where answers could be put together */
function checkTold(query: StatisticsQuery): void {
  if (dimensionsOf(query).length <= mostNarrowed) return
  throw new InvalidArgument(
    'Who may not read all lists gives one of level, direction, tradeModes, category and logisticsTimes at a time.',
  )
}

const groupOf = ({ key, lists, amounts }: ToldGroup): TradeGroup => ({
  key: key === '' ? null : key,
  lists,
  amounts: amountsOf(amounts),
})

/** By ISO's letters; a number that is none of customs' list stands as it was declared. */
const amountsOf = (amounts: ToldGroup['amounts']): TradeGroup['amounts'] =>
  amounts.map(({ currency, amount }) => ({ currency: isoCurrencyOf(currency) ?? currency, amount }))

const byLists = (one: ToldGroup, other: ToldGroup): number => other.lists - one.lists || (one.key < other.key ? -1 : 1)

const measures: Readonly<Record<Measure, TradeMeasure>> = {
  trade: 'TRADE',
  exports: 'EXPORTS',
  'retail imports': 'RETAIL_IMPORTS',
  'growth of exports': 'EXPORT_GROWTH',
  'growth of retail imports': 'RETAIL_IMPORT_GROWTH',
  'growth of trade': 'TRADE_GROWTH',
  parks: 'PARKS',
  clusters: 'CLUSTERS',
  'leading enterprises': 'LEADING_ENTERPRISES',
  enterprises: 'ENTERPRISES',
  'overseas warehouses': 'OVERSEAS_WAREHOUSES',
  'area of overseas warehouses': 'OVERSEAS_WAREHOUSE_AREA',
}

/** What of a zone's lists is counted towards a target; all imports of these messages are retail 零售进口. */
const countedFor: Partial<Record<Measure, 'both' | 'import' | 'export'>> = {
  trade: 'both',
  exports: 'export',
  'retail imports': 'import',
}

/** What logistics times 物流时效 alone are worked out from. */
const ofTimes = ['TradeWaybill.declaredAt'] as const

const yuan = '142'

const resolvers: Pick<Resolvers, 'TradeStatistics' | 'TradeZoneTarget'> & {
  Query: Pick<NonNullable<Resolvers['Query']>, 'tradeStatistics' | 'tradeEnterpriseStatistics' | 'zoneTargets'>
} = {
  Query: {
    tradeStatistics: fetches(async (_root, args, context) => {
      const query = queryOf(args, subjects[args.view], context.trade.zones)
      let answer: StatisticsAnswer | null
      if (isWhole(context, 'Query.tradeStatistics', query.times === null ? ofTimes : [])) {
        answer = await context.trade.statistics.whole(query)
      } else {
        checkTold(query)
        answer = await context.trade.statistics.told(query, dayOf(new Date()))
        if (answer === null)
          throw new InvalidArgument(
            'Who may not read all lists is told of months, quarters and years that have a month behind them, from when their edition is made.',
          )
      }
      const { groups, total, suppressed } = answer
      const inOrder = args.view === 'COUNTRY_RANKING' ? groups.toSorted(byLists) : groups
      return { total: total === null ? null : groupOf(total), suppressed, told: inOrder.map(groupOf) }
    }, 'other'),
    tradeEnterpriseStatistics: fetches(async ({ subjects: named }, args, { trade, cursors }) => {
      const { groups } = await trade.statistics.whole(queryOf(args, 'enterprise', trade.zones))
      const page = connection(
        groups.toSorted(byLists),
        args,
        ({ key }) => key,
        cursors('Query.tradeEnterpriseStatistics'),
      )
      const nodes = page.nodes.map((group) => {
        const { key, ...traded } = groupOf(group)
        return { seller: key, uscc: key !== null && checkUscc(key).valid ? key : null, ...traded }
      })
      for (const { uscc } of nodes) if (uscc !== null) named.add(uscc)
      return { nodes, pageInfo: page.pageInfo }
    }, 'other'),
    zoneTargets: (_root, { zone, year }) => targetsOf(zones[zone], year ?? undefined).map((target) => ({ target })),
  },
  TradeStatistics: {
    groups: ({ told }, args, { cursors }) =>
      connection(told, args, ({ key }) => key ?? '', cursors('TradeStatistics.groups')),
  },
  TradeZoneTarget: {
    zone: ({ target }) => zoneNamed(target.zone),
    measure: ({ target }) => measures[target.measure],
    year: ({ target }) => target.year,
    least: ({ target }) => target.least,
    mustExceed: ({ target }) => target.isExceeded,
    words: ({ target }) => target.words,
    progress: fetches(async ({ target }, _args, context) => {
      const counted = countedFor[target.measure]
      if (counted === undefined) return null
      const direction = counted === 'both' ? null : counted === 'import' ? 'IMPORT' : 'EXPORT'
      const query = queryOf(
        { zone: zoneNamed(target.zone), period: String(target.year), view: 'CITY', level: 'NATIONAL', direction },
        'city',
        context.trade.zones,
      )
      const total = isWhole(context, 'TradeZoneTarget.progress')
        ? (await context.trade.statistics.whole(query)).total
        : ((await context.trade.statistics.told(query, dayOf(new Date())))?.total ?? null)
      if (total === null) return null
      const actual = total.amounts.find(({ currency }) => currency === yuan)?.amount ?? '0'
      return {
        actual,
        otherCurrencies: amountsOf(total.amounts.filter(({ currency }) => currency !== yuan)),
        ...progressOf(target, actual),
      }
    }, 'other'),
  },
}

export default resolvers
