import { describe, expect, it } from 'vitest'
import { cities, counties, provinces } from '../../rules/division-table.ts'
import { divisionMatches, divisionName, isDivisionCode, type DivisionName } from '../../rules/division.ts'

describe('divisionName (GB/T 2260)', () => {
  it.each<[string, DivisionName]>([
    ['350102', { code: '350102', province: '福建省', city: '福州市', county: '鼓楼区' }],
    ['350100', { code: '350100', province: '福建省', city: '福州市' }],
    ['350182', { code: '350182', province: '福建省', city: '福州市', county: '长乐市' }],
    ['330782', { code: '330782', province: '浙江省', city: '金华市', county: '义乌市' }],
    ['360000', { code: '360000', province: '江西省' }],
    ['990000', { code: '990000' }],
    ['toString', { code: 'toString' }],
  ])('%s', (given, want) => {
    expect(divisionName(given)).toEqual(want)
  })

  it('every county lies in a city of the table, every city in a province', () => {
    expect(Object.keys(counties).every((code) => /^\d{6}$/.test(code) && cities[code.slice(0, 4)] !== undefined)).toBe(
      true,
    )
    expect(Object.keys(cities).every((code) => provinces[code.slice(0, 2)] !== undefined)).toBe(true)
    expect(Object.keys(provinces)).toHaveLength(34)
  })
})

describe('divisionMatches', () => {
  it.each<[string, { given: [string[], string]; want: boolean }]>([
    ['the province', { given: [['35'], '350102'], want: true }],
    ['the city', { given: [['3504', '3501'], '350102'], want: true }],
    ['the county itself', { given: [['350102'], '350102'], want: true }],
    ['another city', { given: [['3504'], '350102'], want: false }],
    ['no prefix', { given: [[], '350102'], want: false }],
    ['an empty prefix', { given: [[''], '350102'], want: false }],
    ['a prefix that is no code', { given: [['3', '350'], '350102'], want: false }],
  ])('%s', (_name, { given, want }) => {
    expect(divisionMatches(...given)).toBe(want)
  })
})

describe('isDivisionCode', () => {
  it.each<[string, boolean]>([
    ['35', true],
    ['3501', true],
    ['350102', true],
    ['', false],
    ['3', false],
    ['350', false],
    ['00', true],
    ['3501020', false],
    ['３５', false],
    ['35*', false],
    ['35\n', false],
  ])('%j is %s', (given, want) => {
    expect(isDivisionCode(given)).toBe(want)
  })
})
