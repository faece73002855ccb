/** How a change is carried out for a caller: once for a client's key, in force here, and on record either way. */
import type { Kysely, Transaction } from 'kysely'
import type { Database } from '../schema.ts'
import { once, SharingError, type Caller } from './matters.ts'

/** A mutation for the audit record, whether it succeeded or not. */
export interface SharingEvent {
  mutation: string
  matter: string | null
  outcome: 'done' | SharingError['code'] | 'failed'
}

/** Takes what goes on record. */
export type Note = (event: SharingEvent) => void

export interface Keyed {
  clientMutationId: string
}

export interface MutationParts {
  db: Kysely<Database>
  /** Makes what was changed known to this process; the others see the epoch. */
  refresh: () => Promise<void>
}

/** Carries `work` out once and gives the id of its matter. Throws SharingError. */
export type Mutate = (
  mutation: string,
  input: Keyed & object,
  work: (tx: Transaction<Database>) => Promise<string>,
) => Promise<string>

/** Makes the mutations of a caller. */
export const createMutate =
  ({ db, refresh }: MutationParts, caller: Caller, note: Note): Mutate =>
  async (mutation, input, work) => {
    try {
      const matter = await once(db, caller, input.clientMutationId, [mutation, input], work)
      await refresh()
      note({ mutation, matter, outcome: 'done' })
      return matter
    } catch (error) {
      note({ mutation, matter: null, outcome: error instanceof SharingError ? error.code : 'failed' })
      throw error
    }
  }
