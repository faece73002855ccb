/**
 * Who may look into the ledger: a department at its own requests and at what others used of its data, the authority and
 * its auditors at all, an enterprise at what concerns itself. Whoever runs the hub sees none of it.
 */
import type { CallerId } from '../departments.ts'
import type { Role } from './roles.ts'

export type LedgerScope =
  | { sees: 'all' }
  | { sees: 'department'; department: string }
  | { sees: 'enterprises'; codes: readonly string[] }
  | { sees: 'nothing' }

export interface LedgerReader {
  department: CallerId
  roles: readonly Role[]
  /** Enterprises that its mandate names. */
  mandate: ReadonlySet<string>
}

export function ledgerScope({ department, roles, mandate }: LedgerReader): LedgerScope {
  if (department === 'authority') {
    return roles.includes('auditor') || roles.includes('authority') ? { sees: 'all' } : { sees: 'nothing' }
  }
  if (department === 'operations' || !roles.some((role) => role === 'officer' || role === 'steward')) {
    return { sees: 'nothing' }
  }
  // The portal is everyone's: whose requests came through it is nobody else's business.
  if (department === 'portal') {
    return mandate.size === 0 ? { sees: 'nothing' } : { sees: 'enterprises', codes: [...mandate] }
  }
  return { sees: 'department', department }
}
