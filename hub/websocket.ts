/**
 * Subscriptions over WebSocket at /graphql, by the protocol graphql-transport-ws (GraphQL over WebSocket). Who connects says
 * in the payload of connection_init, or in headers, what headers say of a POST: `authorization` and `x-purpose`. Close codes
 * are those of the protocol, and of RFC 6455 for what the protocol leaves open.
 */
import { STATUS_CODES, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { parse, type ExecutionResult, type GraphQLError, type GraphQLFormattedError } from 'graphql'
import { CloseCode, handleProtocols, makeServer, type SubscribePayload } from 'graphql-ws'
import { WebSocketServer, type WebSocket } from 'ws'
import type { AskingParts } from './asking.ts'
import { asGraphQL, badRequest, foreignOrigin, isFault, overloaded, repeated, saidOf, unread } from './errors.ts'
import { isForWebSocket, type Overload } from './overload.ts'
import { authenticate, type Head } from './pipeline.ts'
import type { Places } from './places.ts'
import { record, type RecordingParts } from './recording.ts'
import { securityHeaders } from './security-headers.ts'
import { beginningWith, whenExpired } from './events.ts'
import type { Said, Subscriptions } from './subscriptions.ts'
import { beginTrace, type Trace } from './trace.ts'
import { turnsOf } from './turns.ts'

export interface WebSocketParts extends RecordingParts, Pick<AskingParts, 'view' | 'signIn'> {
  config: AskingParts['config']
  subscriptions: Subscriptions
  overload: Pick<Overload, 'underWay' | 'most'>
  places: Places
}

/** Longest wait for connection_init, between pings, and for the other side to close; in ms. */
const patience = { init: 3_000, ping: 12_000, close: 1_000 }
/** Bytes that wait to be read by the other side from which on the connection is given up. */
const mostUnread = 4 * 1024 * 1024
/** Subscriptions of a connection that begin at once, from which on no more of it is read. */
const mostBeginning = 16

/** What a connection holds. */
interface Extra {
  socket: WebSocket
  request: IncomingMessage
  /** Who it is; null before that is known. */
  head: Head | null
  /** As its record would say it. */
  asker: Pick<Trace, 'principal' | 'purpose'>
  /** Gives back what it took. */
  release: () => void
  /** Subscriptions that begin at this moment. */
  beginning: number
  /** Notes that one of them is over, by its id. */
  over: (id: string) => void
}

/** What the protocol's server takes in place of a document of its own, since all of it is done by the time. */
const placeholder = parse('subscription { event }')
/** Errors as they are told. */
const told = new WeakMap<GraphQLError, GraphQLFormattedError>()

export function webSockets(parts: WebSocketParts) {
  const { config, view, signIn, subscriptions, overload, places, log } = parts
  const { limits } = config
  const headers = securityHeaders(config.mode)
  const open = new WebSocketServer({ noServer: true, maxPayload: limits.bodyBytes, handleProtocols })
  let isStopping = false

  /** Puts a refusal on record, and says it. */
  async function refused(trace: Trace, error: unknown): Promise<GraphQLError> {
    const known = asGraphQL(error)
    if (isFault(error)) log.error({ requestId: trace.id, err: error }, 'a message over WebSocket failed')
    trace.errorCodes.add(codeOf(known))
    await record(parts, trace, statusOf(known))
    return known
  }

  const server = makeServer<Record<string, unknown> | undefined, Extra>({
    connectionInitWaitTimeout: patience.init,
    async onConnect({ extra, connectionParams }) {
      const { socket, request } = extra
      const trace = beginTrace(undefined)
      try {
        const head = headOf(request, connectionParams)
        const principal = await authenticate(head, trace, signIn, 'production')
        if (principal === null || socket.readyState !== socket.OPEN) return false
        const release = places.take('connections', principal.department)
        const expiry = whenExpired(principal, config.clockTolerance, () =>
          close(socket, forbidden, 'The token has expired.'),
        )
        extra.head = head
        extra.asker = { principal: trace.principal, purpose: trace.purpose }
        extra.release = () => {
          clearTimeout(expiry)
          release()
        }
        return true
      } catch (thrown) {
        const error = await refused(trace, thrown)
        close(socket, closeCodeOf(error), error.message)
        return false
      }
    },
    async onSubscribe({ extra }, _id, payload) {
      const { socket, head } = extra
      if (head === null) return [asGraphQL(null)]
      extra.beginning += 1
      if (extra.beginning >= mostBeginning) socket.pause()
      const trace = beginTrace(undefined)
      try {
        const request = { head, body: bodyOf(payload), mediaTypes: [], takes: ['subscriptions'] } as const
        const { said: first, isNews, status, events } = await subscriptions.begin(request, trace)
        const said = await subscriptions.recorded(trace, first, status)
        if (events === null || said.data === undefined) {
          await events?.return()
          return errorsOf(said)
        }
        void events.ended.then((why) => {
          if (why === 'expired') close(socket, forbidden, 'The token has expired.')
          if (why === 'unread') close(socket, 1008, 'Events are not read.')
        })
        return { schema: view.schema, document: placeholder, contextValue: beginningWith(isNews ? said : null, events) }
      } catch (thrown) {
        const error = await refused(trace, thrown)
        if (codeOf(error) === 'UNAUTHENTICATED') close(socket, closeCodeOf(error), error.message)
        return errorsOf({ errors: [saidOf(error)] })
      } finally {
        extra.beginning -= 1
        if (extra.beginning < mostBeginning) socket.resume()
      }
    },
    subscribe: ({ contextValue }) => contextValue as AsyncGenerator<ExecutionResult>,
    onNext: (_connection, _id, _payload, _args, result) => result as Said,
    onError({ extra }, id, _payload, errors) {
      extra.over(id)
      return errors.map((error) => told.get(error) ?? saidOf(error))
    },
    onComplete: ({ extra }, id) => extra.over(id),
  })

  function opened(socket: WebSocket, request: IncomingMessage): void {
    const asker = { principal: null, purpose: null }
    const nothing = (): void => undefined
    const extra: Extra = { socket, request, head: null, asker, release: nothing, beginning: 0, over: nothing }
    const failed = (error: unknown): void => {
      log.error({ err: error }, 'a connection over WebSocket failed')
      close(socket, CloseCode.InternalServerError, 'The hub failed; the operators have the details.')
    }
    /** Breaks it where too much waits to be read. @returns whether it does */
    function isGivenUp(): boolean {
      if (socket.bufferedAmount <= mostUnread) return false
      if (socket.readyState === socket.OPEN)
        void refused({ ...beginTrace(undefined), ...extra.asker, action: 'subscription' }, unread())
      socket.terminate()
      return true
    }
    // The other side's doing: too large a message, no text. It is closed with a code by then.
    socket.on('error', (error) => log.info({ err: error }, 'a connection over WebSocket broke'))
    let isThere = true
    socket.on('pong', () => (isThere = true))
    const pinging = setInterval(() => {
      if (!isThere) socket.terminate()
      isThere = false
      socket.ping()
    }, patience.ping).unref()
    const over = server.opened(
      {
        protocol: socket.protocol,
        // Resolves when it has gone out, so that nothing more is made for who does not read.
        send: (data) =>
          new Promise((resolve) => {
            if (socket.readyState === socket.OPEN) socket.send(data, () => resolve())
            else resolve()
            isGivenUp()
          }),
        close: (code = 1000, reason = '') => close(socket, code, reason),
        onMessage(take) {
          const isOpen = (): boolean => socket.readyState === socket.OPEN
          const refuse = (id: string): void =>
            close(socket, CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`)
          const turns = turnsOf(take, isOpen, refuse)
          extra.over = turns.over
          socket.on('message', (data: Buffer) => {
            if (!isGivenUp()) turns.take(data.toString()).catch(failed)
          })
        },
      },
      extra,
    )
    socket.once('close', (code, reason) => {
      clearInterval(pinging)
      extra.release()
      over(code, reason.toString()).catch(failed)
    })
  }

  return {
    upgrade(this: void, request: IncomingMessage, socket: Duplex, start: Buffer): void {
      socket.on('error', () => undefined)
      const refusal = whyNot(request)
      if (refusal === null) open.handleUpgrade(request, socket, start, (made) => opened(made, request))
      else refuse(socket, refusal, headers)
    },
    /** Closes all connections in order, and breaks those that the other side does not close in time. */
    async stop(): Promise<void> {
      isStopping = true
      const closed = [...open.clients].map((socket) => {
        close(socket, 1001, 'The hub stops.')
        return new Promise<void>((resolve) => socket.once('close', () => resolve()))
      })
      await Promise.all(closed)
    },
  }

  /** Before anything is known of who asks; null where it may go on. */
  function whyNot(request: IncomingMessage): GraphQLError | null {
    // A hub on an older Node is given every request that asks for another protocol.
    if (!isForWebSocket(request)) return badRequest('Another protocol is spoken at /graphql alone, which is WebSocket.')
    if (isStopping || overload.underWay() >= overload.most() || open.clients.size >= limits.underWay)
      return overloaded()
    return isForeign(request) ? foreignOrigin() : null
  }
}

const forbidden = CloseCode.Forbidden
const codeOf = (error: GraphQLError): string => String(error.extensions.code)
const statusOf = (error: GraphQLError): number =>
  (error.extensions.http as { status?: number } | undefined)?.status ?? 500

/** 1013: try again later. */
function closeCodeOf(error: GraphQLError): number {
  const code = codeOf(error)
  if (code === 'BAD_REQUEST') return CloseCode.BadRequest
  if (code === 'INTERNAL_SERVER_ERROR') return CloseCode.InternalServerError
  if (['RATE_LIMITED', 'LIMIT_EXCEEDED', 'OVERLOADED'].includes(code) || statusOf(error) === 503) return 1013
  return forbidden
}

/** Bytes that a reason may have (RFC 6455, 5.5). */
const longestReason = 123

/** Closes it, and breaks it where the other side does not close it in time, as one that does not read. */
function close(socket: WebSocket, code: number, reason: string): void {
  let short = reason
  while (Buffer.byteLength(short) > longestReason) short = short.slice(0, -1)
  socket.close(code, short)
  const late = setTimeout(() => socket.terminate(), patience.close).unref()
  socket.once('close', () => clearTimeout(late))
}

/** Who connects, as headers of a POST would say it: a page in a browser can set none of these. */
function headOf({ headers, headersDistinct }: IncomingMessage, params: Record<string, unknown> = {}): Head {
  const { authorization, 'x-purpose': purpose } = params
  for (const said of [authorization, purpose]) {
    if (said != null && typeof said !== 'string') throw badRequest('authorization and x-purpose must be texts.')
  }
  const tokens = [
    ...(headersDistinct.authorization ?? []),
    ...(typeof authorization === 'string' ? [authorization] : []),
  ]
  const purposes = [headers['x-purpose'], purpose].filter((said) => typeof said === 'string' && said !== '')
  if (purposes.length > 1) throw badRequest('Send one x-purpose.')
  const [token] = tokens
  const [stated] = purposes
  return {
    headers: {
      ...(token === undefined ? {} : { authorization: token }),
      ...(typeof stated === 'string' ? { 'x-purpose': stated } : {}),
    },
    rawHeaders: tokens.flatMap((given) => ['authorization', given]),
  }
}

const bodyOf = ({ query, variables, operationName }: SubscribePayload) => ({ query, variables, operationName })

/** A page of another host, which could use what a browser shows the hub by itself; there is nothing of that kind, and this keeps it so. */
const isForeign = ({ headers: { origin, host } }: IncomingMessage): boolean =>
  origin !== undefined && URL.parse(origin)?.host !== host

const errorsOf = ({ errors = [] }: Said): GraphQLError[] =>
  errors.map((said) => {
    const error = repeated(said)
    told.set(error, said)
    return error
  })

function refuse(socket: Duplex, error: GraphQLError, headers: Readonly<Record<string, string>>): void {
  const status = statusOf(error)
  const body = JSON.stringify({ errors: [saidOf(error)] })
  const http = error.extensions.http as { headers?: ReadonlyMap<string, string> } | undefined
  const lines = Object.entries({
    ...headers,
    ...Object.fromEntries(http?.headers ?? []),
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}`)
  // An upgraded socket is nobody's any more: no timeout of the server ends it.
  const late = setTimeout(() => socket.destroy(), patience.close).unref()
  socket.once('close', () => clearTimeout(late))
  socket.once('finish', () => socket.destroy())
  socket.end([`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', body].join('\r\n'))
}
