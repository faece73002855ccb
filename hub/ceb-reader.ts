/** Reads messages in threads of their own, so that neither a large one nor many keep requests waiting. */
import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import type { Reading } from '../rules/ceb/read.ts'
import { StoreError } from '../store/errors.ts'
import { readAsItFits } from './ceb-edition.ts'
import type { Handed } from './ceb-thread.ts'

export interface MessageReader {
  /**
   * Reads a message as whichever edition it fits.
   * @param signed whether lists must be signed
   * @throws StoreError TRADE_UNAVAILABLE once it is closed
   */
  read(bytes: Uint8Array, signed?: boolean): Promise<Reading>
  close(): Promise<void>
}

/** What is read at once: to hand so few bytes over takes as long. */
const fewBytes = 8_192
/** After which a thread that nothing is handed over to ends, in ms: it takes memory. */
const patience = 30_000

export function createMessageReader(): MessageReader {
  const threads = new Piscina<Handed, Reading>({
    filename: new URL('./ceb-thread.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: Math.max(1, availableParallelism() - 1),
    idleTimeout: patience,
  })
  let closed = false
  return {
    async read(bytes, signed = true) {
      if (closed) throw new StoreError('TRADE_UNAVAILABLE', 'A message came while the hub stops: send it again.')
      if (bytes.length <= fewBytes) return readAsItFits(bytes, signed)
      return threads.run({ bytes, signed })
    },
    async close() {
      closed = true
      await threads.destroy()
    },
  }
}
