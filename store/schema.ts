import type { ColumnType, Generated, JSONColumnType } from 'kysely'

/** One permission, as it lies in the database. */
export interface SharingGrantTable {
  id: string
  reader: string
  item: string
  coordinates: string[] | null
  purpose: string
  divisions: string[]
  full: boolean
  requires_mandate: boolean
  valid_from: Date | null
  valid_to: Date | null
  created_at: Generated<Date>
}

/** One audit record, as it lies in the database; nothing updates or deletes it. */
export interface AuditRecordTable {
  process_id: string
  /** A bigint: the driver reads it as text. */
  sequence: ColumnType<string, string | number, never>
  recorded_at: Date
  request_id: string
  department: string | null
  subject: string | null
  purpose: string | null
  action: string
  operation_name: string | null
  document_hash: string | null
  coordinates: string[]
  decisions: JSONColumnType<Record<string, { decision: string; rule: string }>>
  subjects: string[]
  departments_called: JSONColumnType<Record<string, number>>
  outcome: string
  error_codes: string[]
  duration_ms: number
  previous_hash: Buffer | null
  hash: Buffer | null
}

/** What the processes of the hub know and nobody else. */
export interface HubSecretTable {
  name: string
  value: Buffer
}

/** The tables of the hub. */
export interface Database {
  hub_secret: HubSecretTable
  sharing_grant: SharingGrantTable
  audit_record: AuditRecordTable
}
