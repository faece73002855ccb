/** Small ledgers, their exports, and what is found in them. */
import { createAuditLog, type AuditEntry, type AuditLog } from '../../store/audit.ts'
import { auditPlan } from '../../store/audit-record.ts'
import { exportLedger } from '../../store/ledger-export.ts'
import { chainHeads } from '../../store/ledger-heads.ts'
import type { LedgerSigner } from '../../store/ledger-suite.ts'
import { verifyLedger, type Verification } from '../../store/ledger-verify.ts'
import type { FreshDatabase } from './database.ts'

const plan = auditPlan({
  'TaxRecord.creditGrade': { item: 'tax.creditGrade', outcomes: [{ effect: 'ALLOW', rule: 'grant:1' }], denied: 'row' },
})

export const entry = (requestId: string, change: Partial<AuditEntry> = {}): AuditEntry => ({
  requestId,
  department: 'customs',
  subject: 'officer-7',
  roles: [],
  purpose: 'clearance',
  action: 'query',
  operationName: '审核',
  documentHash: null,
  policyVersion: null,
  plan,
  subjects: ['91350102MYE0000341'],
  mandated: [],
  departmentsCalled: { tax: 1 },
  outcome: 'answered',
  errorCodes: [],
  durationMs: 1.5,
  ...change,
})

export const verified = (lines: readonly string[], signer: LedgerSigner): Promise<Verification> =>
  verifyLedger(
    (async function* () {
      yield* lines.map((line) => line.replace(/\n?$/, '\n'))
    })(),
    [signer.publicKey],
  )
export const exported = (
  database: FreshDatabase,
  signer: LedgerSigner,
  log: AuditLog | null = null,
): Promise<string[]> => collected(exportLedger(database.pool, signer, log?.head() ?? null, 60))

async function collected(lines: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}

/** Two chains, of five records and of two. */
export async function filled(database: FreshDatabase, signer: LedgerSigner): Promise<AuditLog> {
  const first = createAuditLog(database.pool, signer, [], { batch: 2 })
  await Promise.all(['a', 'b', 'c', 'd'].map((id) => first.record(entry(id))))
  await first.close()
  const second = createAuditLog(database.pool, signer, await chainHeads(database.pool))
  await second.record(entry('e'))
  await second.close()
  return second
}
