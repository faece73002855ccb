import { kindTables } from '../ceb/kinds.ts'
import type { KindTable } from '../ceb/format.ts'
import { kindOf, type Direction, type Role } from './document.ts'

/** A place in a document; the value that stands there is read from the document itself, by whoever may. */
export interface Place {
  role: Role
  element: string
  /** The line's gnum; absent for the head. */
  gnum?: string
  /** The document's key, where its role alone does not tell which one it is. */
  key?: string
}

/** One thing that is not as a rule wants it. Nothing of it is a value of a document. */
export interface Finding {
  rule: RuleId
  /** The code and, but for the places, the words of receipts 回执 that customs gives. */
  code: string
  text: string
  left: Place
  right: Place
}

/**
 * What each rule is refused with. Codes from 1300 on are those that customs' receipts state under status 100; negative
 * ones are of tables 7-2 and 7-3 of the specification. For rules that it states without a code of their own, the code of
 * a failed check 校验不通过 of the message to blame stands.
 */
const refusals = {
  'order-enterprise': ['-301003', '订单信息查询不存在'],
  'order-used': ['-301010', '已存在相同编号的订单'],
  'order-type': ['-301008', '参数校验不通过，订单类型与清单贸易方式不符'],
  consignee: ['-301008', '参数校验不通过，订单收货人必须与电子运单一致'],
  'waybill-used': ['-504015', '已存在相同编号的运单'],
  'payment-enterprise': ['13035', '支付企业不一致'],
  'amount-paid': ['1332', '支付单支付金额与订单支付金额不一致'],
  payer: ['1327', '订单购买人与支付单支付人名字或身份证号码不一致'],
  'buyer-name': ['13127', '清单上的订购人姓名与订单上的订购人姓名不一致'],
  'buyer-telephone': ['130126', '清单上的订购人电话号码与订单上的订购人电话号码不一致'],
  // Known of a person's decision; without it another person's annual sum could be used up.
  'buyer-number': ['1300', '订购人身份证号码有误'],
  'line-count': ['1320', '清单表体商品项与订单表体商品项的项数不一致'],
  'order-sum': ['-301008', '参数校验不通过，实际支付金额不等于商品价格、运杂费、代扣税款之和减去非现金抵扣金额'],
  'order-total': ['-301008', '参数校验不通过，订单商品总价不等于单价乘以数量'],
  'order-fixed': ['-301008', '参数校验不通过，订单填写了限定值以外的值'],
  'payment-fixed': ['-401009', '参数校验不通过，支付单填写了限定值以外的值'],
  'waybill-fixed': ['-504011', '参数校验不通过，运单填写了限定值以外的值'],
  'list-total': ['-621001', '清单报文校验失败，商品总价不等于单价乘以数量'],
  'list-fixed': ['-621001', '清单报文校验失败，清单填写了限定值以外的值'],
  'trade-mode': ['-621001', '清单报文校验失败，该监管方式必须填写的项为空'],
  lines: ['1322', '订单清单表体商品项不一致'],
  'single-limit': ['-621005', '清单的购买金额超过单笔限额'],
  'annual-limit': ['1313', '订购人购买超过年度限额,超过个人年度购买额度'],
  'returned-goods': ['-625209', '在关联的清单中未找到表体序号、商品编号相符的数据'],
  'returned-quantity': ['-625001', '退货申请单报文校验失败，退货数量大于原清单数量'],
} as const satisfies Record<string, readonly [code: string, text: string]>

export type RuleId = keyof typeof refusals

/** A place as receipts name it, e.g. `OrderHead.acturalPaid`, of a line `InventoryList[2].gname`. */
function named({ role, element, gnum }: Place, direction: Direction): string {
  const { entity, headElement, lineElement }: KindTable = kindTables[kindOf(role, direction)]
  return gnum === undefined ? `${headElement ?? entity}.${element}` : `${lineElement ?? entity}[${gnum}].${element}`
}

export function findingOf(rule: RuleId, direction: Direction, left: Place, right: Place): Finding {
  const [code, words] = refusals[rule]
  return { rule, code, text: `${words}[${named(left, direction)},${named(right, direction)}]`, left, right }
}

/** The status 回执状态 under which a finding is told: 100 海关退单 for customs' own codes, else the negative code itself. */
export const returnStatusOf = ({ code }: Finding): string => (code.startsWith('-') ? code : '100')
