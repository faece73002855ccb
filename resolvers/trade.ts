/** The hub's own slice of trade documents: what was handed in, and what it comes to. */
import { fetches } from '../auth/plan.ts'
import type { Resolvers } from '../codegen/generated/resolvers.ts'
import { addDecimals, negated } from '../rules/decimal.ts'
import { limitsIn } from '../rules/trade/annual.ts'
import { waybillNamed } from '../rules/trade/document.ts'
import { clockAt } from '../rules/working-day.ts'
import { readPage } from './connection.ts'
import { InvalidArgument } from './invalid-argument.ts'
import type { Context } from './context.ts'
import { listOf, statusOf, type TradeOrder } from './trade-documents.ts'
import statistics from './trade-statistics.ts'
import { subscriptions } from './trade-changes.ts'
import { nameOf, tradeListOf } from './trade-names.ts'
import { matchOfList, matchOfOrder, orderOf, paymentsOf, returnsOf, waybillOf } from './trade-match.ts'

const idNumber = /^\d{17}[\dXx]$|^\d{15}$/

/** YYYYMMDDhhmmss in China, of an instant; null for none. */
const stampOf = (instant: string | null | undefined): string | null =>
  instant == null ? null : clockAt(new Date(instant)).replace(/\D/g, '').slice(0, 14)

interface Stored {
  stored: TradeOrder['stored']
}

const personal =
  (element: string) =>
  async ({ stored }: Stored, _args: unknown, { trade }: Context): Promise<string | null> =>
    (await trade.personal(stored.key))[element] ?? null

/** The way of a document, and what is said beside it. */
const statuses = {
  statuses: fetches(
    async ({ stored }: Stored, _args: unknown, { trade }: Context) =>
      ((await trade.life(stored.key))?.chain.steps ?? []).map(statusOf),
    'other',
  ),
  refusals: fetches(
    async ({ stored }: Stored, _args: unknown, { trade }: Context) =>
      ((await trade.life(stored.key))?.chain.beside ?? []).map(statusOf),
    'other',
  ),
}

const directions = {
  IMPORT: 'import',
  EXPORT: 'export',
} as const

const resolvers: Pick<
  Resolvers,
  | 'Query'
  | 'Subscription'
  | 'Enterprise'
  | 'TradeRecord'
  | 'TradeOrder'
  | 'TradePayment'
  | 'TradeWaybill'
  | 'TradeList'
  | 'TradeMatch'
  | 'TradeStatistics'
  | 'TradeZoneTarget'
> = {
  ...statistics,
  Query: {
    ...statistics.Query,
    order: fetches((_root, args, { trade }) => orderOf(nameOf(args), trade), 'other'),
    match: fetches((_root, args, { trade }) => matchOfOrder(nameOf(args), trade), 'other'),
    payments: fetches((_root, args, { trade }) => paymentsOf(nameOf(args), trade), 'other'),
    waybill: fetches(
      (_root, { direction, carrier, number }, { trade }) =>
        waybillOf(waybillNamed(directions[direction], carrier, number), trade),
      'other',
    ),
    tradeList: fetches((_root, args, { trade }) => tradeListOf(args, trade), 'other'),
    tradeBuyer: fetches(async (_root, { idNumber: of, year }, { trade }) => {
      if (!idNumber.test(of))
        throw new InvalidArgument('idNumber is no identity number 身份证号码: it has 15 or 18 digits.')
      if (year < 2000 || year > 2999) throw new InvalidArgument(`year must be a calendar year, not ${year}.`)
      const { used, lists } = await trade.year(of, year)
      return { year, used, left: used === null ? null : addDecimals(limitsIn(year).annual, negated(used)), lists }
    }, 'other'),
  },
  Subscription: subscriptions,
  Enterprise: {
    trade: ({ uscc }) => ({ uscc }),
  },
  TradeRecord: {
    lists: fetches(async ({ uscc }, { first, after, direction, state, tradeMode, from, to }, { trade, cursors }) => {
      const filter = {
        direction: direction == null ? null : directions[direction],
        state: state ?? null,
        tradeMode: tradeMode ?? null,
        from: stampOf(from),
        before: stampOf(to),
      }
      const page = await readPage(
        (most, key) => trade.listsOf(uscc, filter, most, key),
        { first, after },
        cursors('TradeRecord.lists'),
      )
      return { ...page, nodes: page.nodes.map(listOf) }
    }, 'other'),
  },
  TradeOrder: {
    ...statuses,
    buyerName: personal('buyerName'),
    buyerIdNumber: personal('buyerIdNumber'),
    buyerTelephone: personal('buyerTelephone'),
    consignee: personal('consignee'),
    consigneeTelephone: personal('consigneeTelephone'),
    consigneeAddress: personal('consigneeAddress'),
    match: fetches(({ stored }, _args, { trade }) => matchOfOrder(stored.document.order ?? '', trade), 'other'),
  },
  TradePayment: {
    ...statuses,
    payerName: personal('payerName'),
    payerIdNumber: personal('payerIdNumber'),
  },
  TradeWaybill: {
    ...statuses,
    consignee: personal('consignee'),
    consigneeTelephone: personal('consigneeTelephone'),
    consigneeAddress: personal('consigneeAddress'),
  },
  TradeList: {
    ...statuses,
    number: async ({ stored }, _args, { trade }) => (await trade.life(stored.key))?.invtNo ?? null,
    buyerName: personal('buyerName'),
    buyerIdNumber: personal('buyerIdNumber'),
    buyerTelephone: personal('buyerTelephone'),
    match: fetches(({ stored }, _args, { trade }) => matchOfList(stored, trade), 'other'),
  },
  TradeMatch: {
    returns: fetches((match, _args, { trade }) => returnsOf(match, trade), 'other'),
  },
}

export default resolvers
