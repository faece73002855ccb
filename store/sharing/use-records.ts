/** Records of use 使用记录 as the store keeps them: they only grow (政务数据共享条例 arts. 27, 29). */
import { randomUUID } from 'node:crypto'
import type { Kysely, Selectable, Transaction } from 'kysely'
import type { Grant } from '../../rules/grant.ts'
import { checkUse, endOfGrant, type Use } from '../../rules/use-record.ts'
import { findGrant } from '../grants.ts'
import type { Database, UseRecordTable } from '../schema.ts'
import type { ProviderOf } from './grants.ts'
import { maySee, SharingError, type Caller, type MatterStep } from './matters.ts'

export interface UseRecord extends Use {
  id: string
  grant: string
  reader: string
  provider: string
  /** Who recorded it. */
  subject: string
  recordedAt: Date
}

const useRecordOf = (row: Selectable<UseRecordTable>): UseRecord => ({
  id: row.id,
  grant: row.grant_id,
  reader: row.reader,
  provider: row.provider,
  subject: row.subject,
  scenario: row.scenario,
  process: row.process,
  effect: row.effect,
  storage: row.storage,
  destruction: row.destruction,
  from: row.used_from,
  to: row.used_to,
  recordedAt: row.recorded_at,
})

/** The records that a caller may look at, newest first; of one grant, or of all. */
export async function useRecordsFor(db: Kysely<Database>, caller: Caller, grant: string | null): Promise<UseRecord[]> {
  const rows = await db
    .selectFrom('use_record')
    .selectAll()
    .$if(grant !== null, (query) => query.where('grant_id', '=', grant ?? ''))
    .orderBy('recorded_at', 'desc')
    .orderBy('id')
    .execute()
  return rows.map(useRecordOf).filter(({ reader, provider }) => maySee(caller, { consumer: reader, provider }))
}

/** Records a use of a grant by its reader; possible after its end too, when data is destroyed. Throws SharingError. */
export async function recordUse(
  tx: Transaction<Database>,
  caller: Caller,
  id: string,
  use: Use,
  providerOf: ProviderOf,
  now: Date,
): Promise<string> {
  const grant = await findGrant(tx, id)
  const provider = grant === null ? '' : providerOf(grant.item)
  if (grant === null || !maySee(caller, { consumer: grant.reader, provider })) {
    throw new SharingError('NOT_FOUND', 'There is no such grant.')
  }
  const isReader = caller.department === grant.reader
  if (!isReader || !caller.roles.some((role) => role === 'officer' || role === 'steward')) {
    throw new SharingError('FORBIDDEN', "To record a use is for the reader's officers and stewards (art. 29).")
  }
  const problem = checkUse(use, grant, now)
  if (problem !== null) throw new SharingError('INVALID', problem)
  const record = randomUUID()
  await tx
    .insertInto('use_record')
    .values({
      id: record,
      grant_id: id,
      reader: grant.reader,
      provider,
      subject: caller.subject,
      scenario: use.scenario,
      process: use.process,
      effect: use.effect,
      storage: use.storage,
      destruction: use.destruction,
      used_from: use.from,
      used_to: use.to,
    })
    .execute()
  return record
}

/** Whether the reader recorded, after its grant had ended, how it disposed of the data (art. 27 para. 1). */
export async function isDisposalRecorded(
  db: Kysely<Database>,
  grant: Grant,
  history: readonly MatterStep[],
  now: Date,
): Promise<boolean> {
  const stop = history.find(({ to }) => to === 'TERMINATED' || to === 'GIVEN_UP')
  const end = endOfGrant(grant, stop?.at ?? null, now)
  if (end === null) return false
  const found = await db
    .selectFrom('use_record')
    .select('id')
    .where('grant_id', '=', grant.id)
    .where('destruction', 'is not', null)
    .where('recorded_at', '>=', end)
    .limit(1)
    .executeTakeFirst()
  return found !== undefined
}
