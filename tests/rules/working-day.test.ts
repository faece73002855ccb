import chineseDays from 'chinese-days'
import { describe, expect, test } from 'vitest'
import { addWorkingDays, begunToBeOver, coverage, dayOf, endOf, isWorkingDay, termOf } from '../../rules/working-day.ts'

const days = (from: string, to: string): string[] => {
  const found: string[] = []
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000)
    found.push(new Date(at).toISOString().slice(0, 10))
  return found
}

describe('working days 工作日', () => {
  test('are those of the library on every day that it covers', () => {
    const all = days(`${coverage.from}-01-01`, `${coverage.to}-12-31`)
    expect(all.length).toBeGreaterThan(8_000)
    expect(all.filter((day) => isWorkingDay(day) !== chineseDays.isWorkday(day))).toEqual([])
  })

  test('of the National Day weeks of 2025 and 2026, with their make-up workdays', () => {
    const worked = (from: string, to: string) => days(from, to).filter((day) => isWorkingDay(day) === true)
    expect(worked('2025-09-26', '2025-10-13')).toEqual([
      ...['2025-09-26', '2025-09-28', '2025-09-29', '2025-09-30'],
      ...['2025-10-09', '2025-10-10', '2025-10-11', '2025-10-13'],
    ])
    expect(worked('2026-09-18', '2026-10-12')).toEqual([
      ...['2026-09-18', '2026-09-20', '2026-09-21', '2026-09-22', '2026-09-23', '2026-09-24'],
      ...['2026-09-28', '2026-09-29', '2026-09-30', '2026-10-08', '2026-10-09', '2026-10-10', '2026-10-12'],
    ])
  })

  test('outside the years that are known nothing is guessed', () => {
    expect([isWorkingDay('2003-12-31'), isWorkingDay(`${coverage.to + 1}-01-04`)]).toEqual([null, null])
    expect([addWorkingDays(`${coverage.to}-12-25`, 1), addWorkingDays(`${coverage.to}-12-25`, 10)]).toEqual([
      '2026-12-28',
      null,
    ])
    expect(termOf(new Date('2026-12-25T10:00:00+08:00'), 10, new Date('2030-01-01T00:00:00Z'))).toEqual({
      lastDay: null,
      state: 'unknown',
    })
  })
})

describe('terms', () => {
  test.each([
    ['the day of the event does not count', '2026-11-02', 1, '2026-11-03'],
    ['over a weekend', '2026-11-06', 1, '2026-11-09'],
    ['from a Saturday', '2026-11-07', 1, '2026-11-09'],
    ['ten days', '2026-11-02', 10, '2026-11-16'],
    ['over the Spring Festival, with make-up workdays on a Saturday', '2026-02-12', 3, '2026-02-24'],
    ['twenty days over National Day', '2025-09-15', 20, '2025-10-17'],
    ['none', '2026-11-02', 0, '2026-11-02'],
  ])('%s: %s + %i = %s', (_name, from, count, last) => {
    expect(addWorkingDays(from, count)).toBe(last)
  })

  test('a term is kept until its last day ends in Beijing', () => {
    const began = new Date('2026-11-02T23:59:59.999+08:00')
    const at = (text: string) => termOf(began, 1, new Date(text))
    expect([at('2026-11-03T23:59:59.999+08:00'), at('2026-11-04T00:00:00+08:00')]).toEqual([
      { lastDay: '2026-11-03', state: 'running' },
      { lastDay: '2026-11-03', state: 'overdue' },
    ])
    expect(termOf(new Date('2026-11-02T16:00:00Z'), 1, began).lastDay).toBe('2026-11-04')
  })

  test.each([0, 1, 10, 20])('what must have begun when, for %i days to be over', (days) => {
    const hour = 3_600_000
    const from = Date.parse('2025-09-20T00:30:00+08:00')
    for (let at = from; at < from + 30 * 24 * hour; at += 5 * hour) {
      const seen = new Date(at)
      const limit = begunToBeOver(days, seen)
      const over = (began: number): boolean => termOf(new Date(began), days, seen).state === 'overdue'
      expect([limit === null, over((limit?.getTime() ?? 0) - 1), over(limit?.getTime() ?? 0)]).toEqual([
        false,
        true,
        false,
      ])
    }
  })

  test('of what began where the calendar ends nothing is known to be over', () => {
    const seen = new Date('2030-01-01T00:00:00Z')
    const limit = begunToBeOver(10, seen)
    expect(limit).not.toBeNull()
    expect(addWorkingDays(dayOf(new Date((limit?.getTime() ?? 0) - 1)), 10)).toMatch(/^\d{4}-12-31$/)
    expect(addWorkingDays(dayOf(limit ?? seen), 10)).toBeNull()
    expect(begunToBeOver(10, new Date('2004-01-02T00:00:00Z'))).toBeNull()
  })

  test('days begin and end in Beijing', () => {
    expect([dayOf(new Date('2026-11-02T15:59:59Z')), dayOf(new Date('2026-11-02T16:00:00Z'))]).toEqual([
      '2026-11-02',
      '2026-11-03',
    ])
    expect(endOf('2026-11-02').toISOString()).toBe('2026-11-02T16:00:00.000Z')
  })
})
