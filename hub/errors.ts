/** Every error that a client sees is made here, with a code of one closed union. */
import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { pause, UpstreamError } from '../adapters/kernel/errors.ts'
import { Denied } from '../auth/denied.ts'
import type { NoticeError, NoticeProblem } from '../auth/notice.ts'
import { TokenError } from '../auth/token.ts'
import { departments } from '../departments.ts'
import { InvalidArgument } from '../resolvers/invalid-argument.ts'
import { isOfText } from '../store/errors.ts'
import { SharingError } from '../store/sharing/matters.ts'

export type ErrorCode =
  /** no token, or one that is not accepted */
  | 'UNAUTHENTICATED'
  /** the token may not state this purpose */
  | 'PURPOSE_NOT_ALLOWED'
  /** the viewer may not read this field */
  | 'UNAUTHORIZED_FIELD_OR_TYPE'
  /** whether a grant is still in force cannot be read, so nothing is shown by it */
  | 'POLICY_UNAVAILABLE'
  /** a limit of the hub: depth, cost, tokens … */
  | 'LIMIT_EXCEEDED'
  /** the hub has more to do than it can, so this request was not begun */
  | 'OVERLOADED'
  /** the department has asked as much as it may for now */
  | 'RATE_LIMITED'
  /** the department has not registered the document that it asks by, or may ask by registered ones alone */
  | 'DOCUMENT_NOT_REGISTERED'
  /** an argument that cannot be used */
  | 'BAD_USER_INPUT'
  /** the step is for another department or role */
  | 'FORBIDDEN'
  /** the matter is in another state, or the client's key was used before */
  | 'CONFLICT'
  /** there is none, or none that the caller has a part in */
  | 'NOT_FOUND'
  /** a department did not answer as it should */
  | 'DEPARTMENT_UNAVAILABLE'
  /** the record of this request could not be written, so nothing may be shown or changed */
  | 'AUDIT_UNAVAILABLE'
  /** trade documents could not be stored, so nothing was taken over */
  | 'TRADE_UNAVAILABLE'
  /** the document does not parse or is not valid */
  | 'GRAPHQL_PARSE_FAILED'
  | 'GRAPHQL_VALIDATION_FAILED'
  | 'BAD_REQUEST'
  | 'OPERATION_RESOLUTION_FAILURE'
  | 'INTERNAL_SERVER_ERROR'

interface Options {
  status?: number
  extensions?: Record<string, unknown>
  headers?: Map<string, string>
}

const make = (code: ErrorCode, message: string, { status, extensions, headers }: Options = {}): GraphQLError =>
  new GraphQLError(message, {
    extensions: {
      ...extensions,
      code,
      ...(status === undefined ? {} : { http: { status, ...(headers === undefined ? {} : { headers }) } }),
    },
  })

export const unauthenticated = (error: TokenError): GraphQLError =>
  make('UNAUTHENTICATED', error.message, {
    status: error.problem === 'keys-unreachable' ? 503 : 401,
    // RFC 6750 section 3.1: no error where no token was sent.
    headers: new Map([
      ['www-authenticate', `Bearer realm="hutong"${error.problem === 'missing' ? '' : ', error="invalid_token"'}`],
    ]),
  })

export const purposeNotAllowed = (purpose: string, allowed: readonly string[]): GraphQLError =>
  make(
    'PURPOSE_NOT_ALLOWED',
    allowed.length === 0
      ? 'The token lists no purpose; leave the X-Purpose header out.'
      : `The token may state ${allowed.join(', ')}, not ${JSON.stringify(purpose.slice(0, 64))}.`,
    { status: 403 },
  )

export const limitExceeded = (
  message: string,
  extensions: { limit: string; allowed: number; asked?: number },
): GraphQLError => make('LIMIT_EXCEEDED', message, { status: 400, extensions })

/** Seconds after which whoever was refused by a busy hub may come again. */
const overloadPause = 1

export const overloaded = (): GraphQLError =>
  make('OVERLOADED', `The hub has more to do than it can: ask again in ${overloadPause} second.`, {
    status: 503,
    headers: new Map([['retry-after', String(overloadPause)]]),
  })

/** Seconds after which an auditor may ask for an export again: one takes a while. */
const exportPause = 60

export const tooManyExports = (atOnce: number): GraphQLError =>
  make(
    'OVERLOADED',
    `${atOnce} exports of the ledger are under way, as many as go at once: ask again in ${exportPause} seconds.`,
    {
      status: 503,
      headers: new Map([['retry-after', String(exportPause)]]),
    },
  )

/** @param allowance what may be asked, as `100 requests in 10 seconds`; @param milliseconds until more may be asked */
export const rateLimited = (allowance: string, department: string, milliseconds: number): GraphQLError =>
  make('RATE_LIMITED', `${department} may ask for ${allowance}, and this is more.`, {
    status: 429,
    headers: new Map([['retry-after', String(Math.ceil(milliseconds / 1000))]]),
    extensions: { retryAt: new Date(Date.now() + milliseconds).toISOString() },
  })

export const notAcceptable = (mediaTypes: readonly string[]): GraphQLError =>
  make('BAD_REQUEST', `An answer can be had as ${mediaTypes.join(' or ')}.`, { status: 406 })

/** An operation of a kind that the schema does not have; valid by GraphQL's rules, and graphql-js would fail on it. */
export const noSuchOperation = (kind: string): GraphQLError =>
  make('GRAPHQL_VALIDATION_FAILED', `The schema has no ${kind}s.`, { status: 400 })

/** A subscription asked as a query is, or the other way about. */
export const otherWay = (kind: string): GraphQLError =>
  make(
    'BAD_REQUEST',
    kind === 'subscription'
      ? 'A subscription is had over WebSocket (graphql-transport-ws) at /graphql, or by POST /graphql/stream.'
      : 'Subscriptions alone are had here: POST queries and mutations to /graphql.',
    { status: 400 },
  )

/** A page of another site asks for a connection. */
export const foreignOrigin = (): GraphQLError =>
  make('FORBIDDEN', 'Connections are taken from programs and from pages of this host.', { status: 403 })

/** The subscription ends since more lists have changed than are kept for who does not take them. */
export const tooFarBehind = (): GraphQLError =>
  make(
    'LIMIT_EXCEEDED',
    'More has changed than is kept to be told: subscribe again, which begins with what there is.',
    {
      status: 503,
    },
  )

/** Events are left unread for too long, or too much of them. */
export const unread = (): GraphQLError => make('LIMIT_EXCEEDED', 'Events are not read.', { status: 400 })

/** @param department null where nobody is signed in */
export const noSuchDocument = (department: string | null): GraphQLError =>
  make('DOCUMENT_NOT_REGISTERED', `${department ?? 'Nobody'} has registered no document of this id.`, { status: 404 })

export const documentsOnly = (department: string): GraphQLError =>
  make(
    'DOCUMENT_NOT_REGISTERED',
    `${department} may ask by its registered documents alone, and this is none of them: send the documentId of one.`,
    { status: 403 },
  )

export const badRequest = (message: string): GraphQLError => make('BAD_REQUEST', message, { status: 400 })

export const badUserInput = (message: string): GraphQLError => make('BAD_USER_INPUT', message, { status: 400 })

export const forbidden = (message: string): GraphQLError => make('FORBIDDEN', message, { status: 403 })

const noticeProblems: Readonly<Record<NoticeProblem, readonly [ErrorCode, status: number]>> = {
  unknown: ['NOT_FOUND', 404],
  malformed: ['BAD_USER_INPUT', 400],
  signature: ['UNAUTHENTICATED', 401],
  'keys-unreachable': ['UNAUTHENTICATED', 503],
  repeated: ['CONFLICT', 409],
}

export const noticeRefused = ({ problem, message }: NoticeError): GraphQLError => {
  const [code, status] = noticeProblems[problem]
  return make(code, message, { status })
}

export const auditUnavailable = (): GraphQLError =>
  make(
    'AUDIT_UNAVAILABLE',
    'The record of this request could not be written, so its answer is withheld. Try again shortly.',
    { status: 503 },
  )

export const tradeUnavailable = (): GraphQLError =>
  make('TRADE_UNAVAILABLE', 'The message could not be stored: send it again.', {
    status: 503,
    headers: new Map([['retry-after', String(overloadPause)]]),
  })

export const mutationNotRecorded = (): GraphQLError =>
  make(
    'AUDIT_UNAVAILABLE',
    'The record of this mutation could not be written, so it was not carried out. Try again shortly.',
    { status: 503 },
  )

/** An unknown failure as an error of the hub's own. */
export const asGraphQL = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : make('INTERNAL_SERVER_ERROR', 'The hub failed.', { status: 500 })

/** What is told already, for a library that takes errors of this kind alone. */
export const repeated = ({ message }: GraphQLFormattedError): GraphQLError => new GraphQLError(message)

/** True for a failure that is nobody's but the hub's: its details are for the log. */
export const isFault = (error: unknown): boolean =>
  !(
    error instanceof GraphQLError ||
    error instanceof Denied ||
    error instanceof UpstreamError ||
    error instanceof InvalidArgument ||
    error instanceof SharingError ||
    isOfText(error)
  )

/** GraphQL's own messages repeat what was sent, however long it is. */
const longestMessage = 1000
export const shortened = (message: string): string =>
  message.length <= longestMessage ? message : `${message.slice(0, longestMessage).toWellFormed()} …`

/** What a resolver threw, as the client's error. Unknown failures keep their details to the log. */
export function clientError(formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError {
  const error = errorOf(formatted, thrown)
  return { ...error, message: shortened(error.message) }
}

/** As clients see what was refused before anything was executed, without what HTTP alone has of it. */
export function saidOf(error: GraphQLError): GraphQLFormattedError {
  const { http: _http, ...extensions } = error.extensions
  return clientError({ message: error.message, extensions }, error)
}

function errorOf(formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError {
  const error = unwrapResolverError(thrown)
  const at = {
    ...(formatted.locations === undefined ? {} : { locations: formatted.locations }),
    ...(formatted.path === undefined ? {} : { path: formatted.path }),
  }
  if (error instanceof Denied) {
    const { coordinate, owner, item, denial, apply } = error
    return {
      message: `${denial.reason}. ${denial.advice}`,
      ...at,
      extensions: {
        code: (denial.rule === 'unknown' ? 'POLICY_UNAVAILABLE' : 'UNAUTHORIZED_FIELD_OR_TYPE') satisfies ErrorCode,
        coordinate,
        department: owner,
        reason: denial.rule,
        catalogueItem: item,
        ...(apply === null ? {} : { apply: { mutation: 'draftApplication', ...apply } }),
      },
    }
  }
  if (error instanceof UpstreamError) {
    const { en, zh } = departments[error.department]
    const retryAt = error.retryAt ?? new Date(Date.now() + pause)
    return {
      message: `${en} ${zh} gave no usable answer: ${error.message} Try again after ${retryAt.toISOString()}.`,
      ...at,
      extensions: {
        code: 'DEPARTMENT_UNAVAILABLE' satisfies ErrorCode,
        department: error.department,
        cause: error.problem,
        retryAt: retryAt.toISOString(),
      },
    }
  }
  if (error instanceof InvalidArgument) {
    return { message: error.message, ...at, extensions: { code: 'BAD_USER_INPUT' satisfies ErrorCode } }
  }
  if (error instanceof SharingError) {
    const code: ErrorCode = error.code === 'INVALID' ? 'BAD_USER_INPUT' : error.code
    return { message: error.message, ...at, extensions: { code } }
  }
  if (isOfText(error)) {
    const message = 'A text holds a character that none may (U+0000).'
    return { message, ...at, extensions: { code: 'BAD_USER_INPUT' satisfies ErrorCode } }
  }
  if (formatted.extensions?.code === 'INTERNAL_SERVER_ERROR') {
    return {
      message: 'The hub failed on this field; the operators have the details.',
      ...at,
      extensions: { code: 'INTERNAL_SERVER_ERROR' satisfies ErrorCode },
    }
  }
  const { stacktrace: _stacktrace, ...extensions } = formatted.extensions ?? {}
  return { ...formatted, extensions }
}
