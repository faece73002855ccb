/**
 * hub/executor.ts against graphql-js: two hubs whose only difference is what executes a query answer the same random
 * questions over the same departments, and must give the same status, the same data down to the order of members, the
 * same errors, the same audit record, the same lines of the log and the same calls, batch by batch. The departments are
 * played within the process (tests/executor/departments.ts), without a wire and without a clock: what fails, lies or is
 * late does so by the seed. Every document is asked twice, with other values and now and then by somebody else.
 * HUTONG_EXECUTOR_RUNS sets how many, HUTONG_EXECUTOR_SEED where to begin.
 *
 * Where the GraphQL specification leaves a choice the two choose alike, but for these, which are compared accordingly:
 * - errors stand in the order in which they come about, so they are compared without one, and so are the subjects and
 *   error codes of a record;
 * - a list that is none is a fault of the hub and goes to its log, where graphql-js's own error would not
 *   (tests/executor/faults.ts);
 * - an item that fails at once beside one that fails later leaves a rejected promise behind in graphql-js, so that case is
 *   tests/completion.property.test.ts's alone.
 */
import { execute, parse, validate } from 'graphql'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { resolvers } from '../codegen/generated/grid.ts'
import { createExecutor, type Executor } from '../hub/executor.ts'
import { clock, openDepartments } from './executor/departments.ts'
import { mattersOf } from './executor/matters.ts'
import { randomDocument } from './executor/queries.ts'
import { callers, grants, materialFor, randomAsker, randomConditions, schema, view, world } from './executor/scenes.ts'
import { createStage, type Outcome, type Question, type Scene, type Stage } from './executor/stage.ts'
import { randomFrom } from './leak/random.ts'

const runs = Number(process.env.HUTONG_EXECUTOR_RUNS ?? 1200)
const firstSeed = Number(process.env.HUTONG_EXECUTOR_SEED ?? 20261101)

/** graphql-js, and nothing else. */
const reference: Executor = async ({ document, operationName, given, context }) =>
  execute({ schema, document, operationName, variableValues: given, contextValue: context })

let stages: [Stage, Stage]
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: clock })
  const play = await openDepartments(world)
  const stage = (executor: Executor) =>
    createStage(view, grants, play(), ({ seed }) => mattersOf(schema, seed), executor)
  stages = [await stage(reference), await stage(createExecutor(schema))]
})
afterAll(async () => {
  vi.useRealTimers()
  for (const stage of stages) await stage.close()
})

test(
  `${runs} random documents, each asked twice: the same answer, calls and record as by graphql-js`,
  { timeout: 3_600_000 },
  async () => {
    const seen = {
      whole: 0,
      partial: 0,
      refused: 0,
      nothing: 0,
      denied: 0,
      unavailable: 0,
      faults: 0,
      calls: 0,
      bytes: 0,
    }
    for (let seed = firstSeed; seed < firstSeed + runs; seed += 1) {
      const random = randomFrom(seed)
      const as = random.pick(random.chance(90) ? callers.filter((id) => id !== 'operations') : callers)
      const document = randomDocument(schema, random, materialFor(as))
      expect(validate(schema, parse(document.query)).map(({ message }) => message)).toEqual([])
      const conditions = randomConditions(random, seed, as)
      const asker = randomAsker(random, as)
      await hold({ ...conditions, ...asker }, document.ask(random))
      // Again with other values, now and then by somebody else: what is kept of the document serves whoever asks.
      const other = random.chance(40) ? randomAsker(random, random.pick(callers)) : asker
      await hold({ ...conditions, ...other }, document.ask(random))
    }
    console.log(`seeds ${firstSeed} to ${firstSeed + runs - 1}: ${JSON.stringify(seen)}`)
    // The draw must not be empty of what it is about; a few seeds may be.
    if (runs >= 100) for (const count of Object.values(seen)) expect(count).toBeGreaterThan(runs / 100)

    async function hold(scene: Scene, question: Question): Promise<void> {
      const [wanted, got] = [await stages[0].ask(scene, question), await stages[1].ask(scene, question)]
      const { variables, operationName, query } = question
      const about = `HUTONG_EXECUTOR_SEED=${scene.seed} HUTONG_EXECUTOR_RUNS=1\n${JSON.stringify(variables)} ${operationName}\n${query}`
      expect(got, about).toEqual(wanted)
      count(wanted)
    }

    function count({ status, data, errors, calls, audit, logged }: Outcome): void {
      seen.whole += status === 200 && errors.length === 0 ? 1 : 0
      seen.partial += audit.outcome === 'partial' ? 1 : 0
      seen.refused += audit.outcome === 'refused' ? 1 : 0
      seen.nothing += data === 'null' ? 1 : 0
      seen.denied += errors.filter((error) => error.includes('UNAUTHORIZED_FIELD_OR_TYPE')).length
      seen.unavailable += errors.filter((error) => error.includes('DEPARTMENT_UNAVAILABLE')).length
      seen.faults += logged.filter((line) => line.startsWith('["error"')).length
      seen.calls += calls.length
      seen.bytes += data.length
    }
  },
)

test('no resolver asks for more than its source, arguments and context: info says neither path nor variables', () => {
  const greedy = Object.entries(resolvers).flatMap(([slice, types]) =>
    Object.entries(types).flatMap(([type, fields]) =>
      Object.entries(fields as Record<string, (...given: unknown[]) => unknown>)
        .filter(([, resolve]) => resolve.length > 3)
        .map(([field]) => `${slice}: ${type}.${field}`),
    ),
  )
  expect(greedy).toEqual([])
})
