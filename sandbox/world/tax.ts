import { day, isoDay, isoMonth, months, today } from './calendar.ts'
import type { Declared } from './declarations.ts'
import { decimal } from './goods.ts'
import type { Enterprise } from './identity.ts'

export type Grade = 'A' | 'B' | 'M' | 'C' | 'D'

export type Refund = {
  number: string
  period: string
  amount: string
  status: '已申报' | '审核中' | '已核准' | '已退库' | '不予退税'
  filedOn: string
  paidOn: string | null
  declarationNumbers: string[]
}

export type Exemption = { period: string; kind: '无票免税'; amount: string }

/** A taxpayer as the tax office keeps it. */
export type TaxFile = {
  uscc: string
  taxpayerKind: '一般纳税人' | '小规模纳税人'
  listedGradeA: boolean
  creditGrade: Grade
  exportRefundClass: '一类' | '二类' | '三类' | '四类' | null
  levyMethod: '查账征收' | '核定征收'
  refunds: Refund[]
  exemptions: Exemption[]
  arrears: string
}

const gradeOf = (enterprise: Enterprise): Grade => {
  if (enterprise.planted.includes('grade-d-on-list-of-a')) return 'D'
  if (enterprise.index === 0) return 'A'
  const share = enterprise.chance('tax/grade').unit()
  return share < 0.25 ? 'A' : share < 0.6 ? 'B' : share < 0.85 ? 'M' : share < 0.95 ? 'C' : 'D'
}

const refundClass = { A: '一类', B: '二类', M: '二类', C: '三类', D: '四类' } as const satisfies Record<Grade, string>

/** How far a refund is, by the time since it was filed; one in twenty of the settled ones is refused. */
const progress = (filed: number, refused: boolean): Pick<Refund, 'status' | 'paidOn'> => {
  const age = (today - filed) / day
  if (age < 5) return { status: '已申报', paidOn: null }
  if (age < 15) return { status: '审核中', paidOn: null }
  if (age < 25) return { status: '已核准', paidOn: null }
  return refused ? { status: '不予退税', paidOn: null } : { status: '已退库', paidOn: isoDay(filed + 20 * day) }
}

/** Exports of one month that were released, and returned ones where the world plants them: together one refund. */
const refundsOf = (enterprise: Enterprise, declared: readonly Declared[]): Refund[] => {
  const mistaken = enterprise.planted.includes('refund-for-returned-declaration')
  const eligible = declared.filter(
    (d) => d.record.ieFlag === 'E' && (d.outcome === 'released' || (mistaken && d.outcome === 'returned')),
  )
  return months.flatMap((period) => {
    const claimed = eligible.filter((d) => isoMonth(d.lodged) === period)
    // Refunds are claimed in the month after the export, so the newest exports have none yet.
    const filed = Date.parse(`${period}-01`) + 40 * day
    if (claimed.length === 0 || filed >= today) return []
    const chance = enterprise.chance(`refund/${period}`)
    const containsReturned = claimed.some((d) => d.outcome === 'returned')
    const fen = claimed.reduce((sum, d) => sum + d.fen, 0)
    return {
      number: `TS${period.replace('-', '')}${String(enterprise.index).padStart(6, '0')}`,
      period,
      // The world's one refund rate is 13 %.
      amount: decimal(Math.round(fen * 0.13)),
      ...progress(filed, !containsReturned && chance.is(0.05)),
      filedOn: isoDay(filed),
      declarationNumbers: claimed.map((d) => d.record.invtNo),
    }
  })
}

/** Parcels sold without invoice (无票免税), where tax is levied by assessment (核定征收). */
const exemptionsOf = (declared: readonly Declared[]): Exemption[] =>
  months.flatMap((period) => {
    const parcels = declared.filter(
      (d) => d.record.tradeMode === '9610' && d.outcome === 'released' && isoMonth(d.lodged) === period,
    )
    const fen = parcels.reduce((sum, d) => sum + d.fen, 0)
    return parcels.length === 0 ? [] : { period, kind: '无票免税' as const, amount: decimal(fen) }
  })

/** What the tax office holds on an enterprise, or nothing where it is not on file there. */
export const taxFileOf = (enterprise: Enterprise, declared: readonly Declared[]): TaxFile | undefined => {
  if (!enterprise.onFile.tax) return undefined
  const chance = enterprise.chance('tax')
  const grade = gradeOf(enterprise)
  const assessed = enterprise.household || (enterprise.planted.length === 0 && enterprise.index > 4 && chance.is(0.2))
  const refunds = assessed ? [] : refundsOf(enterprise, declared)
  return {
    uscc: enterprise.uscc,
    taxpayerKind: assessed ? '小规模纳税人' : '一般纳税人',
    listedGradeA: grade === 'A' || enterprise.planted.includes('grade-d-on-list-of-a'),
    creditGrade: grade,
    exportRefundClass: refunds.length === 0 ? null : refundClass[grade],
    levyMethod: assessed ? '核定征收' : '查账征收',
    refunds,
    exemptions: assessed ? exemptionsOf(declared) : [],
    arrears: grade === 'C' || grade === 'D' ? decimal(chance.whole(10_000, 9_000_000)) : '0.00',
  }
}
