/** What a run measured, and the one table that says it. */
import { slopeOf, type Growth, type Point } from './growth.ts'
import type { Measured } from './load.ts'
import { memoryTable, type MemoryCurve } from './memory.ts'
import { comparable, ratiosOf, steadiness, tolerable } from './noise.ts'
import { overloadTable, type OverloadCost } from './overload.ts'
import type { Part } from './parts.ts'
import { statisticsTable, type StatisticsFigures } from './statistics.ts'
import { tradeTable, type TradeFigures } from './trade.ts'
import { column, hubTable, median, partTable, percent, row, type Figures, type PartCost } from './table.ts'
import { targetsTable, verdictsOf } from './targets.ts'
import type { Regime } from './throughput.ts'

export interface Report {
  /** Year, month and day. */
  date: string
  machine: string
  /** By package. */
  versions: Readonly<Record<string, string>>
  /** Whether servers under test had a core to themselves. */
  pinned: boolean
  hub?: Figures
  throughput?: readonly Regime[]
  parts?: Partial<Record<Part, PartCost[]>>
  growth?: Growth
  overload?: OverloadCost
  trade?: TradeFigures
  statistics?: StatisticsFigures
  memory?: MemoryCurve
}

const heads = ['answers/s', 'of limit', 'in rounds', 'CPU ms', 'by CPU', 'p50 ms', 'p99 ms', 'calls', 'failed']
const widths = [11, 10, 12, 9, 8, 9, 9, 7, 8]
const cells = (label: string, values: readonly string[]): string =>
  label.padEnd(16) + values.map((value, at) => value.padStart(widths[at] ?? 0)).join('')

function regimeLines(regime: Regime): string[] {
  const { name, delay, isKept, connections, servers } = regime
  const limit = servers[0]?.rounds ?? []
  const lines = servers.map(({ name: server, calls, rounds }) => {
    const middle = (what: keyof Measured): number => median(rounds.map((round) => round[what]))
    const ratios = ratiosOf(rounds, limit)
    const between = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`
    const failed = rounds.reduce((sum, round) => sum + round.failed, 0)
    return cells(server, [
      Math.round(middle('perSecond')).toString(),
      median(ratios).toFixed(2),
      between,
      middle('own').toFixed(3),
      (median(limit.map(({ own }) => own)) / middle('own')).toFixed(2),
      middle('p50').toFixed(1),
      middle('p99').toFixed(1),
      calls.toString(),
      failed.toString(),
    ])
  })
  const { perSecond, own, busy, isHeldUp } = steadiness(regime)
  const by = comparable(regime)
  const differ = `the limit's own rounds differ by ${percent(perSecond)}`
  const notes = [
    perSecond <= tolerable
      ? `T${differ.slice(1)}.`
      : by === null
        ? `Too noisy to judge: ${differ}, and in processor time by ${percent(own)}.`
        : `Too noisy to judge by throughput: ${differ}; in processor time by ${percent(own)}, so go by that.`,
    ...(isHeldUp && by !== null
      ? [`The limit used ${percent(busy)} of its core: load and departments held it up, so go by its CPU time.`]
      : []),
    ...(delay > 0 ? [`The departments themselves took ${regime.took.toFixed(1)} ms (p50).`] : []),
  ]
  const from = isKept ? 'records kept in the process' : `departments at ${delay} ms`
  return [`${name}, ${from}, ${connections} connections`, cells('', heads), ...lines, ...notes]
}

/** E.g. `exponent 0.93, 0.21 ms for each more`. */
export function slopeText(points: readonly Point[]): string {
  const { exponent, each } = slopeOf(points)
  return `exponent ${exponent.toFixed(2)}, ${each.toPrecision(2)} ms for each more`
}

function growthLines({ departments, enterprises, fields }: Growth): string[] {
  const line = (name: string, points: readonly Point[]): string[] => [
    row(`  ${points.map(({ size }) => size).join(', ')} ${name}`, points.map(({ cpu }) => cpu.toFixed(2)).join(', ')),
    row('', slopeText(points)),
  ]
  const widest = Math.max(
    ...[...departments, ...enterprises, ...fields].map(({ cpu, least, most }) => (most - least) / cpu),
  )
  return [
    'Processor time an answer as more is asked for (ms, hub and Postgres):',
    ...line('departments', departments),
    ...line('enterprises', enterprises),
    ...line('fields', fields),
    ...(widest > tolerable ? [`Too noisy to judge: rounds of the same differ by up to ${percent(widest)}.`] : []),
  ]
}

const partNames: Record<Part, string> = {
  ledger: 'the ledger',
  authorization: 'authorization',
  metrics: 'metrics',
  tracing: 'tracing of every request',
}

/** Everything that was measured, as one table. */
export function reportTable(report: Report): string {
  const { machine, versions, pinned, hub, throughput, parts, growth, overload, trade, statistics, memory } = report
  const verdicts = verdictsOf(report)
  const blocks = [
    hub === undefined ? machine : hubTable(hub),
    ...(throughput ?? []).map((regime) => regimeLines(regime).join('\n')),
    ...Object.entries(parts ?? {}).map(([part, costs]) => partTable(partNames[part as Part], costs)),
    ...(growth === undefined ? [] : [growthLines(growth).join('\n')]),
    ...(overload === undefined ? [] : [overloadTable(overload)]),
    ...(trade === undefined ? [] : [tradeTable(trade)]),
    ...(statistics === undefined ? [] : [statisticsTable(statistics)]),
    ...(memory === undefined ? [] : [memoryTable(memory)]),
    ...(verdicts.length === 0 ? [] : [targetsTable(verdicts)]),
  ]
  if (throughput !== undefined || parts !== undefined || growth !== undefined || overload !== undefined) {
    const installed = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
    blocks.push(
      [
        pinned
          ? 'Servers under test had a core to themselves; load, departments and Postgres another.'
          : 'Nothing was held to a core (that takes taskset and two cores), so everything shared them all.',
        ...wrapped(`Measured with ${installed.join(', ')}.`),
      ].join('\n'),
    )
  }
  return blocks.join('\n\n')
}

/** Lines of at most 100 characters. */
function wrapped(text: string): string[] {
  const lines = ['']
  for (const word of text.split(/(?<=,) /)) {
    const last = lines.at(-1) ?? ''
    if (last.length + word.length > 2.4 * column) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
