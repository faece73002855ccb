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
import { developmentGrants } from '../auth/development-grants.ts'
import type { Principal } from '../auth/token.ts'
import type { Coordinate } from '../auth/vocabulary.ts'
import { policies, resolvers } from '../codegen/generated/grid.ts'
import { departmentIds, departments, offices, partners, type CallerId } from '../departments.ts'
import { createCursors } from '../hub/cursors.ts'
import { createExecutor, type Executor } from '../hub/executor.ts'
import { buildView } from '../hub/schema.ts'
import type { Grant } from '../rules/grant.ts'
import { rolesFor } from '../rules/roles.ts'
import { lies } from '../sandbox/lies.ts'
import { createWorld } from '../sandbox/world.ts'
import { grantOf } from './attacks/granted-hub.ts'
import { clock, openDepartments, type Fault } from './executor/departments.ts'
import { mattersOf } from './executor/matters.ts'
import type { Material } from './executor/material.ts'
import { randomDocument } from './executor/queries.ts'
import { createStage, secret, type Outcome, type Question, type Scene, type Stage } from './executor/stage.ts'
import { randomFrom, type Random } from './leak/random.ts'

const runs = Number(process.env.HUTONG_EXECUTOR_RUNS ?? 1200)
const firstSeed = Number(process.env.HUTONG_EXECUTOR_SEED ?? 20261101)

const view = buildView()
const { schema } = view
const callers = Object.keys({ ...departments, ...partners, ...offices }) as CallerId[]
const cursors = createCursors(secret)

/** What each of these purposes opens is limited in its own way. */
const limits: Record<string, (item: string) => Partial<Grant>> = {
  audit: () => ({}),
  sampling: () => ({ dailySubjects: 2 }),
  inquiry: () => ({ divisions: ['3501', '3307'] }),
  case: () => ({ requiresMandate: true }),
  review: () => ({ full: true }),
  statistics: (item) => ({ coordinates: dataOf(item).filter((_, at) => at % 2 === 0) }),
}
const dataOf = (id: string): Coordinate[] =>
  [...view.catalogue.entries.values()]
    .filter(({ kind, item }) => kind === 'data' && item?.id === id)
    .map(({ coordinate }) => coordinate)
const items = Object.values(policies).flatMap(({ owner, items }) => items.map((item) => ({ ...item, owner })))
const grants: readonly Grant[] = [
  ...developmentGrants(Object.values(policies)),
  ...items
    .filter(({ sharing }) => sharing === 'CONDITIONAL')
    .flatMap(({ id: item, owner }) =>
      [...departmentIds, 'bank' as const]
        .filter((reader) => reader !== owner)
        .flatMap((reader) =>
          Object.entries(limits).map(([purpose, limit]): Grant => ({
            ...grantOf(reader, item, purpose),
            ...limit(item),
          })),
        ),
    ),
]
const purposes = [...new Set(grants.map(({ purpose }) => purpose))]

/** graphql-js, and nothing else. */
const reference: Executor = async ({ document, operationName, given, context }) =>
  execute({ schema, document, operationName, variableValues: given, contextValue: context })

const world = createWorld()
const known = world.enterprises.filter((_, at) => at < 6 || at % 97 === 64)
/** A valid code that no department knows. */
const unregistered = '91350100MA338EEKXY'
const usccs = [...known.map(({ uscc }) => uscc), unregistered]

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

const declarations = known.flatMap(({ uscc }) =>
  (world.customs.get(uscc)?.declarations ?? []).slice(0, 2).map(({ invtNo }) => invtNo),
)
const shipments = known.flatMap(({ uscc }) =>
  (world.postal.get(uscc)?.shipments ?? []).slice(0, 2).map(({ mailNo }) => mailNo),
)
const coordinates = [...view.catalogue.entries.keys()]

const materialFor = (as: string): Material => ({
  usccs,
  declarations: [...declarations, '35002026E99999999999'],
  shipments: [...shipments, 'LY974219773CN'],
  items: items.map(({ id }) => id),
  coordinates: [...coordinates, 'TaxRecord.stray'],
  cursor: (list, random) => cursors(list, as).seal(random.pick([...usccs, ...declarations, ...shipments])),
})

type Asker = Pick<Scene, 'principal' | 'purpose'>

function randomAsker(random: Random, as: CallerId): Asker {
  const usual = random.chance(25) ? 'statistics' : random.pick(random.chance(75) ? Object.keys(limits) : purposes)
  const purpose = random.chance(10) ? null : usual
  const { may, unless } = rolesFor(as)
  const held = random.chance(85) ? unless : [random.pick(may)]
  const principal: Principal = {
    department: as,
    subject: `${as}-1`,
    roles: held,
    purposes: purpose === null ? [] : [purpose],
    divisions: random.chance(75) ? [] : random.pick([['3501'], ['3506', '3307'], ['350102'], ['33']]),
    mandate: new Set(random.chance(30) ? [] : random.some(usccs, 6)),
    expiresAt: clock / 1000 + 60,
  }
  return { principal, purpose }
}

function randomConditions(random: Random, seed: number, as: CallerId): Omit<Scene, keyof Asker> {
  const held = grants.filter(({ reader }) => reader === as).map(({ id }) => id)
  const disputed = random.chance(35) ? random.some(coordinates, 30) : []
  return {
    seed,
    faults: new Map(random.chance(30) ? random.some(departmentIds, 3).map((id) => [id, randomFault(random)]) : []),
    spoiled: random.pick([0, 0, 10, 50]),
    ending: {
      grants: new Set(random.chance(25) ? held.filter(() => random.chance(60)) : []),
      after: random.below(4),
    },
    disputes: disputed.flatMap((coordinate) =>
      usccs.map((uscc) => ({ coordinate, uscc, provider: random.pick(departmentIds), since: new Date(clock) })),
    ),
    left: random.below(4),
  }
}

function randomFault(random: Random): Fault {
  if (random.chance(50)) return { lie: random.pick(lies.filter((lie) => lie !== 'oversized')) }
  return { problem: random.pick(['unreachable', 'timeout', 'failed', 'closed', 'busy']), after: random.below(10) }
}

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
