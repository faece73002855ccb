/**
 * Simplified declaration 简化申报 of exports to consumers: goods that no export duty, no refund of taxes and no licence
 * concerns, in parcels of up to 5,000 yuan, may be declared under 4 digits of the tariff (福建省复制推广跨境电子商务综合试验区
 * 成熟经验做法任务分解表, item 21; 202205, 2.12.4 statisticsFlag and 2.11.4 gcode).
 */
import { compareDecimals } from '../decimal.ts'

/** What is known of a parcel. */
export interface Parcel {
  /** 监管方式, e.g. `9610`. */
  tradeMode: string
  /** What the goods of the parcel are worth, in yuan. */
  value: string
  exportDuty: boolean
  refund: boolean
  licence: boolean
}

/** Yuan; 以内 holds the amount itself. */
export const simplifiedLimit = '5000'

/** Whether a parcel may be declared so. */
export const canSimplify = ({ tradeMode, value, exportDuty, refund, licence }: Parcel): boolean =>
  tradeMode === '9610' && !exportDuty && !refund && !licence && compareDecimals(value, simplifiedLimit) <= 0
