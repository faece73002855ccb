/**
 * Time without a clock: turns of the event loop. Whatever waits here comes in a turn of its own, so that what comes first
 * is the same for whoever asks in the same order; in which order work within one turn is done is nobody's to rely on.
 */
import { setImmediate as turn } from 'node:timers/promises'

let waiting = 0

/** Waits so many turns, one at least. */
export async function pass(turns: number): Promise<void> {
  waiting += 1
  for (let left = turns; left > 1; left -= 1) await turn()
  await turn()
  waiting -= 1
}

/** Waits until nothing waits here any more, and what came of the last of it is done. */
export async function calm(): Promise<void> {
  do await turn()
  while (waiting > 0)
}

/** Makes what is there some turns after it is asked for, an error as a rejection. */
export const later = (outcome: unknown, turns: number) => (): Promise<unknown> => {
  const promise = pass(turns).then(() => {
    if (outcome instanceof Error) throw outcome
    return outcome
  })
  promise.catch(() => undefined) // who asked may not wait for it
  return promise
}
