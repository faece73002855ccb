/** Subscriptions: what each waits for, and what it shows then, which is what a query would show at that moment. */
import { fetches } from '../auth/plan.ts'
import type {
  Resolvers,
  SubscriptionMatchChangedArgs,
  SubscriptionTradeListChangedArgs,
  SubscriptionTradeListsChangedArgs,
} from '../codegen/generated/resolvers.ts'
import { keyNamed } from '../rules/trade/document.ts'
import { keyOf } from '../store/trade/arrivals.ts'
import type { Name } from '../store/trade/changes.ts'
import type { Context } from './context.ts'
import { listOf, sellerOf } from './trade-documents.ts'
import { matchOfOrder } from './trade-match.ts'
import { listNamed, nameOf, tradeListOf } from './trade-names.ts'

/** Lists of a seller that are shown at first. */
const mostAtFirst = 20

const everything = { direction: null, state: null, tradeMode: null, from: null, before: null }

function watchedList(args: Parameters<typeof listNamed>[0]): Name {
  const query = listNamed(args)
  return 'kind' in query ? `list ${keyOf(keyNamed(query.kind, query.names))}` : `number ${args.number ?? ''}`
}

export const subscriptions: Required<NonNullable<Resolvers['Subscription']>> = {
  tradeListChanged: {
    subscribe: (_root, args, { changes }) => changes.watch([watchedList(args)]),
    resolve: fetches(async (_payload: unknown, args: SubscriptionTradeListChangedArgs, { trade, event }: Context) => {
      const list = await tradeListOf(args, trade)
      // A number is said once; what comes after speaks of the list.
      if (list !== null) event?.watch?.also(`list ${list.stored.key}`)
      return list
    }, 'other'),
  },
  matchChanged: {
    subscribe: (_root, args, { changes }) => changes.watch([`order ${keyOf(nameOf(args))}`]),
    resolve: fetches(
      (_payload: unknown, args: SubscriptionMatchChangedArgs, { trade }: Context) => matchOfOrder(nameOf(args), trade),
      'other',
    ),
  },
  tradeListsChanged: {
    subscribe: (_root, { uscc }, { changes }) => changes.watch([`seller ${uscc}`]),
    resolve: fetches(
      async (_payload: unknown, { uscc }: SubscriptionTradeListsChangedArgs, { trade, event }: Context) => {
        const changed = event?.changed ?? null
        const lists =
          changed === null
            ? (await trade.listsOf(uscc, everything, mostAtFirst, null)).items.map(({ item }) => item)
            : (await trade.documents(changed)).filter((document) => sellerOf(document) === uscc)
        if (event !== null) event.lists = lists.map(({ key }) => key)
        return lists.map(listOf)
      },
      'other',
    ),
  },
}
