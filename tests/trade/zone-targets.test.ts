import { describe, expect, test } from 'vitest'
import {
  progressOf,
  targetsOf,
  zoneTargets,
  type Measure,
  type Target,
  type ZoneName,
} from '../../rules/trade/zone-targets.ts'

const target = (zone: ZoneName, measure: Measure, year?: number): Target => {
  const found = targetsOf(zone, year).filter((one) => one.measure === measure)
  const [one] = found
  if (one === undefined || found.length > 1) throw new RangeError(`There is not one target of ${zone}: ${measure}.`)
  return one
}

describe('targets', () => {
  test('every number is that of its words', () => {
    for (const { words, least } of zoneTargets) {
      const [, number = '', scale] = /(\d+)(?:-\d+)?(亿|万)?(?:元|个|家|%|平方米)/.exec(words.replace('3年', '')) ?? []
      const zeros = scale === '亿' ? '00000000' : scale === '万' ? '0000' : ''
      expect(`${number}${zeros}`, words).toBe(least)
    }
  })
  test('of a zone and a year', () => {
    const told = (one: Target): string => `${one.measure} ${one.least}`
    expect(targetsOf('漳州', 2023).map(told)).toEqual(['trade 20000000000', 'parks 3'])
    expect(targetsOf('漳州', 2024)).toEqual([])
    expect(targetsOf('金华').map(({ year }) => year)).toEqual([2022, 2022, 2024, 2024, 2024, 2024, 2024, 2024])
  })
  test.each<[what: string, target: Target, actual: string, reached: boolean, percent: number, missing: string]>([
    ['more than 300', target('福州', 'trade'), '30000000000.01', true, 100, '0'],
    ['300 is not more than 300', target('福州', 'trade'), '30000000000.00', false, 100, '0'],
    ['just short', target('福州', 'trade'), '29999999999.99', false, 99, '0.01'],
    ['20 of 20', target('福州', 'leading enterprises'), '20', true, 100, '0'],
    ['none', target('舟山', 'enterprises'), '0', false, 0, '300'],
    ['twice as many', target('舟山', 'parks'), '4', true, 200, '0'],
    ['growth in per cent', target('舟山', 'growth of trade'), '29.9', false, 99, '0.1'],
  ])('%s', (_what, one, actual, reached, percent, missing) => {
    expect(progressOf(one, actual)).toEqual({ reached, percent, missing })
  })
})
