/**
 * Logistics time 物流时效: from the carrier's waybill (its appTime) to release by customs (returnTime of the list's receipt
 * 800 放行, or of 899 结关 where that one never came). 实施方案 of 三明 names the dimension and does not define it; these are
 * the two ends that the documents of every list tell.
 */
import { chainOf, type StatusReceipt } from './status.ts'
import type { TradeDocument } from './document.ts'

/** How soon a parcel was released; UNKNOWN where its waybill was declared anew after that. */
export const logisticsTimes = [
  'NOT_RELEASED',
  'WITHIN_1_DAY',
  'WITHIN_2_DAYS',
  'WITHIN_3_DAYS',
  'WITHIN_7_DAYS',
  'LONGER',
  'UNKNOWN',
] as const
export type LogisticsTime = (typeof logisticsTimes)[number]

/** Those of which there is a number of seconds. */
export const timed: readonly LogisticsTime[] = logisticsTimes.filter(
  (one) => one !== 'NOT_RELEASED' && one !== 'UNKNOWN',
)

export interface Clearance {
  time: LogisticsTime
  /** 0 where it is not known. */
  seconds: number
}

/** Statuses that tell whether, and when, the goods of a list were let through. */
const telling: ReadonlySet<string> = new Set(['1', '2', '100', '700', '800', '899'])

export const tellsOfClearance = (status: string): boolean => telling.has(status)

/** Sent back 退单, or the goods themselves returned 退运: such a list is not of goods that came or went. */
const stopped: ReadonlySet<string> = new Set(['100', '700'])

const day = 86_400

/** @returns null where customs has sent the list or its goods back */
export function clearanceOf(
  list: TradeDocument,
  waybill: TradeDocument | undefined,
  receipts: readonly StatusReceipt[],
): Clearance | null {
  if (receipts.length === 0) return { time: 'NOT_RELEASED', seconds: 0 }
  const { steps, current } = chainOf(list.kind, list.version, receipts)
  if (current !== null && stopped.has(current.returnStatus)) return null
  const at = (status: string): string | undefined =>
    steps.find(({ returnStatus }) => returnStatus === status)?.returnTime
  const released = at('800') ?? at('899')
  if (released === undefined) return { time: 'NOT_RELEASED', seconds: 0 }
  const seconds = (instantOf(released) - instantOf(waybill?.head.appTime ?? '')) / 1000
  if (!(seconds >= 0)) return { time: 'UNKNOWN', seconds: 0 }
  return { time: timeOf(seconds), seconds }
}

function timeOf(seconds: number): LogisticsTime {
  if (seconds <= day) return 'WITHIN_1_DAY'
  if (seconds <= 2 * day) return 'WITHIN_2_DAYS'
  if (seconds <= 3 * day) return 'WITHIN_3_DAYS'
  return seconds <= 7 * day ? 'WITHIN_7_DAYS' : 'LONGER'
}

/** Of YYYYMMDDhhmmss, whole seconds; China has one time, without summer time, so the difference of two is exact. */
function instantOf(time: string): number {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(time)
  if (parts === null) return Number.NaN
  const [year = 0, month = 0, date = 0, hour, minute, second] = parts.slice(1).map(Number)
  return Date.UTC(year, month - 1, date, hour, minute, second)
}
