import type { TradeDocument } from './document.ts'

/** Whether a document comes before another by what both say: the earlier version, of equal ones the lesser key. */
export const precedes = (one: TradeDocument, other: TradeDocument): boolean =>
  one.version === other.version ? one.key < other.key : one.version < other.version

/**
 * Whether two documents were sent within six months of each other, in which a carrier gives a waybill number once (3.5.4).
 * A term of months ends with the day of the same number, and where the month has none with its last (民法典 art. 202): as
 * texts, both are the days up to that number.
 */
export const isWithinSixMonths = (one: TradeDocument, other: TradeDocument): boolean =>
  areWithinSixMonths(one.head.appTime ?? '', other.head.appTime ?? '')

/** The same of two times YYYYMMDDhhmmss. */
export function areWithinSixMonths(a: string, b: string): boolean {
  return a < b ? b.slice(0, 8) <= sixMonthsOn(a) : a.slice(0, 8) <= sixMonthsOn(b)
}

/**
 * The first day, YYYYMMDD, from which a document's time is within six months of one that was sent at a later time; the day
 * need not exist.
 */
export function sixMonthsBack(time: string): string {
  const month = Number(time.slice(4, 6)) - 6
  const year = Number(time.slice(0, 4)) - (month < 1 ? 1 : 0)
  return `${year}${String(month < 1 ? month + 12 : month).padStart(2, '0')}${time.slice(6, 8)}`
}

/** Six months on from a time YYYYMMDDhhmmss, YYYYMMDD; the day need not exist. */
function sixMonthsOn(time: string): string {
  const month = Number(time.slice(4, 6)) + 6
  const year = Number(time.slice(0, 4)) + (month > 12 ? 1 : 0)
  return `${year}${String(month > 12 ? month - 12 : month).padStart(2, '0')}${time.slice(6, 8)}`
}
