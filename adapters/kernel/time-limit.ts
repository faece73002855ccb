/** Work that ends with its time, or with whoever asked for it, whichever is first. */

/** The time was up, or nobody waits any longer. */
export class OutOfTime extends Error {
  /** The milliseconds that there were; null where whoever asked went away. */
  readonly given: number | null
  constructor(given: number | null) {
    super(given === null ? 'nobody waits for it any longer' : `not done within ${Math.round(given)} ms`)
    this.name = 'OutOfTime'
    this.given = given
  }
}

/**
 * Does `work` for at most so many milliseconds and no longer than `signal` allows. The promise is settled at the end of
 * the time whether or not the work heeds the signal it is handed; its timer and listener go with it.
 * @throws OutOfTime
 */
export async function within<T>(
  milliseconds: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (signal.aborted) throw reasonOf(signal, 0)
  if (milliseconds <= 0) throw new OutOfTime(0)
  const ending = new AbortController()
  const end = Promise.withResolvers<never>()
  const stop = (reason: OutOfTime): void => {
    end.reject(reason)
    ending.abort(reason)
  }
  const gone = (): void => stop(reasonOf(signal, milliseconds))
  const timer = setTimeout(() => stop(new OutOfTime(milliseconds)), Math.min(Math.ceil(milliseconds), longest))
  signal.addEventListener('abort', gone, { once: true })
  try {
    return await Promise.race([work(ending.signal), end.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', gone)
  }
}

/**
 * Waits so many milliseconds, in whole ones.
 * @throws OutOfTime where the signal says that nobody waits any longer
 */
export function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.reject(reasonOf(signal, milliseconds))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const gone = (): void => {
    clearTimeout(timer)
    reject(reasonOf(signal, milliseconds))
  }
  const timer = setTimeout(
    () => {
      signal.removeEventListener('abort', gone)
      resolve()
    },
    Math.min(Math.ceil(milliseconds), longest),
  )
  signal.addEventListener('abort', gone, { once: true })
  return promise
}

/** Longest that a timer can be set for. */
const longest = 2 ** 31 - 1

/** The end of an outer limit is the end of this one's time; anything else means that whoever asked went away. */
const reasonOf = ({ reason }: AbortSignal, milliseconds: number): OutOfTime =>
  new OutOfTime(reason instanceof OutOfTime && reason.given !== null ? milliseconds : null)
