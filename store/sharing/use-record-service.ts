/** What callers do with records of use 使用记录: each method is one field of the hub's schema, seen by one caller. */
import type { List } from '../../rules/page.ts'
import { keptUntil, type Use } from '../../rules/use-record.ts'
import { providerOfItem } from './grants.ts'
import { SharingError, type Caller } from './matters.ts'
import { createMutate, type Keyed, type MutationParts, type Note } from './mutation.ts'
import { recordUse, useRecordsFor, useRecordsOf, type UseRecord } from './use-records.ts'

export type UseRecordView = ReturnType<typeof useRecordView>

/** The records of use of one caller. */
export interface UseRecords {
  useRecords(grant: string | null): List<UseRecordView>
  recordUse(input: Keyed & Use & { grant: string }): Promise<UseRecordView>
}

/** Makes the records of use of a caller; `note` takes what goes on record. */
export function createUseRecords(
  parts: MutationParts & { item: (id: string) => { provider: string } | null; now?: () => Date },
): (caller: Caller, note: Note) => UseRecords {
  const { db, now = () => new Date() } = parts
  const providerOf = providerOfItem(parts.item)
  return (caller, note) => {
    const mutate = createMutate(parts, caller, note)
    return {
      useRecords: (grant) => useRecordsFor(db, caller, grant, useRecordView),
      async recordUse(input) {
        const id = await mutate('recordUse', input, input.grant, (tx) =>
          recordUse(tx, caller, input.grant, input, providerOf, now()),
        )
        const [record] = await useRecordsOf(db, [id])
        if (record === undefined) throw new SharingError('NOT_FOUND', 'There is no such record of use.')
        return useRecordView(record)
      },
    }
  }
}

const useRecordView = ({ from, to, recordedAt, ...shown }: UseRecord) => ({
  ...shown,
  from: from.toISOString(),
  to: to.toISOString(),
  recordedAt: recordedAt.toISOString(),
  keptUntil: keptUntil(recordedAt).toISOString(),
})
