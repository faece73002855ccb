/**
 * The registry: one line a department. The id is the file name in every room of the house
 * (schema, resolvers, adapters, auth/policies, codegen/contracts, sandbox, tests).
 */
export const departments = {
  customs: { en: 'Customs', zh: '海关' },
  tax: { en: 'Tax', zh: '税务' },
  fx: { en: 'Foreign exchange', zh: '外汇管理' },
  market: { en: 'Market supervision', zh: '市场监管' },
  postal: { en: 'Postal administration', zh: '邮政管理' },
  commerce: { en: 'Commerce', zh: '商务' },
} as const satisfies Record<string, { en: string; zh: string }>

/** The id of a department, e.g. `customs`. */
export type DepartmentId = keyof typeof departments

/** All ids in the order of the registry. */
export const departmentIds = Object.keys(departments) as DepartmentId[]

/** The hub's own parts of the view: what joins the departments, and the trade documents that are handed in to it. */
export const ownSliceIds = ['hub', 'trade'] as const

export type OwnSliceId = (typeof ownSliceIds)[number]

/** Whose part of the view a slice is: a department's, or the hub's own. */
export type SliceId = DepartmentId | OwnSliceId

export const sliceIds: readonly SliceId[] = [...ownSliceIds, ...departmentIds]

/** The departments whose systems are asked where one slice runs alone; all for the whole view, which is null. */
export const askedBy = (slice: SliceId | null): DepartmentId[] =>
  departmentIds.filter((id) => slice === null || id === slice)

/**
 * Those who may ask without being a department: a bank on behalf of foreign exchange, and the public portal for nobody but
 * whoever uses it. They have no section of their own and no unconditional access, and cannot apply for any.
 */
export const partners = {
  bank: { en: 'Bank', zh: '银行', asksFor: 'fx' },
  portal: { en: 'Public portal', zh: '公众门户', asksFor: null },
} as const satisfies Record<string, { en: string; zh: string; asksFor: DepartmentId | null }>

export type PartnerId = keyof typeof partners

/** Those who ask for no data: the authority over data sharing 主管部门 with its auditors, and whoever runs the hub. */
export const offices = {
  authority: { en: 'Data authority', zh: '政务数据主管部门' },
  operations: { en: 'Operations', zh: '运行维护' },
} as const

export type OfficeId = keyof typeof offices

/** Whoever may read the view: a department or a partner. */
export type ViewerId = DepartmentId | PartnerId

/** Whoever may hold a token. */
export type CallerId = ViewerId | OfficeId

export const isOfficeId = (id: string): id is OfficeId => Object.hasOwn(offices, id)

/** True where the id may stand in a token. */
export const isCallerId = (id: string): id is CallerId => isViewerId(id) || isOfficeId(id)

/** True where the id names a department or a partner of the registry. */
export const isViewerId = (id: string): id is ViewerId => isDepartmentId(id) || isPartnerId(id)

/** True where the id names a partner. */
export const isPartnerId = (id: string): id is PartnerId => Object.hasOwn(partners, id)

/** True where the id names a department. */
export const isDepartmentId = (id: string): id is DepartmentId => Object.hasOwn(departments, id)

/** True where the id names a slice. */
export const isSliceId = (id: string): id is SliceId => sliceIds.some((slice) => slice === id)
