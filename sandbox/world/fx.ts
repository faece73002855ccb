import { beginning, day, isoDay, today, yearOf } from './calendar.ts'
import type { Declared } from './declarations.ts'
import { decimal, hundredths, inCents } from './goods.ts'
import type { Enterprise } from './identity.ts'
import type { Chance } from './random.ts'

export type YearAmount = { year: number; currency: string; amount: string }

export type Settlement = {
  number: string
  kind: 'GOODS' | 'REFUND' | 'OFFSHORE_RESALE' | 'SERVICE'
  currency: string
  amount: string
  account: 'DIRECT' | 'PENDING'
  settledOn: string
}

/** An enterprise as foreign exchange keeps it. */
export type FxRegistration = {
  uscc: string
  registered: boolean
  class: 'A' | 'B' | 'C' | null
  exemptFromRegistration: boolean
  receipts: YearAmount[]
  payments: YearAmount[]
  settlements: Settlement[]
}

export type SuspiciousReport = { number: string; reportedOn: string; reason: string }

/** All that foreign exchange holds on one enterprise; the reports lie in a cabinet of their own. */
export interface FxFile {
  readonly registration: FxRegistration
  readonly reports: readonly SuspiciousReport[]
}

const classOf = (enterprise: Enterprise): 'A' | 'B' | 'C' => {
  if (enterprise.planted.includes('reported-in-class-a')) return 'A'
  const share = enterprise.chance('fx/class').unit()
  return share < 0.82 ? 'A' : share < 0.94 ? 'B' : 'C'
}

/** What came in (or went out) in a year: the released declarations' value, less what is still outstanding. */
const amountsOf = (declared: readonly Declared[], flag: 'E' | 'I', share: () => number): YearAmount[] => {
  const moved = declared.filter((d) => d.outcome === 'released' && d.record.ieFlag === flag)
  const years = [...new Set(moved.map((d) => yearOf(d.lodged)))].sort((a, b) => a - b)
  return years.map((year) => {
    const fen = moved.filter((d) => yearOf(d.lodged) === year).reduce((sum, d) => sum + d.fen, 0)
    return { year, currency: 'USD', amount: decimal(Math.floor(inCents(fen) * share())) }
  })
}

const settled = (kind: Settlement['kind'], year: number, cents: number, n: number, index: number, chance: Chance) => {
  const latest = Math.min(today, Date.UTC(year + 1, 0, 1))
  const start = Math.max(beginning, Date.UTC(year, 0, 1))
  return {
    number: `JH${year}${String(index).padStart(4, '0')}${String(n).padStart(4, '0')}`,
    kind,
    currency: 'USD',
    amount: decimal(cents),
    account: chance.is(0.7) ? ('DIRECT' as const) : ('PENDING' as const),
    settledOn: isoDay(start + chance.whole(5, Math.floor((latest - start) / day) - 1) * day),
  }
}

/** Goods are settled from a year's receipts and never exceed them; the other kinds stand beside. */
const settlementsOf = (enterprise: Enterprise, receipts: readonly YearAmount[]): Settlement[] => {
  const chance = enterprise.chance('fx/settlements')
  const list: Settlement[] = []
  const add = (kind: Settlement['kind'], year: number, cents: number) => {
    if (cents > 0) list.push(settled(kind, year, cents, list.length, enterprise.index, chance))
  }
  for (const { year, amount } of receipts) {
    const cents = hundredths(amount)
    const parts = chance.whole(1, 4)
    for (let n = 0; n < parts; n++) add('GOODS', year, Math.floor((cents * 0.9) / parts))
    if (chance.is(0.2)) add('REFUND', year, Math.floor(cents * 0.02))
  }
  if (chance.is(0.08)) add('OFFSHORE_RESALE', 2026, chance.whole(1_000_000, 90_000_000))
  if (chance.is(0.15)) add('SERVICE', 2026, chance.whole(100_000, 2_000_000))
  return list.sort((a, b) => (a.settledOn < b.settledOn ? 1 : -1))
}

const reasons = [
  '短期内资金分散转入、集中转出（开发数据）',
  '收汇金额与出口规模明显不符（开发数据）',
  '频繁更换收款账户（开发数据）',
]

const reportsOf = (enterprise: Enterprise, fxClass: FxRegistration['class']): SuspiciousReport[] => {
  const chance = enterprise.chance('fx/reports')
  const planted = enterprise.planted.includes('reported-in-class-a')
  if (!planted && (fxClass === 'A' || fxClass === null || !chance.is(0.4))) return []
  return Array.from({ length: chance.whole(1, 2) }, (_, n) => ({
    number: `STR2026${String(enterprise.index).padStart(4, '0')}${n}`,
    reportedOn: isoDay(today - chance.whole(10, 250) * day),
    reason: chance.pick(reasons),
  }))
}

/** What foreign exchange holds on an enterprise, or nothing where it is not on file there. */
export const fxFileOf = (enterprise: Enterprise, declared: readonly Declared[]): FxFile | undefined => {
  if (!enterprise.onFile.fx) return undefined
  const chance = enterprise.chance('fx')
  const exempt = enterprise.household
  const short = enterprise.planted.includes('receipts-below-declared')
  const receipts = amountsOf(declared, 'E', () => (short ? 0.1 : 0.86) + chance.unit() * 0.13)
  const fxClass = exempt ? null : classOf(enterprise)
  return {
    registration: {
      uscc: enterprise.uscc,
      registered: !exempt,
      class: fxClass,
      exemptFromRegistration: exempt,
      receipts,
      payments: amountsOf(declared, 'I', () => 0.86 + chance.unit() * 0.13),
      settlements: settlementsOf(enterprise, receipts),
    },
    reports: reportsOf(enterprise, fxClass),
  }
}
