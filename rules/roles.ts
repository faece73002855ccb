/**
 * Roles, kept apart. Within a department the sharing office 共享工作机构 (政务数据共享条例 art. 11) is not the officers who
 * use data; the authority 主管部门 (art. 8) supervises and the auditor inspects without using data; whoever runs the hub
 * sees none of it.
 */
import { isDepartmentId, isOfficeId, type CallerId } from '../departments.ts'

export const roles = {
  officer: { en: 'Officer: reads the view for the department', zh: '业务人员' },
  steward: { en: 'Steward: the sharing office of a department, applies and answers', zh: '共享工作机构' },
  authority: { en: 'Authority: reviews, consents, supervises', zh: '主管部门' },
  auditor: { en: 'Auditor: inspects the whole ledger', zh: '审计人员' },
  operator: { en: 'Operator: runs the hub, reads no data of departments', zh: '运维人员' },
} as const

export type Role = keyof typeof roles

export const isRole = (text: string): text is Role => Object.hasOwn(roles, text)

/** Who may hold which role, and which they hold where their token names none. */
export const rolesOf = {
  department: { may: ['officer', 'steward'], unless: ['officer'] },
  partner: { may: ['officer'], unless: ['officer'] },
  authority: { may: ['authority', 'auditor'], unless: [] },
  operations: { may: ['operator'], unless: ['operator'] },
} as const satisfies Record<string, { may: readonly Role[]; unless: readonly Role[] }>

/** Roles that nobody holds together with another one. */
const alone: readonly Role[] = ['authority', 'auditor', 'operator']

/** True where a person may hold these together. */
export const mayCombine = (held: readonly Role[]): boolean =>
  held.length < 2 || !held.some((role) => alone.includes(role))

/** The roles of a caller: which it may hold, and which it holds where its token names none. */
export const rolesFor = (caller: CallerId): { may: readonly Role[]; unless: readonly Role[] } =>
  isOfficeId(caller) ? rolesOf[caller] : isDepartmentId(caller) ? rolesOf.department : rolesOf.partner

/** True where a caller may hold these roles, and together. */
export const mayHold = (caller: CallerId, held: readonly Role[]): boolean =>
  held.every((role) => rolesFor(caller).may.includes(role)) && mayCombine(held)
