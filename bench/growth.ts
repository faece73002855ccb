/** How the cost of an answer grows with what is asked for. */
import { agree, checkCalls } from './agreement.ts'
import { manyFields, someEnterprises, type Question } from './documents.ts'
import { load } from './load.ts'
import { median } from './table.ts'
import type { Rig } from './rig.ts'
import { inRounds, type Length } from './rounds.ts'

export interface Point {
  /** Enterprises, or fields selected. */
  size: number
  /** Processor time of hub and PostgreSQL for an answer, in ms: the median of the rounds, and between which they lie. */
  cpu: number
  least: number
  most: number
  /** In ms. */
  p50: number
}

export interface Growth {
  enterprises: Point[]
  fields: Point[]
}

const connections = 10

/** What lets a document through with a thousand fields, nearly all under an alias. */
export const wideLimits = { HUTONG_LIMIT_ALIASES: '2000', HUTONG_LIMIT_TOKENS: '20000' }

/** Measures one hub with documents of each size. */
export async function measureGrowth(rig: Rig, length: Length): Promise<Growth> {
  await rig.delay(0)
  const hub = await rig.start('hub', [], wideLimits)
  const series = async (questions: readonly [number, Question][]): Promise<Point[]> => {
    for (const [, question] of questions) await agree(rig, [hub], question)
    const rounds = await inRounds(questions, length, async ([, question], seconds) => {
      const result = await load(rig, hub, seconds, { connections, bodies: question.bodies })
      if (result.failed > 0) throw new Error(`${result.failed} requests failed.`)
      checkCalls(hub, question, connections, result)
      return result
    })
    return questions.map(([size], at) => {
      const times = (rounds[at] ?? []).map(({ cpu }) => cpu)
      return {
        size,
        cpu: median(times),
        least: Math.min(...times),
        most: Math.max(...times),
        p50: median((rounds[at] ?? []).map(({ p50 }) => p50)),
      }
    })
  }
  const enterprises = await series([1, 10, 100].map((size) => [size, someEnterprises(rig.usccs, size)]))
  const fields = await series(
    [10, 100, 1000].map((size) => [size, manyFields(rig.usccs.slice(0, 2 * connections), size)]),
  )
  await hub.stop()
  return { enterprises, fields }
}

/** How steeply a series rises. */
export interface Slope {
  /** Of the straight line through the points on logarithmic axes: 1 is in proportion, less is better. */
  exponent: number
  /** What one more adds, between the two largest sizes, in ms. */
  each: number
}

export function slopeOf(points: readonly Pick<Point, 'size' | 'cpu'>[]): Slope {
  const logs = points.map(({ size, cpu }) => [Math.log(size), Math.log(cpu)] as const)
  const mean = (at: 0 | 1): number => logs.reduce((sum, pair) => sum + pair[at], 0) / logs.length
  const [x, y] = [mean(0), mean(1)]
  const rise = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0)
  const run = logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0)
  const [before, last] = points.slice(-2)
  const each = before && last ? (last.cpu - before.cpu) / (last.size - before.size) : Number.NaN
  return { exponent: rise / run, each }
}
