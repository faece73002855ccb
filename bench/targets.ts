/** What is wanted of the hub, and whether a run shows it. */
import { slopeOfMemory, type MemoryCurve } from './memory.ts'
import { comparable, ratiosOf, spread, steadiness, tolerable, type Measure } from './noise.ts'
import type { OverloadCost } from './overload.ts'
import type { Part } from './parts.ts'
import { median, percent, type Figures, type PartCost } from './table.ts'
import type { Regime, RegimeId } from './throughput.ts'

export interface Verdict {
  wanted: string
  /** What was measured. */
  found: string
  /** Null where this run cannot tell. */
  holds: boolean | null
}

/** Of the throughput of the limit: the least that is wanted, and what would be better still. */
const ofLimit: Partial<Record<RegimeId, { least: number; better: number }>> = {
  one: { least: 0.67, better: 0.85 },
  list: { least: 0.66, better: 0.8 },
  kept: { least: 0.5, better: 0.6 },
  'kept-list': { least: 0.55, better: 0.8 },
}

/** Over what the slowest department takes, in ms. */
const overDepartments = 2
/** Of the 99th percentile of the limit. */
const ofTail = 1.5

/** Of what an answer takes in processor time without them. */
const costs: readonly { parts: readonly Part[]; name: string; most: number }[] = [
  { parts: ['authorization'], name: 'authorization', most: 0.05 },
  { parts: ['ledger'], name: 'the ledger', most: 0.15 },
  { parts: ['metrics', 'tracing'], name: 'metrics and traces', most: 0.05 },
]

/** Of the hub's process, in bytes; and its start on existing data, in ms. */
const mostMemory = 250e6
const longestStart = 2000
/** Requests after which memory is known to stay, and what the second half of them may add to it. */
const manyRequests = 1_000_000
const flat = 0.05
/** The tail of answers under overload, of that at the load which is sustained. */
const ofSustained = 2

const fixed = (value: number): string => value.toFixed(2)
const byName: Record<Measure, string> = { perSecond: 'by throughput', own: 'by processor time' }

function ofRegime(regime: Regime): Verdict[] {
  const [limit, ...others] = regime.servers
  const hub = others.find(({ name }) => name === 'hub')
  if (limit === undefined || hub === undefined) return []
  if (regime.delay > 0) return ofDelay(regime, limit.rounds, hub.rounds)
  const target = ofLimit[regime.id]
  if (target === undefined) return []
  const by = comparable(regime)
  const ratio = (rounds: typeof hub.rounds): number => median(ratiosOf(rounds, limit.rounds, by ?? 'own'))
  const reached = ratio(hub.rounds)
  const peers = others
    .filter(({ name }) => name !== 'hub')
    .map(({ name, rounds }) => ({ name, ratio: ratio(rounds) }))
    .sort((one, other) => other.ratio - one.ratio)
  const [best] = peers
  const about = `${regime.name}${regime.isKept ? ', kept' : ''}`
  return [
    {
      wanted: `${about}: ${target.least} of the limit, better ${target.better}`,
      found: `${fixed(reached)} ${byName[by ?? 'own']}`,
      holds: by === null ? null : reached >= target.least,
    },
    ...(best === undefined
      ? []
      : [
          {
            wanted: `${about}: ahead of ${peers.length === 1 ? 'the peer' : `${peers.length} peers`}`,
            found: `${fixed(reached)}, ${best.name} ${fixed(best.ratio)}`,
            holds: by === null ? null : reached > best.ratio,
          },
        ]),
  ]
}

type Rounds = Regime['servers'][number]['rounds']

function ofDelay(regime: Regime, limit: Rounds, hub: Rounds): Verdict[] {
  const middle = (rounds: Rounds): number => median(rounds.map(({ p50 }) => p50))
  const tail = median(hub.map(({ p99 }, at) => p99 / (limit[at]?.p99 ?? Number.NaN)))
  const over = middle(hub) - regime.took
  const isQuiet = steadiness(regime).perSecond <= tolerable
  const ms = (value: number): string => value.toFixed(1)
  return [
    {
      wanted: `Departments at ${regime.delay} ms: p50 at most ${overDepartments} ms over them`,
      found: `${ms(over)} over ${ms(regime.took)}, the limit ${ms(middle(limit) - regime.took)}`,
      holds: isQuiet ? over <= overDepartments : null,
    },
    {
      wanted: `Departments at ${regime.delay} ms: p99 at most ${ofTail} of the limit's`,
      found: fixed(tail),
      holds: isQuiet ? tail <= ofTail : null,
    },
  ]
}

/** What a part adds to the processor time of an answer of six sections, round by round. */
const added = ([cost]: readonly PartCost[]): number[] => (cost?.rounds ?? []).map(({ on, off }) => on.cpu / off.cpu - 1)

function ofParts(measured: Partial<Record<Part, readonly PartCost[]>>): Verdict[] {
  return costs.flatMap(({ parts, name, most }) => {
    const all = parts.flatMap((part) => {
      const cost = measured[part]
      return cost === undefined ? [] : [added(cost)]
    })
    if (all.length < parts.length) return []
    const cost = all.reduce((sum, rounds) => sum + median(rounds), 0)
    const isQuiet = all.every((rounds) => spread(rounds.map((more) => 1 + more)) <= tolerable)
    return [
      {
        wanted: `Cost of ${name}: at most ${100 * most} %`,
        found: `${percent(cost)} of processor time`,
        holds: isQuiet ? cost <= most : null,
      },
    ]
  })
}

function ofHub({ startsOnExistingData, memoryAfterQueries, queries }: Figures): Verdict[] {
  const start = median(startsOnExistingData)
  const { hub } = memoryAfterQueries
  return [
    {
      wanted: `Start-up on existing data: under ${longestStart / 1000} s`,
      found: `${(start / 1000).toFixed(2)} s`,
      holds: start < longestStart,
    },
    {
      wanted: `Memory of the hub: under ${mostMemory / 1e6} MB`,
      found: `${hub} MiB after ${queries} queries`,
      holds: hub * 2 ** 20 < mostMemory,
    },
  ]
}

function ofMemory(curve: MemoryCurve): Verdict {
  const [first, last] = [curve.points[Math.floor(curve.points.length / 2)], curve.points.at(-1)]
  const requests = last?.requests ?? 0
  const more = (slopeOfMemory(curve) * (requests - (first?.requests ?? 0))) / 100_000
  const part = more / (last?.resident ?? Number.NaN)
  return {
    wanted: `Memory over ${manyRequests} requests: ${100 * flat} % more at most in the second half`,
    found: `${percent(part)} over ${requests}`,
    holds: requests >= manyRequests ? part <= flat : null,
  }
}

function ofOverload({ rounds }: OverloadCost): Verdict {
  const tail = median(rounds.map(({ before, during }) => during.p99 / before.p99))
  const isQuiet = spread(rounds.map(({ before }) => before.perSecond)) <= tolerable
  return {
    wanted: `Ten times the load: p99 at most ${ofSustained} of the sustained`,
    found: fixed(tail),
    holds: isQuiet ? tail <= ofSustained : null,
  }
}

export interface Judged {
  hub?: Figures
  throughput?: readonly Regime[]
  parts?: Partial<Record<Part, PartCost[]>>
  overload?: OverloadCost
  memory?: MemoryCurve
}

/** What of it was measured at all. */
export const verdictsOf = ({ hub, throughput, parts, overload, memory }: Judged): Verdict[] => [
  ...(throughput ?? []).flatMap(ofRegime),
  ...(parts === undefined ? [] : ofParts(parts)),
  ...(overload === undefined ? [] : [ofOverload(overload)]),
  ...(hub === undefined ? [] : ofHub(hub)),
  ...(memory === undefined ? [] : [ofMemory(memory)]),
]

const words = { true: 'PASS', false: 'MISS', null: 'UNSURE' } as const

/** A line for each. */
export const targetsTable = (verdicts: readonly Verdict[]): string =>
  [
    'What is wanted, and what this run shows; UNSURE where the machine was too noisy, or the run too short, to tell:',
    ...verdicts.map(({ wanted, found, holds }) => `${words[`${holds}`].padEnd(8)}${wanted.padEnd(68)}${found}`),
  ].join('\n')
