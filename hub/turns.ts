/**
 * The ids of a connection's subscriptions, each of which may be used again once it is over. It takes a while until one is
 * that was left, above all while it begins; graphql-ws would take the end of that for the end of the next of its id, so the
 * next waits for it.
 */

/** What an id stands for. */
interface Use {
  /** Whether either side has said that it is over. */
  isOver: boolean
  /** Whether it waits for the one before. */
  isWaiting: boolean
  /** Resolves when it is over. */
  ended: Promise<void>
}

export interface Turns {
  /** Takes a message when it is its turn. */
  take(this: void, text: string): Promise<void>
  /** Notes that the hub has said that one is over. */
  over(this: void, id: string): void
}

/**
 * @param take does with a message what the protocol wants
 * @param isOpen whether the connection is
 * @param refuse told of an id that is in use
 */
export function turnsOf(
  take: (text: string) => Promise<void>,
  isOpen: () => boolean,
  refuse: (id: string) => void,
): Turns {
  const uses = new Map<string, Use>()
  return {
    async take(text) {
      const { type, id } = saidIn(text)
      const before = id === null ? undefined : uses.get(id)
      if (type === 'complete' && before !== undefined) before.isOver = true
      if (type !== 'subscribe' || id === null) return take(text)
      if (before !== undefined && (!before.isOver || before.isWaiting)) return refuse(id)
      const { promise, resolve } = Promise.withResolvers<void>()
      const use: Use = { isOver: false, isWaiting: before !== undefined, ended: promise }
      uses.set(id, use)
      try {
        await before?.ended
        use.isWaiting = false
        if (isOpen() && !use.isOver) await take(text)
      } finally {
        if (uses.get(id) === use) uses.delete(id)
        resolve()
      }
    },
    over(id) {
      const use = uses.get(id)
      // Of one that waits nothing was said: it is the one before that is over.
      if (use?.isWaiting === false) use.isOver = true
    },
  }
}

/** Of what is no message the protocol's server says so. */
function saidIn(text: string): { type: string | null; id: string | null } {
  try {
    const { type, id } = Object(JSON.parse(text)) as Record<string, unknown>
    return { type: typeof type === 'string' ? type : null, id: typeof id === 'string' ? id : null }
  } catch {
    return { type: null, id: null }
  }
}
