/** A currency 币制 of customs' list: its 3-digit number, its ISO 4217 code and its Chinese name. */
export interface Currency {
  numeric: string
  iso: string
  zh: string
  /** No longer legal tender, given up for the euro in 2002; it stands on old documents only. */
  retired: boolean
}

/** What a check of a currency code finds. */
export type CurrencyCheck = { valid: true; currency: Currency } | { valid: false; reason: string }

// The numbers are customs' own (JGS-20), close to its country numbers: they are not the numbers of ISO 4217.
const table: readonly (readonly [numeric: string, iso: string, zh: string, retired?: 'retired'])[] = [
  ['110', 'HKD', '港币'],
  ['113', 'IRR', '伊朗里亚尔'],
  ['116', 'JPY', '日本元'],
  ['118', 'KWD', '科威特第纳尔'],
  ['121', 'MOP', '澳门元'],
  ['122', 'MYR', '马来西亚林吉特'],
  ['127', 'PKR', '巴基斯坦卢比'],
  ['129', 'PHP', '菲律宾比索'],
  ['132', 'SGD', '新加坡元'],
  ['136', 'THB', '泰国铢'],
  ['142', 'CNY', '人民币'],
  ['143', 'TWD', '台币'],
  ['201', 'DZD', '阿尔及利亚第纳尔'],
  ['300', 'EUR', '欧元'],
  ['302', 'DKK', '丹麦克朗'],
  ['303', 'GBP', '英镑'],
  ['326', 'NOK', '挪威克朗'],
  ['330', 'SEK', '瑞典克朗'],
  ['331', 'CHF', '瑞士法郎'],
  ['332', 'RUB', '俄罗斯卢布'],
  ['501', 'CAD', '加拿大元'],
  ['502', 'USD', '美元'],
  ['601', 'AUD', '澳大利亚元'],
  ['609', 'NZD', '新西兰元'],
  ['301', 'BEF', '比利时法郎', 'retired'],
  ['304', 'DEM', '德国马克', 'retired'],
  ['305', 'FRF', '法国法郎', 'retired'],
  ['307', 'ITL', '意大利里拉', 'retired'],
  ['309', 'NLG', '荷兰盾', 'retired'],
  ['312', 'ESP', '西班牙比赛塔', 'retired'],
  ['315', 'ATS', '奥地利先令', 'retired'],
  ['318', 'FIM', '芬兰马克', 'retired'],
]

/** The customs currency list 货币代码 (JGS-20) with ISO 4217. */
export const currencies: readonly Currency[] = table.map(([numeric, iso, zh, retired]) => ({
  numeric,
  iso,
  zh,
  retired: retired !== undefined,
}))

const byCode: ReadonlyMap<string, Currency> = new Map(
  currencies.flatMap((currency) => [[currency.numeric, currency] as const, [currency.iso, currency] as const]),
)

/** Checks a currency code: customs' 3-digit number (JGS-20) or ISO 4217 letters, of a currency in customs' list. */
export function checkCurrencyCode(text: string): CurrencyCheck {
  const currency = byCode.get(text)
  if (currency !== undefined) return { valid: true, currency }
  const isCode = /^(\d{3}|[A-Z]{3})$/.test(text)
  return {
    valid: false,
    reason: isCode
      ? `"${text}" is not in the currency list 货币代码 of customs`
      : '币制 must be 3 digits (customs) or 3 capital letters (ISO 4217)',
  }
}

/** ISO 4217 code of a customs number (JGS-20) or of itself; null where the list does not hold it. */
export const isoCurrencyOf = (code: string): string | null => byCode.get(code)?.iso ?? null

/** Customs number (JGS-20) of an ISO 4217 code or of itself; null where the list does not hold it. */
export const numericCurrencyOf = (code: string): string | null => byCode.get(code)?.numeric ?? null

/** Whether two codes, each customs' number or ISO 4217 letters, are of one currency. */
export const isSameCurrency = (one: string, other: string): boolean =>
  one === other || (numericCurrencyOf(one) ?? one) === (numericCurrencyOf(other) ?? other)
