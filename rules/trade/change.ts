/**
 * What becomes of a document that comes where another version of it is stored (海关跨境电商统一版系统企业对接报文规范 202205,
 * tables 7-2 and 7-3). A change that comes before what it changes is taken: which of two comes first must not decide.
 */
import { supersedes, type Role, type TradeDocument } from './document.ts'

/** Why a version is not taken: the negative status 处理异常 and the words of the tables. */
export interface Refusal {
  code: string
  text: string
}

/** `stale`: older than the stored version. `closed`: the list has come too far for it to be changed. */
export type Reception = 'new' | 'supersedes' | 'repeated' | 'stale' | 'closed'

const stale: Readonly<Record<Role, Refusal>> = {
  order: { code: '-301014', text: '订单报文处理失败，接收报文为旧报文数据，不做处理' },
  payment: { code: '-401012', text: '支付单报文处理失败，接收报文为旧报文数据，不做处理' },
  waybill: { code: '-505016', text: '物流报文处理失败，接收报文为旧报文数据，不做处理' },
  list: { code: '-621004', text: '清单已经申报过，请勿重复申报' },
  cancellation: { code: '-623009', text: '撤单清单已经申报过' },
  return: { code: '-625022', text: '退货申请单已经申报过，请勿重复申报' },
  // The tables have nothing for these; the words are those of the other messages of carriers.
  arrival: { code: '-505016', text: '物流报文处理失败，接收报文为旧报文数据，不做处理' },
  departure: { code: '-505016', text: '物流报文处理失败，接收报文为旧报文数据，不做处理' },
  bill: { code: '-505016', text: '物流报文处理失败，接收报文为旧报文数据，不做处理' },
  tally: { code: '-505016', text: '物流报文处理失败，接收报文为旧报文数据，不做处理' },
  status: { code: '-505016', text: '物流报文处理失败，接收报文为旧报文数据，不做处理' },
  delivery: { code: '-800005', text: '入库明细单报文处理失败，接收报文为旧报文数据，不做处理' },
  summary: { code: '-0001', text: '报文格式错误，接收报文为旧报文数据，不做处理' },
}

const closed: Readonly<Partial<Record<Role, Refusal>>> = {
  order: { code: '-301011', text: '该订单已向海关申报清单，状态不符' },
  payment: { code: '-401008', text: '该支付单已向海关申报支付单，状态不符' },
  waybill: { code: '-504016', text: '该运单已向海关申报运单，状态不符' },
  list: { code: '-621012', text: '清单的申报状态不符合改单申报的条件' },
}

/** What a version that is not taken is refused with. */
export const refusalOf = (role: Role, reception: 'stale' | 'closed'): Refusal =>
  (reception === 'closed' ? closed[role] : undefined) ?? stale[role]

/**
 * Statuses of a list in which it may still be changed, and what it was matched with: customs has not begun to look at it,
 * or has sent it back. The tables refuse changes for the status and do not say for which; read here as: not once customs
 * reviews, inspects, detains or has concluded it. A list that no receipt speaks of may be changed too.
 */
export const openStatuses: readonly string[] = ['1', '2', '3', '4', '120', '100']

/**
 * How a document is received.
 * @param stored the current version of its key, null where there is none
 * @param status that of the list, or of the list that declares its order or waybill; null where there is none, or where no
 * receipt speaks of it
 */
export function receptionOf(
  { version, role }: Pick<TradeDocument, 'version' | 'role'>,
  stored: Pick<TradeDocument, 'version'> | null,
  status: string | null,
): Reception {
  if (stored === null) return 'new'
  if (stored.version === version) return 'repeated'
  if (!supersedes(version, stored.version)) return 'stale'
  return status === null || openStatuses.includes(status) || closed[role] === undefined ? 'supersedes' : 'closed'
}
