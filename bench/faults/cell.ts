/** One cell of the matrix: load, a fault in the midst of it, its end, and all answers judged. */
import { setTimeout as wait } from 'node:timers/promises'
import { document, fieldsOf, isDepartment, type Cell, type System } from './matrix.ts'
import type { ProxyFault } from '../../tests/support/fault-proxy.ts'
import { judge, type Said } from './verdict.ts'

export interface FaultyRig {
  /** Where documents are sent, and with which headers. */
  url: string
  headers: Readonly<Record<string, string>>
  /** Begins a fault, or ends the one there is. */
  set(system: System, fault: ProxyFault | null): Promise<void>
  isAlive(): boolean
  /** How many of these requests are on record. */
  recorded(ids: readonly string[]): Promise<number>
}

/** Times are in ms. */
export interface Course {
  clients: number
  /** How long there is load before the fault, to compare with; and how long in it. */
  before: number
  during: number
  /** Between an answer and the next request of the same client. */
  rest: number
  /** Longest that an answer may take. */
  deadline: number
}

export interface Outcome extends Cell {
  answers: number
  /** Those without an error. */
  whole: number
  /** Errors during the fault, by what they say. */
  causes: Record<string, number>
  /** What was wrong with answers. */
  wrong: string[]
  /** The slowest answer, in ms, and how many took longer than the deadline. */
  slowest: number
  late: number
  /** Of the sections of other departments answered a second, how many were still; null where none was to be compared. */
  kept: number | null
  /** From the end of the fault to the end of the last answer that was not whole, in ms. */
  recovery: number
  alive: boolean
  /** Answers with data that left without a record. */
  unrecorded: number
}

interface Sample {
  began: number
  ended: number
  /** Whether it asked for the section that fails. */
  asksAll: boolean
  causes: readonly string[]
}

/** Enterprises by their credit code. */
export type Truths = ReadonlyMap<string, Record<string, unknown>>

/** Longest that recovery is watched for, in ms. */
const patience = 15_000

const send = async (rig: FaultyRig, query: string, uscc: string) => {
  const body = JSON.stringify({ query, variables: { uscc } })
  const response = await fetch(rig.url, { method: 'POST', headers: rig.headers, body })
  const said: Said = { status: response.status, body: (await response.json()) as Said['body'] }
  return { said, id: response.headers.get('x-request-id') ?? '' }
}

/**
 * What the answers about some enterprises are when nothing fails: those of which every department has a record. Asked
 * again where a hub that has just started is late.
 * @param usccs those to look among
 */
export async function truths(rig: FaultyRig, usccs: readonly string[], count: number): Promise<Truths> {
  const found = new Map<string, Record<string, unknown>>()
  let tries = 0
  for (let at = 0; found.size < count && at < usccs.length;) {
    const uscc = usccs[at] ?? ''
    const { said } = await send(rig, document(null), uscc)
    const { enterprise } = (said.body.data ?? {}) as { enterprise?: Record<string, unknown> }
    if (enterprise !== undefined && said.body.errors === undefined) {
      if (!Object.values(enterprise).includes(null)) found.set(uscc, enterprise)
      at += 1
    } else if ((tries += 1) < 100) await wait(50)
    else throw new Error(`Before any fault the hub says ${JSON.stringify(said)}`)
  }
  return found
}

export async function runCell(rig: FaultyRig, cell: Cell, course: Course, truth: Truths): Promise<Outcome> {
  const { system, fault } = cell
  const usccs = [...truth.keys()]
  const samples: Sample[] = []
  const wrong = new Set<string>()
  const answered: string[] = []
  const state = { isOver: false }
  const hidden = isDepartment(system) ? fieldsOf(system) : []
  const documents = { all: document(null), others: document(system) }

  const ask = async (nth: number, asksAll: boolean): Promise<void> => {
    const uscc = usccs[nth % usccs.length] ?? ''
    const whole = truth.get(uscc) ?? {}
    const wanted = asksAll
      ? whole
      : Object.fromEntries(Object.entries(whole).filter(([name]) => !hidden.includes(name)))
    const began = performance.now()
    try {
      const { said, id } = await send(rig, asksAll ? documents.all : documents.others, uscc)
      const verdict = judge(cell, said, { enterprise: wanted })
      if ('wrong' in verdict) wrong.add(verdict.wrong)
      else if (!asksAll && system !== 'Postgres' && verdict.causes.length > 0)
        wrong.add('an error in a healthy section')
      if (said.body.data != null) answered.push(id)
      samples.push({
        began,
        ended: performance.now(),
        asksAll,
        causes: 'wrong' in verdict ? ['wrong'] : verdict.causes,
      })
    } catch (error) {
      wrong.add(`no answer: ${String((error as Error).cause ?? error)}`)
      state.isOver ||= !rig.isAlive()
    }
  }
  const clients = Array.from({ length: course.clients }, async (_, number) => {
    for (let nth = number; !state.isOver; nth += 1) {
      await ask(nth, number % 2 === 0)
      if (course.rest > 0) await wait(course.rest)
    }
  })

  const start = performance.now()
  await wait(course.before)
  await rig.set(system, fault)
  const broken = performance.now()
  await wait(course.during)
  // On a machine that is busy it may take longer until it is felt.
  const isFelt = (): boolean =>
    samples.filter(({ began, asksAll }) => asksAll && began > broken).length >= course.clients
  while (!isFelt() && performance.now() - broken < patience) await wait(20)
  await rig.set(system, null)
  const mended = performance.now()
  const isMended = (): boolean => {
    const last = samples.filter(({ began, asksAll }) => asksAll && began > mended).slice(-course.clients)
    return last.length === course.clients && last.every(({ causes }) => causes.length === 0)
  }
  while (!isMended() && rig.isAlive() && performance.now() - mended < patience) await wait(20)
  state.isOver = true
  await Promise.all(clients)

  const felt = samples.filter(({ began }) => began >= broken && began < mended)
  const rate = (from: number, to: number): number =>
    samples.filter(({ ended }) => ended >= from && ended < to).length / (to - from)
  const late = samples.filter(({ began, ended }) => ended - began > course.deadline)
  const failing = samples.filter(({ began, causes }) => began > mended && causes.length > 0)
  const causes: Record<string, number> = {}
  for (const cause of felt.flatMap((sample) => sample.causes)) causes[cause] = (causes[cause] ?? 0) + 1
  return {
    ...cell,
    answers: felt.length,
    whole: felt.filter((sample) => sample.causes.length === 0).length,
    causes,
    wrong: [...wrong],
    slowest: Math.max(...samples.map(({ began, ended }) => ended - began)),
    late: late.length,
    kept: course.before === 0 || system === 'Postgres' ? null : rate(broken, mended) / rate(start, broken),
    recovery: isMended() ? Math.max(0, ...failing.map(({ ended }) => ended - mended)) : Number.POSITIVE_INFINITY,
    alive: rig.isAlive(),
    unrecorded: answered.length - (await rig.recorded(answered)),
  }
}
