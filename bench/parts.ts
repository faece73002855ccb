/**
 * What a part of the hub costs: two hubs that differ in nothing but whether they have it, under the same load in turns,
 * so that what else the machine does falls on both.
 */
import { agree, checkCalls } from './agreement.ts'
import { oneEnterprise, type Question } from './documents.ts'
import { load } from './load.ts'
import type { Rig, Server } from './rig.ts'
import { inRounds, type Length } from './rounds.ts'
import type { PartCost } from './table.ts'

export const parts = ['ledger', 'authorization', 'metrics', 'tracing'] as const
export type Part = (typeof parts)[number]

const connections = 50

/** Six sections, and a query that calls no department, where what every request costs weighs most. */
const questions = (usccs: readonly string[]): [string, Question][] => [
  ['Six sections', oneEnterprise(usccs.slice(0, connections))],
  [
    'No department asked',
    { bodies: [JSON.stringify({ query: '{ me { department purposes purpose } }' })], calls: 0, single: 0, renewals: 0 },
  ],
]

/** Measures each part on against off. */
export async function measureParts(
  rig: Rig,
  names: readonly Part[],
  length: Length,
): Promise<Partial<Record<Part, PartCost[]>>> {
  const measured: Partial<Record<Part, PartCost[]>> = {}
  await rig.delay(0)
  for (const name of names) {
    // Both are as new as each other: a hub that has run for longer is faster.
    const [on, off] =
      name === 'tracing'
        ? [await rig.start('hub', [], { OTEL_EXPORTER_OTLP_ENDPOINT: rig.collector }), await rig.start('hub')]
        : [await rig.start('hub'), await rig.start('hub', ['--without', name])]
    measured[name] = await compare(rig, on, off, length)
    await on.stop()
    await off.stop()
  }
  return measured
}

async function compare(rig: Rig, on: Server, off: Server, length: Length): Promise<PartCost[]> {
  const costs: PartCost[] = []
  for (const [query, question] of questions(rig.usccs)) {
    await agree(rig, [on, off], question)
    const [withIt = [], without = []] = await inRounds([on, off], length, async (server, seconds) => {
      const result = await load(rig, server, seconds, { connections, bodies: question.bodies })
      if (result.failed > 0) throw new Error(`${result.failed} requests failed.`)
      checkCalls(server, question, connections, result)
      return result
    })
    const rounds = withIt.flatMap((with_, at) => {
      const other = without[at]
      return other === undefined ? [] : [{ on: with_, off: other }]
    })
    costs.push({ query, connections, rounds })
  }
  return costs
}
