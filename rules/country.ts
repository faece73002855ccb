import { countryTable } from './country-table.ts'

/** A country or region 国别（地区） of customs' two lists (JGS-20 numbers; ISO 3166-1 alpha-3). */
export interface Country {
  numeric: string | null
  alpha3: string | null
  zh: string
}

/** What a check of a country code finds. */
export type CountryCheck = { valid: true; country: Country } | { valid: false; reason: string }

const byCode: ReadonlyMap<string, Country> = new Map(
  countryTable.flatMap(([numeric, alpha3, zh]) =>
    [numeric, alpha3].flatMap((code) => (code === null ? [] : [[code, { numeric, alpha3, zh }] as const])),
  ),
)

/**
 * Checks a country code: customs' 3-digit number (JGS-20) or alpha-3 letters (ISO 3166-1). Both are taken because real
 * messages of 2023 carry both, the number in the head and the letters in the lines.
 */
export function checkCountryCode(text: string): CountryCheck {
  const country = byCode.get(text)
  if (country !== undefined) return { valid: true, country }
  if (/^[a-z]{3}$/i.test(text) && byCode.has(text.toUpperCase())) {
    return { valid: false, reason: `"${text}" must be written in capital letters` }
  }
  const isCode = /^(\d{3}|[A-Z]{3})$/.test(text)
  return {
    valid: false,
    reason: isCode
      ? `"${text}" is not in the country list 国别（地区）代码 of customs`
      : '国别（地区） must be 3 digits (customs, JGS-20) or 3 capital letters (ISO 3166 alpha-3)',
  }
}

/** Alpha-3 letters (ISO 3166-1) of a customs number or of themselves; null where the lists hold none. */
export const alpha3Of = (code: string): string | null => byCode.get(code)?.alpha3 ?? null

/** Customs number (JGS-20) of alpha-3 letters or of itself; null where the lists hold none. */
export const numericOf = (code: string): string | null => byCode.get(code)?.numeric ?? null

/** Chinese name (JGS-20; for letters without a number, the declaration form's list); null for an unknown code. */
export const countryName = (code: string): string | null => byCode.get(code)?.zh ?? null
