/** Before anything is measured: every server answers the same, with the calls that it should need and no more. */
import { isDeepStrictEqual } from 'node:util'
import type { Question } from './documents.ts'
import { ask, type Measured } from './load.ts'
import type { Rig, Server } from './rig.ts'

/** Apollo as usually written knows no loaders. */
export const callsOf = (server: Server, question: Question): number =>
  server.name === 'apollo' ? question.single : question.calls

/** What a server is asked, in its words. */
export const bodiesOf = (server: Server, question: Question): readonly string[] =>
  server.name === 'hive' ? (question.raw?.bodies ?? []) : question.bodies

/** Asks every server each question. Throws at the first answer that differs from the first server's, in data or calls. */
export async function agree(rig: Rig, servers: readonly Server[], question: Question): Promise<void> {
  const [first, ...others] = servers
  if (first === undefined) return
  for (const at of question.bodies.keys()) {
    const expected = await counted(rig, first, question, at)
    for (const server of others) {
      const said = await counted(rig, server, question, at)
      if (isDeepStrictEqual(said, expected)) continue
      const place = difference(expected, said)
      throw new Error(`${server.name} does not answer as ${first.name} does: ${place}`)
    }
  }
}

async function counted(rig: Rig, server: Server, question: Question, at: number): Promise<unknown> {
  const before = await rig.calls()
  const said = await ask(server, bodiesOf(server, question)[at] ?? '')
  const calls = (await rig.calls()) - before
  const wanted = callsOf(server, question)
  if (calls !== wanted) throw new Error(`${server.name} made ${calls} calls for an answer that takes ${wanted}.`)
  return server.name === 'hive' ? question.raw?.view(said, at) : said
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

/** Asks everything once, so that what is kept of records is there. */
export async function fill(servers: readonly Server[], question: Question): Promise<void> {
  for (const server of servers) for (const body of bodiesOf(server, question)) await ask(server, body)
}

/**
 * Whether the calls under load were those that the answers take. At the end a connection may have had an answer that was
 * not counted any more, and sent one request after it. A load is shorter than any copy lasts, so that it is renewed once
 * at most. Throws where there were fewer or more.
 */
export function checkCalls(server: Server, question: Question, connections: number, measured: Measured): void {
  const { answers, calls, failed } = measured
  const each = callsOf(server, question)
  const [least, most] = [answers * each, (answers + failed + 2 * connections) * each + question.renewals]
  if (failed === 0 && (calls < least || calls > most)) {
    throw new Error(`${server.name} made ${calls} calls for ${answers} answers: it should be ${least} to ${most}.`)
  }
}
