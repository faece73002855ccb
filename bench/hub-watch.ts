/**
 * Loaded into a hub that is measured, with `node --expose-gc --import`: tells whoever started it, when asked, what the process
 * holds. The hub itself knows nothing of it.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** What a process holds; sizes in bytes. */
export interface Held {
  /** After a collection where one was asked for. */
  heap: number
  resident: number
  /** Timers, sockets and the like that keep the process alive. */
  handles: number
  /** The 99th percentile of what the event loop was late since it was asked last, in ms. */
  lag: number
}

const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

process.on('message', (asked: 'held' | 'collect') => {
  if (asked === 'collect') globalThis.gc?.()
  const { heapUsed: heap, rss: resident } = process.memoryUsage()
  const lag = delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e6 - 10)
  delay.reset()
  const held: Held = { heap, resident, handles: process.getActiveResourcesInfo().length, lag }
  process.send?.(held)
})
// It keeps nobody from ending.
process.channel?.unref()
