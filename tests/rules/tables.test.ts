import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { countryTable } from '../../rules/country-table.ts'
import { alpha3Of, checkCountryCode, countryName, numericOf } from '../../rules/country.ts'
import { checkCurrencyCode, currencies, isoCurrencyOf, numericCurrencyOf } from '../../rules/currency.ts'
import { declarationStatuses } from '../../rules/declaration-status.ts'
import {
  customsCreditGrades,
  exportRefundClasses,
  foreignExchangeClasses,
  taxCreditGrades,
} from '../../rules/grades.ts'
import { sharingClasses } from '../../rules/sharing.ts'
import { isTradeModeCode, tradeModes } from '../../rules/trade-mode.ts'
import { isTransportModeCode, transportModes } from '../../rules/transport-mode.ts'
import { isUnitCode, units } from '../../rules/unit.ts'

/** Rows of a fact table beside the repository, or null, said aloud, where it is not there. */
function facts(name: string): string[][] | null {
  const file = new URL(`../../../shared/domain/tables/${name}`, import.meta.url)
  if (!existsSync(file)) {
    console.info(`${name} is absent: the table is checked against itself only.`)
    return null
  }
  const [, ...rows] = readFileSync(file, 'utf8')
    .replace(/\r?\n$/, '')
    .split('\n')
  return rows.map((row) => row.replace('\r', '').split('\t'))
}

const unique = (codes: readonly (string | null)[]): boolean => {
  const present = codes.filter((code) => code !== null)
  return new Set(present).size === present.length
}

describe('countries', () => {
  it('the table has each code once, and equals the facts', () => {
    expect(unique(countryTable.map(([numeric]) => numeric))).toBe(true)
    expect(unique(countryTable.map(([, alpha3]) => alpha3))).toBe(true)
    const numbers = facts('country-jgs20-numeric.tsv')
    const letters = facts('country-alpha3-customs2018.tsv')
    if (numbers === null || letters === null) return
    const own = countryTable
      .filter(([numeric]) => numeric !== null)
      .map(([numeric, alpha3, zh]) => [numeric, zh, alpha3])
    expect(own).toEqual(numbers.map(([code, zh, alpha3]) => [code, zh, alpha3 === '' ? null : alpha3]))
    expect(countryTable.flatMap(([, alpha3]) => alpha3 ?? []).sort()).toEqual(letters.map(([alpha3]) => alpha3).sort())
  })

  it.each<[string, { given: string; want: [string | null, string | null, string | null] }]>([
    ['China', { given: '142', want: ['CHN', '142', '中国'] }],
    ['the United Kingdom, which public code takes for France', { given: '303', want: ['GBR', '303', '英国'] }],
    ['France', { given: 'FRA', want: ['FRA', '305', '法国'] }],
    ['Hong Kong', { given: 'HKG', want: ['HKG', '110', '中国香港'] }],
    ['Taiwan', { given: '143', want: ['TWN', '143', '台澎金马关税区'] }],
    ['Serbia, without a number in the list', { given: 'SRB', want: ['SRB', null, '塞尔维亚共和国'] }],
    ['a number without letters', { given: '999', want: [null, '999', '中性包装原产国别'] }],
    ['an unknown number', { given: '000', want: [null, null, null] }],
    ["a name of JavaScript's own", { given: 'constructor', want: [null, null, null] }],
  ])('%s', (_name, { given, want }) => {
    expect([alpha3Of(given), numericOf(given), countryName(given)]).toEqual(want)
    expect(checkCountryCode(given).valid).toBe(want[2] !== null)
  })

  it.each([
    ['USA ', '国别（地区） must be 3 digits (customs, JGS-20) or 3 capital letters (ISO 3166 alpha-3)'],
    ['US', '国别（地区） must be 3 digits (customs, JGS-20) or 3 capital letters (ISO 3166 alpha-3)'],
    ['usa', '"usa" must be written in capital letters'],
    ['XXX', '"XXX" is not in the country list 国别（地区）代码 of customs'],
  ])('refuses %j', (given, reason) => {
    expect(checkCountryCode(given)).toEqual({ valid: false, reason })
  })
})

describe('currencies', () => {
  it('the table has each code once, and equals the facts', () => {
    expect(unique(currencies.map(({ numeric }) => numeric))).toBe(true)
    expect(unique(currencies.map(({ iso }) => iso))).toBe(true)
    const rows = facts('currency-jgs20-numeric.tsv')
    if (rows === null) return
    expect(currencies.map(({ numeric, iso, zh, retired }) => [numeric, iso, retired ? `${zh}(停用)` : zh])).toEqual(
      rows,
    )
  })

  it.each<[string, { given: string; want: [string | null, string | null] }]>([
    ['yuan', { given: '142', want: ['CNY', '142'] }],
    ['yen, which public code takes for the Canadian dollar', { given: '116', want: ['JPY', '116'] }],
    ['Canadian dollar', { given: 'CAD', want: ['CAD', '501'] }],
    ["ISO 4217's own number of the dollar is not customs'", { given: '840', want: [null, null] }],
  ])('%s', (_name, { given, want }) => {
    expect([isoCurrencyOf(given), numericCurrencyOf(given)]).toEqual(want)
  })

  it('says what is wrong with a code', () => {
    expect(checkCurrencyCode('304')).toEqual({
      valid: true,
      currency: { numeric: '304', iso: 'DEM', zh: '德国马克', retired: true },
    })
    expect(checkCurrencyCode('XAU')).toEqual({
      valid: false,
      reason: '"XAU" is not in the currency list 货币代码 of customs',
    })
    expect(checkCurrencyCode('¥')).toEqual({
      valid: false,
      reason: '币制 must be 3 digits (customs) or 3 capital letters (ISO 4217)',
    })
  })
})

describe('small tables', () => {
  it('declaration statuses are those of the facts', () => {
    expect(unique(declarationStatuses.map(({ code }) => code))).toBe(true)
    expect(declarationStatuses.filter(({ terminal }) => terminal).map(({ code }) => code)).toEqual(['700', '899'])
    const rows = facts('ceb-return-status.tsv')
    if (rows === null) return
    const wanted = rows.map(([code, zh]) => [code, zh?.replace('(逻辑校验通过)', '')]).filter(([code]) => code !== '<0')
    const own = declarationStatuses.map(({ code, zh }) => [code, zh])
    expect(own.sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual(wanted)
  })

  it('trade modes are those of the facts, and the two that are younger', () => {
    expect(Object.keys(tradeModes).sort()).toEqual(['0110', '1039', '1210', '1239', '9610', '9710', '9810'])
    expect([isTradeModeCode('9610'), isTradeModeCode('9611'), isTradeModeCode('toString')]).toEqual([
      true,
      false,
      false,
    ])
    const rows = facts('trade-mode-2019.tsv')
    if (rows === null) return
    const listed = new Map(rows.map(([code, zh]) => [code, zh]))
    const differing = Object.entries(tradeModes).filter(([code, { zh }]) => listed.get(code) !== zh)
    expect(differing.map(([code]) => code)).toEqual(['9710', '9810'])
  })

  it('units and modes of transport are those of the facts', () => {
    expect([isUnitCode('035'), isUnitCode('35'), isUnitCode('toString')]).toEqual([true, false, false])
    expect([isTransportModeCode('Y'), isTransportModeCode('y'), isTransportModeCode('')]).toEqual([true, false, false])
    const byCode = (table: Record<string, string>): string[][] =>
      Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1))
    for (const [table, name] of [
      [units, 'unit.tsv'],
      [transportModes, 'transport-mode.tsv'],
    ] as const) {
      const rows = facts(name)
      if (rows !== null) expect(byCode(table)).toEqual(rows)
    }
  })

  it('grades are closed and in the order of their regulations', () => {
    expect(Object.values(customsCreditGrades)).toEqual(['高级认证企业', '其他备案企业', '失信企业'])
    expect(Object.keys(taxCreditGrades)).toEqual(['A', 'B', 'M', 'C', 'D'])
    expect(Object.values(exportRefundClasses)).toEqual(['一类', '二类', '三类', '四类'])
    expect(Object.keys(foreignExchangeClasses)).toEqual(['A', 'B', 'C'])
  })

  it('sharing classes are the three of art. 14 and OPEN', () => {
    expect(Object.entries(sharingClasses).map(([name, { zh }]) => [name, zh])).toEqual([
      ['OPEN', '有序公开'],
      ['UNCONDITIONAL', '无条件共享'],
      ['CONDITIONAL', '有条件共享'],
      ['WITHHELD', '不予共享'],
    ])
  })
})
