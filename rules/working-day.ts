/**
 * Working days 工作日 as the State Council's yearly notice on holidays makes them: weekends and holidays off, make-up
 * workdays 调休 on. A term counts from the day after the event (民法典 art. 201) and ends with its last day, Beijing time.
 * The days are those of the package chinese-days; a year that it does not hold has not been announced, or not to it.
 */
import calendar from 'chinese-days/dist/chinese-days.json' with { type: 'json' }

const holidays: ReadonlySet<string> = new Set(Object.keys(calendar.holidays))
const madeUp: ReadonlySet<string> = new Set(Object.keys(calendar.workdays))
const years = [...holidays].map((day) => Number(day.slice(0, 4)))

/** First and last year whose working days are known. */
export const coverage = { from: Math.min(...years), to: Math.max(...years) } as const

const dayLength = 86_400_000
const beijing = 8 * 3_600_000

/** What clocks in Beijing show, YYYY-MM-DDThh:mm:ss.SSS. */
export const clockAt = (instant: Date): string => new Date(instant.getTime() + beijing).toISOString().slice(0, -1)

/** The calendar day in Beijing, YYYY-MM-DD. */
export const dayOf = (instant: Date): string => clockAt(instant).slice(0, 10)

/** The instant at which a day ends in Beijing: that much belongs to it, and no more. */
export const endOf = (day: string): Date => new Date(Date.parse(`${day}T00:00:00Z`) - beijing + dayLength)

const nextDay = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + dayLength).toISOString().slice(0, 10)

const dayBefore = (day: string): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) - dayLength).toISOString().slice(0, 10)

/** Whether a day (YYYY-MM-DD) is worked; null for a year outside the coverage. */
export function isWorkingDay(day: string): boolean | null {
  const year = Number(day.slice(0, 4))
  if (year < coverage.from || year > coverage.to) return null
  if (madeUp.has(day)) return true
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay()
  return weekday !== 0 && weekday !== 6 && !holidays.has(day)
}

/** The last day of a term of `days` working days after `from` (YYYY-MM-DD); null where it leaves the coverage. */
export function addWorkingDays(from: string, days: number): string | null {
  let day = from
  for (let left = days; left > 0;) {
    day = nextDay(day)
    const isWorked = isWorkingDay(day)
    if (isWorked === null) return null
    if (isWorked) left -= 1
  }
  return day
}

/** Until when a term of `days` working days must have begun to be over at an instant; null where none is known to be. */
export function begunToBeOver(days: number, at: Date): Date | null {
  for (let day = dayOf(at); Number(day.slice(0, 4)) >= coverage.from; day = dayBefore(day)) {
    const lastDay = addWorkingDays(day, days)
    if (lastDay !== null && endOf(lastDay) <= at) return endOf(day)
  }
  return null
}

/** A statutory term: the last day on which it is kept. */
export interface Term {
  /** YYYY-MM-DD; null where the working days of that year are not known yet. */
  lastDay: string | null
  state: 'running' | 'overdue' | 'unknown'
}

/** Whether what is done while a term stands so is late; null where there is none, or none that is known. */
export const isLate = (term: Term | null): boolean | null =>
  term === null || term.state === 'unknown' ? null : term.state === 'overdue'

/** A term of working days that began with an event, seen at an instant. */
export function termOf(began: Date, days: number, at: Date): Term {
  const lastDay = addWorkingDays(dayOf(began), days)
  if (lastDay === null) return { lastDay, state: 'unknown' }
  return { lastDay, state: at < endOf(lastDay) ? 'running' : 'overdue' }
}
