/** What orders and lists are named by, in arguments of queries and subscriptions alike. */
import type { QueryOrderArgs, QueryTradeListArgs } from '../codegen/generated/resolvers.ts'
import { orderNamed } from '../rules/trade/document.ts'
import type { DocumentQuery } from '../store/trade/life.ts'
import type { TradeReader } from '../store/trade/reader.ts'
import { InvalidArgument } from './invalid-argument.ts'
import { listOf, type TradeList } from './trade-documents.ts'

/**
 * The name of an order, as documents that belong to it share it.
 * @throws InvalidArgument
 */
export function nameOf({ platform, seller, number }: QueryOrderArgs): string {
  if ((platform == null) === (seller == null)) {
    throw new InvalidArgument('An order is named by its platform, of imports, or by its seller, of exports: give one.')
  }
  const [kind, codes] =
    platform == null ? (['303', { ebcCode: seller ?? '' }] as const) : (['311', { ebpCode: platform }] as const)
  return orderNamed(kind, { ...codes, orderNo: number }) ?? ''
}

/**
 * What finds a list.
 * @throws InvalidArgument
 */
export function listNamed({ number, copNo, agent, direction }: QueryTradeListArgs): DocumentQuery {
  const named = [copNo, agent, direction].filter((name) => name != null)
  if ((number == null) === (named.length === 0) || (number == null && named.length < 3)) {
    throw new InvalidArgument('A list is named by its number, or by copNo, agent and direction together.')
  }
  if (number != null) return { role: 'list', direction: number[8] === 'I' ? 'import' : 'export', invtNo: number }
  return { kind: direction === 'IMPORT' ? '621' : '603', names: { copNo: copNo ?? '', agentCode: agent ?? '' } }
}

export async function tradeListOf(args: QueryTradeListArgs, trade: TradeReader): Promise<TradeList | null> {
  const [found] = await trade.find(listNamed(args))
  return found === undefined ? null : listOf(found)
}
