/**
 * The development departments played within the process: the same worlds, contracts and adapters, no wire and no clock.
 * An answer comes after a number of turns of the event loop that follows from the seed and the question alone, so that
 * whoever asks the same gets the same in the same order.
 */
import { UpstreamError, type UpstreamProblem } from '../../adapters/kernel/errors.ts'
import type { DepartmentHttp } from '../../adapters/kernel/http.ts'
import { DepartmentCache } from '../../adapters/kernel/cache.ts'
import type { CallScope } from '../../adapters/kernel/scope.ts'
import { adapters, type Loaders } from '../../codegen/generated/grid.ts'
import { departmentIds, type DepartmentId } from '../../departments.ts'
import { wire, type Wire } from '../../sandbox/answer.ts'
import type { Department } from '../../sandbox/department.ts'
import { lieAbout, type Lie } from '../../sandbox/lies.ts'
import { router } from '../../sandbox/routes.ts'
import { factoryOf } from '../../sandbox/start.ts'
import type { World } from '../../sandbox/world.ts'
import { randomFrom, type Random } from '../leak/random.ts'
import { later, pass } from './later.ts'

/** What a department does wrong: it tells a lie, or does not answer after so many turns. */
export type Fault = { lie: Lie } | { problem: UpstreamProblem; after: number }

/** How the departments behave while a query is asked, the same for whoever asks it. */
export interface Conditions {
  seed: number
  faults: ReadonlyMap<DepartmentId, Fault>
  /** In how many of a hundred records something stands that no department would say. */
  spoiled: number
}

/** What came of a request at the departments. */
export interface Calls {
  /** Every question as it was put, with all that travels together. */
  asked: string[]
  answered: number
}

export interface Players {
  loaders: (scope: CallScope) => Loaders
  /** What the next request meets and is written down in. */
  begin(conditions: Conditions): Calls
}

/** Known to be wrong in the same way every time; times in answers would be those of the wall. */
const until = new Date('2026-11-01T08:00:00Z')
export const clock = Date.parse('2026-11-01T04:00:00Z')

const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** Opens the departments once; each hub has players of its own, for adapters remember what was said. */
export async function openDepartments(world: World): Promise<() => Players> {
  const opened = new Map<DepartmentId, { department: Department; credentials: Readonly<Record<string, string>> }>()
  for (const id of departmentIds) {
    const factory = await factoryOf(id)
    const { credentials, settings } = factory
    opened.set(id, { department: factory.open(world, credentials, settings), credentials })
  }
  const said = new Map<string, Wire>()
  const answerOf = (id: DepartmentId, call: PlayedCall, lie: Lie | null): Wire => {
    const key = JSON.stringify([id, call.method, call.path, call.body, call.headers['if-none-match'], lie])
    const known = said.get(key)
    if (known !== undefined) return known
    const made = played(opened.get(id)?.department, call, lie)
    said.set(key, made)
    return made
  }
  return () => playersOf((id) => opened.get(id)?.credentials ?? {}, answerOf)
}

interface PlayedCall {
  method: string
  path: string
  body: string
  headers: Record<string, string>
}

function played(department: Department | undefined, { method, path, body, headers }: PlayedCall, lie: Lie | null) {
  const url = new URL(path, 'http://played')
  const found = router(department?.operations ?? [])(method, url.pathname)
  if (found === undefined) throw new Error(`No department answers ${method} ${path}.`)
  const { operation } = found
  const call = { path: found.path, query: url.searchParams, headers, body, now: clock }
  const answer = operation.answer(call)
  if (lie === null || operation.kind === 'token') return wire(answer)
  return lieAbout(lie, { answer, another: () => operation.answer(operation.another(call)), items: operation.items })
}

function playersOf(
  credentialsOf: (id: DepartmentId) => Readonly<Record<string, string>>,
  answerOf: (id: DepartmentId, call: PlayedCall, lie: Lie | null) => Wire,
): Players {
  let conditions: Conditions = { seed: 0, faults: new Map(), spoiled: 0 }
  let calls: Calls = { asked: [], answered: 0 }
  const clientOf = (department: DepartmentId): DepartmentHttp => ({
    department,
    credentials: credentialsOf(department),
    async call(scope, make) {
      scope.called(department)
      const { method, path, body = '', headers: sent = {} } = make()
      const headers = Object.fromEntries(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]))
      // What a request leaves under way is its own, whatever is asked meanwhile.
      const [here, { seed, faults }] = [calls, conditions]
      here.asked.push(`${department} ${method} ${path} ${body}`)
      const fault = faults.get(department) ?? { lie: null }
      await pass(1 + ('problem' in fault ? fault.after : hashOf(`${seed} ${path} ${body}`) % 4))
      here.answered += 1
      if ('problem' in fault) throw new UpstreamError(department, fault.problem, 'It is at fault.', { retryAt: until })
      const told = answerOf(department, { method, path, body, headers }, fault.lie)
      return {
        status: told.status,
        headers: told.headers,
        body: told.bytes,
        at: new Date(clock),
        milliseconds: 1,
      }
    },
    health: () => ({ state: 'UP', retryAt: null, latency: null, lastCallAt: null, retries: { made: 0, withheld: 0 } }),
    close: async () => undefined,
  })
  // What adapters remember – a token, what was said before – begins anew with a seed, so that a seed can be had alone.
  const connect = () =>
    departmentIds.map(
      (id) => [id, adapters[id].connect(clientOf(id), new DepartmentCache(id, { most: 1000, shared: null }))] as const,
    )
  let connected = connect()
  return {
    begin: (next) => {
      if (next.seed !== conditions.seed) connected = connect()
      conditions = next
      calls = { asked: [], answered: 0 }
      return calls
    },
    loaders: (scope) => {
      const { seed, spoiled } = conditions
      const own = connected.map(([id, loadersOf]) => [id, spoiling(id, loadersOf(scope), seed, spoiled)])
      return Object.fromEntries(own) as Loaders
    },
  }
}

type Loading = Record<string, { load(key: unknown): unknown }>

/** The loaders of a department with some of their records spoiled, the same ones for the same seed. */
function spoiling(department: DepartmentId, loaders: object, seed: number, percent: number): Loading {
  return Object.fromEntries(
    Object.entries(loaders as Loading).map(([name, loader]) => [
      name,
      {
        load: async (key: unknown) => {
          const record = await loader.load(key)
          const random = randomFrom(hashOf(`${seed} ${department} ${name} ${JSON.stringify(key)}`))
          return typeof record === 'object' && record !== null && random.chance(percent)
            ? spoil(structuredClone(record), random)
            : record
        },
      },
    ]),
  )
}

/**
 * One place of a record made into something that no department would say – nothing, what does not fit the type, an error,
 * or a promise of these –, so that what must not be null is null now and then, at once or later.
 */
export function spoil(record: object, random: Random): unknown {
  let holder = record as Record<string, unknown>
  for (;;) {
    const names = Object.keys(holder)
    // What a mask is for is spoiled more often than chance would have it.
    const name = names.includes('legalRepresentative') && random.chance(30) ? 'legalRepresentative' : random.pick(names)
    const inner = holder[name]
    const isOpen = typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0
    if (isOpen && random.chance(70)) {
      holder = inner as Record<string, unknown>
      continue
    }
    // A mask waits for nobody: what it is for stands in the record, or nothing does.
    const get = wrong(inner, random, name !== 'idNumber' && name !== 'name')
    Object.defineProperty(holder, name, { get, enumerable: true })
    return record
  }
}

function wrong(right: unknown, random: Random, mayWait: boolean): () => unknown {
  const values = [
    () => null,
    () => undefined,
    () => '∅',
    () => 7,
    () => ({ stray: true }),
    () => [right, null],
    () => new Error('It is spoiled.'),
    () => new UpstreamError('customs', 'contract', 'It is spoiled.', { retryAt: until }),
  ]
  const value = random.pick(values)()
  if (!mayWait || !random.chance(35)) return () => value
  return later(random.chance(30) ? right : value, 1 + random.below(4))
}
