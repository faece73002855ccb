import type { Standard } from './format.ts'
import type { HeadOf, Kind, LineOf } from './kinds.ts'

/** BaseTransfer 基础报文传输实体: who carries the message (specification, 2.1.4 table 2-4). */
export interface Transfer {
  copCode: string
  copName: string
  dxpMode: string
  dxpId: string
  note?: string
}

/** BaseSubscribe 基础回执订阅实体: who else wants the receipts. */
export interface Subscription {
  status: string
  dxpMode: string
  dxpAddress: string
  note?: string
}

/** DxpMsg 终端节点报文, the envelope of the data exchange platform (specification, part 4), by its own names. */
export interface Envelope {
  CopMsgId: string
  SenderId: string
  /** 1 to 5. */
  ReceiverIds: string[]
  /** xs:dateTime. */
  CreatTime: string
  MsgType: string
  AddInfo?: AddInfo
  /** The signature of the envelope, as it was written; nothing here verifies it. */
  Signature?: string
  /** What the servers of the platform added (DxpMsgSv 传输节点报文, part 5). */
  SvNo?: ServerNode
}
export interface AddInfo {
  FileName?: string
  IcCard?: string
  BizKey?: { name?: string; value: string }[]
  /** The encoding of the message within. */
  IsText?: string
  RecMapId?: string
}
export interface ServerNode {
  MsgId: string
  SubMsgId?: string
  SendTime: string
  EndNode: string
  StaNode: string
}

/** A document 单证: values by the standard's names, amounts as exact decimals, lines as a list. */
export interface Document<K extends Kind> {
  head: HeadOf<K>
  lines: LineOf<K>[]
}

/** A message 报文 of one kind. */
export interface MessageOf<K extends Kind> {
  standard: Standard
  kind: K
  guid: string
  version: string
  envelope: Envelope | null
  /** Null for receipts, which have none. */
  transfer: Transfer | null
  subscriptions: Subscription[]
  documents: Document<K>[]
  /** ds:Signature and ExtendMessage as they were written; nothing here verifies a signature. */
  signature: string | null
  extension: string | null
}

/** A message of any kind; `kind` tells which. */
export type Message = { [K in Kind]: MessageOf<K> }[Kind]

/** Values by names, where the kind is not known to the compiler. */
export type Values = Record<string, string>
/** A document where the kind is not known to the compiler. */
export interface AnyDocument {
  head: Values
  lines: Values[]
}
