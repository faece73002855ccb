/** A hub that was asked some questions, and its ledger as callers see it. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import type { AuditEntry } from '../../store/audit.ts'
import { auditPlan, recordText } from '../../store/audit-record.ts'
import { runHub, type Answer, type Persona, type Running } from './harness.ts'

export const fuzhou = '91350102MYE0000341'
export const sanming = '91350404MY900022X6'
export const jinhua = '91330702MYQ0003787'

export const customs: Persona = { as: 'customs', purpose: 'clearance' }
const tax: Persona = { as: 'tax', purpose: 'refund-review' }
export const auditor: Persona = { as: 'authority', roles: ['auditor'] }
export const enterprise: Persona = { as: 'portal', mandate: [fuzhou] }

export let running: Running
/** Request ids of what is asked before the tests. */
export const asked: Record<'clearance' | 'refunds' | 'public' | 'mandated' | 'nobody' | 'later', string> = {
  clearance: '',
  refunds: '',
  public: '',
  mandated: '',
  nobody: '',
  later: '',
}

export interface Use {
  uscc: string
  coordinate: string
  item: string
  effect: string
  rule: string
  grant: string | null
}
export interface Entry {
  at: string
  requestId: string
  department: string | null
  subject: string | null
  purpose: string | null
  action: string
  outcome: string
  policyVersion: string | null
  uses: Use[]
}
export interface Page {
  nodes: Entry[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

export const query = `query (
  $uscc: USCC, $item: ID, $department: String, $from: DateTime, $to: DateTime, $first: Int, $after: String
) {
  ledger(uscc: $uscc, item: $item, department: $department, from: $from, to: $to, first: $first, after: $after) {
    nodes {
      at requestId department subject purpose action outcome policyVersion
      uses { uscc coordinate item effect rule grant }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`
export const page = async (who: Persona, variables: Record<string, unknown> = {}): Promise<Page> => {
  const { data, errors } = await running.ask(who, query, variables)
  if (errors !== undefined) throw new Error(errors[0]?.message)
  return data?.ledger as Page
}
/** What was asked before the tests, as a caller sees it: oldest first, by name. */
export const seen = async (who: Persona, variables: Record<string, unknown> = {}): Promise<[string, Entry][]> => {
  const { nodes } = await page(who, { first: 100, ...variables })
  return Object.entries(asked).flatMap(([name, id]): [string, Entry][] =>
    nodes.filter(({ requestId }) => requestId === id).map((entry) => [name, entry]),
  )
}
export const names = async (who: Persona, variables: Record<string, unknown> = {}): Promise<string[]> =>
  (await seen(who, variables)).map(([name]) => name)
export const of = (entries: readonly [string, Entry][], name: string): Entry => {
  const found = entries.find(([key]) => key === name)?.[1]
  if (found === undefined) throw new Error(`There is no ${name}.`)
  return found
}
export const short = ({ uses }: Entry): string[] =>
  uses.map(({ uscc, coordinate, effect, rule }) => `${uscc.slice(2, 6)} ${coordinate} ${effect} ${rule}`)

export const idOf = ({ headers }: Answer): string => headers.get('x-request-id') ?? ''

beforeAll(async () => {
  running = await runHub({
    config: { ledger: { investigations: ['refund-review'], delayDays: 30 } },
  })
  asked.clearance = idOf(
    await running.ask(
      customs,
      `{ enterprise(uscc: "${fuzhou}") { name market { legalRepresentative { name } } tax { creditGrade arrears { amount } } } }`,
    ),
  )
  asked.refunds = idOf(
    await running.ask(
      tax,
      `{ enterprises(usccs: ["${fuzhou}", "${jinhua}"]) { customs { declarations { totalCount nodes { number } } } } }`,
    ),
  )
  asked.public = idOf(await running.ask({ as: 'portal' }, `{ enterprise(uscc: "${sanming}") { name } }`))
  asked.mandated = idOf(await running.ask(enterprise, `{ enterprise(uscc: "${fuzhou}") { name } }`))
  asked.nobody = idOf(await running.ask(null, '{ me { department } }'))
  asked.later = idOf(await running.ask(customs, '{ me { department } }'))
})
afterAll(() => running.stop())

/** What customs reads of tax by. */
export const grade = 'grant:development:customs:tax.creditGrade:clearance'

/** Writes a record of tax's own look at two enterprises as of another time, with an id of its own. */
export async function insert(at: Date): Promise<string> {
  const plan = auditPlan({
    'TaxRecord.creditGrade': {
      item: 'tax.creditGrade',
      outcomes: [{ effect: 'ALLOW', rule: 'own' }],
      denied: 'no-grant',
    },
  })
  const entry: AuditEntry = {
    requestId: randomUUID(),
    department: 'tax',
    subject: 'officer-7',
    roles: ['officer'],
    purpose: 'refund-review',
    action: 'query',
    operationName: null,
    documentHash: null,
    policyVersion: null,
    plan,
    subjects: [sanming, fuzhou],
    mandated: [],
    departmentsCalled: {},
    outcome: 'answered',
    errorCodes: [],
    durationMs: 1,
  }
  const { pool } = running.database
  await pool.query('insert into audit_plan (hash, plan) values ($1, $2) on conflict do nothing', [plan.hash, plan.text])
  await pool.query('insert into audit_record values ($1, 1, $2, $3, $4, $5, $6, $7, $8)', [
    randomUUID(),
    at,
    entry.requestId,
    entry.department,
    entry.subjects,
    plan.hash,
    recordText(entry, at),
    Buffer.alloc(32),
  ])
  return entry.requestId
}
