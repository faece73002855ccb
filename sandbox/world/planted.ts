/**
 * The discrepancies between departments that the world plants, so that whoever compares records can be shown to find
 * them, and to find nothing where nothing was planted.
 */
export const plantedKinds = {
  'refund-for-returned-declaration': 'tax paid a refund for a declaration that was sent back (退运, 700)',
  'receipts-below-declared': 'foreign exchange received less than half of what was declared as exported',
  'filing-outlives-registration': 'the commerce filing is 有效 although the registration is 注销',
  'waybill-on-two-declarations': 'one waybill number stands on two declarations',
  'stale-receipt': 'customs sends an old receipt again, under a new guid, after newer ones',
  'receipts-out-of-order': 'the receipts of a declaration are not in the order of their times',
  'duplicate-receipt': 'the same receipt, with the same guid, stands twice',
  'grade-d-on-list-of-a': 'tax grade D, but on the published list of A-grade taxpayers',
  'reported-in-class-a': 'class A in foreign exchange, with a suspicious transaction report',
  'abnormal-but-certified': 'on the list of abnormal operations (经营异常名录), yet 高级认证企业 at customs',
  'inspected-as-different': 'an inspection found 单货不符, yet the declaration was released',
} as const

export type Planted = keyof typeof plantedKinds

const kinds = Object.keys(plantedKinds) as Planted[]

/**
 * What is planted on the enterprise with this index. The first twenty are the demonstration's and are left alone but
 * for the very first. A prime step spreads each kind over all five zones.
 */
export const plantedOn = (index: number): readonly Planted[] => {
  if (index === 0) return ['reported-in-class-a', 'stale-receipt']
  const kind = index < 20 ? undefined : kinds[index % 53]
  return kind ? [kind] : []
}
