/** What a run measured, and the one table that says it. */
import { slopeOf, type Growth, type Point } from './growth.ts'
import type { Measured } from './load.ts'
import { overloadTable, type OverloadCost } from './overload.ts'
import type { Part } from './parts.ts'
import { tradeTable, type TradeFigures } from './trade.ts'
import { column, hubTable, median, partTable, percent, row, type Figures, type PartCost } from './table.ts'
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
}

/** A server's throughput of that of the limit, round by round. */
export function ratiosOf(server: readonly Measured[], limit: readonly Measured[]): number[] {
  return server.map(({ perSecond }, at) => perSecond / (limit[at]?.perSecond ?? Number.NaN))
}

/** Between the slowest and the fastest round, of the median. */
export function spread(rounds: readonly Measured[]): number {
  const all = rounds.map(({ perSecond }) => perSecond)
  return (Math.max(...all) - Math.min(...all)) / median(all)
}

/** More than this between rounds of the limit, and the machine had too much else to do. */
const tolerable = 0.15
/** A limit that leaves more of its core idle than this, without any delay, was held up by what loads it. */
const idle = 0.15

const heads = ['answers/s', 'of limit', 'in rounds', 'CPU ms', 'by CPU', 'p50 ms', 'p99 ms', 'calls', 'failed']
const widths = [11, 10, 12, 9, 8, 9, 9, 7, 8]
const cells = (label: string, values: readonly string[]): string =>
  label.padEnd(16) + values.map((value, at) => value.padStart(widths[at] ?? 0)).join('')

function regimeLines({ name, delay, connections, servers }: Regime): string[] {
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
  const busy = median(limit.map((round) => round.busy))
  const notes = [
    spread(limit) > tolerable
      ? `Too noisy to judge: the limit's own rounds differ by ${percent(spread(limit))}.`
      : `The limit's own rounds differ by ${percent(spread(limit))}.`,
    ...(delay === 0 && busy < 1 - idle
      ? [`The limit used ${percent(busy)} of its core: load and departments held it up, so go by its CPU time.`]
      : []),
  ]
  return [`${name}, departments at ${delay} ms, ${connections} connections`, cells('', heads), ...lines, ...notes]
}

/** Whether every regime can be judged. */
export const isQuiet = (regimes: readonly Regime[]): boolean =>
  regimes.every(({ servers }) => spread(servers[0]?.rounds ?? []) <= tolerable)

/** E.g. `exponent 0.93, 0.21 ms for each more`. */
export function slopeText(points: readonly Point[]): string {
  const { exponent, each } = slopeOf(points)
  return `exponent ${exponent.toFixed(2)}, ${each.toPrecision(2)} ms for each more`
}

function growthLines({ enterprises, fields }: Growth): string[] {
  const line = (name: string, points: readonly Point[]): string[] => [
    row(`  ${points.map(({ size }) => size).join(', ')} ${name}`, points.map(({ cpu }) => cpu.toFixed(2)).join(', ')),
    row('', slopeText(points)),
  ]
  return [
    'Processor time an answer as more is asked for (ms, hub and Postgres):',
    ...line('enterprises', enterprises),
    ...line('fields', fields),
  ]
}

const partNames: Record<Part, string> = {
  ledger: 'the ledger',
  authorization: 'authorization',
  metrics: 'metrics',
  tracing: 'tracing of every request',
}

/** Everything that was measured, as one table. */
export function reportTable({
  machine,
  versions,
  pinned,
  hub,
  throughput,
  parts,
  growth,
  overload,
  trade,
}: Report): string {
  const blocks = [
    hub === undefined ? machine : hubTable(hub),
    ...(throughput ?? []).map((regime) => regimeLines(regime).join('\n')),
    ...Object.entries(parts ?? {}).map(([part, costs]) => partTable(partNames[part as Part], costs)),
    ...(growth === undefined ? [] : [growthLines(growth).join('\n')]),
    ...(overload === undefined ? [] : [overloadTable(overload)]),
    ...(trade === undefined ? [] : [tradeTable(trade)]),
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
