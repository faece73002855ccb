/** docs/reliability.md, made of what was measured last: the fault matrix, spoiled requests and a steady load. */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { growth, mostWithheld, type Fuzzed } from '../fuzz/run.ts'
import { load, type Soaked } from '../soak/run.ts'
import { reliabilityPage, table, type Results } from './report.ts'

/** What a whole run of `npm run fuzz` came to. */
export interface KeptFuzz extends Fuzzed {
  date: string
  machine: string
}

/** What a whole run of `npm run soak` came to. */
export interface KeptSoak extends Soaked {
  date: string
  machine: string
}

const kept = <T>(name: string): T =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'results', name), 'utf8')) as T

const number = (value: number): string => value.toLocaleString('en-US')
const mebibytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MiB`

const rows = (counts: Readonly<Record<string, number>>): string[][] =>
  Object.entries(counts)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => [name === 'closed' || name === 'none' ? name : `\`${name}\``, number(count)])

const withheldOf = (withheld: number): string =>
  withheld === 0
    ? ''
    : ` ${number(withheld)} answers were withheld (503, \`AUDIT_UNAVAILABLE\`): the database had no time for their record within two seconds; ${100 * mostWithheld} % are allowed.`

export function fuzzPage({
  date,
  machine,
  requests,
  seed,
  statuses,
  codes,
  problems,
  heap,
  seconds,
  withheld,
}: KeptFuzz): string {
  const found =
    problems.length === 0 ? 'Nothing was found.' : `Found:\n\n${problems.map((problem) => `- ${problem}`).join('\n')}`
  const held =
    heap === null
      ? ''
      : ` After a collection of garbage the heap held ${mebibytes(heap.early)} after the first 10,000 requests and ${mebibytes(heap.late)} at the end; ${100 * growth.part} % and ${mebibytes(growth.bytes)} more are allowed.`
  const busy = withheldOf(withheld)
  return `## Spoiled requests

\`npm run fuzz\` sends ${number(100_000)} requests to a hub as a user starts it, eight at a time, by a seed: documents of the schema by chance,
and good ones that were cut, doubled and shuffled; floods; variables, bodies, headers and tokens that are something else; and
bytes that are no HTTP. \`npm test\` sends a part of them. As it should be is: no status of 500 and above but that of a hub which
sheds (503, \`OVERLOADED\`), no fault of the hub in any field, every refusal one list of errors with their codes, no secret and
nothing that callers sent as one in answers or in the log, no rejection that nobody handles, no heap that grows, and a good query
answered afterwards as before.

On ${date}, ${machine}: ${number(requests)} requests of seed ${seed} in ${number(seconds)} s.${held}${busy} ${found}

${table(['status', 'answers'], rows(statuses))}

${table(['first error', 'answers'], rows(codes))}
`
}

export function soakPage({ date, machine, minutes, answers, documents, withheld, points, problems }: KeptSoak): string {
  const found =
    problems.length === 0 ? 'Nothing was found.' : `Found:\n\n${problems.map((problem) => `- ${problem}`).join('\n')}`
  const each = Math.max(1, Math.ceil(points.length / 10))
  const shown = points.filter((_, at) => at % each === 0 || at === points.length - 1)
  const rows = shown.map(({ minute, heap, resident, handles, lag, p99 }) => [
    minute.toFixed(1),
    mebibytes(heap),
    mebibytes(resident),
    String(handles),
    `${lag.toFixed(1)} ms`,
    `${p99.toFixed(1)} ms`,
  ])
  return `## A steady load

\`npm run soak\` asks a hub as a user starts it for half an hour what the explorer offers to begin with, of one enterprise
after another, ${load.queries} times a second, and hands in ${load.messages} messages of trade documents a minute. As it should be is: every query answered
with all that its asker may see, every document taken over, no heap that grows after the first fifth of the time, and nothing of a fault in the log.

On ${date}, ${machine}: ${number(answers)} queries and ${number(documents)} documents in ${minutes} minutes.${withheldOf(withheld)} ${found}

![Heap and resident memory over the time](../bench/results/soak.svg)

${table(['minute', 'heap', 'resident', 'handles', 'event loop late, p99', 'answers, p99'], rows)}
`
}

/** The page as it is to be. */
export const wholeReliabilityPage = (): string =>
  [
    reliabilityPage(kept<Results>('faults.json')),
    fuzzPage(kept<KeptFuzz>('fuzz.json')),
    soakPage(kept<KeptSoak>('soak.json')),
  ].join('\n')

export const writeReliabilityPage = (): Promise<void> =>
  writeFile(join(import.meta.dirname, '..', '..', 'docs', 'reliability.md'), wholeReliabilityPage())
