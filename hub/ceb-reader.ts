/** Reads messages in threads of their own, so that neither a large one nor many keep requests waiting. */
import { availableParallelism } from 'node:os'
import type { ResourceLimits } from 'node:worker_threads'
import { Piscina } from 'piscina'
import type { Reading } from '../rules/ceb/read.ts'
import { StoreError } from '../store/errors.ts'
import { readAsItFits } from './ceb-standard.ts'
import type { Handed } from './ceb-thread.ts'

export interface MessageReader {
  /**
   * Reads a message as whichever edition it fits. Its bytes are handed over: whoever calls has them no more.
   * @param signed whether lists must be signed
   * @throws StoreError TRADE_UNAVAILABLE once it is closed, while very much waits, and where threads fail that others are
   * read in
   */
  read(bytes: Uint8Array, signed?: boolean): Promise<Reading>
  close(): Promise<void>
}

/** What is read at once: to hand so few bytes over takes as long. */
const fewBytes = 8_192
/** What may wait or be read at a time; beyond it messages are refused at once, however large or small they are. */
const mostWaiting = 64 * 1024 * 1024
/** After which a thread that nothing is handed over to ends, in ms: it takes memory. */
const patience = 30_000

/** @param resourceLimits of each thread; those of the process unless told */
export function createMessageReader(resourceLimits: ResourceLimits = {}): MessageReader {
  const threads = new Piscina<Handed, Reading>({
    filename: new URL('./ceb-thread.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: Math.max(1, availableParallelism() - 1),
    idleTimeout: patience,
    resourceLimits,
  })
  const waiting = new Set<AbortController>()
  let bytesWaiting = 0
  // Where the last thread fails none takes its place: what waits would wait until the next message comes.
  const giveUp = (why: unknown): void => {
    if (threads.threads.length === 0) for (const each of waiting) each.abort(why)
  }
  threads.on('error', giveUp)
  let closed = false
  return {
    async read(bytes, signed = true) {
      if (closed || bytesWaiting + bytes.length > mostWaiting) throw unavailable()
      if (bytes.length <= fewBytes) return readAsItFits(bytes, signed)
      const ending = new AbortController()
      const size = bytes.length
      waiting.add(ending)
      bytesWaiting += size
      try {
        // Moved where nothing else lies in their memory, and copied otherwise.
        const { buffer } = bytes
        const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === bytes.byteLength
        const transferList = isAlone ? [buffer] : []
        return await threads.run({ bytes, signed }, { signal: ending.signal, transferList })
      } catch (cause) {
        giveUp(cause)
        throw closed || ending.signal.aborted ? unavailable(cause) : cause
      } finally {
        waiting.delete(ending)
        bytesWaiting -= size
      }
    },
    async close() {
      closed = true
      await threads.destroy()
    },
  }
}

const unavailable = (cause?: unknown): StoreError =>
  new StoreError('TRADE_UNAVAILABLE', 'A message was not read: send it again.', { cause })
