/**
 * Who is asking: access tokens (RFC 9068 in spirit) verified by jose. Issuers and the addresses of their keys come from
 * configuration; a token is never asked for its own key.
 */
import { hash } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose'
import { LRUCache } from 'lru-cache'
import { isCallerId, type CallerId } from '../departments.ts'
import { isDivisionCode } from '../rules/division.ts'
import { isRole, mayHold, rolesFor, type Role } from '../rules/roles.ts'
import { checkUscc } from '../rules/uscc.ts'

/** The caller, as its token says. */
export interface Principal {
  department: CallerId
  /** The token's subject: a system or an officer. */
  subject: string
  /** In which it asks; an officer unless the token says otherwise. */
  roles: readonly Role[]
  /** Purposes that it may state. */
  purposes: readonly string[]
  /** Division prefixes it is limited to; empty means all. */
  divisions: readonly string[]
  /** Enterprises named in its mandate (RFC 9396 authorization_details of type `mandate`). */
  mandate: ReadonlySet<string>
  /** DXP numbers 传输编号 that it may hand in messages of (authorization_details of type `dxp`). */
  dxpIds: ReadonlySet<string>
  /** Seconds since 1970. */
  expiresAt: number
}

export type TokenProblem =
  | 'missing'
  | 'malformed'
  | 'issuer'
  | 'key'
  | 'signature'
  | 'claims'
  | 'expired'
  | 'not-yet-valid'
  | 'audience'
  | 'keys-unreachable'

/** A token that is not accepted; the message is one sentence for the caller and repeats nothing of the token. */
export class TokenError extends Error {
  readonly problem: TokenProblem
  constructor(problem: TokenProblem, message: string) {
    super(message)
    this.name = 'TokenError'
    this.problem = problem
  }
}

export interface TokenSettings {
  /** Issuer → where its keys are: an address of a JWK set, or the key function itself. */
  issuers: ReadonlyMap<string, URL | JWTVerifyGetKey>
  audience: string
  /** Seconds that clocks may differ. */
  clockTolerance: number
  /** The time, for tests. */
  now?: () => Date
}

/** Asymmetric algorithms only: a public key must never pass for a shared secret. */
export const algorithms = ['EdDSA', 'Ed25519', 'ES256', 'ES384', 'PS256', 'RS256']
const longestToken = 8192
/** Tokens remembered, and for how many seconds: a key that its issuer withdraws is good for that much longer at most. */
const mostAccepted = 10_000
const longestAccepted = 30

/** Makes the verifier of `Authorization` header values. It throws TokenError. */
export function createVerifier(settings: TokenSettings): (authorization: string | undefined) => Promise<Principal> {
  const keys = new Map<string, JWTVerifyGetKey>()
  for (const [issuer, source] of settings.issuers) {
    // jose keeps the keys, fetches them again for an unknown kid, and not more often than the cooldown allows.
    keys.set(
      issuer,
      source instanceof URL ? createRemoteJWKSet(source, { timeoutDuration: 2000, cooldownDuration: 5000 }) : source,
    )
  }
  /** Tokens that were accepted a short while ago, by their hash: what is kept can be shown to nobody. */
  const accepted = new LRUCache<string, { principal: Principal; at: number }>({ max: mostAccepted })
  const seconds = (): number => Math.floor((settings.now?.().getTime() ?? Date.now()) / 1000)
  return async (authorization) => {
    const token = bearer(authorization)
    const name = hash('sha256', token)
    const [known, now] = [accepted.get(name), seconds()]
    if (known !== undefined && now - known.at < longestAccepted && now >= known.at) {
      // As jose has it: the tolerance counts on top.
      if (known.principal.expiresAt <= now - settings.clockTolerance) throw expired()
      return known.principal
    }
    const issuer = issuerOf(token)
    const key = issuer === undefined ? undefined : keys.get(issuer)
    if (issuer === undefined || key === undefined)
      throw new TokenError('issuer', 'The issuer of the token is not trusted here.')
    try {
      const { payload, protectedHeader } = await jwtVerify(token, key, {
        algorithms,
        issuer,
        audience: settings.audience,
        clockTolerance: settings.clockTolerance,
        requiredClaims: ['exp', 'sub', 'department'],
        ...(settings.now === undefined ? {} : { currentDate: settings.now() }),
      })
      checkKind(protectedHeader.typ)
      const principal = principalOf(payload)
      accepted.set(name, { principal, at: now })
      return principal
    } catch (error) {
      throw problemOf(error)
    }
  }
}

/** An issuer signs other things with the same key: what says that it is no access token is none (RFC 8725, 3.11). */
function checkKind(typ: string | undefined): void {
  const kind = typ?.toLowerCase().replace(/^application\//, '')
  if (kind === undefined || kind === 'jwt' || kind === 'at+jwt') return
  throw new TokenError('claims', 'The token is of another kind than an access token (typ).')
}

function bearer(authorization: string | undefined): string {
  if (authorization === undefined || authorization === '') {
    throw new TokenError('missing', 'Send a token: Authorization: Bearer ‹token›.')
  }
  const [scheme, token, ...rest] = authorization.split(' ')
  if (
    scheme?.toLowerCase() !== 'bearer' ||
    token === undefined ||
    token === '' ||
    rest.length > 0 ||
    token.length > longestToken
  ) {
    throw new TokenError('malformed', 'The Authorization header must be: Bearer ‹token›.')
  }
  return token
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    throw new TokenError('malformed', 'The token is not a signed JWT.')
  }
}

const expired = () => new TokenError('expired', 'The token has expired.')

function problemOf(error: unknown): TokenError {
  if (error instanceof TokenError) return error
  if (error instanceof errors.JWTExpired) return expired()
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'aud') return new TokenError('audience', 'The token is not meant for this hub (aud).')
    if (error.claim === 'nbf') return new TokenError('not-yet-valid', 'The token is not valid yet (nbf).')
    return new TokenError('claims', `The token's claim ${error.claim} is missing or wrong.`)
  }
  if (error instanceof errors.JWKSNoMatchingKey)
    return new TokenError('key', "The issuer has no key of the token's kid.")
  if (error instanceof errors.JOSEAlgNotAllowed)
    return new TokenError('signature', "The token's algorithm is not accepted.")
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return new TokenError('signature', "The token's signature is wrong.")
  // An issuer that fails, or says something else than a key set, is no fault of the token.
  const isOfKeys = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid
  const isOfFetch =
    error instanceof TypeError || (error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC')
  if (isOfKeys || isOfFetch) {
    return new TokenError('keys-unreachable', "The issuer's keys cannot be reached; try again.")
  }
  return new TokenError('malformed', 'The token cannot be verified.')
}

const isStrings = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')

function principalOf(claims: JWTPayload): Principal {
  // A sender-constrained token (RFC 7800) is worth nothing without its proof, and the hub asks for none: refused.
  if (claims.cnf !== undefined)
    throw new TokenError('claims', 'The token is bound to a key whose proof this hub does not take (cnf).')
  const { department, purposes = [], divisions = [], sub, exp } = claims
  if (typeof department !== 'string' || !isCallerId(department)) {
    throw new TokenError('claims', "The token's claim department names no department, partner or office of this hub.")
  }
  if (!isStrings(purposes)) throw new TokenError('claims', "The token's claim purposes must be a list of names.")
  if (!isStrings(divisions) || !divisions.every(isDivisionCode)) {
    throw new TokenError('claims', "The token's claim divisions must be a list of division codes.")
  }
  if (sub === undefined || exp === undefined) throw new TokenError('claims', 'The token needs sub and exp.')
  return {
    department,
    subject: sub,
    roles: rolesIn(department, claims.roles),
    purposes,
    divisions,
    mandate: identifiersOf('mandate', claims.authorization_details, isCreditCode, 'credit codes'),
    dxpIds: identifiersOf('dxp', claims.authorization_details, isDxpId, 'DXP numbers'),
    expiresAt: exp,
  }
}

function rolesIn(caller: CallerId, claimed: unknown): readonly Role[] {
  if (claimed === undefined) return rolesFor(caller).unless
  if (!isStrings(claimed) || !claimed.every(isRole)) {
    throw new TokenError('claims', "The token's claim roles must be a list of roles of this hub.")
  }
  if (!mayHold(caller, claimed)) {
    throw new TokenError('claims', `The token's roles may not be held together, or not by ${caller}.`)
  }
  return claimed
}

const isCreditCode = (code: string): boolean => checkUscc(code).valid
/** At most 30 characters (DxpMsg, specification, part 4). */
const isDxpId = (id: string): boolean => /^[0-9A-Za-z_]{1,30}$/.test(id)

/** What the details of one type name under `identifiers`. */
function identifiersOf(
  type: 'mandate' | 'dxp',
  details: unknown,
  isOne: (identifier: string) => boolean,
  what: string,
): ReadonlySet<string> {
  const identifiers = new Set<string>()
  if (details === undefined) return identifiers
  const wrong = new TokenError('claims', `The token's ${type} must list ${what} under identifiers.`)
  if (!Array.isArray(details)) throw wrong
  for (const detail of details as unknown[]) {
    if (typeof detail !== 'object' || detail === null || !('type' in detail) || detail.type !== type) continue
    if (!('identifiers' in detail) || !isStrings(detail.identifiers)) throw wrong
    for (const identifier of detail.identifiers) {
      if (!isOne(identifier)) throw wrong
      identifiers.add(identifier)
    }
  }
  return identifiers
}
