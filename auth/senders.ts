/** Who may hand in which messages 报文 at the one point of access 一点接入. */
import type { CallerId } from '../departments.ts'
import { isDeclaredKind, type Kind } from '../rules/ceb/kinds.ts'
import type { Principal } from './token.ts'

const payments: ReadonlySet<Kind> = new Set(['403', '411'])

/**
 * The portal stands for enterprises, platforms and carriers, a bank for whoever is paid through it; receipts 回执 come
 * from customs alone. Nobody else hands anything in.
 */
const mayHandIn: Partial<Record<CallerId, (kind: Kind) => boolean>> = {
  portal: isDeclaredKind,
  bank: (kind) => payments.has(kind),
  customs: (kind) => !isDeclaredKind(kind),
}

/** The callers that hand in anything at all. */
export const handsIn = (caller: CallerId): boolean => Object.hasOwn(mayHandIn, caller)

/**
 * Why a message may not be handed in by whoever does, as one sentence; null where it may. Whoever hands in for others
 * has a token that names the DXP numbers 传输编号 of those others, and the message must come from one of them.
 * @param dxpId of BaseTransfer; null where the message has none
 */
export function whyNotFrom({ department, dxpIds }: Principal, kind: Kind, dxpId: string | null): string | null {
  if (mayHandIn[department]?.(kind) !== true) return `${department} hands in no CEB${kind}Message.`
  if (!isDeclaredKind(kind)) return null
  if (dxpId !== null && dxpIds.has(dxpId)) return null
  return 'The token does not name the DXP number of the message (dxpId of BaseTransfer).'
}
