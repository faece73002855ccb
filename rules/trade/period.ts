import { isDate } from '../date.ts'

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

/** All that is kept by months of the year in which a period is. */
export const monthsOfYear = ({ from }: Period): Period => {
  const year = from.slice(0, 4)
  return { span: 'year', grain: 'M', from: firstOf(year, 1), until: firstOf(year, 13) }
}

/** The first day of a month, counted from 1; 13 is the next year's first. */
const firstOf = (year: string, month: number): string =>
  month === 13 ? `${String(Number(year) + 1).padStart(4, '0')}-01-01` : `${year}-${String(month).padStart(2, '0')}-01`

const dayAfter = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
