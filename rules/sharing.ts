/**
 * Sharing classes 共享属性. The last three are those of 政务数据共享条例 art. 14. OPEN is not in the Regulation: it is the
 * hub's reading of 有序公开 in the plans of the pilot zones, for what law has published anyway.
 */
export const sharingClasses = {
  OPEN: {
    zh: '有序公开',
    clause: '跨境电子商务综合试验区实施方案：分类管理、部门共享、有序公开',
    mayRead: 'Anyone signed in, the public portal included.',
  },
  UNCONDITIONAL: {
    zh: '无条件共享',
    clause: '政务数据共享条例 第十四条（一）',
    mayRead: 'Every department.',
  },
  CONDITIONAL: {
    zh: '有条件共享',
    clause: '政务数据共享条例 第十四条（二）、第十五条第二款',
    mayRead: 'A reader with a grant for the item, the purpose and the division, as the catalogue states.',
  },
  WITHHELD: {
    zh: '不予共享',
    clause: '政务数据共享条例 第十四条（三）、第十五条第二款',
    mayRead: 'The providing department alone; the catalogue names the law that says so.',
  },
} as const satisfies Record<string, { zh: string; clause: string; mayRead: string }>

/** The sharing class of a catalogue item (政务数据共享条例 art. 14, and OPEN). */
export type SharingClass = keyof typeof sharingClasses

/** From the most open class to the closest. */
const byStrictness: readonly SharingClass[] = ['OPEN', 'UNCONDITIONAL', 'CONDITIONAL', 'WITHHELD']

/** Of two classes the one that lets fewer read. */
export const stricter = (one: SharingClass, other: SharingClass): SharingClass =>
  byStrictness.indexOf(one) < byStrictness.indexOf(other) ? other : one
