/** Which list has which fault: one in ten, each kind of fault in turn, the same for the same number. */
import { asExport, asImport, dearSale, exportFaults, importFaults, type Expected, type Sent } from './faults.ts'
import { partiesOf } from './parties.ts'
import { isExport, saleOf, type Sale } from './sale.ts'

/** A line of the manifest: a list, by what names it, and what it must come to. */
export interface Told {
  direction: 'import' | 'export'
  copNo: string
  agentCode: string
  /** What was planted; null where nothing was. */
  fault: string | null
  expected: Expected
}

export interface Made {
  sent: readonly Sent[]
  told: Told
}

/** Of twenty lists, which import and which export has a fault, and how far before it the list lies that it may touch. */
const every = 20
const [importPlace, importBack] = [5, 1]
const [exportPlace, exportBack] = [15, 4]

/** The fault of a list; null where it has none. */
export function faultAt(n: number): string | null {
  const [place, faults] = isExport(n) ? [exportPlace, exportFaults] : [importPlace, importFaults]
  if (n % every !== place) return null
  const names = Object.keys(faults)
  return names[Math.floor(n / every) % names.length] ?? null
}

/** Makes the lists of a seed by their numbers, with or without faults. */
export function casesOf(seed: number, hasFaults: boolean): (n: number) => Made {
  const parties = partiesOf(seed)
  const sale = (n: number): Sale => saleOf(seed, n, parties(n))
  return (n) => {
    const plain = sale(n)
    const fault = hasFaults ? faultAt(n) : null
    const [faults, back] = isExport(n) ? [exportFaults, exportBack] : [importFaults, importBack]
    const make = fault === null ? undefined : faults[fault]
    const isDear = hasFaults && !isExport(n) && faultAt(n + importBack) === 'annual-limit'
    const { sent, expected } =
      make !== undefined
        ? make({ sale: plain, before: sale(n - back), stranger: parties(n + 3).seller })
        : isExport(n)
          ? asExport(plain)
          : asImport(isDear ? dearSale(plain, n) : plain)
    const { copNo, parties: taking } = plain
    return {
      sent,
      told: {
        direction: isExport(n) ? 'export' : 'import',
        copNo,
        agentCode: fault === 'order-used' ? sale(n - back).parties.agent.code : taking.agent.code,
        fault,
        expected,
      },
    }
  }
}
