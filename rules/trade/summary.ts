/**
 * Summaries 汇总申报 of export lists: what customs cleared in a month is declared together by the 15th of the next, one
 * declaration for lists of the same consignor, transport, producer, country of arrival and customs office of exit, with one
 * line for goods of the same country of destination, code of 10 digits and currency (GACC 2018 no. 194).
 */
import type { Values } from '../ceb/message.ts'
import { addDecimals } from '../decimal.ts'
import { addWorkingDays } from '../working-day.ts'
import { isStanding, supersedes, timeOfVersion, type TradeDocument } from './document.ts'
import { stands } from './match.ts'
import { chainOf, type StatusReceipt } from './status.ts'

/** A list and the status it has come to. */
export interface StatedList {
  list: TradeDocument
  status: string
}

/** How the applicant wants it (701, 2.21.4). */
export interface SummaryTerms {
  /** 1: by consignor 收发货人 alone, 2: also by producer 生产销售单位, as the notice has it. */
  summaryFlag: '1' | '2'
  /** Also keeps goods of different names (itemName, or gname where there is none) apart. */
  byItemName: boolean
}
export const usualTerms: SummaryTerms = { summaryFlag: '2', byItemName: false }

/** Exact sums by unit or currency, of as many digits as the summand that has most. */
export type Sums = Record<string, string>

export interface SummaryLine {
  country: string
  gcode: string
  currency: string
  /** Null where names do not count. */
  itemName: string | null
  /** Declared, first and second statutory quantities, by their units. */
  qty: Sums
  qty1: Sums
  qty2: Sums
  totalPrice: string
  /** Lines of lists that went into it: the list's key, and gnum. */
  from: { list: string; gnum: string }[]
}

export interface SummaryGroup {
  ebcCode: string
  trafMode: string
  /** Null where producers do not count. */
  ownerCode: string | null
  country: string
  portCode: string
  /** Keys of its lists. */
  lists: string[]
  grossWeight: string
  netWeight: string
  lines: SummaryLine[]
}

/** Whether a list is to be summarised: statisticsFlag B 汇总申报, and 899 cleared 结关. Simplified ones (A) never are. */
export const isSummable = ({ list, status }: StatedList): boolean =>
  list.role === 'list' &&
  list.direction === 'export' &&
  stands(list) &&
  list.head.statisticsFlag === 'B' &&
  status === '899'

/**
 * Groups lists into summaries; the answer depends on the set of lists.
 * @param taken keys of lists that are in a summary already; no list is in two
 */
export function summariesOf(
  lists: readonly StatedList[],
  taken: ReadonlySet<string> = new Set(),
  terms: SummaryTerms = usualTerms,
): SummaryGroup[] {
  const groups = new Map<string, TradeDocument[]>()
  for (const list of eachOnce(lists.filter((stated) => isSummable(stated) && !taken.has(stated.list.key)))) {
    const key = JSON.stringify(headOf(list, terms))
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [list])
    else group.push(list)
  }
  return [...groups.entries()].sort(byText).map(([, members]) => groupOf(members, terms))
}

/** The current version of each list, in the order of their keys. */
function eachOnce(lists: readonly StatedList[]): TradeDocument[] {
  const current = new Map<string, TradeDocument>()
  for (const { list } of lists) {
    const other = current.get(list.key)
    if (other === undefined || supersedes(list.version, other.version)) current.set(list.key, list)
  }
  return [...current.entries()].sort(byText).map(([, list]) => list)
}

const byText = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : one > other ? 1 : 0

const headOf = ({ head }: TradeDocument, { summaryFlag }: SummaryTerms) => ({
  ebcCode: head.ebcCode ?? '',
  trafMode: head.trafMode ?? '',
  ownerCode: summaryFlag === '1' ? null : (head.ownerCode ?? ''),
  country: head.country ?? '',
  portCode: head.portCode ?? '',
})

const goodsOf = ({ country, gcode, currency, itemName, gname }: Values, { byItemName }: SummaryTerms) => ({
  country: country ?? '',
  gcode: gcode ?? '',
  currency: currency ?? '',
  itemName: byItemName ? (isSaid(itemName) ? itemName : (gname ?? '')) : null,
})

const isSaid = (value: string | undefined): value is string => value !== undefined && value !== ''

interface Collected {
  goods: ReturnType<typeof goodsOf>
  lines: { list: string; values: Values }[]
}

function groupOf(members: readonly TradeDocument[], terms: SummaryTerms): SummaryGroup {
  const [first] = members
  if (first === undefined) throw new RangeError('A group has a list at least.')
  const collected = new Map<string, Collected>()
  for (const { key, lines } of members) {
    for (const values of lines) {
      const goods = goodsOf(values, terms)
      const name = JSON.stringify(goods)
      const entry = collected.get(name) ?? { goods, lines: [] }
      entry.lines.push({ list: key, values })
      collected.set(name, entry)
    }
  }
  const sumOf = (element: 'grossWeight' | 'netWeight'): string =>
    addDecimals(...members.map(({ head }) => head[element] ?? '0'))
  return {
    ...headOf(first, terms),
    lists: members.map(({ key }) => key),
    grossWeight: sumOf('grossWeight'),
    netWeight: sumOf('netWeight'),
    lines: [...collected.entries()].sort(byText).map(([, { goods, lines }]) => lineOf(goods, lines)),
  }
}

function lineOf(goods: Collected['goods'], lines: Collected['lines']): SummaryLine {
  return {
    ...goods,
    qty: sumsBy(lines, 'unit', 'qty'),
    qty1: sumsBy(lines, 'unit1', 'qty1'),
    qty2: sumsBy(lines, 'unit2', 'qty2'),
    totalPrice: addDecimals(...lines.map(({ values }) => values.totalPrice ?? '0')),
    from: lines.map(({ list, values }) => ({ list, gnum: values.gnum ?? '' })),
  }
}

function sumsBy(lines: Collected['lines'], unit: string, quantity: string): Sums {
  const summands = Map.groupBy(
    lines.filter(({ values }) => isSaid(values[unit])),
    ({ values }) => values[unit] ?? '',
  )
  const sums = [...summands].map(([code, of]): [string, string] => [
    code,
    addDecimals(...of.map(({ values }) => values[quantity] ?? '0')),
  ])
  return Object.fromEntries(sums.sort(byText))
}

/**
 * The last day to declare lists that were cleared on a day (YYYY-MM-DD): the 15th of the next month, or the next working
 * day where it is none (GACC 2018 no. 194); null where the working days of that year are not known.
 */
export function dueDay(cleared: string): string | null {
  const [year, month] = [Number(cleared.slice(0, 4)), Number(cleared.slice(5, 7))]
  const next = month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`
  return addWorkingDays(`${next}-14`, 1)
}

/** An application 汇总申请单 (701) of a summary, and what its receipts 702 say. */
export interface AppliedFor {
  version: string
  /** How many versions counted so far, this one among them. */
  versions: number
  receipts: readonly StatusReceipt[]
}

/**
 * Whether customs has sent a summary back, so that its lists may be applied for anew: all parts of its application have
 * come to 100 海关退单 and no further, and none was declared again after that. Nothing else that a receipt may state ends an
 * application without a summary (2.22.4): one that could not be sent (4) or was refused by a check (a negative status) may
 * be sent again as it is, and a check refuses what comes a second time too. The result 792 has no such status.
 */
export const isSentBack = (applications: readonly AppliedFor[]): boolean =>
  applications.length > 0 &&
  applications.every(({ version, versions, receipts }) => {
    const { current } = chainOf('701', receipts)
    if (current?.returnStatus !== '100') return false
    // The clock that stamped the first version is not the one of customs, so that only another version is held to the time.
    const isDeclaredAgain =
      versions > 1 && isStanding(version) && timeOfVersion(version) > current.returnTime.slice(0, 14)
    return !isDeclaredAgain
  })
