import { hash } from 'node:crypto'
import { directionOf, layoutOf, type DeclaredKind } from '../ceb/kinds.ts'
import type { AnyDocument, Values } from '../ceb/message.ts'
import { isClosed } from './personal.ts'

/** Stands for a personal value: the same for the same value, and of no use without the key (the caller's keyed hash). */
export type Print = (value: string) => string

/** What a document is to the others of its order. */
export type Role =
  | 'order'
  | 'payment'
  | 'waybill'
  | 'list'
  | 'cancellation'
  | 'return'
  | 'arrival'
  | 'departure'
  | 'bill'
  | 'summary'
  | 'tally'
  | 'status'
  | 'delivery'

export type Direction = 'import' | 'export'

/** A document 单证 as it is stored and compared: open values as they are, of personal ones only prints. */
export interface TradeDocument {
  kind: DeclaredKind
  role: Role
  direction: Direction
  /** What names it through all its versions: role, direction, codes and numbers, as a JSON list. */
  key: string
  /** What documents of one order share, as a JSON list; null where it names none (an import waybill names no platform). */
  order: string | null
  /** What documents of one waybill share, as a JSON list; null where it names none, or many in its lines (waybillsOf). */
  waybill: string | null
  /** invtNo 清单编号, the number of a list that customs gave out; null where the document does not say it. */
  invtNo: string | null
  /** The print of the buyer's identity number, of an import order or list. */
  buyer: string | null
  /**
   * Orders versions of one key as text, also in any collation of digits and small letters. What was declared stands above
   * every draft; then counts appTime, then a deletion above a change above what is new; between two that say different
   * things in the same second it is their contents that decide, not which of them came first.
   */
  version: string
  /** appType 3: deleted. The export list counts its types otherwise (1 new, 2 declare, 3 delete), and this one alike. */
  removed: boolean
  /** appStatus 1: kept, not declared; takes no part in matching. */
  draft: boolean
  /** The document's values by the standard's names, every personal or free one (personal.ts) replaced by its print. */
  head: Values
  lines: Values[]
  /** What the prints in the head stand for, by element name. Texts of the lines are not kept in clear. */
  personal: Values
}

type Names = readonly string[]

/** How a kind is named: by its own codes and numbers, or, where the first of them is missing, by others. */
interface Naming {
  role: Role
  by: Names
  otherwise?: Names
  order?: Names
  waybill?: true
}

const platformOrder: Names = ['ebpCode', 'orderNo']
const merchantOrder: Names = ['ebcCode', 'orderNo']
const parcel: Names = ['logisticsCode', 'logisticsNo']

/**
 * What names a document, as its receipt 回执 names it (海关跨境电商统一版系统企业对接报文规范 202205, parts 2 and 3). Of what
 * is split into several messages, each is a document of its own. The last three are kept and matched with nothing.
 */
const namings: Readonly<Record<DeclaredKind, Naming>> = {
  '311': { role: 'order', by: platformOrder, order: platformOrder },
  '411': { role: 'payment', by: ['payTransactionId', 'payCode'], order: platformOrder },
  '511': { role: 'waybill', by: parcel, waybill: true },
  // copNo may be missing; what a list joins then tells it from others.
  '621': {
    role: 'list',
    by: ['copNo', 'agentCode'],
    otherwise: [...platformOrder, ...parcel, 'agentCode'],
    order: platformOrder,
    waybill: true,
  },
  '623': {
    role: 'cancellation',
    by: ['copNo', 'agentCode'],
    otherwise: ['invtNo', 'agentCode'],
    order: platformOrder,
    waybill: true,
  },
  '625': {
    role: 'return',
    by: ['copNo', 'agentCode'],
    otherwise: ['invtNo', 'agentCode'],
    order: platformOrder,
    waybill: true,
  },
  '303': { role: 'order', by: merchantOrder, order: merchantOrder },
  '403': { role: 'payment', by: ['orderNo', 'ebcCode', 'payNo'], order: merchantOrder },
  '505': { role: 'waybill', by: parcel, waybill: true },
  '507': { role: 'arrival', by: ['copNo', 'operatorCode', 'msgSeqNo'] },
  '509': { role: 'departure', by: ['copNo', 'logisticsCode', 'msgSeqNo'] },
  '603': { role: 'list', by: ['copNo', 'agentCode'], order: merchantOrder, waybill: true },
  '605': { role: 'cancellation', by: ['copNo', 'agentCode'] },
  '607': { role: 'bill', by: ['copNo', 'agentCode', 'msgSeqNo'] },
  // Its waybill may be that of the way back, so only invtNo joins it.
  '213': { role: 'return', by: ['coElNo', 'agentCode'] },
  '701': { role: 'summary', by: ['copNo', 'agentCode', 'msgSeqNo'] },
  '215': { role: 'tally', by: ['coElNo', 'operatorCode'] },
  '513': { role: 'status', by: parcel },
  '711': { role: 'delivery', by: ['copNo', 'operatorCode'] },
}

const kindsByRole = new Map(
  Object.entries(namings).map(([kind, { role }]) => [
    `${role} ${directionOf(kind as DeclaredKind)}`,
    kind as DeclaredKind,
  ]),
)

/**
 * The kind of message that plays a role in a direction.
 * @throws RangeError where none does: arrival, departure, bill and summary are of exports
 */
export function kindOf(role: Role, direction: Direction): DeclaredKind {
  const kind = kindsByRole.get(`${role} ${direction}`)
  if (kind === undefined) throw new RangeError(`No message of ${direction}s is ${role}.`)
  return kind
}

/** The elements of a kind in the order of the standard, which no sender can change. */
const layouts = new Map(
  Object.keys(namings).map((kind) => {
    const layout = layoutOf(kind as DeclaredKind, '202205')
    const names = (group: { fields: readonly { name: string }[] } | null | undefined): Names =>
      group?.fields.map(({ name }) => name).filter((name) => name !== 'guid') ?? []
    return [kind, { head: names(layout?.head), line: names(layout?.lines) }]
  }),
)

const pick = (names: Names, values: Values): string[] => names.map((name) => values[name] ?? '')

const isSaid = (value: string | undefined): value is string => value !== undefined && value !== ''

/** A waybill as documents share it (TradeDocument.waybill). */
export const waybillNamed = (direction: Direction, logisticsCode: string, logisticsNo: string): string =>
  JSON.stringify([direction, logisticsCode, logisticsNo])

/**
 * What a document that was read comes to in trade.
 * @param print makes prints; an identity number is given to it in capitals, so that a person has one print
 */
export function tradeDocument(kind: DeclaredKind, document: AnyDocument, print: Print): TradeDocument {
  const naming = namings[kind]
  const { role, order, waybill } = naming
  const direction = directionOf(kind)
  const { head: said } = document
  const personal: Values = {}
  const head = shielded(said, print, personal)
  const lines = document.lines.map((line) => shielded(line, print, null))
  const draft = said.appStatus === '1'
  const stamp = `${draft ? '0' : '1'}${said.appTime ?? ''}${said.appType ?? ''}`
  return {
    kind,
    role,
    direction,
    key: nameIn(naming, direction, said),
    order: order === undefined ? null : JSON.stringify([direction, ...pick(order, said)]),
    waybill: waybill === undefined ? null : waybillNamed(direction, said.logisticsCode ?? '', said.logisticsNo ?? ''),
    invtNo: isSaid(said.invtNo) ? said.invtNo : null,
    buyer: isSaid(head.buyerIdNumber) && (role === 'order' || role === 'list') ? head.buyerIdNumber : null,
    version: `${stamp}${digestOf(kind, head, lines)}`,
    removed: said.appType === '3',
    draft,
    head,
    lines,
    personal,
  }
}

function nameIn({ role, by, otherwise }: Naming, direction: Direction, said: Values): string {
  const names = otherwise === undefined || isSaid(said[by[0] ?? '']) ? by : otherwise
  return JSON.stringify([role, direction, names[0], ...pick(names, said)])
}

/** The key of a document of which only the names are known, as a receipt 回执 says them. */
export const keyNamed = (kind: DeclaredKind, said: Values): string => nameIn(namings[kind], directionOf(kind), said)

/** The appTime that a version tells. */
export const timeOfVersion = (version: string): string => version.slice(1, 15)

/** Whether a version is declared and not deleted, by itself. */
export const isStanding = (version: string): boolean => version.startsWith('1') && version[15] !== '3'

/** Role, direction, the name of the first code, and both. */
const namesOfWaybill = 3 + parcel.length

/**
 * A waybill whose number was given out again: after six months a carrier may use it for another one (3.5.4).
 * @param nth 2 for the second
 */
export const reused = (document: TradeDocument, nth: number): TradeDocument => ({
  ...document,
  key: JSON.stringify([...(JSON.parse(document.key) as string[]).slice(0, namesOfWaybill), `${nth}`]),
})

/** Whether all is said that names a document of a kind. Real receipts of customs leave copNo out. */
export const isNamedBy = (kind: DeclaredKind, said: Values): boolean =>
  namings[kind].by.every((name) => isSaid(said[name]))

/** The order that is named, as TradeDocument.order has it; null where it is not, or where the kind names none. */
export function orderNamed(kind: DeclaredKind, said: Values): string | null {
  const { order } = namings[kind]
  if (order === undefined || !order.every((name) => isSaid(said[name]))) return null
  return JSON.stringify([directionOf(kind), ...pick(order, said)])
}

/** What a kind of message is to the others of its order. */
export const roleOf = (kind: DeclaredKind): Role => namings[kind].role

/** Whether a version takes the place of the one that is stored; the same version again does not. */
export const supersedes = (version: string, stored: string): boolean => version > stored

/** What carries waybills: 运抵单 507, 离境单 509, 总分单 607. */
export const carriageRoles = ['arrival', 'departure', 'bill'] as const satisfies readonly Role[]
export type CarriageRole = (typeof carriageRoles)[number]

/** The waybills that an arrival, a departure or a bill carries, in the form of TradeDocument.waybill; of others none. */
export function waybillsOf({ role, direction, head, lines }: TradeDocument): string[] {
  if (!carriageRoles.some((one) => one === role)) return []
  return lines.flatMap(({ logisticsNo }) =>
    isSaid(logisticsNo) ? [waybillNamed(direction, head.logisticsCode ?? '', logisticsNo)] : [],
  )
}

function shielded(values: Values, print: Print, clear: Values | null): Values {
  const open: Values = { ...values }
  for (const name in open) {
    const value = open[name]
    if (!isSaid(value) || !isClosed(name)) continue
    if (clear !== null) clear[name] = value
    open[name] = print(name.endsWith('IdNumber') ? value.toUpperCase() : value)
  }
  return open
}

/** What a document says, in 32 digits and small letters; sent again under another guid it says the same. */
function digestOf(kind: DeclaredKind, head: Values, lines: readonly Values[]): string {
  const names = layouts.get(kind)
  const content = [pick(names?.head ?? [], head), lines.map((line) => pick(names?.line ?? [], line))]
  return hash('sha256', JSON.stringify(content), 'hex').slice(0, 32)
}
