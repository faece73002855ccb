import { cities, counties, provinces } from './division-table.ts'

/** A division 行政区划 and the names the table has for it, from the widest to the narrowest. */
export interface DivisionName {
  code: string
  province?: string
  city?: string
  county?: string
}

/**
 * True for the form of a province's code (2 digits), a city's (4) or a county's (6), as GB/T 2260 builds them. Whether it is
 * in force is not asked: digits 3–8 of any valid credit code pass.
 */
export const isDivisionCode = (text: string): boolean => /^\d{2}(\d{2}){0,2}$/.test(text)

/** The names of a six-digit division (GB/T 2260). A level the table does not hold, or that the code leaves 00, is absent. */
export function divisionName(code6: string): DivisionName {
  if (!isDivisionCode(code6)) return { code: code6 }
  const name: DivisionName = { code: code6 }
  const province = provinces[code6.slice(0, 2)]
  const city = cities[code6.slice(0, 4)]
  const county = counties[code6]
  if (province !== undefined) name.province = province
  if (city !== undefined) name.city = city
  if (county !== undefined) name.county = county
  return name
}

/**
 * True where a division lies in one of those given by their leading digits (GB/T 2260). No prefix matches nothing, and
 * neither does a prefix that is no division code: an empty one would otherwise open the whole country.
 */
export const divisionMatches = (prefixes: readonly string[], code6: string): boolean =>
  prefixes.some((prefix) => isDivisionCode(prefix) && code6.startsWith(prefix))
