/** What a list of imports must say for its way of trade 监管方式 (202205, remarks of 3.9.4). */
export interface Asked {
  /** Elements of the head, and of each line, that have a value. */
  head: readonly string[]
  line: readonly string[]
}

const byConveyance: Asked = { head: ['trafNo', 'voyageNo', 'billNo'], line: [] }
const ofBooks: Asked = { head: ['emsNo', 'areaCode', 'areaName'], line: ['itemRecordNo'] }

/** Goods of a special area 保税, which are in its books. */
export const isBonded = (tradeMode: string | undefined): boolean => tradeMode === '1210' || tradeMode === '1239'

/** What a tradeMode asks for: of bonded goods, and of those that come straight 直购 (9610); null for others. */
export const askedBy = (tradeMode: string | undefined): Asked | null =>
  isBonded(tradeMode) ? ofBooks : tradeMode === '9610' ? byConveyance : null
