import type { ColumnType, Generated } from 'kysely'
import type { ApplicationState } from '../rules/application.ts'
import type { SharingMode } from '../rules/application-request.ts'
import type { CatalogueChangeState } from '../rules/catalogue-change.ts'
import type { CorrectionState } from '../rules/correction.ts'
import type { EndCause, GrantState } from '../rules/grant-life.ts'
import type { Json } from './canonical.ts'

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
  state: GrantState
  daily_subjects: number | null
  mode: ColumnType<SharingMode, SharingMode | undefined, SharingMode>
  application: string | null
  created_at: Generated<Date>
}

/** One audit record, as it lies in the database; only the retention job deletes it. */
export interface AuditRecordTable {
  chain: string
  /** A bigint: the driver reads it as text. */
  sequence: ColumnType<string, string | number, never>
  recorded_at: Date
  request_id: string
  department: string | null
  subjects: string[]
  /** Hash of the plan in `audit_plan`. */
  plan: string | null
  /** The record in canonical JSON (RFC 8785): what the hash is over. */
  record: string
  /** Null for records from before records were chained. */
  hash: Buffer | null
}

/** A run of records that one process wrote one after the other. */
export interface AuditChainTable {
  chain: string
  suite: string
  started_at: Generated<Date>
}

export interface AuditPlanTable {
  hash: string
  plan: string
}

export interface AuditCheckpointTable {
  chain: string
  sequence: ColumnType<string, string | number, never>
  /** Compact JWS. */
  signed: string
  signed_at: Generated<Date>
}

/** One application for sharing, as it lies in the database. */
export interface ApplicationTable {
  id: string
  consumer: string
  provider: string
  item: string
  coordinates: string[] | null
  purpose: string
  basis: string
  scenario: string
  scope: string
  divisions: string[]
  full: boolean
  daily_subjects: number | null
  mode: string
  valid_to: Date
  state: ApplicationState
  submitted_at: Date | null
  extension_days: number | null
  answered_at: Date | null
  answered_late: boolean | null
  delivered_at: Date | null
  delivered_late: boolean | null
  grant_id: string | null
  created_at: Generated<Date>
}

/** One disputed field of an enterprise, as it lies in the database. */
export interface CorrectionTable {
  id: string
  consumer: string
  provider: string
  item: string
  coordinate: string
  uscc: string
  reason: string
  evidence: string | null
  state: CorrectionState
  disputed_at: Date
  reply: string | null
  answered_at: Date | null
  answered_late: boolean | null
}

/** What a reader recorded of its use of shared data; kept at least 3 years. */
export interface UseRecordTable {
  id: string
  grant_id: string
  reader: string
  provider: string
  subject: string
  scenario: string
  process: string
  effect: string
  storage: string
  destruction: string | null
  used_from: Date
  used_to: Date
  recorded_at: Generated<Date>
}

/** One change of a department's catalogue, and the version it became, as it lies in the database. */
export interface CatalogueChangeTable {
  id: string
  provider: string
  item: string | null
  reason: string | null
  /** YYYY-MM-DD, Beijing. */
  occurred_on: string | null
  extension_days: number | null
  state: CatalogueChangeState
  hash: string | null
  content: ColumnType<Readonly<Record<string, Json>> | null, string | null, string | null>
  submitted_at: Date | null
  reviewed_at: Date | null
  created_at: Generated<Date>
}

/** One step of a matter: an application, a grant, a correction, a change of the catalogue. */
export interface MatterStepTable {
  id: Generated<string>
  kind: string
  matter: string
  action: string
  at: Generated<Date>
  department: string
  subject: string
  from_state: string | null
  to_state: string
  reason: string | null
  cause: EndCause | null
  /** YYYY-MM-DD, Beijing. */
  until: string | null
  article: number
}

/** What a mutation answered under a client's key. */
export interface MutationKeyTable {
  department: string
  subject: string
  key: string
  /** Of the token that used it. */
  roles: ColumnType<string[], string[] | undefined, never>
  request: string
  result: string
  at: Generated<Date>
}

/** How far policies and grants have come; every change counts one up. */
export interface SharingEpochTable {
  epoch: string
}

/** One document that a department has registered, as it lies in the database; never changed. */
export interface RegisteredDocumentTable {
  department: string
  id: string
  file: string
  source: string
  registered_at: Generated<Date>
}

/** A department that may ask by its registered documents alone. */
export interface LimitedDepartmentTable {
  department: string
  since: Generated<Date>
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
  application: ApplicationTable
  correction: CorrectionTable
  use_record: UseRecordTable
  catalogue_change: CatalogueChangeTable
  matter_step: MatterStepTable
  mutation_key: MutationKeyTable
  sharing_epoch: SharingEpochTable
  registered_document: RegisteredDocumentTable
  limited_department: LimitedDepartmentTable
  audit_record: AuditRecordTable
  audit_chain: AuditChainTable
  audit_plan: AuditPlanTable
  audit_checkpoint: AuditCheckpointTable
}
