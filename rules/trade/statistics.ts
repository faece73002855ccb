/**
 * What a list 清单 adds to the statistics of trade: the six views of the plans (商品, 监管场所, 企业, 全市, 国别（地区） and its
 * ranking), with the dimensions by which they are asked for. A list counts where it is MATCHED and customs has sent
 * neither it nor its goods back; what came back by granted returns is taken out. Values are those of the goods (totalPrice),
 * exact, in the currency of the line: no message of trade states a rate of exchange, so none is applied.
 */
import { alpha3Of } from '../country.ts'
import { isDate } from '../date.ts'
import { decimalOf, unitsOf } from '../decimal.ts'
import type { Direction, TradeDocument } from './document.ts'
import type { Clearance, LogisticsTime } from './logistics-time.ts'
import { keptOf } from './returns.ts'
import { cityOf } from './zones.ts'

/** What sums are kept of; goods 商品 by chapter, heading and code, the ranking of countries is a view of `country`. */
export const subjects = ['city', 'site', 'enterprise', 'country', 'chapter', 'heading', 'code'] as const
export type Subject = (typeof subjects)[number]

/** A list that counts. */
export interface CountedList {
  list: TradeDocument
  clearance: Clearance
  /** Quantities of granted returns, by gnum. */
  returned: ReadonlyMap<string, string>
}

/** Where and how trade was done. */
export interface Place {
  /** The day on which the list was declared, YYYY-MM-DD. */
  day: string
  /** City of the enterprise, four digits, or empty. */
  city: string
  /** Customs office that took the list 申报地海关, and the two digits of the district of the port 口岸海关. */
  office: string
  district: string
  direction: Direction
  mode: string
  time: LogisticsTime
}

/** One sum of a place, or what is to be added to it. */
export interface Cell {
  /** HS chapter 品类 to which it is held; empty for all, and where the key is of goods. */
  category: string
  /** The code of what it is of: site, enterprise, country, goods; empty for a city. */
  key: string
  currency: string
  /** Of a list with several currencies, the first of them alone counts it: lists can be added over currencies. */
  lists: number
  /** Of logistics time, together. */
  seconds: number
  /** Without zeros at the end. */
  amount: string
}

/** Sums of one subject and place. */
export interface PlacedCells extends Place {
  subject: Subject
  cells: Cell[]
}

interface Sum {
  name: string
  currency: string
  lists: number
  seconds: number
  units: bigint
}

/** Digits after the point: a price of five times a quantity of five. */
const digits = 10

/** Adds up what lists add, and takes out what they added before. */
export class Tally {
  readonly #places = new Map<string, { place: Place; sums: Map<string, Sum> }>()

  add(counted: CountedList): void {
    this.#enter(counted, 1)
  }

  remove(counted: CountedList): void {
    this.#enter(counted, -1)
  }

  /** All that is not nothing. */
  cells(): PlacedCells[] {
    return [...this.#places.values()].flatMap(({ place, sums }) => {
      const bySubject = new Map<string, PlacedCells>()
      for (const { name, currency, lists, seconds, units } of sums.values()) {
        if (lists === 0 && seconds === 0 && units === 0n) continue
        const [subject = '', category = '', key = ''] = name.split(separator)
        let placed = bySubject.get(subject)
        if (placed === undefined) {
          placed = { ...place, subject: subject as Subject, cells: [] }
          bySubject.set(subject, placed)
        }
        placed.cells.push({ category, key, currency, lists, seconds, amount: decimalOf(units, digits) })
      }
      return [...bySubject.values()]
    })
  }

  #enter({ list, clearance, returned }: CountedList, sign: 1 | -1): void {
    const place = placeOf(list, clearance.time)
    if (place === null) return
    const placeName = Object.values(place).join(separator)
    let at = this.#places.get(placeName)
    if (at === undefined) {
      at = { place, sums: new Map() }
      this.#places.set(placeName, at)
    }
    const counted = new Set<string>()
    for (const [currency, units] of [...unitsBy(list, returned)].sort(byText)) {
      for (const [name, amount] of units) {
        const sumName = name + separator + currency
        let sum = at.sums.get(sumName)
        if (sum === undefined) {
          sum = { name, currency, lists: 0, seconds: 0, units: 0n }
          at.sums.set(sumName, sum)
        }
        sum.units += sign === 1 ? amount : -amount
        if (counted.has(name)) continue
        counted.add(name)
        sum.lists += sign
        sum.seconds += sign * clearance.seconds
      }
    }
  }
}

/** Null where the list says no day. */
function placeOf({ head, direction }: TradeDocument, time: LogisticsTime): Place | null {
  const { appTime = '', ebcCode = '', customsCode = '', portCode = '', tradeMode = '' } = head
  const day = `${appTime.slice(0, 4)}-${appTime.slice(4, 6)}-${appTime.slice(6, 8)}`
  if (!isDate(day)) return null
  const district = portCode.slice(0, 2)
  return { day, city: cityOf(ebcCode), office: customsCode, district, direction, mode: tradeMode, time }
}

/** Stands in no XML, so in no value. */
const separator = '\u0000'

const byText = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : one > other ? 1 : 0

/** 监管场所: the office and, where it has several of them, the place's own code loctNo. */
const siteOf = ({ customsCode = '', loctNo = '' }: TradeDocument['head']): string =>
  loctNo === '' ? customsCode : `${customsCode}/${loctNo}`

/** What a list is worth by currency, and by subject, category and key. */
function unitsBy(
  { head, lines }: TradeDocument,
  returned: ReadonlyMap<string, string>,
): Map<string, Map<string, bigint>> {
  const byCurrency = new Map<string, Map<string, bigint>>()
  const site = siteOf(head)
  for (const line of lines) {
    const amount = keptOf(line, returned.get(line.gnum ?? '') ?? '0')
    if (amount === null) continue
    const { gcode = '', currency = '' } = line
    let sums = byCurrency.get(currency)
    if (sums === undefined) {
      sums = new Map()
      byCurrency.set(currency, sums)
    }
    const units = unitsOf(amount, digits)
    for (const name of namesOf(gcode, countryOf(line.country ?? '') || countryOf(head.country ?? ''), head, site))
      sums.set(name, (sums.get(name) ?? 0n) + units)
  }
  return byCurrency
}

function namesOf(gcode: string, country: string, { ebcCode = '' }: TradeDocument['head'], site: string): string[] {
  const chapter = gcode.slice(0, 2)
  const names = [
    `chapter${separator}${separator}${chapter}`,
    `heading${separator}${separator}${gcode.slice(0, 4)}`,
    `code${separator}${separator}${gcode}`,
  ]
  for (const category of chapter === '' ? [''] : ['', chapter]) {
    names.push(
      `city${separator}${category}${separator}`,
      `site${separator}${category}${separator}${site}`,
      `enterprise${separator}${category}${separator}${ebcCode}`,
      `country${separator}${category}${separator}${country}`,
    )
  }
  return names
}

/** Origin of imports, destination of exports, in letters: lines say it in numbers or in letters. */
const countryOf = (code: string): string => alpha3Of(code) ?? code
