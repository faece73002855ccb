/** Change notices 变更通知: a department's signed word (JWT, RFC 7519) that what it said of enterprises does not hold any more. */
import { createRemoteJWKSet, decodeProtectedHeader, errors, jwtVerify, type JWTVerifyGetKey } from 'jose'
import { isDepartmentId, type DepartmentId } from '../departments.ts'
import { checkUscc } from '../rules/uscc.ts'
import { algorithms } from './token.ts'

export interface ChangeNotice {
  department: DepartmentId
  /** The notice's `jti`: good once. */
  id: string
  /** Of which enterprises; null for all. */
  usccs: readonly string[] | null
}

export type NoticeProblem = 'unknown' | 'malformed' | 'signature' | 'keys-unreachable' | 'repeated'

/** A notice that is not accepted; the message is one sentence for the department. */
export class NoticeError extends Error {
  readonly problem: NoticeProblem
  constructor(problem: NoticeProblem, message: string) {
    super(message)
    this.name = 'NoticeError'
    this.problem = problem
  }
}

export interface NoticeSettings {
  /** Where the keys of each department are that sends notices: an address of a JWK set, or the key function itself. */
  keys: ReadonlyMap<DepartmentId, URL | JWTVerifyGetKey>
  audience: string
  /** Seconds that clocks may differ. */
  clockTolerance: number
}

/** What says that it is a notice, and no access token (RFC 8725, 3.11). */
export const noticeType = 'change-notice+jwt'
/** How long after it was signed a notice is taken, in seconds; what is repeated within is known by its `jti`. */
export const longestUnderway = 300
const mostEnterprises = 1000
const idShape = /^[\w-]{8,64}$/

export type VerifyNotice = (department: string, text: unknown) => Promise<ChangeNotice>

/** Makes the verifier of what is posted for a department. It throws NoticeError. */
export function createNoticeVerifier({ keys, audience, clockTolerance }: NoticeSettings): VerifyNotice {
  const sources = new Map(
    [...keys].map(([department, source]) => [
      department,
      source instanceof URL ? createRemoteJWKSet(source, { timeoutDuration: 2000, cooldownDuration: 5000 }) : source,
    ]),
  )
  return async (department, text) => {
    const key = isDepartmentId(department) ? sources.get(department) : undefined
    if (!isDepartmentId(department) || key === undefined) {
      throw new NoticeError('unknown', 'No department of that name sends notices here.')
    }
    if (typeof text !== 'string') throw new NoticeError('malformed', 'Send a signed JWT as application/jwt.')
    try {
      checkType(text)
      const { payload } = await jwtVerify(text, key, {
        algorithms,
        issuer: department,
        audience,
        clockTolerance,
        maxTokenAge: longestUnderway,
        requiredClaims: ['iat', 'jti'],
      })
      const { jti: id = '', usccs, all } = payload
      if (!idShape.test(id)) throw malformed('jti must be 8 to 64 letters, digits, _ or -')
      if (all === true && usccs === undefined) return { department, id, usccs: null }
      if (all !== undefined) throw malformed('it names usccs, or says all: true')
      return { department, id, usccs: codesOf(usccs) }
    } catch (error) {
      throw problemOf(error)
    }
  }
}

const malformed = (what: string) => new NoticeError('malformed', `The notice cannot be used: ${what}.`)

function checkType(text: string): void {
  const typ = decodeProtectedHeader(text)
    .typ?.toLowerCase()
    .replace(/^application\//, '')
  if (typ !== noticeType) throw malformed(`its typ must be ${noticeType}`)
}

function codesOf(value: unknown): string[] {
  const codes: unknown[] = Array.isArray(value) ? value : []
  if (codes.length === 0 || codes.length > mostEnterprises) {
    throw malformed(`usccs must list 1 to ${mostEnterprises} credit codes, or all be true`)
  }
  return codes.map((code) => {
    if (typeof code !== 'string' || !checkUscc(code).valid) throw malformed('usccs lists what is no credit code')
    return code
  })
}

function problemOf(error: unknown): NoticeError {
  if (error instanceof NoticeError) return error
  if (
    error instanceof errors.JWTExpired ||
    (error instanceof errors.JWTClaimValidationFailed && error.claim === 'iat')
  ) {
    return malformed(`iat must be no more than ${longestUnderway} seconds ago, and not ahead`)
  }
  if (error instanceof errors.JWTClaimValidationFailed) return malformed(`its claim ${error.claim} is missing or wrong`)
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid || error instanceof TypeError) {
    return malformed('it is not a signed JWT')
  }
  const isOfKeys = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
  if (isOfKeys || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')) {
    return new NoticeError('keys-unreachable', "The department's keys cannot be reached; try again.")
  }
  return new NoticeError('signature', 'The notice is not signed with a key of the department.')
}
