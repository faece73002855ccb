/** How the cost of an answer grows with what is asked for. */
import { agree, checkCalls } from './agreement.ts'
import { manyDepartments, manyFields, someEnterprises, type Question } from './documents.ts'
import { load } from './load.ts'
import { median } from './table.ts'
import type { Rig, Server } from './rig.ts'
import { inRounds, type Length } from './rounds.ts'

export interface Point {
  /** Departments, enterprises, or fields selected. */
  size: number
  /** Processor time of hub and PostgreSQL for an answer, in ms: the median of the rounds, and between which they lie. */
  cpu: number
  least: number
  most: number
  /** In ms. */
  p50: number
}

export interface Growth {
  departments: Point[]
  enterprises: Point[]
  fields: Point[]
}

/** Few, so that the largest document is answered within a short load too. */
const connections = 4

/** What lets a document through with a thousand fields, nearly all under an alias. */
export const wideLimits = { HUTONG_LIMIT_ALIASES: '2000', HUTONG_LIMIT_TOKENS: '20000' }

interface Asked {
  size: number
  hub: Server
  question: Question
}

/** Measures hubs of as many departments as there are to ask, and one with documents of each size. */
export async function measureGrowth(rig: Rig, length: Length): Promise<Growth> {
  await rig.delay(0)
  const series = async (asked: readonly Asked[]): Promise<Point[]> => {
    for (const { hub, question } of asked) await agree(rig, [hub], question)
    const rounds = await inRounds(asked, length, async ({ hub, question }, seconds) => {
      const result = await load(rig, hub, seconds, { connections, bodies: question.bodies })
      if (result.answers === 0) throw new Error(`Nothing was answered in ${seconds} s.`)
      if (result.failed > 0) throw new Error(`${result.failed} requests failed.`)
      checkCalls(hub, question, connections, result)
      return result
    })
    return asked.map(({ size }, at) => {
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
  const some = rig.usccs.slice(0, 2 * connections)
  const wider: Asked[] = []
  for (const size of [1, 6, 24]) {
    const hub = await rig.start('hub', ['--departments', String(size)])
    wider.push({ size, hub, question: manyDepartments(some, size) })
  }
  const departments = await series(wider)
  for (const { hub } of wider) await hub.stop()
  const hub = await rig.start('hub', [], wideLimits)
  const sized = (sizes: readonly number[], make: (size: number) => Question): Asked[] =>
    sizes.map((size) => ({ size, hub, question: make(size) }))
  const enterprises = await series(sized([1, 10, 100], (size) => someEnterprises(rig.usccs, size)))
  const fields = await series(sized([10, 100, 1000], (size) => manyFields(some, size)))
  await hub.stop()
  return { departments, enterprises, fields }
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
