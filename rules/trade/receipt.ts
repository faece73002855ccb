import { answerOf, directionOf, isDeclaredKind, kinds, type DeclaredKind, type Kind } from '../ceb/kinds.ts'
import type { AnyDocument, Message } from '../ceb/message.ts'
import { isNamedBy, keyNamed, orderNamed, roleOf, type Direction, type Role } from './document.ts'

/** What a receipt 回执 says of one document. */
export interface TradeReceipt {
  /** Its own, in capitals; empty where it has none. */
  guid: string
  /** The key of the document that it names (TradeDocument.key); null where it does not name it. */
  document: string | null
  role: Role
  direction: Direction
  /** returnStatus 回执状态. */
  status: string
  /** returnTime 回执时间, YYYYMMDDhhmmssSSS in China's time. */
  at: string
  /** returnInfo 回执信息: it may name a person, so it is kept as what is personal is. */
  info: string
  /** The numbers that the e-port and customs gave the document; null where the receipt does not say. */
  preNo: string | null
  invtNo: string | null
  /** The order that it names (TradeDocument.order) where it does not name its document; else null. */
  order: string | null
}

/** Which kind a kind of receipt answers. */
const answered: ReadonlyMap<Kind, DeclaredKind> = new Map(
  kinds.filter(isDeclaredKind).map((kind) => [answerOf(kind), kind]),
)

const said = (value: string | undefined): string | null => (value === undefined || value === '' ? null : value)

/** The receipts of a message; none of a notice that answers nothing. */
export function receiptsIn(message: Message): TradeReceipt[] {
  const kind = answered.get(message.kind)
  if (kind === undefined) return []
  const documents: readonly AnyDocument[] = message.documents
  return documents.map(({ head }) => ({
    guid: (head.guid ?? '').toUpperCase(),
    document: isNamedBy(kind, head) ? keyNamed(kind, head) : null,
    role: roleOf(kind),
    direction: directionOf(kind),
    status: head.returnStatus ?? '',
    at: head.returnTime ?? '',
    info: head.returnInfo ?? '',
    preNo: said(head.preNo),
    invtNo: said(head.invtNo),
    order: isNamedBy(kind, head) ? null : orderNamed(kind, head),
  }))
}
