/** How a change is carried out for a caller: once for a client's key, in force here, and on record either way. */
import type { Kysely, Transaction } from 'kysely'
import type { Database } from '../schema.ts'
import { once, SharingError, type Caller } from './matters.ts'

/** A mutation for the audit record, whether it succeeded or not. */
export interface SharingEvent {
  mutation: string
  /** What was changed; where nothing was, what the request named, if it is an id. */
  matter: string | null
  /** `begun`: done in a transaction that is about to be committed; `repeated`: had been done before under the same key. */
  outcome: 'begun' | 'done' | 'repeated' | SharingError['code'] | 'failed'
}

/** Takes what goes on record; what has begun is durable there once it resolves. */
export type Note = (event: SharingEvent) => void | Promise<void>

export interface Keyed {
  clientMutationId: string
}

export interface MutationParts {
  db: Kysely<Database>
  /** Makes what was changed known to this process; the others see the epoch. */
  refresh: () => Promise<void>
}

/**
 * Carries `work` out once and gives the id of its matter. Throws SharingError.
 * @param target the matter that the request names; null where it begins one
 */
export type Mutate = (
  mutation: string,
  input: Keyed & object,
  target: string | null,
  work: (tx: Transaction<Database>) => Promise<string>,
) => Promise<string>

/** What ids of matters are made of: nothing else that a request may hold goes on record. */
const idShape = /^[\w:.-]{1,200}$/

/** Makes the mutations of a caller. */
export const createMutate =
  ({ db, refresh }: MutationParts, caller: Caller, note: Note): Mutate =>
  async (mutation, input, target, work) => {
    const recorded = async (tx: Transaction<Database>): Promise<string> => {
      const begun = await work(tx)
      // Nothing takes effect before it is on record that it may have.
      await note({ mutation, matter: begun, outcome: 'begun' })
      return begun
    }
    const done = await once(db, caller, input.clientMutationId, [mutation, input], recorded).catch(
      async (error: unknown) => {
        const matter = target !== null && idShape.test(target) ? target : null
        await note({ mutation, matter, outcome: error instanceof SharingError ? error.code : 'failed' })
        throw error
      },
    )
    await note({ mutation, matter: done.result, outcome: done.isRepeated ? 'repeated' : 'done' })
    await refresh()
    return done.result
  }
