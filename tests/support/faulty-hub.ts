/** A hub whose departments are told to fail, and what it promises whatever they do. */
import { expect, vi } from 'vitest'
import { upstreamProblems } from '../../adapters/kernel/errors.ts'
import { departmentIds, type DepartmentId } from '../../departments.ts'
import type { FaultRequest } from '../../sandbox/faults.ts'
import { runHub, type Answer, type Running } from './harness.ts'

/** For a machine that is busy; a slow department would take 30 s. */
const margin = 3000

export const persona = { as: 'customs', purpose: 'clearance' } as const
export const sections = {
  market: `market {
    registration { name kind status capital { amount currency } establishedOn address scope authority }
    legalRepresentative { name idNumber }
    licences { number name validFrom validTo authority }
    abnormalListings { listedOn reason removedOn authority }
    penalties { totalCount nodes { number decidedOn kind amount { amount } reason } }
    qualityInspections { nodes { number stage startedOn qualified } }
  }`,
  customs: `customs {
    registration { code district filedOn validUntil } creditGrade
    inspections { totalCount nodes { number declarationNumber inspectedAt kind result } }
  }`,
  tax: 'tax { listedGradeA creditGrade exportRefundClass }',
  fx: 'fx { class registered }',
  postal: `postal {
    monthlyVolumes { month parcels express }
    shipments(first: 5) { nodes { trackingNumber service acceptedAt deliveredAt destination events { at place code text } } }
  }`,
  commerce: `commerce {
    filing { number zone roles filedOn status } overseasWarehouses { name country area public } parks { name division }
  }`,
} satisfies Partial<Record<DepartmentId, string>>
/** All that this persona may read without an error. */
export const fields = `uscc name status division { code city } ${Object.values(sections).join(' ')}`

export type Enterprise = Record<string, unknown>
export type Ask = () => Promise<Answer>
export type Fault = Omit<FaultRequest, 'seconds'>

/** What of an enterprise comes from a department. */
export const from = (id: DepartmentId): string[] => (id === 'market' ? ['name', 'status', 'market'] : [id])
export const without = (enterprise: Enterprise, id: DepartmentId): Enterprise => ({
  ...enterprise,
  ...Object.fromEntries(from(id).map((field) => [field, null])),
})

/** The errors as [path, cause]; each is one of the closed set, of this department, and says when to ask again. */
export function errorsOf(answer: Answer, id: DepartmentId): [string, unknown][] {
  return (answer.errors ?? []).map(({ path, message, extensions }) => {
    const { retryAt, cause } = extensions
    expect(extensions).toEqual({ code: 'DEPARTMENT_UNAVAILABLE', department: id, cause, retryAt })
    expect(upstreamProblems).toContain(cause)
    expect(retryAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    expect(message).not.toMatch(/127\.0\.0\.1|development-|authenticate/)
    return [path?.join('.') ?? '', cause]
  })
}

/** Those whose answers the hub says it gave. */
export const sources = (answer: Answer) => new Set(answer.extensions?.provenance.map(({ department }) => department))
export const others = (id: DepartmentId) => new Set(departmentIds.filter((other) => other !== id))

/** What is compared of an answer: all but ids and times of this request. */
export const told = ({ data, errors }: Answer) => ({ data, errors })

export interface FaultyHub {
  running: Running
  /** The first 50 enterprises of the world. */
  usccs: string[]
  one: Ask
  fifty: Ask
  /** Asks, and holds the deadline against a watch. */
  inTime: (ask: Ask) => Promise<Answer>
  faulty: (id: DepartmentId, fault: Fault) => void
  /** Asks without a fault, until the answer is whole: a process that has just started takes its time. */
  whole: (ask: Ask) => Promise<Answer>
  /** Clears all faults, and waits until every department is asked again: a breaker that is open closes. */
  recovered: (ask: Ask, wanted: Answer) => Promise<void>
}

/** Starts one; the caller stops what runs. Times are in ms, short so that slow departments cost a test little. */
export async function runFaultyHub(time: number, departmentTimeout: number): Promise<FaultyHub> {
  const running = await runHub({
    config: { departmentTimeout, departmentAnswerBytes: 2 * 1024 * 1024, limits: { time } },
  })
  const { sandbox } = running
  const ask = (query: string, variables?: Record<string, unknown>) => running.ask(persona, query, variables)
  const patience = { timeout: 10_000, interval: 50 }
  const usccs = sandbox.world.enterprises.slice(0, 50).map(({ uscc }) => uscc)
  return {
    running,
    usccs,
    one: () => ask(`{ enterprise(uscc: "${usccs[0] ?? ''}") { ${fields} } }`),
    fifty: () => ask(`query ($usccs: [USCC!]!) { enterprises(usccs: $usccs) { ${fields} } }`, { usccs }),
    async inTime(ask) {
      const before = performance.now()
      const answer = await ask()
      expect(performance.now() - before, 'deadline kept').toBeLessThan(time + margin)
      return answer
    },
    whole: (ask) =>
      vi.waitFor(async () => {
        const answer = await ask()
        expect(answer.errors).toBeUndefined()
        return answer
      }, patience),
    faulty: (id, fault) => sandbox.faults.set(id, { ...fault, seconds: 600 }),
    async recovered(ask, wanted) {
      sandbox.faults.clear()
      await expect.poll(async () => told(await ask()), patience).toEqual({ data: wanted.data, errors: undefined })
    },
  }
}
