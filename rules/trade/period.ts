import { isDate } from '../date.ts'
import type { Fineness } from './suppression.ts'

/** How finely sums are kept: by day, by month, by year. */
export type Grain = 'D' | 'M' | 'Y'

/** A period 期间, and the sums that make it up: those of a grain whose first day is one of `from` to before `until`. */
export interface Period {
  span: 'day' | 'month' | 'quarter' | 'year'
  grain: Grain
  /** YYYY-MM-DD; its first day, and the first after it. */
  from: string
  until: string
}

/** Reads a day `2026-11-21`, a month `2026-11`, a quarter `2026-Q4` or a year `2026`; null where it is none. */
export function periodOf(text: string): Period | null {
  const [, year = '', month, quarter] = /^(\d{4})(?:-(?:(\d\d)|Q([1-4])))?$/.exec(text) ?? []
  if (isDate(text)) return { span: 'day', grain: 'D', from: text, until: dayAfter(text) }
  if (!isDate(`${year}-${month ?? '01'}-01`)) return null
  if (month !== undefined)
    return { span: 'month', grain: 'M', from: firstOf(year, Number(month)), until: firstOf(year, Number(month) + 1) }
  if (quarter === undefined) return { span: 'year', grain: 'Y', from: firstOf(year, 1), until: firstOf(year, 13) }
  const last = Number(quarter) * 3
  return { span: 'quarter', grain: 'M', from: firstOf(year, last - 2), until: firstOf(year, last + 1) }
}

/** What of a period is told to who may not read lists themselves: of time that has ended, and no finer than by months. */
export interface EndedPeriod {
  /** First day, and the first after the last month that has ended. */
  from: string
  until: string
  /** What months of the same year must be looked at so that answers do not tell of each other. */
  year: Period
  /** How finely the year is told up to there, from coarse to fine. */
  fineness: readonly Fineness[]
}

/**
 * The ended part of a period; null for a day, and where no month of it has ended: who could ask again and again while
 * documents come would read each of them from the difference.
 * @param isNarrowed by something else than time, which is told by months
 * @param month the first day of the month that has not ended
 */
export function endedOf(period: Period, isNarrowed: boolean, month: string): EndedPeriod | null {
  const { span, from } = period
  if (span === 'day' || from >= month) return null
  const until = period.until < month ? period.until : month
  const year = from.slice(0, 4)
  const next = firstOf(year, 13)
  const isOver = next <= month
  if (span === 'year' && isOver && !isNarrowed) return { from, until, year: period, fineness: ['year'] }
  const months: Period = { span: 'year', grain: 'M', from: firstOf(year, 1), until: isOver ? next : month }
  const isByQuarter = span === 'quarter' && period.until <= month && !isNarrowed
  const parts: Fineness[] = isByQuarter ? ['quarter'] : ['quarter', 'month']
  return { from, until, year: months, fineness: isOver ? ['year', ...parts] : parts }
}

/** The first day of a month, counted from 1; 13 is the next year's first. */
const firstOf = (year: string, month: number): string =>
  month === 13 ? `${String(Number(year) + 1).padStart(4, '0')}-01-01` : `${year}-${String(month).padStart(2, '0')}-01`

const dayAfter = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
