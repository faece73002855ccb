import type { Kysely } from 'kysely'
import type { AuditDecisions } from '../../store/audit-record.ts'
import { createSigner, generateLedgerKey, type LedgerSigner } from '../../store/ledger-suite.ts'
import type { Database } from '../../store/schema.ts'

/** An audit record as its text says it. */
export interface Recorded {
  at: string
  request: string
  department: string | null
  subject: string | null
  roles: string[]
  purpose: string | null
  action: string
  operation: string | null
  document: string | null
  policyVersion: string | null
  plan: string | null
  subjects: string[]
  roots?: number[][]
  mandated: string[]
  calls: Record<string, number>
  outcome: string
  errors: string[]
  microseconds: number
  details?: unknown
}

/** The records of requests, each chain in its order; without those that begin a chain. */
export async function recordsOf(db: Kysely<Database>, requestId?: string): Promise<Recorded[]> {
  const rows = await db
    .selectFrom('audit_record')
    .select('record')
    .$if(requestId !== undefined, (query) => query.where('request_id', '=', requestId ?? ''))
    .orderBy('chain')
    .orderBy('sequence')
    .execute()
  return rows.map(({ record }) => JSON.parse(record) as Recorded).filter(({ action }) => action !== 'chain')
}

/** What was decided for a request, by coordinate. */
export async function decisionsOf(db: Kysely<Database>, requestId: string): Promise<AuditDecisions> {
  const { plan } = await db
    .selectFrom('audit_record')
    .innerJoin('audit_plan', 'audit_plan.hash', 'audit_record.plan')
    .select('audit_plan.plan')
    .where('request_id', '=', requestId)
    .executeTakeFirstOrThrow()
  return JSON.parse(plan) as AuditDecisions
}

/** A signer with a key of its own. */
export const testSigner = async (): Promise<LedgerSigner> => createSigner(await generateLedgerKey('SHA256-Ed25519'))
