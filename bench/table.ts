/** What was measured, as lines for a person: labels to the left, values below each other. */

/** Where the values begin, in characters. */
export const column = 41

export const row = (label: string, value: string): string => label.padEnd(column) + value

/** Resident memory by part, in MiB. */
export interface Memory {
  hub: number
  departments: number
  postgres: number
}

export interface Figures {
  /** E.g. `Node 24.21.0, 2 × AMD EPYC, 24 GiB`. */
  machine: string
  /** In ms. */
  startOnNewData: number
  /** In ms, one for each start. */
  startsOnExistingData: readonly number[]
  memoryAfterStart: Memory
  memoryAfterQueries: Memory
  queries: number
  connections: number
  perSecond: number
  failed: number
}

/** Of an even number of values the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const [low = NaN, high = NaN] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]]
  return (low + high) / 2
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`

const parts = ({ hub, departments, postgres }: Memory): string =>
  `hub ${hub}, departments ${departments}, Postgres ${postgres}`

/** The hub as a user starts it. */
export const hubTable = (figures: Figures): string => {
  const { startsOnExistingData: starts, queries, connections, perSecond, failed } = figures
  return [
    figures.machine,
    '',
    row('Start-up on new data', seconds(figures.startOnNewData)),
    row(`Start-up on existing data, median of ${starts.length}`, seconds(median(starts))),
    row('Memory after start (MiB)', parts(figures.memoryAfterStart)),
    row(`Memory after ${queries} queries (MiB)`, parts(figures.memoryAfterQueries)),
    row(
      `Queries of six sections, ${connections} connections`,
      `${Math.round(perSecond)} a second, ${failed} failed (hub, departments and load share the machine)`,
    ),
  ].join('\n')
}

export interface Load {
  /** Answers. */
  perSecond: number
  /** Processor time of hub and database for each answer, in ms: it says less about waiting, and more on a busy machine. */
  cpu: number
}

/** What a part of the hub costs, by one query. */
export interface PartCost {
  query: string
  connections: number
  /** A round is one load of each. */
  rounds: { on: Load; off: Load }[]
}

export const percent = (ratio: number): string => `${(100 * ratio).toFixed(1)} %`

/** What a part costs, three lines a query. @param part e.g. `the ledger` */
export const partTable = (part: string, costs: readonly PartCost[]): string =>
  [
    `Throughput with ${part}, of that without:`,
    ...costs.flatMap(({ query, connections, rounds }) => {
      const ratios = rounds.map(({ on, off }) => on.perSecond / off.perSecond)
      const spread = `${percent(Math.min(...ratios))} to ${percent(Math.max(...ratios))} in ${ratios.length} rounds`
      const middle = (of: 'on' | 'off', what: keyof Load, digits: number): string =>
        median(rounds.map((round) => round[of][what])).toFixed(digits)
      const both = (what: keyof Load, digits = 0): string =>
        `${middle('on', what, digits)}, ${middle('off', what, digits)}`
      return [
        row(`${query}, ${connections} connections`, `${percent(median(ratios))} (${spread})`),
        row('  answers a second, with and without', both('perSecond')),
        row('  processor time an answer (ms)', `${both('cpu', 2)} (hub and Postgres)`),
      ]
    }),
  ].join('\n')

export const ledgerTable = (costs: readonly PartCost[]): string => partTable('the ledger', costs)
