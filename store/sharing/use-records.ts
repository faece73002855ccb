/** Records of use 使用记录 as the store keeps them: they only grow (政务数据共享条例 arts. 27, 29). */
import { randomUUID } from 'node:crypto'
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { Grant } from '../../rules/grant.ts'
import type { List } from '../../rules/page.ts'
import { checkUse, endOfGrant, type Use } from '../../rules/use-record.ts'
import { findGrant } from '../grants.ts'
import type { Database, UseRecordTable } from '../schema.ts'
import type { ProviderOf } from './grants.ts'
import { hasPart, listOf } from './listing.ts'
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
export const useRecordsFor = <View extends { id: string }>(
  db: Kysely<Database>,
  caller: Caller,
  grant: string | null,
  view: (record: UseRecord) => View,
): List<View> =>
  listOf(
    db,
    {
      table: 'use_record',
      newest: 'recorded_at',
      where: () => [
        hasPart(caller, sql.ref('use_record.reader'), sql.ref('use_record.provider')),
        ...(grant === null ? [] : [sql<boolean>`grant_id = ${grant}`]),
      ],
    },
    async (ids) => (await useRecordsOf(db, ids)).map(view),
  )

/** Records by their ids, in no order. */
export const useRecordsOf = async (db: Kysely<Database>, ids: readonly string[]): Promise<UseRecord[]> =>
  (await db.selectFrom('use_record').selectAll().where('id', 'in', ids).execute()).map(useRecordOf)

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

/** Ids of grants whose readers recorded, after these had ended, how they disposed of the data (art. 27 para. 1). */
export async function disposalsRecorded(
  db: Kysely<Database>,
  grants: readonly Grant[],
  historyOf: (grant: string) => readonly MatterStep[],
  now: Date,
): Promise<ReadonlySet<string>> {
  const ended = grants.flatMap((grant) => {
    const stop = historyOf(grant.id).find(({ to }) => to === 'TERMINATED' || to === 'GIVEN_UP')
    const end = endOfGrant(grant, stop?.at ?? null, now)
    return end === null ? [] : [{ id: grant.id, end }]
  })
  if (ended.length === 0) return new Set()
  const { rows } = await sql<{ id: string }>`
    select distinct ended.id from use_record
    join unnest(${ended.map(({ id }) => id)}::text[], ${ended.map(({ end }) => end)}::timestamptz[]) as ended (id, at)
      on ended.id = use_record.grant_id
    where destruction is not null and recorded_at >= ended.at`.execute(db)
  return new Set(rows.map(({ id }) => id))
}
