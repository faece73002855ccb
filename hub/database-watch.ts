/** Whether the database still answers whoever works on it without a hub: a command waits for it a while, and then ends. */
import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import { StoreError } from '../store/errors.ts'

export interface DatabaseWatch {
  /**
   * Resolves as soon as the database answers, to whether it had to be waited for.
   * @throws StoreError DATABASE_UNREACHABLE when it does not
   */
  answers(): Promise<boolean>
  /** Rejects with the same once it did not; else never settles. */
  gone: Promise<never>
}

/** How long a database is waited for, in ms: a server that is started again needs a few seconds. */
const patience = 10_000
/** Between two questions, in ms. */
const pauseBetween = 250

export interface WatchOptions {
  /** Told of a database that is waited for. */
  say: (text: string) => void
  /** The sentence of the error when it does not answer. */
  sentence: string
}

export function watchDatabase(pool: pg.Pool, { say, sentence }: WatchOptions): DatabaseWatch {
  const { promise: gone, reject } = Promise.withResolvers<never>()
  // Whoever is not waiting for it is told by its own question.
  gone.catch(() => undefined)
  let asking: Promise<boolean> | null = null
  let isGone = false

  async function ask(): Promise<boolean> {
    const end = performance.now() + patience
    for (let asked = 0; ; asked += 1) {
      let cause: unknown
      try {
        await pool.query('select')
        return asked > 0
      } catch (error) {
        cause = error
      }
      if (asked === 0) say('The database does not answer, and is waited for …\n')
      if (performance.now() > end) {
        const error = new StoreError('DATABASE_UNREACHABLE', sentence, { cause })
        isGone = true
        reject(error)
        throw error
      }
      await pause(pauseBetween)
    }
  }

  return { answers: () => (isGone ? gone : (asking ??= ask().finally(() => (asking = null)))), gone }
}
