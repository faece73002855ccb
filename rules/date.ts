const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

const daysIn = (year: number, month: number): number =>
  month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : (monthDays[month - 1] ?? 0)

/** True for a calendar date YYYY-MM-DD that exists (RFC 3339 full-date; GB/T 7408). There is no year 0000. */
export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8))]
  return year >= 1 && day >= 1 && day <= daysIn(year, month)
}

const clockAndZone = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/**
 * True for a date and time with its zone, as RFC 3339 date-time writes it, in capitals. A leap second (23:59:60) is
 * refused: no runtime the hub is built on can place it in time.
 */
export const isDateTime = (text: string): boolean =>
  text.charAt(10) === 'T' && isDate(text.slice(0, 10)) && clockAndZone.test(text.slice(11))
