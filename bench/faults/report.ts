/** docs/reliability.md, made of what the matrix gave. */
import { proxyFaults } from '../../tests/support/fault-proxy.ts'
import { doesNotApply, faults, systems, type Cell, type System } from './matrix.ts'
import type { Outcome } from './cell.ts'

export interface Results {
  date: string
  /** E.g. `Node 24.21.0, 2 × AMD EPYC, 24 GiB`. */
  machine: string
  undici: string
  course: { clients: number; before: number; during: number }
  /** Longest answers in ms: with a department that fails, with a store that fails, and what is allowed on top. */
  promised: { department: number; store: number; allowance: number }
  outcomes: Outcome[]
  /** Rows that were measured again by themselves, on another day or machine. */
  again?: Partial<Record<System, { date: string; machine: string }>>
}

/** Least part of the throughput that healthy sections keep, and longest recovery in ms. */
const least = { kept: 0.9, recovery: 10_000 }

/** What of an outcome is not as promised. @param isQuiet whether throughput can be judged */
export function failings({ alive, wrong, late, unrecorded, recovery, kept }: Outcome, isQuiet = true): string[] {
  return [
    ...(alive ? [] : ['the process ended']),
    ...wrong.map((what) => `wrong: ${what}`),
    ...(late === 0 ? [] : [`${late} answers came late`]),
    ...(unrecorded === 0 ? [] : [`${unrecorded} answers left without a record`]),
    ...(!isQuiet || kept === null || kept >= least.kept ? [] : [`healthy sections kept ${percent(kept)}`]),
    ...(recovery < least.recovery ? [] : ['it did not recover in 10 s']),
  ]
}

/**
 * A date that is wrong is nothing to the hub: how far the throughput is from what it was in those cells is the noise of
 * the machine.
 */
function noiseOf(outcomes: readonly Outcome[]): { least: number; most: number } {
  const kept = outcomes.flatMap((outcome) => (outcome.fault === 'clock' && outcome.kept !== null ? [outcome.kept] : []))
  return { least: Math.min(...kept), most: Math.max(...kept) }
}

const percent = (part: number): string => `${Math.round(100 * part)} %`
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
const row = (texts: readonly string[]): string => `| ${texts.join(' | ')} |`
export const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(heads), row(heads.map(() => '---')), ...rows.map(row)].join('\n')

const names: Readonly<Record<keyof typeof proxyFaults, string>> = {
  down: 'down',
  refused: 'refused',
  hangs: 'hangs',
  slow: 'slow',
  resets: 'resets',
  half: 'half an answer',
  garbage: 'garbage',
  huge: '50 MB',
  'wrong-record': 'wrong record',
  clock: 'clock wrong',
  expired: 'certificate expired',
}

export function reliabilityPage(results: Results): string {
  const { date, machine, undici, course, promised, outcomes } = results
  const noise = noiseOf(outcomes)
  const isQuiet = noise.least >= least.kept && noise.most <= 2 - least.kept
  const of = (cell: Cell) => outcomes.find(({ system, fault }) => system === cell.system && fault === cell.fault)
  const short = (cell: Cell): string => {
    const outcome = of(cell)
    if (outcome === undefined) return doesNotApply(cell) === null ? 'not tried' : '–'
    return failings(outcome, isQuiet).length === 0 ? '✓' : '✗'
  }
  const details = (system: System): string => {
    const rows = faults.map((fault) => {
      const cell = { system, fault }
      const outcome = of(cell)
      if (outcome === undefined) return [names[fault], doesNotApply(cell) ?? 'not tried', '', '', '', '', '']
      const causes = Object.entries(outcome.causes).map(([cause, count]) => `\`${cause}\` ${count}`)
      return [
        names[fault],
        `${outcome.whole} of ${outcome.answers}`,
        causes.join(', ') || 'none',
        seconds(outcome.slowest),
        outcome.kept === null ? '' : percent(outcome.kept),
        outcome.recovery === 0 ? 'at once' : seconds(outcome.recovery),
        failings(outcome, isQuiet).join('; ') || (isQuiet ? 'as promised' : 'as promised, throughput not judged'),
      ]
    })
    const heads = ['fault', 'whole answers', 'errors', 'slowest', 'healthy kept', 'recovery', 'outcome']
    const where = results.again?.[system]
    const said = where === undefined ? '' : `Measured by itself on ${where.date}, ${where.machine}.\n\n`
    return `### ${system}\n\n${said}${table(heads, rows)}`
  }
  return `# Reliability

${text}

## What was tried

A proxy of the project's own ([fault-proxy.ts](../tests/support/fault-proxy.ts)) stood between the hub and everything behind
it, over TLS, and broke the connection while there was load. The hub behind which Redis failed shared its copies there and kept
one record of each department itself, so that it asked Redis for every section; the others kept no copies.

${faults.map((fault) => `- ${names[fault]}: ${proxyFaults[fault]}`).join('\n')}

\`npm run faults\` tries every cell and writes this page; \`npm test\` tries every cell for a second, without the
throughput. A cell is as promised (✓) when the process lives on; every answer is whole and equal to that without a fault, or
lacks the section that fails with one error that says why; none is later than ${seconds(promised.department)} (${seconds(promised.store)} where
no record can be written, which is waited for) and ${seconds(promised.allowance)} for a busy machine; every answer with data is on record; the
other sections are answered at least ${percent(least.kept)} as often as before the fault; and within ${seconds(least.recovery)} of its end every
answer is whole again.

${table(
  ['', ...faults.map((fault) => names[fault])],
  systems.map((system) => [system, ...faults.map((fault) => short({ system, fault }))]),
)}

– does not apply: the reason stands below.${isQuiet ? '' : ' **✓ leaves the throughput out**: the machine was too busy for it to be judged.'}

## What came out

On ${date}, ${machine}, undici ${undici}; hub, departments, database, proxies and load shared the machine.
${course.clients} clients asked without a pause, half of them for all six sections and half for the healthy ones: for ${seconds(course.before)} before
the fault, for ${seconds(course.during)} in it, and until it was over. Answers and errors are those of requests begun during the fault.

A date that is wrong is nothing to the hub, so the row of the wrong clock shows how much the machine's own noise does to the
throughput: ${percent(noise.least)} to ${percent(noise.most)} were kept there. ${
    isQuiet
      ? 'That is little enough to judge it.'
      : '**That is too much to judge the throughput by**: measure again when the machine is quiet.'
  }

${systems.map(details).join('\n\n')}
`
}

const text = `A department that fails costs its own section and no other, and a store that fails costs an answer and never a record. What
keeps it so:

| part | does |
| --- | --- |
| deadline | every call ends with the time of its request, or with \`HUTONG_DEPARTMENT_TIMEOUT\` if that is sooner |
| retry | one more attempt where the connection broke or the answer was a 5xx, after a wait by chance, out of a budget of a fifth of the calls |
| breaker | after five failures in a row nothing is asked for a second; then one call, and nobody waits for its outcome |
| bulkhead | \`HUTONG_DEPARTMENT_CONCURRENCY\` calls at once for each department, and a bounded queue |
| rate | no more calls than the contract states (\`x-rate-limit\`), at even distances |
| what a department says | after 429 or 503 with Retry-After no request asks until then, but one a minute |
| size | an answer of more than \`HUTONG_DEPARTMENT_ANSWER_BYTES\` is not read on |
| contract | what does not fit it, or is about another enterprise, is not believed |
| certificate | one that has expired, or is for another name, is not spoken to |
| record | no answer leaves before it is on record; what is not known within two seconds is withheld (503, \`AUDIT_UNAVAILABLE\`) |
| connections of the store | one that does not answer in six seconds is given up |
| shared copies | a request waits for Redis 25 ms at most; after three failures it is left alone but for one attempt a second, and departments are asked |

The state of each department stands in \`departments { health retryAt }\`, in \`/metrics\` and in every error; what to do about
it, in [operating.md](operating.md#when-a-department-fails).`
