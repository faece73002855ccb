import { beginning, compactDay, compactTime, day, hour, yearOf } from './calendar.ts'
import type { DeclarationRecord, Declared } from './declarations.ts'
import { decimal } from './goods.ts'
import type { Enterprise } from './identity.ts'

export type Inspection = {
  number: string
  invtNo: string
  inspectedAt: string
  kind: '人工查验' | '机检查验' | '人工机检结合'
  result: '未见异常' | '单货不符' | '移送处理'
}

export type YearTotal = {
  year: number
  exportCount: number
  importCount: number
  exportValue: string
  importValue: string
}

/** An enterprise's registration as customs keeps it. */
export type CustomsRegistration = {
  uscc: string
  tradeCo: string
  customsCode: string
  filedOn: string
  validUntil: string | null
  creditGrade: '高级认证企业' | '其他备案企业' | '失信企业'
  inspections: Inspection[]
  totals: YearTotal[]
}

/** All that customs holds on one enterprise. */
export interface CustomsFile {
  readonly registration: CustomsRegistration
  /** Newest first. */
  readonly declarations: readonly DeclarationRecord[]
}

const inspectionsOf = (enterprise: Enterprise, declared: readonly Declared[]): Inspection[] =>
  declared
    .filter((d) => d.inspected)
    .map((d, i) => {
      const chance = enterprise.chance(`inspection/${d.record.invtNo}`)
      const differs = enterprise.planted.includes('inspected-as-different') && d.outcome === 'released'
      return {
        number: `CY${d.record.customsCode}${yearOf(d.lodged)}${String(enterprise.index * 100 + i).padStart(6, '0')}`,
        invtNo: d.record.invtNo,
        inspectedAt: compactTime(d.lodged + 8 * hour),
        kind: chance.pick(['人工查验', '机检查验', '人工机检结合'] as const),
        result: d.outcome === 'held' ? '移送处理' : d.outcome === 'returned' || differs ? '单货不符' : '未见异常',
      }
    })

/** Sums of what was released (800, 899), by the year of declaration, in yuan. */
const totalsOf = (declared: readonly Declared[]): YearTotal[] => {
  const released = declared.filter((d) => d.outcome === 'released')
  const years = [...new Set(released.map((d) => yearOf(d.lodged)))].sort((a, b) => a - b)
  return years.map((year) => {
    const of = (flag: 'E' | 'I') => released.filter((d) => yearOf(d.lodged) === year && d.record.ieFlag === flag)
    const sum = (list: readonly Declared[]) => decimal(list.reduce((total, d) => total + d.fen, 0))
    const [exports, imports] = [of('E'), of('I')]
    return {
      year,
      exportCount: exports.length,
      importCount: imports.length,
      exportValue: sum(exports),
      importValue: sum(imports),
    }
  })
}

/** The credit grade (AEO) that customs has given an enterprise. */
export const customsGradeOf = (enterprise: Enterprise): CustomsRegistration['creditGrade'] => {
  if (enterprise.planted.includes('abnormal-but-certified') || enterprise.index === 0) return '高级认证企业'
  const share = enterprise.chance('customs/grade').unit()
  return share < 0.12 ? '高级认证企业' : share < 0.96 ? '其他备案企业' : '失信企业'
}

/** What customs holds on an enterprise, or nothing where it is not on file there. */
export const customsFileOf = (enterprise: Enterprise, declared: readonly Declared[]): CustomsFile | undefined => {
  if (!enterprise.onFile.customs) return undefined
  const chance = enterprise.chance('customs')
  const nature = enterprise.household ? '7' : '6'
  const filed = beginning - chance.whole(30, 3000) * day
  return {
    registration: {
      uscc: enterprise.uscc,
      tradeCo: `${enterprise.zone.city}9${nature}${enterprise.index.toString(36).toUpperCase().padStart(4, '0')}`,
      customsCode: chance.pick(enterprise.zone.districts),
      filedOn: compactDay(filed),
      validUntil: chance.is(0.85) ? null : compactDay(filed + 3650 * day),
      creditGrade: customsGradeOf(enterprise),
      inspections: inspectionsOf(enterprise, declared),
      totals: totalsOf(declared),
    },
    declarations: declared.map((d) => d.record),
  }
}
