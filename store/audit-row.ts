/** What an audit record says: coordinates, decisions and counts, never values. */
export interface AuditEntry {
  requestId: string
  department: string | null
  /** The token's `sub`. */
  subject: string | null
  purpose: string | null
  /** `query`, `explain`, `introspection`, `refused` … */
  action: string
  operationName: string | null
  documentHash: string | null
  coordinates: readonly string[]
  /** By coordinate. */
  decisions: Record<string, { decision: string; rule: string }>
  /** The credit codes that were asked about. */
  subjects: readonly string[]
  /** Calls by department, as `{ tax: 1 }`. */
  departmentsCalled: Record<string, number>
  outcome: 'answered' | 'partial' | 'refused' | 'failed'
  errorCodes: readonly string[]
  /** Milliseconds. */
  durationMs: number
}

/**
 * The row of an entry as JSON under the columns' names; taken at once, so that later changes to the entry do not count.
 * Text that no PostgreSQL text can hold (NUL, half a surrogate pair) is written as U+FFFD: callers choose the names of
 * their operations, and must not be able to keep an entry out of the log with them.
 */
export function auditRow(entry: AuditEntry, recordedAt: Date): string {
  const row = JSON.stringify({
    recorded_at: recordedAt,
    request_id: entry.requestId,
    department: entry.department,
    subject: entry.subject,
    purpose: entry.purpose,
    action: entry.action,
    operation_name: entry.operationName,
    document_hash: entry.documentHash,
    coordinates: entry.coordinates,
    decisions: entry.decisions,
    subjects: entry.subjects,
    departments_called: entry.departmentsCalled,
    outcome: entry.outcome,
    error_codes: entry.errorCodes,
    duration_ms: entry.durationMs,
  })
  // JSON.stringify writes NUL and lone surrogates, and only those, as these escapes; the last branch steps over others.
  return row.replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (escape) => (escape.length === 6 ? '\ufffd' : escape))
}
