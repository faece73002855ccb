/** What a subscription tells after its first event, until there is nothing more. */
import type { GraphQLError } from 'graphql'
import { TokenError, type Principal } from '../auth/token.ts'
import type { SubscriptionEvent } from '../resolvers/context.ts'
import type { Watch } from '../store/trade/changes.ts'
import { Again, type Missed } from './again.ts'
import { tooFarBehind, unauthenticated, unread as notRead } from './errors.ts'
import type { Said } from './subscriptions.ts'

/**
 * Why there is nothing more: whoever asked has left, its token does not count any more, an event was refused or could not
 * be put on record, it does not read what it is told, or the hub stops.
 */
export type End = 'left' | 'expired' | 'refused' | 'unread' | 'stopping'

export interface Events extends AsyncIterableIterator<Said, undefined> {
  return(): Promise<IteratorResult<Said, undefined>>
  /** Resolves when there is nothing more. */
  readonly ended: Promise<End>
}

/** An event that was worked out. */
export interface Told {
  /** Null where nothing is to be told. */
  said: Said | null
  missed: Missed | null
}

export interface EventsParts {
  watch: Watch
  principal: Principal
  /** Of the first event. */
  missed: Missed | null
  /** Seconds that clocks may differ. */
  tolerance: number
  /** How long an event may be left unread, in ms. */
  patience: number
  tell(this: void, event: SubscriptionEvent, signal: AbortSignal): Promise<Told>
  /** Puts on record that it is let go, and why. @returns what it is told of that */
  letGo(this: void, why: GraphQLError): Promise<Said>
  /** Called once, when it has ended. */
  over(this: void): void
}

/** The longest that a timer can wait, in ms. */
const longest = 2 ** 31 - 1

/** Calls back when a token does not count any more. @param tolerance seconds that clocks may differ */
export const whenExpired = (principal: Principal, tolerance: number, call: () => void): NodeJS.Timeout =>
  setTimeout(call, Math.min((principal.expiresAt + tolerance) * 1000 - Date.now(), longest)).unref()

const expired = (): GraphQLError => unauthenticated(new TokenError('expired', 'The token has expired.'))
const isOfToken = ({ errors }: Said): boolean => errors?.[0]?.extensions?.code === 'UNAUTHENTICATED'

/** @returns the events, and what ends them */
export function eventsOf(parts: EventsParts): { events: Events; end: (why: End) => void } {
  const { watch, principal, tolerance, patience, tell, letGo, over } = parts
  const ending = Promise.withResolvers<End>()
  const leaving = new AbortController()
  const again = new Again(watch, parts.missed)
  /** Told before it is over. */
  let last: Promise<Said> | null = null
  const wait = (): NodeJS.Timeout => setTimeout(() => end('unread', () => letGo(notRead())), patience).unref()
  let unread = wait()
  const expiry = whenExpired(principal, tolerance, () => end('expired', () => letGo(expired())))

  function end(why: End, say?: () => Promise<Said>): void {
    if (leaving.signal.aborted) return
    leaving.abort()
    clearTimeout(expiry)
    clearTimeout(unread)
    again.end()
    watch.end()
    over()
    last = say?.() ?? null
    ending.resolve(why)
  }

  /** The next one that is to be told; null where there is none. */
  async function nextTold(): Promise<Said | null> {
    while (!leaving.signal.aborted) {
      const { value: taken } = await watch.next()
      if (watch.isBehind) end('refused', () => letGo(tooFarBehind()))
      if (taken === undefined) return null
      const { said, missed } = await tell({ watch, changed: again.isFirst ? null : taken, lists: [] }, leaving.signal)
      if (leaving.signal.aborted) return null
      again.note(taken, missed)
      if (said !== null) return said
    }
    return null
  }

  async function next(): Promise<IteratorResult<Said, undefined>> {
    clearTimeout(unread)
    const said = await nextTold()
    if (said?.data !== undefined) {
      unread = wait()
      return { done: false, value: said }
    }
    if (said !== null) end(isOfToken(said) ? 'expired' : 'refused', async () => said)
    const value = last
    last = null
    return value === null ? { done: true, value: undefined } : { done: false, value: await value }
  }

  const events: Events = {
    next,
    async return() {
      end('left')
      return { done: true, value: undefined }
    },
    ended: ending.promise,
    [Symbol.asyncIterator]: () => events,
  }
  return { events, end }
}

/** @param first the first event; null where it is not told */
export function beginningWith(first: Said | null, events: Events): AsyncIterableIterator<Said, undefined> {
  let waiting = first
  const all: AsyncIterableIterator<Said, undefined> = {
    async next() {
      const value = waiting
      waiting = null
      return value === null ? events.next() : { done: false, value }
    },
    return: () => events.return(),
    [Symbol.asyncIterator]: () => all,
  }
  return all
}
