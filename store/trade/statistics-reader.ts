/** Answers questions about statistics of trade: to who may read the lists themselves, and to whom few of them are kept from. */
import type pg from 'pg'
import { isOfGoods, together, type Dimension, type Told, type ToldGroup } from '../../rules/trade/edition.ts'
import type { Subject } from '../../rules/trade/statistics.ts'
import { inTransaction } from '../transaction.ts'
import { monthOfDay } from './months.ts'
import { dimensionsOf, readStatistics, type StatisticsQuery } from './statistics-query.ts'

export interface StatisticsAnswer {
  /** In the order of their keys. */
  groups: readonly ToldGroup[]
  /** All of the city that the question takes; null where that is left out. */
  total: ToldGroup | null
  /** Groups of the year that are left out, of whichever part of it they are. */
  suppressed: number
}

export interface StatisticsReader {
  /** For who may read every list. */
  whole(this: void, query: StatisticsQuery): Promise<StatisticsAnswer>
  /**
   * For everybody else, from the edition of the city's year alone; null where there is none of the period yet, or of other
   * customs offices than are asked for, and of days.
   * @param query of the city of a zone, that narrows one dimension at most
   * @param today in whose month nothing has ended
   */
  told(this: void, query: StatisticsQuery, today: string): Promise<StatisticsAnswer | null>
}

export const createStatisticsReader = (pool: pg.Pool): StatisticsReader => ({
  whole: (query) =>
    inTransaction(
      pool,
      async (client) => {
        const groups = await readStatistics(client, query)
        const [total = nothing] = await readStatistics(client, { ...query, subject: 'city' })
        return { groups, total, suppressed: 0 }
      },
      // As of one moment: parts of one answer must come to the same sums.
      'begin isolation level repeatable read read only',
    ),
  async told(query, today) {
    const { span, from } = query.period
    if (span === 'day' || from >= monthOfDay(today)) return null
    const city = { ...query, subject: 'city' as const }
    const parts = [query, city].flatMap((one) => [one.subject, dimensionOf(one)])
    const { rows } = await pool.query<{ subject: Subject; told: string }>({
      name: 'trade-told',
      text: part,
      values: [query.city, from.slice(0, 4), span, from, ...parts, query.offices],
    })
    if (rows.length === 0) {
      const { rowCount } = await pool.query(counted, [query.city, from.slice(0, 4)])
      return rowCount === 0 ? { groups: [], total: nothing, suppressed: 0 } : null
    }
    const [asked, whole] = [query, city].map((one) => {
      const text = rows.find(({ subject }) => subject === one.subject)?.told
      return text === undefined ? null : answerOf(one, JSON.parse(text) as Told)
    })
    if (asked == null) throw new TypeError('An edition lacks a part.')
    return { ...asked, total: whole == null || whole.suppressed > 0 ? null : (whole.groups[0] ?? nothing) }
  },
})

const part = `
  select subject, told from trade_edition_part
  where city = $1 and year = $2 and span = $3 and first = $4 and (subject, dimension) in (($5, $6), ($7, $8))
    and ($9::text[] is null
      or exists (select from trade_edition as edition where edition.city = $1 and edition.year = $2 and offices = $9))`

/** Whether there is anything of which an edition could be made. */
const counted = `select from trade_statistics_year where city = $1 and year = $2`

const nothing: ToldGroup = { key: '', lists: 0, amounts: [] }

/** What is narrowed, as editions tell it; empty for nothing, and no name of theirs where it is more than one. */
const dimensionOf = (query: StatisticsQuery): string => dimensionsOf(query).join(' ')

/** What a question takes of what is told. */
function answerOf(query: StatisticsQuery, { groups, suppressed }: Told): Omit<StatisticsAnswer, 'total'> {
  const { subject, offices, direction, modes, times, category } = query
  const [dimension] = dimensionsOf(query)
  const taken: Readonly<Record<Dimension, readonly (string | null)[]>> = {
    level: offices === null ? ['L', 'D'] : ['L'],
    direction: [direction],
    mode: modes ?? [],
    time: times ?? [],
    category: [category],
  }
  const classes = dimension === undefined ? [''] : taken[dimension]
  const told = together([...new Set(classes)].map((name) => groups[name ?? ''] ?? []))
  const chapter = isOfGoods(subject) ? category : null
  const counts = chapter === null ? Object.values(suppressed) : [suppressed[chapter] ?? 0]
  return {
    groups: chapter === null ? told : told.filter(({ key }) => key.startsWith(chapter)),
    suppressed: counts.reduce((sum, count) => sum + count, 0),
  }
}
