/**
 * Subscriptions, whichever way they are carried (websocket.ts, event-stream.ts). Each event goes the way of a query, from
 * the token on (pipeline.ts), so that it is decided by what is in force when it leaves, limited, counted and on record
 * before. What a viewer is shown already is not told again: so a change of what it may not see does not show by an event,
 * and a denial comes once. Where policies or grants change, what is shown is looked at anew at once.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { HeaderMap, type ApolloServer, type HTTPGraphQLRequest } from '@apollo/server'
import { bulkhead, BulkheadRejectedError } from 'cockatiel'
import { GraphQLError, type FormattedExecutionResult } from 'graphql'
import { TokenError, type Principal } from '../auth/token.ts'
import type { SubscriptionEvent } from '../resolvers/context.ts'
import type { Watch } from '../store/trade/changes.ts'
import { createAsking, type AskingParts, type ContextOf } from './asking.ts'
import { usualOf } from './direct.ts'
import {
  asGraphQL,
  auditUnavailable,
  badRequest,
  isFault,
  overloaded,
  saidOf,
  tooFarBehind,
  unauthenticated,
} from './errors.ts'
import type { Overload } from './overload.ts'
import type { Head, HubContext } from './pipeline.ts'
import type { Places } from './places.ts'
import { record, type RecordingParts } from './recording.ts'
import { waitOf } from './retry-after.ts'
import { Shown } from './shown.ts'
import { beginTrace, type Trace } from './trace.ts'

/** What is asked: who by headers, what as the body of a POST. */
export interface Request {
  head: Head
  body: unknown
  /** What its events can be sent as. */
  mediaTypes: readonly string[]
  /** What it takes of a department's places. */
  takes: readonly Parameters<Places['take']>[0][]
}

export type Said = FormattedExecutionResult

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

export interface Begun {
  /** The first event, or why there is none. It is not on record yet. */
  said: Said
  /** Whether the first event is to be told. */
  isNews: boolean
  /** Of HTTP. */
  status: number
  /** Those after the first; null where the subscription was refused. */
  events: Events | null
}

export interface Subscriptions {
  /** Begins one. @throws GraphQLError for what is refused before its document is looked at */
  begin(request: Request, trace: Trace): Promise<Begun>
  /** Puts the first event on record. @returns what may leave */
  recorded(trace: Trace, said: Said, status: number): Promise<Said>
  /** Ends all, and takes no more. */
  stop(): Promise<void>
}

export interface SubscriptionsParts extends AskingParts, RecordingParts {
  config: AskingParts['config']
  audit: AskingParts['audit']
  log: AskingParts['log']
  apollo: ApolloServer<HubContext>
  asking: ContextOf
  overload: Pick<Overload, 'underWay' | 'most'>
  places: Places
}

/** What is executed for one event. */
interface Run {
  said: Said
  status: number
}

/** The place that a subscription takes. */
interface Held {
  principal: Principal
  release: () => void
}

/** Events that are worked out at once, so that many subscribers leave time for requests, and those that wait for it. */
const atOnce = 16
const mostWaiting = 10_000
/** Beginnings that wait, which are signed in only when it is their turn. */
const mostBeginning = 1_000
/** How often it is looked whether policies have changed, in ms. */
const every = 250
/** The longest that a timer can wait, in ms. */
const longest = 2 ** 31 - 1

/** Calls back when a token does not count any more. @param tolerance seconds that clocks may differ */
export const whenExpired = (principal: Principal, tolerance: number, call: () => void): NodeJS.Timeout =>
  setTimeout(call, Math.min((principal.expiresAt + tolerance) * 1000 - Date.now(), longest)).unref()

const refusalOf = (error: unknown): Said => ({ errors: [saidOf(asGraphQL(error))] })
const isOfToken = ({ errors }: Said): boolean => errors?.[0]?.extensions?.code === 'UNAUTHENTICATED'
const expired = (): GraphQLError => unauthenticated(new TokenError('expired', 'The token has expired.'))

export const noToken = (): GraphQLError =>
  unauthenticated(new TokenError('missing', 'Send a token: Authorization: Bearer ‹token›.'))

export function createSubscriptions(parts: SubscriptionsParts): Subscriptions {
  const { config, policy, apollo, asking, signIn, overload, places, log } = parts
  const uncounted = createAsking({ ...parts, signIn: { ...signIn, rates: { ...signIn.rates, take: () => undefined } } })
  const open = new Set<{ watch: Watch; end: (why: End) => void }>()
  // Whoever begins, and may be nobody, does not keep the events of those that have begun.
  const turns = { beginning: bulkhead(atOnce, mostBeginning), event: bulkhead(atOnce, mostWaiting) }
  let isStopping = false
  let version = policy.state().version
  const watching = setInterval(() => {
    const before = version
    version = policy.state().version
    if (version !== before) for (const { watch } of open) watch.wake()
  }, every).unref()

  /** One event, when it is its turn. @throws GraphQLError for what is refused before its document is looked at */
  const run = (kind: keyof typeof turns, ...given: Parameters<typeof runNow>): Promise<Run> =>
    turns[kind]
      .execute(() => runNow(...given))
      .catch((error: unknown) => {
        throw error instanceof BulkheadRejectedError ? overloaded() : error
      })

  async function runNow(
    { head, body, mediaTypes }: Request,
    trace: Trace,
    event: SubscriptionEvent,
    signal: AbortSignal,
    admit: (principal: Principal) => void,
  ): Promise<Run> {
    if (signal.aborted) throw overloaded()
    const asked: HTTPGraphQLRequest = { method: 'POST', headers: new HeaderMap(), search: '', body }
    // What is looked at again counts once it is told: else what a department has left would say that there was a change.
    const context = await (event.watch === null ? asking : uncounted)(head, trace, asked, mediaTypes, () => signal)
    if (context.principal === null) throw noToken()
    const usual = usualOf(asked.body)
    if (usual === null) throw badRequest('Send JSON with the document as query, and its variables as an object.')
    admit(context.principal)
    context.event = event
    const { body: answer, http } = await apollo.executeOperation(usual, { contextValue: context })
    if (answer.kind !== 'single') throw new TypeError('An event comes in parts.')
    return { said: { ...answer.singleResult }, status: http.status ?? 200 }
  }

  async function recorded(trace: Trace, said: Said, status: number): Promise<Said> {
    return (await record(parts, trace, status)) ? said : { errors: [saidOf(auditUnavailable())] }
  }

  /**
   * What is to be told; null where nothing is, or nobody waits for it any more. Where the department may ask no more for
   * now, later.
   */
  async function told(
    request: Request,
    event: SubscriptionEvent,
    signal: AbortSignal,
    { principal }: Held,
    shown: Shown,
  ): Promise<Said | null> {
    for (;;) {
      const trace = beginTrace(undefined)
      const undo = shown.undo()
      try {
        const { said, status } = await run('event', request, trace, event, signal, () => undefined)
        if (said.data !== undefined && !shown.isNews(said)) {
          trace.action = 'watch'
          await recorded(trace, said, status)
          return null
        }
        signIn.rates.take('requests', principal.department, 1)
        return await recorded(trace, said, status)
      } catch (error) {
        undo()
        if (signal.aborted) return null
        const wait = waitOf(error)
        if (wait !== null) {
          await pause(wait, undefined, { signal, ref: false }).catch(() => undefined)
          continue
        }
        if (isFault(error)) log.error({ requestId: trace.id, err: error }, 'an event failed')
        return recorded(trace, refusalOf(error), 200)
      }
    }
  }

  /** Those after the first. @param shown what the first one has shown */
  function eventsOf(request: Request, held: Held, watch: Watch, over: AbortController, shown: Shown): Events {
    const ending = Promise.withResolvers<End>()
    const one = { watch, end }
    const wait = (): NodeJS.Timeout => setTimeout(() => end('unread'), config.limits.unread).unref()
    let unread = wait()
    /** Told before it is over. */
    let last: Said | null = null
    const expiry = whenExpired(held.principal, config.clockTolerance, () => end('expired', refusalOf(expired())))
    open.add(one)

    function end(why: End, said: Said | null = null): void {
      if (!open.delete(one)) return
      last = said
      clearTimeout(expiry)
      clearTimeout(unread)
      over.abort()
      watch.end()
      held.release()
      ending.resolve(why)
    }

    async function next(): Promise<IteratorResult<Said, undefined>> {
      clearTimeout(unread)
      while (open.has(one)) {
        const { value: changed } = await watch.next()
        if (watch.isBehind) end('refused', refusalOf(tooFarBehind()))
        if (changed === undefined) break
        const said = await told(request, { watch, changed }, over.signal, held, shown)
        if (!open.has(one)) break
        if (said === null) continue
        if (said.data === undefined) end(isOfToken(said) ? 'expired' : 'refused', said)
        else {
          unread = wait()
          return { done: false, value: said }
        }
      }
      const value = last
      last = null
      return value === null ? { done: true, value: undefined } : { done: false, value }
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
    return events
  }

  return {
    async begin(request, trace) {
      if (isStopping || overload.underWay() >= overload.most()) throw overloaded()
      const over = new AbortController()
      const event: SubscriptionEvent = { watch: null, changed: null }
      const held: Held[] = []
      let events: Events | null = null
      try {
        const { said, status } = await run('beginning', request, trace, event, over.signal, (principal) => {
          for (const kind of request.takes) held.push({ principal, release: places.take(kind, principal.department) })
        })
        const [place] = held
        const shown = new Shown()
        if (isStopping) throw overloaded()
        if (said.data === undefined || event.watch === null || place === undefined)
          return { said, isNews: true, status: Math.max(status, 400), events }
        const release = (): void => held.forEach((one) => one.release())
        events = eventsOf(request, { ...place, release }, event.watch, over, shown)
        return { said, isNews: shown.isNews(said, true), status: 200, events }
      } finally {
        if (events === null) {
          event.watch?.end()
          for (const { release } of held) release()
        }
      }
    },
    recorded,
    async stop() {
      isStopping = true
      clearInterval(watching)
      for (const { end } of open) end('stopping')
    },
  }
}
