/**
 * What the comprehensive pilot zones 综合试验区 have set themselves, in the numbers of their plans, and how far they are.
 * The plans say 突破 (more than), 以上 (that or more) or just a number (read as that or more).
 */
import { addDecimals, compareDecimals, multiplyDecimals } from '../decimal.ts'

export type ZoneName = '福州' | '漳州' | '三明' | '金华' | '舟山'

/** What is counted. */
export type Measure =
  | 'trade' // 交易规模、交易额, yuan
  | 'exports' // 出口额, yuan
  | 'retail imports' // 零售进口额, yuan
  | 'growth of exports' // 年均增速, per cent
  | 'growth of retail imports'
  | 'growth of trade'
  | 'parks' // 园区
  | 'clusters' // 产业集群
  | 'leading enterprises' // 龙头企业; in 三明 平台型、服务型、总部型企业
  | 'enterprises' // 培育、触网转型的企业
  | 'overseas warehouses' // 公共海外仓
  | 'area of overseas warehouses' // square metres

export interface Target {
  zone: ZoneName
  measure: Measure
  /** The last year in which it is to be reached. */
  year: number
  /** Yuan, square metres, per cent a year, or a count: exact. */
  least: string
  /** 突破: the number itself is not enough. */
  isExceeded: boolean
  /** The words of the plan. */
  words: string
}

const target = (zone: ZoneName, year: number, measure: Measure, least: string, words: string): Target => ({
  zone,
  measure,
  year,
  least,
  isExceeded: words.includes('突破'),
  words,
})

/** 100 million yuan 亿元. */
const yi = (count: number): string => `${count}00000000`

/**
 * 中国（福州、漳州、三明、金华、舟山）跨境电子商务综合试验区实施方案 and, of 三明, its action plan for 2025 to 2027 as it was put
 * out for comment (征求意见稿).
 */
export const zoneTargets: readonly Target[] = [
  target('福州', 2022, 'trade', yi(300), '交易规模突破300亿元'),
  target('福州', 2022, 'parks', '2', '打造2-3个跨境电子商务示范带动园区'),
  // Within three years of the plan, which gives its other numbers for the end of 2022.
  target('福州', 2022, 'leading enterprises', '20', '3年内引进及培育20家行业龙头企业'),
  target('漳州', 2023, 'trade', yi(200), '进出口交易规模突破200亿元'),
  target('漳州', 2023, 'parks', '3', '打造3个以上跨境电商综合园区'),
  target('三明', 2027, 'trade', yi(20), '年交易额突破20亿元人民币'),
  target('三明', 2027, 'leading enterprises', '5', '平台型、服务型、总部型跨境电商企业5家以上'),
  target('三明', 2027, 'enterprises', '50', '50家以上传统制造和商贸企业触网转型'),
  target('金华', 2022, 'exports', yi(650), '出口额650亿元以上'),
  target('金华', 2022, 'retail imports', yi(100), '零售进口额100亿元以上'),
  target('金华', 2024, 'exports', yi(1000), '出口额1000亿元以上'),
  target('金华', 2024, 'growth of exports', '20', '年均增速20%以上'),
  target('金华', 2024, 'retail imports', yi(200), '零售进口额200亿元以上'),
  target('金华', 2024, 'growth of retail imports', '50', '年均增速50%以上'),
  target('金华', 2024, 'overseas warehouses', '100', '公共海外仓服务体系100个'),
  target('金华', 2024, 'area of overseas warehouses', '2000000', '面积200万平方米以上'),
  target('舟山', 2025, 'parks', '2', '建设2个以上跨境电子商务产业园'),
  target('舟山', 2025, 'clusters', '3', '打造3个以上跨境电子商务产业集群'),
  target('舟山', 2025, 'leading enterprises', '20', '引育20家以上跨境电子商务龙头企业'),
  target('舟山', 2025, 'enterprises', '300', '累计培育跨境电子商务企业300家以上'),
  target('舟山', 2025, 'growth of trade', '30', '进出口额年均增长30%以上'),
]

/** The targets of a zone for a year; without a year, of all. */
export const targetsOf = (zone: ZoneName, year?: number): Target[] =>
  zoneTargets.filter((one) => one.zone === zone && (year === undefined || one.year === year))

export interface Progress {
  reached: boolean
  /** Whole per cent of the target, rounded down, so that 100 is never said of what falls short. */
  percent: number
  /** What is missing; `0` where the number is there, also where it has still to be exceeded. */
  missing: string
}

/**
 * How far an actual number is.
 * @param actual a decimal in the target's unit, not negative
 * @throws RangeError where it is no decimal
 */
export function progressOf({ least, isExceeded }: Target, actual: string): Progress {
  const compared = compareDecimals(actual, least)
  const [units = '0'] = multiplyDecimals(actual, '100').split('.')
  return {
    reached: isExceeded ? compared > 0 : compared >= 0,
    percent: Number(BigInt(units) / BigInt(least)),
    missing: compared >= 0 ? '0' : addDecimals(least, `-${actual}`),
  }
}
