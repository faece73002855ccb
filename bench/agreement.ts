/** Before anything is measured: every server answers the same, with the calls that it should need and no more. */
import { isDeepStrictEqual } from 'node:util'
import type { Question } from './documents.ts'
import { ask, type Measured } from './load.ts'
import type { Rig, Server } from './rig.ts'

/** Apollo as usually written knows no loaders. */
export const callsOf = (server: Server, question: Question): number =>
  server.name === 'apollo' ? question.single : question.calls

/** Asks every server each question. Throws at the first answer that differs from the first server's, in data or calls. */
export async function agree(rig: Rig, servers: readonly Server[], question: Question): Promise<void> {
  const [first, ...others] = servers
  if (first === undefined) return
  for (const body of question.bodies) {
    const expected = await counted(rig, first, question, body)
    for (const server of others) {
      const said = await counted(rig, server, question, body)
      if (isDeepStrictEqual(said, expected)) continue
      const place = difference(expected, said)
      throw new Error(`${server.name} does not answer as ${first.name} does: ${place}`)
    }
  }
}

async function counted(rig: Rig, server: Server, question: Question, body: string): Promise<unknown> {
  const before = await rig.calls()
  const said = await ask(server, body)
  const calls = (await rig.calls()) - before
  const wanted = callsOf(server, question)
  if (calls !== wanted) throw new Error(`${server.name} made ${calls} calls for an answer that takes ${wanted}.`)
  return said
}

/** Where two values first differ, e.g. `enterprise.tax.creditGrade: "A", not "B"`. */
export function difference(expected: unknown, said: unknown, path = ''): string {
  if (typeof expected === 'object' && typeof said === 'object' && expected !== null && said !== null) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(said)])) {
      const [one, other] = [expected, said].map(
        (value) => Object.getOwnPropertyDescriptor(value, key)?.value as unknown,
      )
      if (!isDeepStrictEqual(one, other)) return difference(one, other, path === '' ? key : `${path}.${key}`)
    }
  }
  return `${path}: ${JSON.stringify(said)}, not ${JSON.stringify(expected)}`
}

/**
 * Whether the calls under load were those that the answers take: a request that was under way at the end may have made
 * some of its calls. Throws where there were fewer or more.
 */
export function checkCalls(server: Server, question: Question, connections: number, measured: Measured): void {
  const { answers, calls, failed } = measured
  const [least, most] = [answers, answers + failed + connections].map((count) => count * callsOf(server, question))
  if (failed === 0 && (calls < (least ?? 0) || calls > (most ?? 0))) {
    throw new Error(`${server.name} made ${calls} calls for ${answers} answers: it should be ${least} to ${most}.`)
  }
}
