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

/** A period of which an edition tells 版: as far as it has ended, and no finer than by months. */
export interface ToldPeriod {
  span: 'month' | 'quarter' | 'year'
  /** First day, and the first after the last month that has ended. */
  from: string
  until: string
  /** How finely the year is told where this is. */
  family: Fineness
}

/** The year as far as it has ended. */
export interface ToldYear {
  months: Period
  /** How finely it is told, from coarse to fine. */
  families: readonly Fineness[]
  /** Those that have at least a month behind them. */
  periods: readonly ToldPeriod[]
}

/**
 * What is told of a year to who may not read lists themselves: of time that has ended, since who could ask again and again
 * while documents come would read each of them from the difference.
 * @param year four digits
 * @param ended the first day of the month that has not ended
 */
export function toldYear(year: string, ended: string): ToldYear {
  const next = firstOf(year, 13)
  const isOver = next <= ended
  const texts = [year, ...[1, 2, 3, 4].map((number) => `${year}-Q${number}`)]
  for (let month = 1; month <= 12; month += 1) texts.push(firstOf(year, month).slice(0, 7))
  const periods = texts.flatMap((text): ToldPeriod[] => {
    const period = periodOf(text)
    if (period === null || period.span === 'day' || period.from >= ended) return []
    const { span, from, until } = period
    return until <= ended ? [{ span, from, until, family: span }] : [{ span, from, until: ended, family: 'month' }]
  })
  return {
    months: { span: 'year', grain: 'M', from: firstOf(year, 1), until: isOver ? next : ended },
    families: isOver ? ['year', 'quarter', 'month'] : ['quarter', 'month'],
    periods,
  }
}

/** The first day of a month, counted from 1; 13 is the next year's first. */
const firstOf = (year: string, month: number): string =>
  month === 13 ? `${String(Number(year) + 1).padStart(4, '0')}-01-01` : `${year}-${String(month).padStart(2, '0')}-01`

const dayAfter = (day: string): string => new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10)
