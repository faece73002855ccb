/**
 * The world's calendar. Its today is fixed and the machine's clock is never asked, so that the same records come out
 * every day. A moment is a number of milliseconds that counts Beijing wall-clock time as if it were UTC; nothing here
 * depends on the zone of the machine.
 */

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** Midnight at the start of a day of the world's calendar. */
export const dayAt = (year: number, month: number, date: number): number => Date.UTC(year, month - 1, date)

/** The world's today: nothing in it happens later than the end of the day before. */
export const today = dayAt(2026, 11, 1)

/** Nothing in it is declared, posted or paid before. */
export const beginning = dayAt(2025, 1, 1)

const days = new Map<number, string>()

/** `2026-11-01`. A world has few days and many moments, so each day is written once. */
export const isoDay = (moment: number): string => {
  const number = Math.floor(moment / day)
  const written = days.get(number) ?? new Date(number * day).toISOString().slice(0, 10)
  days.set(number, written)
  return written
}

const two = (number: number) => String(number).padStart(2, '0')

const clock = (moment: number, separator: string): string => {
  const rest = moment - Math.floor(moment / day) * day
  const parts = [rest / hour, (rest % hour) / minute, (rest % minute) / 1000]
  return parts.map((part) => two(Math.floor(part))).join(separator)
}

/** `2026-11` */
export const isoMonth = (moment: number) => isoDay(moment).slice(0, 7)
/** `20261101` */
export const compactDay = (moment: number) => isoDay(moment).replaceAll('-', '')
/** `20261101083000` */
export const compactTime = (moment: number) => compactDay(moment) + clock(moment, '')
/** `2026-11-01 08:30:00` */
export const spacedTime = (moment: number) => `${isoDay(moment)} ${clock(moment, ':')}`
/** 2026 */
export const yearOf = (moment: number) => Number(isoDay(moment).slice(0, 4))

/** All months from the beginning up to, and without, today's, e.g. `2025-01` … `2026-10`. */
export const months: readonly string[] = (() => {
  const list: string[] = []
  for (let month = 0; Date.UTC(2025, month, 1) < today; month++) list.push(isoMonth(Date.UTC(2025, month, 1)))
  return list
})()
