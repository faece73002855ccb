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
import { missedOf } from './again.ts'
import { createAsking, type AskingParts, type ContextOf } from './asking.ts'
import { usualOf } from './direct.ts'
import { asGraphQL, auditUnavailable, badRequest, isFault, overloaded, saidOf, unauthenticated } from './errors.ts'
import { eventsOf, type End, type Events, type Told } from './events.ts'
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

const refusalOf = (error: unknown): Said => ({ errors: [saidOf(asGraphQL(error))] })

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
   * An event, which is told where it shows something new and somebody still waits for it. Where the department may ask no
   * more for now, later.
   */
  async function told(
    request: Request,
    event: SubscriptionEvent,
    signal: AbortSignal,
    { principal }: Held,
    shown: Shown,
  ): Promise<Told> {
    for (;;) {
      const trace = beginTrace(undefined)
      const undo = shown.undo()
      try {
        const { said, status } = await run('event', request, trace, event, signal, () => undefined)
        const missed = missedOf(said, event)
        if (said.data !== undefined && !shown.isNews(said, event.changed === null)) {
          trace.action = 'watch'
          await recorded(trace, said, status)
          return { said: null, missed }
        }
        signIn.rates.take('requests', principal.department, 1)
        return { said: await recorded(trace, said, status), missed }
      } catch (error) {
        undo()
        if (signal.aborted) return { said: null, missed: null }
        const wait = waitOf(error)
        if (wait !== null) {
          await pause(wait, undefined, { signal, ref: false }).catch(() => undefined)
          continue
        }
        if (isFault(error)) log.error({ requestId: trace.id, err: error }, 'an event failed')
        return { said: await recorded(trace, refusalOf(error), 200), missed: null }
      }
    }
  }

  /** Puts on record that one is let go, and why. @param first the trace of its first event */
  async function letGo(first: Trace, why: GraphQLError): Promise<Said> {
    const { principal, purpose, operationName, documentHash } = first
    const { version: policyVersion } = policy.state()
    const trace = { ...beginTrace(undefined), principal, purpose, operationName, documentHash, policyVersion }
    trace.action = 'subscription'
    trace.errorCodes.add(String(why.extensions.code))
    return recorded(trace, refusalOf(why), 200)
  }

  return {
    async begin(request, trace) {
      if (isStopping || overload.underWay() >= overload.most()) throw overloaded()
      const event: SubscriptionEvent = { watch: null, changed: null, lists: [] }
      const held: Held[] = []
      let events: Events | null = null
      try {
        const { said, status } = await run(
          'beginning',
          request,
          trace,
          event,
          new AbortController().signal,
          (principal) => {
            for (const kind of request.takes) held.push({ principal, release: places.take(kind, principal.department) })
          },
        )
        const [place] = held
        const shown = new Shown()
        if (isStopping) throw overloaded()
        if (said.data === undefined || event.watch === null || place === undefined)
          return { said, isNews: true, status: Math.max(status, 400), events }
        const { watch } = event
        const theirs = eventsOf({
          watch,
          principal: place.principal,
          missed: missedOf(said, event),
          tolerance: config.clockTolerance,
          patience: config.limits.unread,
          tell: (next, signal) => told(request, next, signal, place, shown),
          letGo: (why) => letGo(trace, why),
          over() {
            open.delete(one)
            for (const { release } of held) release()
          },
        })
        const one = { watch, end: theirs.end }
        open.add(one)
        events = theirs.events
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
