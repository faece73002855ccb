/**
 * The way of a document through e-port and customs, as its receipts 回执 tell it (海关跨境电商统一版系统企业对接报文规范
 * 202205, returnStatus of each receipt): 2 and 3, then 120, review and inspection, 399, 800, 899.
 */
import type { DeclaredKind } from '../ceb/kinds.ts'
import { declarationStatuses, rankOf } from '../declaration-status.ts'
import { isStanding, timeOfVersion } from './document.ts'

/** What the chain looks at of a receipt, by the standard's names. */
export interface StatusReceipt {
  guid: string
  returnStatus: string
  /** YYYYMMDDhhmmssSSS; its own time, not that of its coming. */
  returnTime: string
}

export interface Chain<R extends StatusReceipt> {
  /** One receipt for each status that was reached, in the order of the way: the one that caused the step. */
  steps: R[]
  /** The last of the steps. */
  current: R | null
  /** Nothing more is to come of a document of this kind. */
  final: boolean
  /** Failures of processing (negative codes) and codes outside the table: they say nothing of how far it has come. */
  beside: R[]
  /** 100 海关退单 after which the document was declared again; what came before it is no longer on the way. */
  sentBack: R[]
}

/** With which statuses the way of a kind ends, by the codes that its receipt may state. */
const finals: Readonly<Record<DeclaredKind, readonly string[]>> = {
  '213': ['800'],
  '215': ['399'],
  '303': ['120'],
  '311': ['120'],
  '403': ['120'],
  '411': ['120'],
  '505': ['399'],
  '507': ['399'],
  '509': ['399'],
  '511': ['120'],
  '513': ['120'],
  '603': ['899', '700'],
  '605': ['399'],
  '607': ['120'],
  '621': ['899', '700'],
  '623': ['399'],
  '625': ['399'],
  '701': ['399'],
  '711': ['399'],
}

/** Whether a status ends the way of a kind. */
export const isFinal = (kind: DeclaredKind, status: string): boolean => finals[kind].includes(status)

const known: ReadonlySet<string> = new Set(declarationStatuses.map(({ code }) => code))

/**
 * The chain of a document. It depends on the set of receipts and the version that counts: neither order of arrival nor
 * repetition changes it. A step is never taken back by a receipt of an earlier one; only a new declaration after customs sent
 * the document back begins the way anew, which the version's time tells, or a receipt of it (status 1 or 2), or else that
 * customs has begun with it again: declarants' clocks and those of customs are not one.
 * @param version the document's current one (TradeDocument.version)
 */
export function chainOf<R extends StatusReceipt>(
  kind: DeclaredKind,
  version: string,
  receipts: readonly R[],
): Chain<R> {
  const all = firstOfEach([...receipts].sort(byTime))
  const told = all.findLast(({ returnStatus }) => returnStatus === '1' || returnStatus === '2')?.returnTime ?? ''
  // To the second, so that one of the same second as its return is not taken for a later one.
  const said = isStanding(version) ? timeOfVersion(version) : ''
  const declaredAt = told > said ? told : said
  const looking = all.filter(({ returnStatus }) => isLooking(rankOf(returnStatus)))
  const isOver = (at: string): boolean => at < declaredAt || looking.some(({ returnTime }) => returnTime > at)
  const sentBack = all.filter(({ returnStatus, returnTime }) => returnStatus === '100' && isOver(returnTime))
  const begins = sentBack.at(-1)?.returnTime ?? ''
  const causes = new Map<string, R>()
  for (const receipt of all) {
    const { returnStatus, returnTime } = receipt
    if (known.has(returnStatus) && returnTime > begins && !causes.has(returnStatus)) causes.set(returnStatus, receipt)
  }
  const steps = [...causes.values()].sort((one, other) => rankOf(one.returnStatus) - rankOf(other.returnStatus))
  return {
    steps,
    current: steps.at(-1) ?? null,
    final: steps.some(({ returnStatus }) => isFinal(kind, returnStatus)),
    beside: all.filter(({ returnStatus }) => !known.has(returnStatus)),
    sentBack,
  }
}

/** Whether a status is one of customs before it concludes or sends back: after the e-port's last (4), before 100. */
const isLooking = (rank: number): boolean => rank > rankOf('-0001') && rank < rankOf('100')

const byTime = (one: StatusReceipt, other: StatusReceipt): number =>
  compareTexts(one.returnTime, other.returnTime) ||
  compareTexts(one.guid, other.guid) ||
  compareTexts(one.returnStatus, other.returnStatus)

const compareTexts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

/** A receipt sent again under its guid counts once, from its earliest time: a later stamp is that of the sending. */
function firstOfEach<R extends StatusReceipt>(receipts: readonly R[]): R[] {
  const firsts = new Map<string, R>()
  for (const receipt of receipts) {
    const key = `${receipt.guid} ${receipt.returnStatus}`
    if (!firsts.has(key)) firsts.set(key, receipt)
  }
  return [...firsts.values()]
}
